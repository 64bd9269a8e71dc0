"""Which days the county works: the official calendar with its make-up workdays (调休), over which the county may write.

A year without an official table is never invented: it counts Monday to Friday, and the desk says so.
"""

from calendar import isleap
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any

from flask import has_request_context
from sqlalchemy import event, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from wdj.core.clock import now
from wdj.core.db import Model, db, references
from wdj.core.fresh import memory

DAY = timedelta(days=1)
FRIDAY = 4
# What chinesecalendar was made of, each year in its own number.
NOTICES = "国务院办公厅关于{year}年部分节假日安排的通知"
HOLIDAYS = {
    "New Year's Day": "元旦", "Spring Festival": "春节", "Tomb-sweeping Day": "清明", "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午", "Mid-autumn Festival": "中秋", "National Day": "国庆",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}  # fmt: skip


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


@dataclass(frozen=True)
class Calendar:
    """The days as they stand at one moment: what the county has written, over the official table."""

    days: Mapping[date, bool]
    years: Mapping[int, str]
    """The years that the county has entered, with their sources."""
    _sums: dict[int, list[int]] = field(default_factory=dict)

    def works(self, day: date) -> bool:
        """True if the county works on `day`."""
        written = self.days.get(day)
        return usually_works(day) if written is None else written

    def source_of(self, year: int) -> str:
        """What says how the year is worked; empty for one without an official table."""
        return self.years.get(year) or (NOTICES.format(year=year) if has_official(year) else "")

    def between(self, start: date, end: date) -> int:
        """How many working days lie after `start`, up to and including `end`; below 0 where `end` comes first."""
        if end < start:
            return -self.between(end, start)
        whole = sum(self._sum(year)[-1] for year in range(start.year, end.year))
        return whole + self._until(end) - self._until(start)

    def _until(self, day: date) -> int:
        return self._sum(day.year)[day.timetuple().tm_yday - 1]

    def _sum(self, year: int) -> list[int]:
        """How many working days the year has had by each of its days: added up once, then looked up."""
        if year not in self._sums:
            first = date(year, 1, 1)
            days = (first + number * DAY for number in range(365 + isleap(year)))
            self._sums[year] = list(accumulate(map(self.works, days)))
        return self._sums[year]


@lru_cache(8192)
def usually_works(day: date) -> bool:
    """True if it is worked where the county has written nothing: by the official table, else Monday to Friday.

    The official table are the notices of the General Office of the State Council (国务院办公厅关于部分节假日安排的通知)
    as chinesecalendar has them.
    """
    import chinese_calendar  # type: ignore[import-untyped]

    return bool(chinese_calendar.is_workday(day)) if has_official(day.year) else day.weekday() <= FRIDAY


@lru_cache(256)
def has_official(year: int) -> bool:
    """True if chinesecalendar knows the year."""
    import chinese_calendar

    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def official_name(day: date) -> str:
    """The holiday by whose notice `day` is off or worked: 春节; empty for an ordinary day."""
    import chinese_calendar

    said = chinese_calendar.holidays.get(day) or chinese_calendar.workdays.get(day) or ""
    return HOLIDAYS.get(said, said)


def calendar() -> Calendar:
    """The calendar, read once until the next commit."""
    known = _known()
    if "calendar" not in known:
        known["calendar"] = _read()
    found: Calendar = known["calendar"]
    return found


def _known() -> MutableMapping[Any, Any]:
    """Where it is kept: a job has no request, but a session."""
    return memory() if has_request_context() else db.session().info


def _read() -> Calendar:
    days = {each.day: each.is_workday for each in db.session.scalars(select(CalendarDay))}
    years = {each.year: each.source for each in db.session.scalars(select(CalendarYear))}
    return Calendar(days, years)


def is_workday(day: date) -> bool:
    """True if the county works on `day`."""
    return calendar().works(day)


def workdays_after(day: date, days: int) -> date:
    """The day that is the `days`-th working day after `day`, which is day 0; `day` itself for 0."""
    works = calendar().works
    while days > 0:
        day += DAY
        days -= works(day)
    return day


def workdays_between(start: date, end: date) -> int:
    """How many working days lie after `start`, up to and including `end`; below 0 where `end` comes first."""
    return calendar().between(start, end)


def is_known(year: int) -> bool:
    """True if somebody has said how the year is worked; False where it is counted Monday to Friday."""
    return bool(calendar().source_of(year))


def write_day(day: date, works: bool | None, name: str = "") -> None:
    """Write one day over the official table; None takes back what was written."""
    written = db.session.get(CalendarDay, day)
    if works is None:
        if written:
            db.session.delete(written)
    else:
        db.session.merge(CalendarDay(day=day, is_workday=works, name=name))
    _written()


def enter_year(year: int, source: str, person_id: int | None) -> None:
    """Let the year count as official by `source`."""
    db.session.merge(CalendarYear(year=year, source=source, entered_at=now(), entered_by=person_id))
    _written()


def take_back_year(year: int) -> None:
    """The year was not official after all; its written days stay."""
    if entered := db.session.get(CalendarYear, year):
        db.session.delete(entered)
    _written()


def _written() -> None:
    """Whoever counts on in this transaction counts with what was just written."""
    db.session.flush()
    _known()["calendar"] = _read()


@event.listens_for(db.session, "after_commit")
@event.listens_for(db.session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("calendar", None)
