"""By when something is due: working days from the day it came, which is day 0, without the days it waited for others.

What is kept is what happened: the start, the days allowed, pauses, extensions. Overdue follows from it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Index, PrimaryKeyConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import end_of, local, today
from wdj.core.db import Model, db, references
from wdj.core.items import Item
from wdj.core.jobs import enqueue, every, job
from wdj.core.limits import allowed as allowed
from wdj.core.spans import Span as Span
from wdj.core.spans import count_in
from wdj.core.spans import count_out as count_out
from wdj.core.working_days import calendar

# The clock of the whole thing, that of the unit that must sign for it, and that of the one above, told of what failed.
WHOLE, SIGN, LOOK = "whole", "sign", "look"
CLOCKS = {WHOLE: "办结", SIGN: "签收", LOOK: "上级看过"}
WARN_PERCENT = 80
COUNTY_AFTER = 5  # working days overdue
FINE, WARNED, OVERDUE, ESCALATED = range(4)
BATCH = 1000
PAUSED = "等您补充，时间停着"


class Deadline(Model):
    """One clock of an item. `warn_on`, `due_on` and `over_on` follow from the rest.

    They are None where a pause that lasts has begun before.
    """

    __tablename__ = "deadlines"
    __table_args__ = (
        PrimaryKeyConstraint("item_id", "name"),
        Index("ix_deadlines_due", "stopped_on", "due_on", "item_id", "name"),
    )

    item_id: Mapped[int] = references("items.id", delete="CASCADE")
    name: Mapped[str]
    started_on: Mapped[date]
    days: Mapped[int]
    extended_days: Mapped[int] = mapped_column(default=0)
    stopped_on: Mapped[date | None]
    promised_on: Mapped[date | None]
    """The day that others were promised who wait for this one: while they do, it is due by then."""
    warn_on: Mapped[date | None]
    """The day on which most of its days are used."""
    due_on: Mapped[date | None]
    """Its last day."""
    over_on: Mapped[date | None]
    """The day from which it is so much overdue that the county looks after it."""
    told: Mapped[int] = mapped_column(default=0)
    """The last level of lateness that its desks were told of."""

    @property
    def whole(self) -> int:
        """All the working days that it may take."""
        return self.days + self.extended_days


class Pause(Model):
    """The item waits for somebody outside since `from_on`; what remains goes on after `to_on`."""

    __tablename__ = "pauses"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = references("items.id", delete="CASCADE", index=True)
    from_on: Mapped[date]
    to_on: Mapped[date | None]


def start(item: Item, name: str, days: int, on: date | None = None) -> Deadline:
    """Let the clock `name` of the item run: `on` (today) is day 0. One that ran before begins anew."""
    deadline = db.session.get(Deadline, (item.id, name)) or Deadline(item_id=item.id, name=name)
    deadline.started_on, deadline.days, deadline.extended_days = on or today(), days, 0
    deadline.stopped_on, deadline.told = None, FINE
    db.session.add(deadline)
    if name == WHOLE:
        _end_pauses(item)
    reckon(item)
    return deadline


def stop(item: Item, *names: str) -> None:
    """Stop these clocks of the item, all of them where none is named: nothing is due any more, nobody waits for it."""
    if not names or WHOLE in names:
        _end_pauses(item)
    for each in of(item.id):
        if each.stopped_on is None and (not names or each.name in names):
            each.stopped_on, each.promised_on = today(), None
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
    reckon(item)


def resume(item: Item) -> None:
    """The waiting is over: the next working day counts again."""
    _end_pauses(item)
    reckon(item)


def _end_pauses(item: Item) -> None:
    for each in db.session.scalars(select(Pause).where(Pause.item_id == item.id, Pause.to_on.is_(None))):
        each.to_on = today()


def extend(item: Item, days: int, name: str = WHOLE) -> None:
    """Allow so many working days more."""
    deadline = db.session.get(Deadline, (item.id, name))
    if deadline is not None:
        deadline.extended_days += days
        reckon(item)


def promise(item: Item, day: date | None) -> bool:
    """Let the whole clock of the item be due no later than `day`, whatever its own count says; None: by that alone.

    While the item waits for somebody outside it is not due, as ever; afterwards that day stands where it stood.
    True if the item comes to be due earlier by it, as if what waits went on today.
    """
    whole = db.session.get(Deadline, (item.id, WHOLE))
    if whole is None or whole.promised_on == day:
        return False
    whole.promised_on = day
    reckon(item)
    pauses = [Span(each.start, each.end or today()) for each in pauses_of([item.id]).get(item.id, [])]
    own = count_out(whole.started_on, whole.whole, pauses)
    return bool(day and own and day < own)


def set_days(item: Item, days: int) -> None:
    """Let the whole clock take so many working days from the same day 0, with its pauses and extensions."""
    whole = db.session.get(Deadline, (item.id, WHOLE))
    if whole is not None:
        whole.days = days
        reckon(item)


def move(items: Sequence[Item], since: date, on: date) -> None:
    """Let the whole clocks of these that count from `since` count from `on`, with the same pauses and extensions."""
    moved = update(Deadline).where(Deadline.item_id.in_([each.id for each in items]), Deadline.name == WHOLE)
    db.session.execute(moved.where(Deadline.started_on == since).values(started_on=on))
    _reckon_all(items)


def of(item_id: int) -> Sequence[Deadline]:
    """The clocks of an item."""
    return db.session.scalars(select(Deadline).where(Deadline.item_id == item_id).order_by(Deadline.name)).all()


def pauses_of(item_ids: Iterable[int], read: Callable[[Any], Any] | None = None) -> dict[int, list[Span]]:
    """The pauses of these items, oldest first, by item; one read, of the session where none is named."""
    rows = select(Pause.item_id, Pause.from_on, Pause.to_on).where(Pause.item_id.in_(list(item_ids)))
    found: dict[int, list[Span]] = {}
    for item_id, start, end in (read or db.session.execute)(rows.order_by(Pause.item_id, Pause.id)):
        found.setdefault(item_id, []).append(Span(start, end))
    return found


def reckon(item: Item) -> None:
    """Work out by when each clock of the item is due, and set `item.due_at` to the end of the first such day."""
    db.session.flush()
    _reckon(item, of(item.id), pauses_of([item.id]).get(item.id, []))


def _reckon(item: Item, clocks: Sequence[Deadline], pauses: Sequence[Span]) -> None:
    for each in clocks:
        _set_days(each, pauses)
    running = [each.due_on for each in clocks if each.stopped_on is None and each.due_on]
    item.due_at = end_of(min(running)) if running else None


def _set_days(deadline: Deadline, pauses: Sequence[Span]) -> None:
    """Set the days that follow. Who was told of a level that is not reached any more will be told of it anew."""
    whole = deadline.whole
    deadline.warn_on = count_out(deadline.started_on, -(-whole * WARN_PERCENT // 100), pauses)
    deadline.due_on = count_out(deadline.started_on, whole, pauses)
    deadline.over_on = count_out(deadline.started_on, whole + COUNTY_AFTER, pauses)
    if (last := deadline.promised_on) and not any(each.end is None and each.holds(last) for each in pauses):
        _bring_forward(deadline, last, pauses)
    if deadline.stopped_on is None:
        deadline.told = min(deadline.told, level(deadline))


def _bring_forward(deadline: Deadline, last: date, pauses: Sequence[Span]) -> None:
    """Set the same days as if `last` were its last day, where that is earlier."""
    if deadline.due_on is None or last < deadline.due_on:
        used = count_in(deadline.started_on, last, pauses)
        deadline.warn_on = count_out(deadline.started_on, -(-used * WARN_PERCENT // 100), pauses)
        deadline.due_on, deadline.over_on = last, count_out(last, COUNTY_AFTER, pauses)


@job("reckon_open")
def reckon_open(after: int = 0) -> None:
    """Reckon every clock that runs, items with ids above `after`: for the calendar has changed.

    The rows are held as a step of their lifecycle holds them, so that none is reckoned from what it was before.
    """
    runs = Deadline.stopped_on.is_(None)
    running = select(Deadline.item_id).where(runs, Deadline.item_id > after)
    ids = list(db.session.scalars(running.distinct().order_by(Deadline.item_id).limit(BATCH)))
    held = select(Item).where(Item.id.in_(ids)).order_by(Item.id).with_for_update()
    _reckon_all(db.session.scalars(held).all(), runs)
    if len(ids) == BATCH:
        enqueue("reckon_open", after=ids[-1])


def _reckon_all(items: Sequence[Item], *fit: ColumnElement[bool]) -> None:
    """Reckon the clocks of these that fit."""
    ids = [each.id for each in items]
    clocks: dict[int, list[Deadline]] = {}
    for each in db.session.scalars(select(Deadline).where(Deadline.item_id.in_(ids), *fit)):
        clocks.setdefault(each.item_id, []).append(each)
    pauses = pauses_of(ids)
    for item in items:
        _reckon(item, clocks.get(item.id, []), pauses.get(item.id, []))


@every(60)
def keep_reckoned() -> None:
    """The same every hour, for a calendar that came with a newer chinesecalendar; it writes only what has changed."""
    reckon_open()


def level(deadline: Deadline, on: date | None = None) -> int:
    """How late it is: FINE, WARNED (80 % of its days are used), OVERDUE, or ESCALATED (five working days overdue)."""
    day = on or today()
    if deadline.stopped_on is not None:
        return FINE
    if deadline.over_on and day >= deadline.over_on:
        return ESCALATED
    if deadline.due_on and day > deadline.due_on:
        return OVERDUE
    return WARNED if deadline.warn_on and day >= deadline.warn_on else FINE


def days_late(due_on: date, pauses: Sequence[Span] = ()) -> int:
    """How many working days it is overdue today, without those of `pauses`; 0 on its last day and before."""
    day = today()
    late = max(0, calendar().between(due_on, day))
    return count_in(due_on, day, pauses) if late and pauses else late


def say_left(what: Item | Deadline, pauses: Sequence[Span] = ()) -> str:
    """How much time is left, in words: 还剩 3 个工作日, 今天到期, 超期 2 个工作日; empty where nothing is due."""
    if isinstance(what, Deadline) and what.stopped_on:
        return ""
    due_on = what.due_on if isinstance(what, Deadline) else what.due_at and last_day(what.due_at)
    if due_on:
        return say_days(due_on, pauses)
    return PAUSED if isinstance(what, Deadline) or _waits(what.id) else ""


def say_days(due_on: date, pauses: Sequence[Span] = ()) -> str:
    """The same of a last day alone, for lists: no read but of the calendar."""
    day = today()
    if day < due_on:
        return f"还剩 {calendar().between(day, due_on)} 个工作日"
    if day == due_on:
        return "今天到期"
    late = days_late(due_on, pauses)
    return f"超期 {late} 个工作日" if late else "刚超期"


def last_day(due_at: datetime) -> date:
    """The last day of what is due by that moment."""
    return local(due_at - timedelta(microseconds=1)).date()


def lateness(due_on: date) -> int:
    """The level of what was due on that day, for lists: no read but of the calendar."""
    if today() <= due_on:
        return FINE
    return ESCALATED if days_late(due_on) >= COUNTY_AFTER else OVERDUE


def _waits(item_id: int) -> bool:
    """True if a clock of the item stands still."""
    still = select(Pause.id).join(Deadline, Deadline.item_id == Pause.item_id)
    found = still.where(Pause.item_id == item_id, Pause.to_on.is_(None), Deadline.stopped_on.is_(None))
    return db.session.scalar(found.limit(1)) is not None
