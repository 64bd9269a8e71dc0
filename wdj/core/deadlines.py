"""By when something is due: working days from the day it came, which is day 0, without the days it waited for others.

What is kept is what happened: the start, the days allowed, pauses, extensions. Overdue follows from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from math import ceil

from sqlalchemy import Index, PrimaryKeyConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import today, zone
from wdj.core.db import Model, db, references
from wdj.core.items import Item
from wdj.core.working_days import DAY, is_workday, workdays_between

# The clock of the whole thing, and that of the unit that must sign for it.
WHOLE, SIGN = "whole", "sign"
WARN_AT = 0.8
COUNTY_AFTER = 5  # working days overdue


class Limit(Model):
    """How many working days something may take where the county has set it other than `DEFAULTS` of its part."""

    __tablename__ = "limits"

    name: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[int]


class Deadline(Model):
    """One clock of an item. `due_on` and `warn_on` follow from the rest, and are None while it is paused."""

    __tablename__ = "deadlines"
    __table_args__ = (PrimaryKeyConstraint("item_id", "name"), Index("ix_deadlines_due", "stopped_on", "due_on"))

    item_id: Mapped[int] = references("items.id", delete="CASCADE")
    name: Mapped[str]
    started_on: Mapped[date]
    days: Mapped[int]
    extended_days: Mapped[int] = mapped_column(default=0)
    stopped_on: Mapped[date | None]
    due_on: Mapped[date | None]
    warn_on: Mapped[date | None]
    told: Mapped[int] = mapped_column(default=0)
    """The last level of lateness that its desks were told of."""


class Pause(Model):
    """The item waits for somebody outside since `from_on`; what remains goes on after `to_on`."""

    __tablename__ = "pauses"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = references("items.id", delete="CASCADE", index=True)
    from_on: Mapped[date]
    to_on: Mapped[date | None]


@dataclass(frozen=True)
class Span:
    """A pause, as the count takes it: no day after `start` counts, up to and including `end`."""

    start: date
    end: date | None


def count_out(started_on: date, days: int, pauses: Sequence[Span]) -> date | None:
    """The day on which the `days`-th working day is used up; None while a pause has no end before that."""
    day, left = started_on, days
    while left:
        day += DAY
        if any(pause.start < day and pause.end is None for pause in pauses):
            return None
        paused = any(pause.start < day <= pause.end for pause in pauses if pause.end)
        left -= is_workday(day) and not paused
    return day


def start(item: Item, name: str, days: int, on: date | None = None) -> Deadline:
    """Let the clock `name` of the item run: `on` (today) is day 0. One that ran before begins anew."""
    deadline = db.session.get(Deadline, (item.id, name)) or Deadline(item_id=item.id, name=name)
    deadline.started_on, deadline.days, deadline.extended_days = on or today(), days, 0
    deadline.stopped_on, deadline.told = None, 0
    db.session.add(deadline)
    reckon(item)
    return deadline


def stop(item: Item, *names: str) -> None:
    """Stop these clocks of the item, all of them where none is named: nothing is due any more."""
    for each in of(item.id):
        if each.stopped_on is None and (not names or each.name in names):
            each.stopped_on = today()
    reckon(item)


def go_on(item: Item, name: str) -> None:
    """Let a clock that was stopped run on, as if it never had been."""
    deadline = db.session.get(Deadline, (item.id, name))
    if deadline is not None:
        deadline.stopped_on = None
        reckon(item)


def pause(item: Item) -> None:
    """From today on the item waits for somebody outside."""
    db.session.add(Pause(item_id=item.id, from_on=today()))
    db.session.flush()
    reckon(item)


def resume(item: Item) -> None:
    """The waiting is over: the next working day counts again."""
    for each in db.session.scalars(select(Pause).where(Pause.item_id == item.id, Pause.to_on.is_(None))):
        each.to_on = today()
    db.session.flush()
    reckon(item)


def extend(item: Item, days: int, name: str = WHOLE) -> None:
    """Allow so many working days more."""
    deadline = db.session.get(Deadline, (item.id, name))
    if deadline is not None:
        deadline.extended_days += days
        deadline.told = 0
        reckon(item)


def of(item_id: int) -> Sequence[Deadline]:
    """The clocks of an item."""
    return db.session.scalars(select(Deadline).where(Deadline.item_id == item_id).order_by(Deadline.name)).all()


def reckon(item: Item) -> None:
    """Work out by when each clock of the item is due, and set `item.due_at` to the end of the first such day."""
    db.session.flush()
    rows = db.session.scalars(select(Pause).where(Pause.item_id == item.id)).all()
    pauses = [Span(each.from_on, each.to_on) for each in rows]
    running = []
    for each in of(item.id):
        whole = each.days + each.extended_days
        each.due_on = count_out(each.started_on, whole, pauses)
        each.warn_on = count_out(each.started_on, ceil(whole * WARN_AT), pauses)
        if each.stopped_on is None and each.due_on:
            running.append(each.due_on)
    item.due_at = end_of(min(running)) if running else None


def end_of(day: date) -> datetime:
    """The moment at which `day` is over in the county."""
    return datetime.combine(day + DAY, time(), tzinfo=zone())


def days_late(due_on: date) -> int:
    """How many working days it is overdue today; 0 on its last day and before."""
    return max(0, workdays_between(due_on, today()))


def allowed(name: str, default: int) -> int:
    """How many working days the county allows for `name`, as letter.help."""
    days = db.session.scalar(select(func.max(Limit.days)).where(Limit.name == name))
    return default if days is None else days
