"""By when something is due: counted day by day another way, with what it waited for others, and told once."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import inspect

from tests.conftest import County
from tests.core.test_working_days import CHINA, DAY, OFF
from wdj.core import deadlines, jobs
from wdj.core.clock import end_of, today
from wdj.core.db import db
from wdj.core.deadlines import SIGN, WHOLE, Deadline, Span, count_out, days_late, level, say_left
from wdj.core.items import Item
from wdj.core.jobs import CHORES, KINDS
from wdj.core.limits import Limit
from wdj.core.orgs import Org
from wdj.core.spans import count_in
from wdj.core.working_days import enter_year, write_day
from wdj.modules.feed.models import Post

in_the_county = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
starts = some.dates(date(2024, 12, 1), date(2027, 6, 1))


@pytest.fixture(autouse=True)
def here(county: County) -> Iterator[None]:
    with county.app.app_context():
        yield
        db.session.remove()


def on(day: str) -> Any:
    """As if it were that day, ten in the morning."""
    return time_machine.travel(datetime.fromisoformat(f"{day} 10:00").replace(tzinfo=CHINA), tick=False)


def item(org: str = "沙江寺村", handler: str | None = None) -> Item:
    orgs = {each.short_name: each.id for each in db.session.query(Org)}
    made = Post(org_id=orgs[org], kind="news", state="draft", title="一件事", text="要办的事。")
    made.handler_org_id = handler and orgs[handler]
    db.session.add(made)
    db.session.flush()
    return made


def slow(start: date, days: int, pauses: list[Span]) -> date:
    """The last day, from the set of days that do not count: another way than the clock's."""
    idle = set(OFF)
    for each in pauses:
        assert each.end
        idle |= {each.start + n * DAY for n in range(1, (each.end - each.start).days + 1)}
    counted = [day for day in (start + n * DAY for n in range(1, 500)) if day not in idle]
    return counted[days - 1]


@some.composite
def pauses_after(draw: some.DrawFn) -> tuple[date, list[Span]]:
    """A day 0, and pauses behind it; they may touch and overlap, begin and end on one day."""
    first = draw(starts)
    spans = draw(some.lists(some.tuples(some.integers(0, 40), some.integers(0, 30)), max_size=4))
    return first, [Span(first + a * DAY, first + (a + b) * DAY) for a, b in spans]


@in_the_county
@given(pauses_after(), some.integers(1, 90))
def test_the_last_day_is_that_of_the_slow_count(made: tuple[date, list[Span]], days: int) -> None:
    first, pauses = made
    assert count_out(first, days, pauses) == slow(first, days, pauses)


@in_the_county
@given(pauses_after(), some.integers(0, 60))
def test_the_days_counted_up_to_the_last_one_are_those_allowed(made: tuple[date, list[Span]], days: int) -> None:
    first, pauses = made
    last = count_out(first, days, pauses)
    assert last is not None
    assert count_in(first, last, pauses) == days


@in_the_county
@given(pauses_after(), some.integers(1, 60), some.integers(1, 20))
def test_an_extension_never_shortens_and_a_pause_never_takes_time(
    made: tuple[date, list[Span]], days: int, more: int
) -> None:
    first, pauses = made
    due = count_out(first, days, pauses)
    longer, without = count_out(first, days + more, pauses), count_out(first, days, pauses[1:])
    assert due
    assert longer
    assert without
    assert without <= due < longer


@in_the_county
@given(starts, some.integers(1, 30), some.integers(0, 40))
def test_an_open_pause_leaves_no_last_day_unless_it_was_past(first: date, days: int, after: int) -> None:
    plain = slow(first, days, [])
    assert count_out(first, days, [Span(first + after * DAY, None)]) == (
        plain if plain <= first + after * DAY else None
    )


def test_a_pause_that_begins_and_ends_on_one_day_takes_nothing() -> None:
    day = date(2026, 4, 20)
    assert count_out(day, 5, [Span(day + DAY, day + DAY)]) == count_out(day, 5, []) == date(2026, 4, 27)


