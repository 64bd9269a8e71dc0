"""The letters of the sample county: every state, believable, consistent with their log and clocks, twice the same."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.browser import Browser
from tests.conftest import _copy
from tests.databases import Database
from wdj.core import deadlines
from wdj.core.db import db
from wdj.core.deadlines import WHOLE, Deadline
from wdj.core.privacy import mask
from wdj.modules.letters import sample
from wdj.modules.letters.models import KINDS, Letter, State
from wdj.modules.letters.rules import OPEN, WORKFLOW
from wdj.modules.letters.sample_stories import stories
from wdj.modules.letters.sample_years import LETTERS
from wdj.portal import sample as county_sample

DAY, SEED = date(2026, 4, 18), 610330
HELD = (
    "SELECT o.short_name, h.short_name, i.kind, i.state, i.title, i.text, i.created_at, i.published_at, i.due_at, "
    "i.like_count, l.door, l.round FROM items i JOIN letters l ON l.id = i.id JOIN orgs o ON o.id = i.org_id "
    "LEFT JOIN orgs h ON h.id = i.handler_org_id ORDER BY i.created_at, i.text",
    "SELECT number, salt FROM receipts ORDER BY number",
    "SELECT at, action, note FROM events ORDER BY at, action, note, item_id",
    "SELECT name, phone FROM contacts ORDER BY item_id",
    "SELECT name, started_on, days, due_on, stopped_on FROM deadlines ORDER BY item_id, name",
    "SELECT kind, round, text, at FROM letter_messages ORDER BY at, text",
)


def loaded(template: Database, folder: Path) -> Iterator[Flask]:
    """A county with its cast, the first letters and a year of them; nothing else."""
    for app in _copy(template, folder, WDJ_SAMPLE_TODAY=DAY.isoformat()):
        with app.app_context():
            county_sample.load_people()
            sample.load(Random(SEED), DAY)
            sample.load_years(Random(SEED), DAY, lambda words: None)
            db.session.commit()
            db.session.remove()
        yield app


@pytest.fixture(scope="module")
def year(empty_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    yield from loaded(empty_template, tmp_path_factory.mktemp("letters"))


def one(app: Flask, statement: str) -> int:
    with app.app_context():
        return int(db.session.execute(text(statement)).scalar_one() or 0)


def count(app: Flask, where: str) -> int:
    return one(app, f"SELECT count(*) FROM items i JOIN letters l ON l.id = i.id WHERE {where}")


def newest_public(app: Flask, where: str) -> int:
    """The newest public letter of which that is so."""
    return one(app, f"SELECT max(id) FROM items WHERE type = 'letter' AND is_public AND {where}")


def digest(app: Flask) -> str:
    with app.app_context():
        rows = [tuple(row) for held in HELD for row in db.session.execute(text(held))]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_the_first_letters_show_every_state_and_door(empty_template: Database, tmp_path: Path) -> None:
    for app in _copy(empty_template, tmp_path):
        with app.app_context():
            county_sample.load_people()
            sample.load(Random(SEED), DAY)
            db.session.commit()
            letters = db.session.scalars(select(Letter)).all()
        assert {each.state for each in letters} == {state.value for state in State}
        assert {each.kind for each in letters} == {kind.value for kind in KINDS}
        assert {each.door for each in letters} >= {"board", "mailbox", "suggestion_box", "about", "consultation"}
        assert {each.source for each in letters} >= {"web", "telephone", "counter", "paper", "visit"}
        assert sum(each.is_public for each in letters) >= 8
        end = datetime(2026, 4, 18, tzinfo=UTC)
        assert sum(each.state in OPEN and each.due_at is not None and each.due_at < end for each in letters) >= 2


def test_a_year_holds_what_a_year_brings(year: Flask) -> None:
    assert one(year, "SELECT count(*) FROM letters") == LETTERS + len(sample.FIRST)
    for state in State:
        assert count(year, f"i.state = '{state}'"), state
    assert len(stories()) >= 60
    with year.app_context():
        clocks = select(Deadline).join(Letter, Letter.id == Deadline.item_id)
        answered = db.session.scalars(clocks.where(Deadline.name == WHOLE, Letter.answered_at.is_not(None))).all()
        late = sum(each.stopped_on > each.due_on for each in answered if each.stopped_on and each.due_on)
    assert 0.04 <= late / len(answered) <= 0.08
    assert count(year, "l.merged_into_id IS NOT NULL") > 50
    assert count(year, "l.round = 2") > 100
    assert count(year, "i.like_count > 0") > 800
    assert count(year, "i.source <> 'web'") > 200
    assert count(year, "l.is_anonymous") > 20
    assert one(year, "SELECT count(*) FROM letter_ratings") > 1000


def test_a_leader_says_what_is_to_be_done_with_some_of_what_comes_to_the_mailbox(year: Flask) -> None:
    said = "SELECT count(*) FROM events e JOIN people p ON p.id = e.person_id WHERE e.action = 'instruct'"
    assert 20 < one(year, f"{said} AND p.login = 'lingdao' AND e.note <> ''") == one(year, said) < 120
    open_ones = "EXISTS (SELECT 1 FROM events e WHERE e.item_id = i.id AND e.action = 'instruct')"
    assert count(year, f"{open_ones} AND i.state = 'in_hand'"), "some can be looked at while they are worked on"


def test_what_hangs_on_a_letter_fits_it(year: Flask) -> None:
    assert count(year, "l.is_anonymous AND (i.author_id IS NOT NULL OR i.device_id IS NOT NULL)") == 0
    assert count(year, "l.is_anonymous AND EXISTS (SELECT 1 FROM contacts c WHERE c.item_id = i.id)") == 0
    assert count(year, "NOT EXISTS (SELECT 1 FROM receipts r WHERE r.item_id = i.id)") == 0
    on_board = "EXISTS (SELECT 1 FROM placements p WHERE p.item_id = i.id AND p.list = 'letters')"
    assert count(year, f"i.is_public <> {on_board}") == 0
    assert count(year, "i.is_public AND i.kind = 'dispute'") == 0
    assert count(year, "i.is_public AND NOT l.may_publish") == 0
    likes = "(SELECT count(*) FROM likes k WHERE k.item_id = i.id)"
    assert count(year, f"i.like_count <> {likes}") == 0
    answered = "EXISTS (SELECT 1 FROM letter_messages m WHERE m.letter_id = i.id AND m.kind = 'answer')"
    assert count(year, f"i.state IN ('answered', 'unsolved', 'closed') AND NOT {answered}") == 0
    assert count(year, "i.source <> 'web' AND i.recorder_id IS NULL") == 0
    with year.app_context():
        phones = set(db.session.scalars(text("SELECT phone FROM contacts WHERE phone <> ''")))
    assert all(phone.startswith("1380000") and len(phone) == 11 for phone in phones), "a number that may be somebody's"


def test_every_letter_went_a_way_that_the_table_allows(year: Flask) -> None:
    with year.app_context():
        states = dict(map(tuple, db.session.execute(select(Letter.id, Letter.state))))
        log = "SELECT item_id, action FROM events WHERE item_id IS NOT NULL ORDER BY id"
        now = dict.fromkeys(states, "posted")
        for item_id, action in db.session.execute(text(log)):
            if item_id not in states or action in ("record", "tell"):
                continue
            step = WORKFLOW.find(action)
            assert now[item_id] in step.sources, (item_id, action, now[item_id])
            now[item_id] = step.to or now[item_id]
    assert now == states


def test_clocks_are_those_that_the_county_would_count(year: Flask) -> None:
    with year.app_context():
        for letter in db.session.scalars(select(Letter).where(Letter.state.in_(OPEN))):
            due = letter.due_at
            clocks = {each.name: each.due_on for each in deadlines.of(letter.id)}
            deadlines.reckon(letter)
            assert letter.due_at == due, letter.id
            assert {each.name: each.due_on for each in deadlines.of(letter.id)} == clocks
        db.session.rollback()


def test_nothing_lies_in_the_future_and_every_month_has_its_letters(year: Flask) -> None:
    end = "2026-04-17 16:00:00"  # midnight in the county
    for table in ("events", "letter_messages", "letter_ratings"):
        assert one(year, f"SELECT count(*) FROM {table} WHERE at > '{end}'") == 0, table
    with year.app_context():
        months = Counter(at.strftime("%Y-%m") for at in db.session.scalars(select(Letter.created_at)))
    assert min(months[month] for month in sorted(months)[1:-1]) > 100


def test_texts_are_clean_and_short(year: Flask) -> None:
    with year.app_context():
        words = [*db.session.scalars(text("SELECT text FROM items WHERE type = 'letter'"))]
        words += db.session.scalars(text("SELECT text FROM letter_messages"))
    for each in words:
        assert not set("{}") & set(each)
        assert len(each) <= 200
        assert mask(each) == each or "138-0000-0001" in each
        assert each.count("0917-") == each.count("0917-000-00")


@pytest.mark.once
def test_two_loads_bring_the_same(year: Flask, empty_template: Database, tmp_path: Path) -> None:
    for again in loaded(empty_template, tmp_path):
        assert digest(again) == digest(year)


def test_the_board_and_a_letter_show_them(year: Flask) -> None:
    visitor = Browser(year)
    newest = one(
        year, "SELECT item_id FROM placements WHERE list = 'letters' ORDER BY placed_at DESC, item_id DESC LIMIT 1"
    )
    assert f"/letters/{newest}" in visitor.get("/letters").get_data(as_text=True)
    assert visitor.get(f"/letters/{newest}").status_code == 200
    own = newest_public(year, "handler_org_id = org_id")
    assert visitor.get(f"/letters/{own}").status_code == 200, "answered by the town that received it"
