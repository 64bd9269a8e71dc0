"""并案 and back: the main letter keeps its own clock, and is due earlier only while somebody waits for its answer."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text

from tests.conftest import County
from tests.modules.letters.authors import opened, send
from tests.modules.letters.clerks import do, due_on, later
from tests.modules.letters.made import letter_in, one
from tests.modules.letters.test_consultations import answer as idea
from tests.modules.letters.test_consultations import ask, close
from tests.modules.letters.test_digest import counted
from tests.modules.letters.test_merged_days import answer, clock, day_of
from tests.modules.letters.test_merging import OTHER, due, merge, of
from wdj.core.clock import now, today
from wdj.core.db import db
from wdj.modules.letters import merging

SPLIT = {"note": "说的不是一件事"}


def late_one(county: County) -> int:
    return letter_in(county.app, words=OTHER, days_ago=30)


def part(county: County, letter: int, way: str) -> None:
    """Let the merged letter go its own way again."""
    if way == "split":
        assert do(county.zhou(), letter, "split", **SPLIT) == 303
    else:
        send(opened(county, letter), letter, "withdraw", text="办好了")


@pytest.mark.parametrize("way", ["split", "withdraw"])
def test_what_was_merged_by_mistake_leaves_nothing_behind(county: County, way: str) -> None:
    main, late = letter_in(county.app), late_one(county)
    was = {each: clock(county, each) for each in (main, late)}
    due_at = one(county, "SELECT due_at FROM items WHERE id = :id", id=main)
    assert merge(county.zhou(), main, late) == 303
    assert due_on(county, main) == was[late][5] < today()
    part(county, late, way)
    assert clock(county, main) == was[main]
    assert one(county, "SELECT due_at FROM items WHERE id = :id", id=main) == due_at
    if way == "split":
        assert clock(county, late) == was[late]


def test_while_others_wait_it_is_due_with_the_first_of_them(county: County) -> None:
    clerk, main = county.zhou(), letter_in(county.app, kind="suggestion")
    soon, late = letter_in(county.app, words=OTHER), late_one(county)
    was, promised = clock(county, main), day_of(due(county, soon))
    assert merge(clerk, main, soon, late) == 303
    part(county, late, "split")
    assert due_on(county, main) == promised
    part(county, soon, "withdraw")
    assert clock(county, main) == was


def test_one_that_is_merged_on_takes_its_promises_along(county: County) -> None:
    clerk, main, middle, late = county.zhou(), letter_in(county.app), letter_in(county.app), late_one(county)
    own = clock(county, middle)
    assert merge(clerk, middle, late) == 303
    assert merge(clerk, main, middle) == 303
    assert due_on(county, main) == day_of(due(county, late))
    part(county, middle, "split")
    assert clock(county, middle) == own
    assert due_on(county, main) == day_of(due(county, late))


def test_taken_up_again_it_has_all_its_own_days(county: County) -> None:
    clerk, main, late = county.zhou(), letter_in(county.app, kind="suggestion"), late_one(county)
    assert merge(clerk, main, late) == 303
    assert do(clerk, main, "decline", reason="说的事不清楚", text="请再写一封，写上地方、时间。") == 303
    assert do(clerk, main, "take_up", open=False) == 303
    assert due_on(county, main) == later(county, today(), 10)


@pytest.mark.parametrize("verb", ["again", "rate"])
def test_asked_again_it_has_all_its_own_days(county: County, verb: str) -> None:
    clerk, main, late = county.zhou(), letter_in(county.app, kind="suggestion"), late_one(county)
    assert merge(clerk, main, late) == 303
    assert do(clerk, main, "take", open=False) == 303
    answer(clerk, main)
    said = {"text": "再问一句，哪天打款？"} if verb == "again" else {"solved": "no", "words": "还没打款"}
    send(opened(county, main), main, verb, **said)
    assert due_on(county, main) == later(county, today(), 10)


def test_of_another_kind_it_counts_from_its_own_first_day(county: County) -> None:
    clerk, main, late = county.zhou(), letter_in(county.app), late_one(county)
    assert merge(clerk, main, late) == 303
    assert do(clerk, main, "change_kind", kind="suggestion", note="是建议，不是问政策") == 303
    assert due_on(county, main) == day_of(due(county, late))
    part(county, late, "split")
    assert due_on(county, main) == later(county, today(), 10)


def test_where_the_consultation_ends_early_it_counts_from_that_day(county: County) -> None:
    asked, chen = ask(county), county.chen()
    main, late = idea(county, asked), letter_in(county.app, org="凤县", words=OTHER, days_ago=30)
    assert merge(chen, main, late) == 303
    close(county, asked)
    assert due_on(county, main) == day_of(due(county, late))
    assert do(chen, late, "split", **SPLIT) == 303
    assert due_on(county, main) == later(county, today(), 10)


def test_where_it_ends_early_what_was_merged_is_due_earlier_too(county: County) -> None:
    asked = ask(county)
    main, other = idea(county, asked), idea(county, asked, "天天开，一天也别关。")
    assert merge(county.chen(), main, other) == 303
    close(county, asked)
    assert day_of(due(county, other)) == later(county, today(), 10)
    assert due_on(county, main) == later(county, today(), 10)


def test_who_waits_for_the_writer_of_the_main_one_is_still_promised_that_day(county: County) -> None:
    clerk, main = county.zhou(), letter_in(county.app, kind="suggestion")
    other = letter_in(county.app, words=OTHER)
    promised = day_of(due(county, other))
    assert merge(clerk, main, other) == 303
    assert do(clerk, main, "take", open=False) == 303
    assert do(clerk, main, "ask_more", note="请问您家几亩？") == 303
    assert due_on(county, main) is None
    with time_machine.travel(now() + timedelta(days=20), tick=True):
        assert do(county.zhou(), main, "go_on", open=False) == 303
        assert due_on(county, main) == promised < today()
        part(county, other, "split")
        assert due_on(county, main) == later(county, today(), 10)


def test_in_the_digest_each_is_judged_by_its_own_days(county: County) -> None:
    clerk, main, late = county.zhou(), letter_in(county.app), late_one(county)

    def rates() -> list[tuple[int, int]]:
        """(of how many it can be told, how many in time), of the months of both."""
        days = sorted({today().replace(day=1), (today() - timedelta(days=30)).replace(day=1)})
        months = [counted(county, "凤县", day).total for day in days]
        return [(sum(each.due for each in months), sum(each.in_time for each in months))]

    assert merge(clerk, main, late) == 303
    assert rates() == [(1, 0)], "the late one is late; of the main one it cannot be told yet"
    assert do(clerk, main, "take", open=False) == 303
    answer(clerk, main)
    assert rates() == [(2, 1)], "answered on its first day, the main one was in time"


def test_days_that_are_granted_too_late_make_nothing_timely_that_is_overdue(county: County) -> None:
    clerk, main = county.zhou(), letter_in(county.app, kind="suggestion")
    other = letter_in(county.app, words=OTHER)
    promised = day_of(due(county, other))
    assert do(clerk, main, "take", open=False) == 303
    assert do(clerk, main, "ask_extension", days="10", note="要等材料到货") == 303
    assert merge(clerk, main, other) == 303
    with time_machine.travel(now() + timedelta(days=10), tick=True):
        assert do(county.chen(), main, "grant_extension") == 303
        assert day_of(due(county, other)) == promised < today()
        part(county, other, "split")
        assert due_on(county, main) == later(county, day_of(clock(county, main)[0]), 20)


def test_what_is_merged_while_it_is_taken_back_is_taken_back_whole(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its writer's step has read it and waits for its turn: then a clerk has merged it."""
    main, other = letter_in(county.app), late_one(county)
    writer, hold = opened(county, other), merging.hold

    def wait_and_hold(ids: Sequence[int]) -> None:
        for table, change in (("items", "state = 'merged'"), ("letters", "merged_into_id = :main")):
            db.session.execute(text(f"UPDATE {table} SET {change} WHERE id = :id"), {"id": other, "main": main})
        hold(ids)

    monkeypatch.setattr(merging, "hold", wait_and_hold)
    send(writer, other, "withdraw", text="办好了")
    assert of(county, other) == ("withdrawn", None)