def test_the_day_of_receipt_does_not_count() -> None:
    with on("2026-09-30"):
        made = item()
        deadlines.start(made, WHOLE, 3)
        assert deadlines.of(made.id)[0].due_on == date(2026, 10, 10)  # 8, 9, and the Saturday that is worked
        assert made.due_at == end_of(date(2026, 10, 10))
        assert say_left(made) == "还剩 3 个工作日"
    with on("2026-10-10"):
        assert say_left(made) == "今天到期"
    with on("2026-10-11"):
        assert say_left(made) == "刚超期"
    with on("2026-10-13"):
        assert say_left(made) == "超期 2 个工作日"


def test_waiting_stops_the_clock_and_what_remains_goes_on() -> None:
    with on("2026-04-20"):  # a Monday
        made = item()
        clock = deadlines.start(made, WHOLE, 5)
    with on("2026-04-22"):
        deadlines.pause(made)
        assert made.due_at is None
        assert say_left(made) == say_left(clock) == "等您补充，时间停着"
        assert level(clock) == 0
    with on("2026-04-28"):
        deadlines.resume(made)
        assert clock.due_on == date(2026, 5, 6)  # 29, 30, then 劳动节 1 to 5: 6
        assert say_left(clock) == "还剩 3 个工作日"


def test_what_was_overdue_before_it_waited_grows_no_older_meanwhile() -> None:
    with on("2026-04-20"):
        made = item()
        clock = deadlines.start(made, WHOLE, 1)
    with on("2026-04-23"):
        deadlines.pause(made)
        assert days_late(date(2026, 4, 21), deadlines.pauses_of([made.id])[made.id]) == 2
    with on("2026-06-01"):
        pauses = deadlines.pauses_of([made.id])[made.id]
        assert clock.due_on == date(2026, 4, 21)
        assert say_left(clock, pauses) == "超期 2 个工作日"
        assert level(clock) == 2, "five days are not reached while it waits"
        deadlines.resume(made)
    with on("2026-06-04"):
        assert level(clock) == 3


def test_levels_at_eighty_percent_overdue_and_five_days_overdue() -> None:
    with on("2026-11-02"):
        clock = deadlines.start(item(), WHOLE, 10)
    for day, expected in (("11-11", 0), ("11-12", 1), ("11-16", 1), ("11-17", 2), ("11-20", 2), ("11-23", 3)):
        assert level(clock, date.fromisoformat(f"2026-{day}")) == expected, day
    with on("2026-11-17"):
        clock.stopped_on = today()
        assert level(clock) == 0
        assert say_left(clock) == ""


def test_an_answer_stops_everything_and_ends_what_waits() -> None:
    with on("2026-11-02"):
        made = item()
        deadlines.start(made, WHOLE, 5)
        deadlines.start(made, SIGN, 1)
        assert made.due_at == end_of(date(2026, 11, 3)), "what is due first"
        deadlines.stop(made, SIGN)
        assert made.due_at == end_of(date(2026, 11, 9))
        deadlines.pause(made)
        deadlines.stop(made)
    assert made.due_at is None
    assert say_left(made) == ""
    with on("2026-11-04"):
        deadlines.go_on(made, WHOLE)
        assert made.due_at == end_of(date(2026, 11, 9)), "as if it never had been stopped"


def test_a_second_round_begins_anew() -> None:
    with on("2026-11-02"):
        made = item()
        clock = deadlines.start(made, WHOLE, 5)
        deadlines.extend(made, 3)
        assert clock.due_on == date(2026, 11, 12)
        deadlines.stop(made)
    with on("2026-11-20"):
        deadlines.start(made, WHOLE, 5)
        assert (clock.due_on, clock.extended_days, clock.told) == (date(2026, 11, 27), 0, 0)


def test_limits_are_the_countys_where_it_has_set_any() -> None:
    assert deadlines.allowed("letter.help", 5) == 5
    db.session.add(Limit(name="letter.help", days=7))
    db.session.flush()
    assert deadlines.allowed("letter.help", 5) == 7
    assert deadlines.allowed("letter.question", 3) == 3


