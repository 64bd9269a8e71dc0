"""Who waited longest loses nothing by 并案: the main letter is due with the first, and each keeps its promise."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from tests.conftest import County
from tests.modules.letters.authors import opened
from tests.modules.letters.clerks import do, due_on, later
from tests.modules.letters.made import letter_in, one, receipt_of
from tests.modules.letters.test_merging import OTHER, REPLY, due, merge, of
from wdj.core.clock import local, now, today
from wdj.core.db import db
from wdj.core.deadlines import Deadline
from wdj.modules.letters.figures import Seen, figures
from wdj.modules.letters.models import Letter


def day_of(value: Any) -> date:
    return date.fromisoformat(str(value)[:10])


def clock(county: County, letter: int) -> tuple[Any, ...]:
    """Everything about the whole clock of the letter."""
    with county.app.app_context():
        found = db.session.get_one(Deadline, (letter, "whole"))
        days = (found.warn_on, found.due_on, found.over_on, found.promised_on)
        return found.started_on, found.days, found.extended_days, found.stopped_on, *days


def is_late(county: County, letter: int) -> bool:
    """Whether it was answered after its own last day, as the figures count it."""
    with county.app.app_context():
        answered_at = db.session.get_one(Letter, letter).answered_at
        assert answered_at is not None
        answered_on = local(answered_at).date()
    return figures([Seen(letter, "", "answered", None, answered_on, day_of(due(county, letter)))]).in_time == 0


def answer(clerk: Any, letter: int) -> None:
    assert do(clerk, letter, "answer", text=REPLY, then="answer") == 303


def test_the_main_one_is_due_when_the_first_of_those_merged_in_is(county: County) -> None:
    clerk, main = county.zhou(), letter_in(county.app, kind="suggestion")
    first, second = letter_in(county.app, words=OTHER), letter_in(county.app, words=OTHER, days_ago=2)
    promised = day_of(due(county, second))
    assert promised < day_of(due(county, first)) < day_of(due(county, main))
    assert merge(clerk, main, first, second) == 303
    assert due_on(county, main) == promised
    end = day_of(one(county, "SELECT due_at FROM items WHERE id = :id", id=main))
    assert promised <= end <= promised + timedelta(days=1), "the desk knows"
    note = "SELECT note FROM events WHERE item_id = :id AND action = 'merge_in'"
    assert "这一封跟着提前" in str(one(county, note, id=main))
    assert clock(county, main)[:2] == (today(), 10), "its own day 0 and days are as they were"


def test_one_that_is_due_later_moves_nothing(county: County) -> None:
    clerk, main, other = county.zhou(), letter_in(county.app), letter_in(county.app, kind="suggestion", words=OTHER)
    was = due_on(county, main)
    assert merge(clerk, main, other) == 303
    assert due_on(county, main) == was
    assert one(county, "SELECT note FROM events WHERE item_id = :id AND action = 'merge_in'", id=main) == ""


def test_one_that_was_late_makes_the_main_one_late(county: County) -> None:
    clerk, main, other = county.zhou(), letter_in(county.app), letter_in(county.app, words=OTHER, days_ago=30)
    promised = day_of(due(county, other))
    assert merge(clerk, main, other) == 303
    assert due_on(county, main) == promised < today()
    clerk.get("/desk?due=late")
    assert f"open={main}" in clerk.html


def test_what_came_along_with_a_merged_one_is_not_forgotten(county: County) -> None:
    clerk, main = county.zhou(), letter_in(county.app, kind="suggestion")
    middle, oldest = letter_in(county.app), letter_in(county.app, words=OTHER, days_ago=2)
    promised = day_of(due(county, oldest))
    assert merge(clerk, middle, oldest) == 303
    assert merge(clerk, main, middle) == 303
    assert due_on(county, main) == promised


def test_the_one_that_waits_for_its_writer_goes_on_with_the_days_that_the_first_had_left(county: County) -> None:
    clerk, main = county.zhou(), letter_in(county.app, "waiting", handler="留凤关镇", kind="suggestion")
    other = letter_in(county.app, words=OTHER)
    left = day_of(due(county, other))
    assert merge(clerk, main, other) == 303
    assert due_on(county, main) is None
    assert do(clerk, main, "go_on", open=False) == 303
    assert due_on(county, main) == left


def test_waiting_for_the_writer_of_the_main_one_excuses_nobody_to_the_others(county: County) -> None:
    clerk, main, other = county.zhou(), letter_in(county.app), letter_in(county.app, words=OTHER)
    promised = day_of(due(county, other))
    assert merge(clerk, main, other) == 303
    assert do(clerk, main, "take", open=False) == 303
    assert do(clerk, main, "ask_more", note="请问您家几亩？") == 303
    with time_machine.travel(now() + timedelta(days=20), tick=True):
        clerk = county.zhou()
        assert do(clerk, main, "go_on", open=False) == 303
        answer(clerk, main)
    assert of(county, other)[0] == "answered"
    assert day_of(due(county, other)) == promised
    assert is_late(county, other)
    assert not is_late(county, main)


def test_days_that_the_main_one_is_given_are_given_to_all_who_wait_and_each_reads_so(county: County) -> None:
    clerk, main = county.zhou(), letter_in(county.app)
    other, late = letter_in(county.app, words=OTHER, days_ago=1), letter_in(county.app, words=OTHER, days_ago=30)
    was = {each: day_of(due(county, each)) for each in (other, late)}
    assert merge(clerk, main, other) == 303
    assert do(clerk, main, "take", open=False) == 303
    assert do(clerk, main, "ask_extension", days="10", note="要等材料到货") == 303
    assert merge(clerk, main, late) == 303
    assert do(county.chen(), main, "grant_extension") == 303
    assert day_of(due(county, other)) == later(county, was[other], 10)
    assert day_of(due(county, late)) == was[late], "what was late stays late"
    writer = opened(county, other)
    writer.get(f"/r/{receipt_of(county.app, other)[0]}")
    assert "同意延期" in writer.text
    assert "多给 10 个工作日" in writer.text
    answer(clerk, main)
    assert [is_late(county, each) for each in (main, other, late)] == [False, False, True]


def test_of_another_kind_it_still_keeps_the_promise_of_those_merged_in(county: County) -> None:
    clerk, main, other = county.zhou(), letter_in(county.app), letter_in(county.app, words=OTHER)
    promised = day_of(due(county, other))
    assert merge(clerk, main, other) == 303
    assert do(clerk, main, "change_kind", kind="suggestion", note="是建议，不是问政策") == 303
    assert due_on(county, main) == promised


@pytest.mark.parametrize("kinds", [("question", "suggestion"), ("suggestion", "question"), ("help", "dispute")])
@pytest.mark.parametrize(("main_ago", "other_ago", "answered_in"), [(0, 9, 2), (9, 0, 12), (3, 5, 6), (2, 40, 1)])
def test_nobody_is_answered_after_what_their_receipt_says_without_being_counted_late(
    county: County, kinds: tuple[str, str], main_ago: int, other_ago: int, answered_in: int
) -> None:
    clerk = county.zhou()
    main = letter_in(county.app, kind=kinds[0], days_ago=main_ago)
    other = letter_in(county.app, kind=kinds[1], words=OTHER, days_ago=other_ago)
    promised = {each: day_of(due(county, each)) for each in (main, other)}
    assert merge(clerk, main, other) == 303
    assert day_of(due(county, main)) <= min(promised.values())
    assert do(clerk, main, "take", open=False) == 303
    with time_machine.travel(now() + timedelta(days=answered_in), tick=True):
        answer(county.zhou(), main)
        for each, day in promised.items():
            assert is_late(county, each) or today() <= day, (each, day)
