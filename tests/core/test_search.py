"""The index of words against plain comparison of texts, on both databases."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from tests.conftest import _copy
from tests.databases import SERVER, Database
from tests.floor import change, every, one
from wdj.core import search
from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.items import Item
from wdj.core.orgs import Org
from wdj.core.people import Held, Me, Role

DOCUMENTS = 2_500
# Few letters meet by chance in every order. Two are from beyond Unicode's first plane, and one is older than its pairs.
LETTERS = "e花椒沙江寺村冻剪一二山\U0002b692\U00030edegk8５09é"
BREAKS = " \n，。、（-*_😀'\"%?"


def raw_text(chance: Random) -> str:
    """Runs of one to nine letters with one to three breaks between them."""
    runs = ("".join(chance.choices(LETTERS, k=chance.randrange(1, 10))) for _ in range(chance.randrange(2, 14)))
    return "".join(run + "".join(chance.choices(BREAKS, k=chance.randrange(1, 4))) for run in runs)


def add(words: list[str], **columns: Any) -> list[int]:
    """Add one public item for each of `words`; their ids in this order."""
    org = db.session.scalars(select(Org.id)).first()
    common = {"type": "post", "kind": "news", "org_id": org, "state": "published", "is_public": True} | columns
    common |= {"version": 1, "like_count": 0, "comment_count": 0, "created_at": now(), "published_at": now()}
    rows = [
        common | dict.fromkeys(("title", "public_title"), "") | dict.fromkeys(("text", "public_text"), each)
        for each in words
    ]
    added = insert(Item.__table__).returning(Item.id, sort_by_parameter_order=True)  # type: ignore[arg-type]
    ids = list(db.session.connection().execute(added, rows).scalars())
    db.session.execute(insert(db.metadata.tables["posts"]), [{"id": each} for each in ids])
    return ids


def ids_of(query: str, me: Me | None = None, most: int = DOCUMENTS) -> list[int]:
    return [item for _, item in search.found(search.words_of(query), me, None, most)]


@pytest.fixture(scope="module")
def corpus(
    county_template: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, dict[int, str]]]:
    """An app with some thousand texts in its index, and these texts by their ids."""
    chance = Random(8)
    for app in _copy(county_template, tmp_path_factory.mktemp("search")):
        with app.app_context():
            words = [raw_text(chance) for _ in range(DOCUMENTS)]
            ids = add(words)
            search.rebuild(db.session.connection())
            db.session.commit()
        yield app, dict(zip(ids, words, strict=True))


@pytest.fixture
def texts(corpus: tuple[Flask, dict[int, str]]) -> Iterator[dict[int, str]]:
    """The texts, while questions can be asked about them."""
    with corpus[0].app_context():
        yield corpus[1]


@pytest.fixture
def county_app(county_template: Database, tmp_path: Any) -> Iterator[Flask]:
    yield from _copy(county_template, tmp_path)


def as_read(words: str) -> str:
    """How a reader takes these letters: wide digits are digits."""
    return words.replace("５", "5")


@pytest.mark.parametrize("length", [1, 2, 3, 4, 6])
def test_a_word_finds_exactly_what_holds_it_newest_first(texts: dict[int, str], length: int) -> None:
    chance = Random(length)
    known = [each for words in texts.values() for each in as_read(words).split() if each.isalnum()]
    starts = [(run, chance.randrange(len(run) - length + 1)) for run in chance.sample(known, 400) if len(run) >= length]
    asked = {run[start : start + length] for run, start in starts[:60]}
    asked |= {"".join(chance.choices(LETTERS, k=length)) for _ in range(60)}
    hits = 0
    for word in asked:
        held = [item for item, words in texts.items() if as_read(word) in as_read(words)]
        assert ids_of(word) == sorted(held, reverse=True), word
        assert ids_of(word, most=5) == sorted(held, reverse=True)[:5], word
        hits += len(held)
    assert hits > 20


def test_of_several_words_each_must_be_there(texts: dict[int, str]) -> None:
    chance = Random(3)
    for _ in range(80):
        asked = ["".join(chance.choices(LETTERS, k=chance.randrange(1, 4))) for _ in range(chance.randrange(2, 4))]
        held = [item for item, words in texts.items() if all(as_read(each) in as_read(words) for each in asked)]
        assert ids_of(" ".join(asked)) == sorted(held, reverse=True), asked


def test_pages_follow_each_other_without_gap_or_double(texts: dict[int, str]) -> None:
    whole, pages, place = ids_of("花椒"), [], None
    while rows := search.found(["花椒"], None, place, 7):
        place = rows[-1][0]
        pages += [item for _, item in rows]
    assert len(whole) > 50
    assert pages == whole


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Ｇ85 银昆高速", "g85"), ("拨打０９１７－４７６", "0917-476"), ("①先剪", "1先"), ("面积 120㎡", "120m2"),
        ("STRASSE", "straße"), ("Cafe\u0301 一家", "CAFÉ"), ("二〇二六年", "〇二"), ("凤县", "凤\u3000县"), ("ｶﾞ", "ガ"),
    ],
)  # fmt: skip
def test_width_case_and_composition_make_no_difference(county_app: Flask, written: str, asked: str) -> None:
    with county_app.app_context():
        ids = add([written, "别的"])
        search.rebuild(db.session.connection())
        assert ids_of(asked) == ids[:1]


@pytest.mark.parametrize(
    "nonsense", ["", " ", "，。！", "'", '"', "*", "%_", "\\", "\x00", "\ufffd", "😀", "-", "^", "()"]
)
def test_what_holds_no_letter_asks_for_nothing(nonsense: str) -> None:
    assert search.words_of(nonsense) == []


@pytest.mark.parametrize(
    "query", ["AND", "花 OR 椒", "NOT 椒", 'a"b', "words:椒", "椒*", "'椒' & !花", "椒:*", "NEAR(花 椒)"]
)
def test_what_a_database_takes_for_a_command_is_words(texts: dict[int, str], query: str) -> None:
    asked = search.words_of(query)
    held = [item for item, words in texts.items() if all(each in as_read(words) for each in asked)]
    assert ids_of(query) == sorted(held, reverse=True)


def test_words_that_were_changed_are_gone_and_the_place_stays(county_app: Flask) -> None:
    with county_app.app_context():
        ids = add(["花椒剪枝", "花椒落叶"])
        search.rebuild(db.session.connection())
        item = db.session.get_one(Item, ids[0])
        item.public_text = "花椒烘干"
        search.index(item)
        assert ids_of("剪枝") == ids_of("枝") == []
        assert ids_of("烘") == ids_of("烘干") == ids[:1]
        assert ids_of("花椒") == ids[::-1]


def test_who_becomes_public_stands_first(county_app: Flask) -> None:
    with county_app.app_context():
        ids = add(["花椒剪枝", "花椒落叶"])
        search.rebuild(db.session.connection())
        search.renew(db.session.get_one(Item, ids[0]))
        assert ids_of("花椒") == ids


def test_extra_words_stay_through_publication_and_a_new_index(county_app: Flask) -> None:
    with county_app.app_context():
        ids = add(["三月收支"])
        item = db.session.get_one(Item, ids[0])
        search.index(item, "村级资产资源")
        search.renew(item)
        assert ids_of("资产") == ids
        search.rebuild(db.session.connection())
        assert ids_of("资产") == ids_of("收支") == ids
        search.index(item)
        assert ids_of("资产") == []


def test_an_item_that_is_gone_is_gone_from_the_index(county_app: Flask) -> None:
    with county_app.app_context():
        ids = add(["花椒剪枝", "花椒落叶"])
        search.rebuild(db.session.connection())
        db.session.commit()
    change(county_app, "DELETE FROM items WHERE id = :id", id=ids[1])
    with county_app.app_context():
        assert ids_of("落叶") == []
        newer = add(["花椒烘干"])
        search.index(db.session.get_one(Item, newer[0]))
        assert ids_of("花椒") == [newer[0], ids[0]]
        assert ids_of("落叶") == []


def test_a_new_index_finds_the_same_and_mends_a_broken_one(county_app: Flask) -> None:
    with county_app.app_context():
        ids = add(["花椒剪枝", "花椒落叶"])
        search.rebuild(db.session.connection())
        db.session.commit()
    change(county_app, "DELETE FROM documents")
    assert county_app.test_cli_runner().invoke(args=["wdj", "reindex"]).output == "2 件都能找到了。\n"
    with county_app.app_context():
        assert ids_of("花椒") == ids[::-1]
        assert ids_of("落叶") == ids[1:]


def test_the_migration_indexes_what_is_there(county_app: Flask) -> None:
    from tests.core.test_migrations import go_down, go_up

    with county_app.app_context():
        ids = add(["花椒剪枝", "花椒落叶"])
        db.session.commit()
    go_down(county_app, "0002")
    go_up(county_app)
    assert every(county_app, "SELECT item_id FROM documents ORDER BY id") == ids
    with county_app.app_context():
        assert ids_of("花椒") == ids[::-1]


def test_only_who_may_see_a_draft_finds_it(county_app: Flask) -> None:
    village = one(county_app, "SELECT id FROM orgs WHERE short_name = '沙江寺村'")
    with county_app.app_context():
        [draft] = add(["花椒剪枝"], org_id=village, is_public=False, state="draft")
        search.rebuild(db.session.connection())
        found = {town: ids_of("花椒", clerk_of(town)) for town in ("留凤关镇", "平木镇")}
        assert found == {"留凤关镇": [draft], "平木镇": []}
        assert ids_of("花椒") == []


def clerk_of(short_name: str) -> Me:
    org = db.session.query(Org).filter_by(short_name=short_name).one()
    held = Held(Role.town_clerk, org.id, org.path, org.short_name, org.kind)
    return Me(9, "示例", "example", (held,), False, 1, "", now())


if not SERVER:

    @pytest.mark.parametrize("town", [None, "留凤关镇"])
    def test_the_newest_are_read_off_the_index_without_sorting(texts: dict[int, str], town: str | None) -> None:
        asked = search.by_index(["花椒", "剪"], clerk_of(town) if town else None, 900).limit(21)
        sent = asked.compile(db.engine, compile_kwargs={"literal_binds": True})
        plan = list(db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sent}").scalars("detail"))
        assert plan[0].startswith("SCAN bigrams VIRTUAL TABLE"), plan
        assert not any("TEMP B-TREE" in step or step.startswith("SCAN items") for step in plan), plan