def test_overdue_is_stored_nowhere() -> None:
    """No column says it, and no job runs at midnight to set one: it follows from the last day."""
    names = {f"{table}.{each['name']}" for table in ("items", "deadlines", "pauses", "letters")
             for each in inspect(db.engine).get_columns(table)}  # fmt: skip
    assert not [each for each in names if "overdue" in each or "late" in each.split(".")[1]]
    with on("2026-11-02"):
        made = item()
        deadlines.start(made, WHOLE, 1)
        db.session.commit()
        before = dict(db.session.execute(db.select(Deadline.__table__)).mappings().one())
    with on("2026-12-02"):
        assert level(deadlines.of(made.id)[0]) == 3
        deadlines.keep_reckoned()
        db.session.commit()
        assert dict(db.session.execute(db.select(Deadline.__table__)).mappings().one()) == before


def table_of_2027() -> None:
    """元旦 as it might be: off on January 1 to 3, and on no other day."""
    write_day(date(2027, 1, 1), False, "元旦")
    enter_year(2027, "示例文号", None)


def test_when_the_table_of_a_year_comes_what_runs_is_reckoned_anew() -> None:
    with on("2026-12-29"):
        runs, early, done = item(), item(), item()
        for each, days in ((runs, 5), (early, 1), (done, 5)):
            deadlines.start(each, WHOLE, days)
        deadlines.stop(done)
        db.session.commit()
        assert deadlines.of(runs.id)[0].due_on == date(2027, 1, 5)
        table_of_2027()
        jobs.enqueue("reckon_open")
        db.session.commit()
        assert jobs.run_due() == 1
        KINDS["reckon_open"].run()  # twice is as once
        db.session.commit()
        db.session.expire_all()
        assert deadlines.of(runs.id)[0].due_on == date(2027, 1, 6)
        assert runs.due_at == end_of(date(2027, 1, 6))
        assert early.due_at == end_of(date(2026, 12, 30))
        assert deadlines.of(done.id)[0].due_on == date(2027, 1, 5), "what is over stays as it was"


def test_a_table_that_comes_with_a_newer_library_is_seen_within_the_hour() -> None:
    assert deadlines.keep_reckoned in [chore for _, chore in CHORES]
    with on("2026-12-29"):
        made = item()
        clock = deadlines.start(made, WHOLE, 5)
        clock.due_on, made.due_at = date(2027, 1, 9), None
        db.session.commit()
        deadlines.keep_reckoned()
        assert (clock.due_on, made.due_at) == (date(2027, 1, 5), end_of(date(2027, 1, 5)))


def test_more_than_one_batch_is_reckoned_by_one_job_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "BATCH", 2)
    with on("2026-12-29"):
        made = [item() for _ in range(5)]
        for each in made:
            deadlines.start(each, WHOLE, 5)
        table_of_2027()
        jobs.enqueue("reckon_open")
        db.session.commit()
        while jobs.run_due():
            pass
        db.session.expire_all()
        assert {each.due_at for each in made} == {end_of(date(2027, 1, 6))}


def test_one_reckoning_asks_little(county: County) -> None:
    with on("2026-11-02"):
        made = item()
        deadlines.start(made, WHOLE, 90)
        db.session.flush()
        sent: list[str] = []
        db.event.listen(db.engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
        deadlines.reckon(made)
        deadlines.reckon(made)
    assert len(sent) == 4, f"{sent}: the clocks and the pauses, each time; the calendar is remembered"


def test_counting_over_years_is_quick() -> None:
    """Ten thousand lists of days are counted by adding up years once."""
    begin = datetime.now(CHINA)
    for days in range(10_000):
        deadlines.calendar().between(date(2016, 1, 1), date(2026, 1, 1) + timedelta(days=days % 300))
    assert datetime.now(CHINA) - begin < timedelta(seconds=5)
