"""Which days the county works: the notices of the State Council, what the county has written over them, and neither."""

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar  # type: ignore[import-untyped]
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from wdj.core.db import db
from wdj.core.working_days import (
    calendar,
    enter_year,
    is_known,
    is_workday,
    official_name,
    take_back_year,
    workdays_after,
    workdays_between,
    write_day,
)

DAY, CHINA = timedelta(days=1), ZoneInfo("Asia/Shanghai")
# By hand from 国务院办公厅关于2025年部分节假日安排的通知 (2024-11-12) and 国务院办公厅关于2026年部分节假日安排的通知
# (2025-11-04): off from … to …, and worked instead.
NOTICES = {
    "春节 2025": ("2025-01-28", "2025-02-04", ("2025-01-26", "2025-02-08")),
    "国庆、中秋 2025": ("2025-10-01", "2025-10-08", ("2025-09-28", "2025-10-11")),
    "春节 2026": ("2026-02-15", "2026-02-23", ("2026-02-14", "2026-02-28")),
    "国庆 2026": ("2026-10-01", "2026-10-07", ("2026-09-20", "2026-10-10")),
}
# Counted with the finger on the calendar: from, how many working days, the day on which the last of them lies.
BY_HAND = [
    ("2025-09-30", 1, "2025-10-09"),  # the eve of 国庆: the whole holiday between
    ("2025-09-30", 3, "2025-10-11"),  # Thu 9, Fri 10, and the Saturday that is worked
    ("2025-09-26", 3, "2025-09-30"),  # Sun 28 is worked, Mon 29, Tue 30
    ("2025-10-03", 5, "2025-10-14"),  # came in on a holiday: 9, 10, 11, 13, 14
    ("2025-01-24", 3, "2025-02-05"),  # Sun 26 and Mon 27, then 春节 until Feb 4
    ("2025-01-27", 5, "2025-02-10"),  # 5, 6, 7, Sat 8, Mon 10
    ("2026-02-13", 3, "2026-02-25"),  # Sat 14 is worked, then 春节 until Feb 23: 24, 25
    ("2026-02-27", 1, "2026-02-28"),  # a Saturday
    ("2026-02-28", 1, "2026-03-02"),
    ("2026-09-30", 2, "2026-10-09"),  # Thu 8, Fri 9
    ("2026-09-18", 1, "2026-09-20"),  # a Sunday
    ("2026-10-08", 3, "2026-10-12"),  # Fri 9, Sat 10, Mon 12
    ("2025-12-31", 1, "2026-01-04"),  # 元旦 Jan 1 to 3, and Sunday the 4th is worked
    ("2026-12-31", 1, "2027-01-01"),  # nobody has said how 2027 is worked: a Friday is a Friday
]
days_of_years = some.dates(date(2024, 6, 1), date(2027, 12, 31))
in_the_county = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def slow_days_off() -> set[date]:
    """Every day off from 2024 to 2028, put together from sets: the weekends, less what is worked, and the holidays."""
    first = date(2024, 1, 1)
    weekends = {each for each in (first + n * DAY for n in range(5 * 366)) if each.isoweekday() in (6, 7)}
    return (weekends - set(chinese_calendar.workdays)) | set(chinese_calendar.holidays)


OFF = slow_days_off()


def slow_count(start: date, end: date) -> int:
    """The working days after `start` up to `end`, one by one."""
    count, day = 0, start
    while day < end:
        day += DAY
        count += 0 if day in OFF else 1
    return count


@pytest.fixture(autouse=True)
def here(app: Flask) -> Iterator[None]:
    """Every test asks in the app, whose county has written nothing."""
    with app.app_context():
        yield
        db.session.remove()


@pytest.mark.parametrize("notice", NOTICES)
def test_the_notices_of_two_years_are_kept(notice: str) -> None:
    first, last, worked = NOTICES[notice]
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    off = [start + n * DAY for n in range((end - start).days + 1)]
    assert not [str(each) for each in off if is_workday(each)]
    assert is_workday(start - DAY) or (start - DAY).weekday() >= 5
    assert is_workday(end + DAY)
    for day in map(date.fromisoformat, worked):
        assert day.weekday() >= 5
        assert is_workday(day)
        assert official_name(day)[:2] in notice
        assert chinese_calendar.is_workday(day)


@pytest.mark.parametrize(("start", "days", "end"), BY_HAND)
def test_working_days_counted_by_hand(start: str, days: int, end: str) -> None:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    assert workdays_after(first, days) == last
    assert workdays_between(first, last) == days
    assert workdays_between(last, first) == -days


@in_the_county
@given(days_of_years, days_of_years)
def test_counting_is_as_the_slow_way(one: date, other: date) -> None:
    start, end = sorted((one, other))
    assert workdays_between(start, end) == slow_count(start, end)
    assert workdays_between(end, start) == -slow_count(start, end)


@in_the_county
@given(days_of_years, some.integers(1, 120))
def test_the_day_after_so_many_is_worked_and_lies_so_many_on(start: date, days: int) -> None:
    end = workdays_after(start, days)
    assert end not in OFF
    assert slow_count(start, end) == days
    assert workdays_after(start, 0) == start


@in_the_county
@given(days_of_years, some.integers(0, 60), some.integers(1, 10))
def test_more_days_never_end_sooner(start: date, days: int, more: int) -> None:
    assert workdays_after(start, days) < workdays_after(start, days + more)
    assert workdays_after(start, days) <= workdays_after(start + DAY, days)


def test_a_year_that_nobody_has_spoken_of_is_counted_monday_to_friday() -> None:
    assert is_known(2026)
    assert not is_known(2027)
    assert is_workday(date(2027, 10, 1))  # 国庆, but nobody has said so
    assert workdays_between(date(2026, 12, 31), date(2027, 12, 31)) == 261


def test_the_county_writes_over_the_table() -> None:
    write_day(date(2026, 11, 23), False, "停水")
    write_day(date(2026, 11, 28), True, "补 23 日")
    assert not is_workday(date(2026, 11, 23))
    assert is_workday(date(2026, 11, 28))
    assert workdays_between(date(2026, 11, 20), date(2026, 11, 28)) == 5
    write_day(date(2026, 11, 23), None)
    assert is_workday(date(2026, 11, 23))


def test_a_year_is_known_once_the_county_has_entered_it_and_no_longer() -> None:
    write_day(date(2027, 10, 1), False, "国庆")
    assert not is_known(2027), "a few days are no table"
    enter_year(2027, "国办发明电〔2026〕9号", None)
    assert calendar().source_of(2027) == "国办发明电〔2026〕9号"
    take_back_year(2027)
    assert not is_known(2027)
    assert not is_workday(date(2027, 10, 1)), "its days stay"


def test_what_was_written_and_not_committed_is_forgotten() -> None:
    write_day(date(2026, 11, 23), False)
    db.session.rollback()
    assert is_workday(date(2026, 11, 23))
