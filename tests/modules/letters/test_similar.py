"""Letters of the same trouble in other words are found among all others, and nothing where there is nothing."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert, select, text

from tests.conftest import County
from tests.modules.letters.pairs_fresh import ALONE, FRESH
from tests.modules.letters.pairs_similar import KNOWN, LONE, UNSEEN
from wdj.core import search
from wdj.core.clock import now, zone
from wdj.core.db import db
from wdj.core.orgs import Kind, Org, add_org
from wdj.core.people import Held, Me, Role
from wdj.modules.letters.models import Letter
from wdj.modules.letters.sample_years import plan
from wdj.modules.letters.similar import _bare, _places, similar_to

Pairs = list[tuple[str, str, str]]


def distractors(pairs: Pairs) -> list[str]:
    """Letters of the sample about everything else: each way of telling a few times, in other villages and groups."""
    theirs = {story for _, _, story in pairs}
    told = {}
    for life in plan(Random(5), datetime(2026, 4, 18, tzinfo=zone()), 900):
        if life.story.key not in theirs:
            told.setdefault((life.story.key, life.columns["text"][-18:-10]), life.columns["text"])
    return list(told.values())


def add(texts: Sequence[str], **more: object) -> list[int]:
    county = db.session.scalars(select(Org.id).where(Org.kind == Kind.county)).one()
    rows = [
        {"type": "letter", "kind": "help", "org_id": county, "state": "accepted", "is_public": True, "door": "board",
         "title": text[:24], "text": text, "public_title": text[:24], "public_text": text, **more}
        for text in texts
    ]  # fmt: skip
    ids = db.session.scalars(insert(Letter).returning(Letter.id, sort_by_parameter_order=True), rows).all()
    return list(ids)


def found_among_first_three(app: Flask, pairs: Pairs) -> float:
    with app.app_context():
        others = distractors(pairs)
        add(others[::2])
        first = add([one for one, _, _ in pairs])
        add(others[1::2])
        search.rebuild(db.session.connection())
        found = [item_id in similar_to(other, None) for (_, other, _), item_id in zip(pairs, first, strict=True)]
        db.session.rollback()
    print(f"{sum(found)} of {len(pairs)} among {len(others)} others")
    return sum(found) / len(pairs)


def test_of_the_pairs_in_sight_four_in_five_are_found(county: County) -> None:
    assert len(KNOWN) >= 50
    assert found_among_first_three(county.app, KNOWN) >= 0.8


def test_of_pairs_that_the_words_were_grown_by_nine_in_ten_are_found(county: County) -> None:
    """They found 15 of 25 before a word was added for them."""
    assert found_among_first_three(county.app, UNSEEN) >= 0.85


def test_of_pairs_that_nothing_was_made_for_half_are_found(county: County) -> None:
    """14 of 25. What shares no word of any list is missed."""
    assert found_among_first_three(county.app, FRESH) >= 0.52


@pytest.mark.parametrize(("texts", "most"), [(LONE, 0.15), (ALONE, 0.15)], ids=["in sight", "fresh"])
def test_what_has_nothing_like_it_seldom_finds_something(county: County, texts: list[str], most: float) -> None:
    """Of the fresh 1 of 30. With places, courtesy and troubles as evidence, it was 6."""
    with county.app.app_context():
        add(distractors([]))
        search.rebuild(db.session.connection())
        wrong = [text for text in texts if similar_to(text, None)]
    print(f"{len(wrong)} of {len(texts)} find something")
    assert len(wrong) <= len(texts) * most, wrong


def test_the_same_village_and_the_same_courtesy_make_no_two_letters_alike(county: County) -> None:
    with county.app.app_context():
        add(["您好，沙江寺村的路灯坏了，麻烦给解决一下，谢谢。"])
        search.rebuild(db.session.connection())
        assert not similar_to("您好，沙江寺村停水了，麻烦给解决一下，谢谢。", None)
        assert similar_to("平木镇街上没有灯，晚上黑。", None)


def test_a_village_whose_name_is_a_word_takes_it_out_of_no_letter(county: County) -> None:
    """People of 水源村 and 桥头村 are named in many letters; the water and the bridge of others are not theirs."""
    with county.app.app_context():
        town = db.session.scalars(select(Org).where(Org.short_name == "平木镇")).one()
        for name in ("水源村", "健身村", "桥头村"):
            add_org(town, Kind.village, name)
        db.session.flush()
        places = _places()
        db.session.rollback()
    assert {"水源村", "健身村", "桥头村", "桥头"} <= set(places)
    assert not {"水源", "健身"} & set(places)
    assert "水源" in _bare("我们二组的水源脏了", places)


@pytest.fixture
def water(county: County) -> list[int]:
    """Two letters of one trouble, the second for its handlers alone."""
    with county.app.app_context():
        shown = add(["三组停水四天了，水泵怕是坏了。"])
        hidden = add(["三组断水好几天，水泵坏了没人修。"], is_public=False)
        search.rebuild(db.session.connection())
        db.session.commit()
    return [*shown, *hidden]


def test_everybody_is_shown_what_is_public_and_a_clerk_what_they_may_see(county: County, water: list[int]) -> None:
    with county.app.app_context():
        org = db.session.scalars(select(Org).where(Org.kind == Kind.county)).one()
        held = (Held(Role.county_office, org.id, org.path, org.name, org.kind),)
        chen = Me(999, "陈静", "xian", held, False, 1, "", now())
        assert similar_to("三组停水，水泵坏了", None) == [water[0]]
        assert set(similar_to("三组停水，水泵坏了", chen)) == set(water)
        assert similar_to("三组停水，水泵坏了", chen, but=water[0]) == [water[1]]
        assert similar_to("", chen) == similar_to("！？", None) == []


def test_on_postgresql_the_index_finds_them_whatever_else_is_asked(county: County) -> None:
    """Not bigrams made of every text: that cost 55 ms of each page at a thousand letters."""
    asked: list[tuple[str, Any]] = []
    with county.app.app_context():
        if db.engine.dialect.name == "sqlite":
            return
        add(["路灯不亮，花椒补贴没到", "水泵坏了，低保停了"] * 100, is_public=False)
        add(["路灯不亮，校车几点开", "校车几点开"] * 50)
        search.rebuild(db.session.connection())
        db.session.execute(text("ANALYZE documents, items"))
        event.listen(db.engine, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
        search.holding(["路灯", "花椒", "水泵"], Letter, None, 200, Letter.state != "merged")
        statement, values = asked[-1]
        steps = db.session.connection().exec_driver_sql(f"EXPLAIN {statement}", values).scalars().all()
        db.session.rollback()
    assert any("Bitmap Index Scan on ix_documents_bigrams" in line for line in steps), steps
    assert not any("Filter: (bigrams" in line for line in steps), steps


def test_that_children_go_to_school_is_not_what_a_letter_about_a_river_bank_is_about(county: County) -> None:
    with county.app.app_context():
        add(distractors([]))
        school = add(["我们几家轮着接送娃上学，一个月省二百块，别的组也能试试。"])
        search.rebuild(db.session.connection())
        for words in ("我们村河边的护堤塌了，娃娃上学要绕路。", "护堤塌了，娃上学也从那里过。"):
            assert not set(school) & set(similar_to(words, None))
        db.session.rollback()
