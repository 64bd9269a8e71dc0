"""A letter that came as another kind than it is: who receives it says so; its time and its privacy follow."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine

from tests.conftest import County, _copy
from tests.databases import Database
from tests.live import Live, at_once, serving
from tests.modules.letters.authors import opened
from tests.modules.letters.clerks import do, due_on, later, state
from tests.modules.letters.made import FARMING, TOWN, WORDS, letter_in, one, receipt_of
from tests.stage import Stage
from tests.test_races import cookies, form_of, statuses
from wdj.core import deadlines
from wdj.core.clock import now, say_day, today
from wdj.core.db import db
from wdj.core.items import Item

WHY = "说的是屋里漏雨要人帮，不是问政策"


def change(clerk: Any, letter: int, kind: str, why: str = WHY) -> int:
    """Say on its form that the letter is of that kind; returns the status."""
    return do(clerk, letter, "change_kind", kind=kind, note=why)


def kind_of(county: County, letter: int) -> str:
    return str(one(county, "SELECT kind FROM items WHERE id = :id", id=letter))


def is_public(county: County, letter: int) -> bool:
    return bool(one(county, "SELECT is_public FROM items WHERE id = :id", id=letter))


def placed_kinds(county: County, letter: int) -> set[str]:
    """The kinds under which the letter stands on boards."""
    return {each for each in _placed(county, letter).split() if each}


def _placed(county: County, letter: int) -> str:
    found = "SELECT min(kind) || ' ' || max(kind) FROM placements WHERE item_id = :id"
    return one(county, found, id=letter) or ""


def test_a_help_request_that_came_as_a_question_has_the_days_of_help_from_the_day_it_came(county: County) -> None:
    zhou, letter = county.zhou(), letter_in(county.app, days_ago=1)
    assert due_on(county, letter) == later(county, today() - timedelta(days=1), 3)
    assert change(zhou, letter, "help") == 303
    assert (kind_of(county, letter), state(county, letter)) == ("help", "posted")
    assert due_on(county, letter) == later(county, today() - timedelta(days=1), 5)
    assert change(zhou, letter, "question", "看错了，就是问政策") == 303
    assert due_on(county, letter) == later(county, today() - timedelta(days=1), 3)


def test_the_days_that_it_waited_and_was_given_stay_with_it(county: County) -> None:
    letter = letter_in(county.app, "in_hand")
    with county.app.app_context():
        item = db.session.get_one(Item, letter)
        deadlines.extend(item, 4)
        deadlines.pause(item)
        db.session.commit()
    with time_machine.travel(now() + timedelta(days=10), tick=True):
        with county.app.app_context():
            deadlines.resume(db.session.get_one(Item, letter))
            db.session.commit()
        was = due_on(county, letter)
        assert was is not None
        assert change(county.zhou(), letter, "dispute", "两家争地界") == 303
        assert due_on(county, letter) == later(county, was, 7), "ten days instead of three; the rest is as it was"


def test_while_it_waits_its_clock_stands_whatever_its_kind(county: County) -> None:
    letter = letter_in(county.app, "waiting")
    assert change(county.zhou(), letter, "help") == 303
    assert (due_on(county, letter), state(county, letter)) == (None, "waiting")


def test_the_mailbox_has_its_own_days_whatever_the_kind(county: County) -> None:
    letter = letter_in(county.app, door="mailbox")
    was = due_on(county, letter)
    assert change(county.chen(), letter, "help") == 303
    assert due_on(county, letter) == was == later(county, today(), 10)


def test_the_form_says_from_which_day_it_counts_and_of_the_mailbox_that_nothing_changes(county: County) -> None:
    mailbox, again = letter_in(county.app, door="mailbox"), letter_in(county.app, "in_hand", days_ago=40)
    with county.app.app_context():
        deadlines.start(db.session.get_one(Item, again), deadlines.WHOLE, 3)  # as after it was asked again
        db.session.commit()
        day = say_day(today())
    chen = county.chen()
    chen.get(f"/letters/{again}/change_kind")
    assert f"期限还是从{day}起，照新的类别重新算" in chen.text
    chen.get(f"/letters/{mailbox}/change_kind")
    assert "期限都不变" in chen.text
    assert "重新算" not in chen.text


def test_what_is_help_comes_off_the_board_and_goes_on_it_again_by_a_clerk_alone(county: County) -> None:
    zhou, letter = county.zhou(), letter_in(county.app, "in_hand", public=True)
    assert county.visitor().get(f"/letters/{letter}").status_code == 200
    assert change(zhou, letter, "help") == 303
    assert not is_public(county, letter)
    assert placed_kinds(county, letter) == set()
    assert county.visitor().get(f"/letters/{letter}").status_code == 404
    assert change(zhou, letter, "question", "看错了，就是问政策") == 303
    assert not is_public(county, letter), "it does not come on the board by itself"
    assert do(zhou, letter, "publish", public_title="椒园冻了", public_text="能不能领补贴？") == 303
    assert is_public(county, letter)


def test_a_dispute_that_came_as_a_question_is_never_published_whatever_it_becomes(county: County) -> None:
    zhou, letter = county.zhou(), letter_in(county.app, "in_hand", public=True)
    words = {"public_title": "椒园冻了", "public_text": "能不能领补贴？"}
    assert change(zhou, letter, "dispute", "两家争地界") == 303
    assert county.visitor().get(f"/letters/{letter}").status_code == 404
    assert do(zhou, letter, "publish", **words) == 422
    assert change(zhou, letter, "suggestion", "看错了，是建议") == 303
    assert do(zhou, letter, "publish", **words) == 422, "its writer has to be asked anew"


def test_on_the_board_it_stands_under_its_new_kind(county: County) -> None:
    zhou, letter = county.zhou(), letter_in(county.app, "in_hand", public=True)
    assert change(zhou, letter, "suggestion", "是建议，不是问政策") == 303
    assert placed_kinds(county, letter) == {"suggestion"}
    phone = county.visitor()
    for kind, stands in (("suggestion", True), ("question", False)):
        phone.get(f"/letters?kind={kind}&org={county.org('沙江寺村')}")
        assert (f'"/letters/{letter}"' in phone.html) is stands, kind


def test_its_writer_reads_what_it_was_taken_for_and_why_and_nobody_else_does(county: County) -> None:
    zhou, letter = county.zhou(), letter_in(county.app, "in_hand", public=True)
    assert change(zhou, letter, "suggestion", WHY) == 303
    writer, phone = opened(county, letter), county.visitor()
    writer.get(f"/r/{receipt_of(county.app, letter)[0]}")
    assert "类别改成了建议" in writer.text
    assert WHY in writer.text
    phone.get(f"/letters/{letter}")
    assert WHY not in phone.text


def test_who_receives_it_and_those_above_change_it_and_nobody_else(county: County) -> None:
    letter = letter_in(county.app, "in_hand", handler=FARMING)
    for who, status in (("wang", 404), ("li", 404), ("zhao", 403)):
        clerk = getattr(county, who)()
        assert clerk.get(f"/letters/{letter}/change_kind").status_code == status, who
        assert do(clerk, letter, "change_kind", open=False, kind="help", note=WHY, version="question") == status, who
    assert kind_of(county, letter) == "question"
    zhao = county.zhao()
    zhao.get(f"/letters/{letter}")
    assert "改类别" not in zhao.text
    assert change(county.chen(), letter, "help") == 303


@pytest.mark.parametrize(("kind", "why"), [("help", ""), ("", WHY), ("question", WHY), ("wish", WHY)])
def test_it_needs_another_kind_and_a_reason_and_what_was_typed_stays(county: County, kind: str, why: str) -> None:
    zhou, letter = county.zhou(), letter_in(county.app)
    assert change(zhou, letter, kind, why) == 422
    assert why in zhou.html
    assert kind_of(county, letter) == "question"


@pytest.mark.parametrize("where", ["answered", "closed", "merged", "withdrawn", "declined"])
def test_what_is_answered_or_waits_for_another_answer_keeps_its_kind(county: County, where: str) -> None:
    letter = letter_in(county.app, where, handler=TOWN)
    assert do(county.zhou(), letter, "change_kind", kind="help", note=WHY) == 409
    assert kind_of(county, letter) == "question"


def test_who_opened_the_form_while_it_was_of_another_kind_comes_too_late_and_has_their_words(county: County) -> None:
    zhou, chen, letter = county.zhou(), county.chen(), letter_in(county.app)
    chen.get(f"/letters/{letter}/change_kind")
    assert change(zhou, letter, "help") == 303
    assert chen.post(f"/letters/{letter}/change_kind", {"kind": "dispute", "note": "两家争地界"}).status_code == 409
    assert "两家争地界" in chen.html
    assert kind_of(county, letter) == "help"


@pytest.fixture(scope="module")
def stage(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    for app in _copy(county_template, tmp_path_factory.mktemp("kinds-races")):
        yield Stage(County(app=app))


@pytest.fixture(scope="module")
def live(stage: Stage) -> Iterator[Live]:
    yield from serving(stage.app)


@pytest.mark.parametrize("go", range(3))
def test_of_two_clerks_at_once_one_is_told(stage: Stage, live: Live, go: int) -> None:
    letter, tasks = letter_in(stage.app, words=f"{WORDS}{go}"), []
    url = f"/letters/{letter}/change_kind"
    for clerk, kind in ((stage.county.zhou(), "help"), (stage.county.chen(), "dispute")):
        tasks.append(partial(live.post, url, form_of(clerk, url, kind=kind, note=WHY), **cookies(clerk)))
    assert statuses(at_once(tasks)) == [303, 409]
    assert one(stage.county, "SELECT count(*) FROM events WHERE item_id = :id", id=letter) == 1
