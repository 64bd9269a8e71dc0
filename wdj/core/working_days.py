"""Which days the county works: the official calendar with its make-up workdays (调休), over which the county may write.

A year without an official table is never invented: it counts Monday to Friday, and the desk says so.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import now
from wdj.core.db import Model, db, references
from wdj.core.fresh import memory

DAY = timedelta(days=1)


class CalendarYear(Model):
    """A year whose table the county has entered or imported; its days that differ are CalendarDays."""

    __tablename__ = "calendar_years"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str]
    entered_at: Mapped[datetime] = mapped_column(default=now)
    entered_by: Mapped[int | None] = references("people.id")


class CalendarDay(Model):
    """A day that the county has written over the official table: a holiday, or a Saturday that is worked."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_workday: Mapped[bool]
    name: Mapped[str] = mapped_column(default="")


def is_workday(day: date) -> bool:
    """True if the county works on `day`.

    The notices of the General Office of the State Council (国务院办公厅关于部分节假日安排的通知) as chinesecalendar
    has them, over which stands what the county has entered; beyond both Monday to Friday.
    """
    entered = _entered()
    if day in entered:
        return entered[day]
    official = _official(day)
    return day.weekday() < 5 if official is None else official


def _official(day: date) -> bool | None:
    """What the official table says of `day`; None for a year that it has not got."""
    import chinese_calendar  # type: ignore[import-untyped]

    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def _entered() -> dict[date, bool]:
    """What the county has entered, read once until the next commit."""
    known = memory()
    if "calendar" not in known:
        known["calendar"] = {each.day: each.is_workday for each in db.session.scalars(select(CalendarDay))}
    found: dict[date, bool] = known["calendar"]
    return found


def workdays_after(day: date, days: int) -> date:
    """The day that is the `days`-th working day after `day`, which is day 0; `day` itself for 0."""
    while days:
        day += DAY
        days -= is_workday(day)
    return day


def workdays_between(start: date, end: date) -> int:
    """How many working days lie after `start`, up to and including `end`; below 0 where `end` comes first."""
    if end < start:
        return -workdays_between(end, start)
    return sum(is_workday(start + each * DAY) for each in range(1, (end - start).days + 1))
