"""A line of the worklist: what guards ask of an item, what is read of it, and how it is said."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache, cached_property
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from wdj.core.clock import now, say_due, say_when, today
from wdj.core.db import UtcDateTime
from wdj.core.deadlines import (
    ESCALATED,
    FINE,
    OVERDUE,
    WARNED,
    WHOLE,
    Deadline,
    Span,
    last_day,
    lateness,
    pauses_of,
    say_days,
)
from wdj.core.items import SOURCES, Item
from wdj.core.module import Mark
from wdj.core.orgs import Org
from wdj.core.people import Me
from wdj.core.placements import mark
from wdj.core.workflow import Transition
from wdj.modules import MODULE_OF, MODULES, WORKFLOW_OF

NEVER = datetime(2200, 1, 1, tzinfo=UTC)
DUE = func.coalesce(Item.due_at, literal(NEVER, UtcDateTime()), type_=UtcDateTime())
FROM_PEOPLE = {cls.type_name() for module in MODULES for cls in module.from_people}

Found = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Row:
    """A line of the list."""

    id: int
    type: str
    kind: str
    state: str
    title: str
    public_title: str
    author_id: int | None
    org_path: str
    org_name: str
    created_at: datetime
    due_at: datetime | None
    source: str
    handler_path: str
    handler_name: str
    started_on: date | None
    """The day 0 of its clock; None for what counts no working days."""
    warn_on: date | None
    due_on: date | None
    over_on: date | None
    """Its own last day, and the day from which the county looks after it: both without the days it waited."""
    asks: bool
    """Its unit waits for a decision from above."""
    urgent: bool
    """It tells of danger, and nobody has taken it up yet."""
    placed_at: datetime | None = None
    pauses: Sequence[Span] = ()
    """The days that it waited, where that counts; see `with_pauses`."""

    @property
    def mark(self) -> str:
        return mark(self.placed_at or self.due_at or NEVER, self.id)

    @property
    def shown_title(self) -> str:
        """What people sent in is masked in every list; whoever handles it reads it whole on its own page."""
        return self.public_title if self.type in FROM_PEOPLE else self.title

    @property
    def state_label(self) -> str:
        return WORKFLOW_OF[self.type].states[self.state]

    @property
    def kind_label(self) -> str:
        return dict(MODULE_OF[self.type].kinds).get(self.kind, MODULE_OF[self.type].label)

    @property
    def source_label(self) -> str:
        """How a clerk got it who wrote it down for somebody; empty for what people sent themselves."""
        return SOURCES.get(self.source, "")

    @cached_property
    def late(self) -> bool:
        return self.state in WORKFLOW_OF[self.type].waiting and self.due_at is not None and self.due_at < now()

    @cached_property
    def level(self) -> int:
        """How late it is, as `deadlines.level` says."""
        if self.late and self.due_at:
            return self._overdue(last_day(self.due_at))
        return WARNED if self.due_at and self.warn_on and self.warn_on <= today() else FINE

    def _overdue(self, day: date) -> int:
        """The level of what was due on `day`: by its own clock, or by another one, which nothing stops."""
        if day == self.due_on:
            return ESCALATED if self.over_on and self.over_on <= today() else OVERDUE
        return max(OVERDUE, lateness(day))

    @property
    def due(self) -> str:
        """By when, in words; what is out has no such time."""
        if self.placed_at or self.state not in WORKFLOW_OF[self.type].waiting | WORKFLOW_OF[self.type].working:
            return ""
        if self.started_on is None:
            return say_due(self.due_at) if self.due_at else ""
        if self.due_at is None:
            return "" if self.due_on else "时间停着"  # what has its last day still was stopped
        return say_days(last_day(self.due_at), self.pauses)

    @property
    def when(self) -> str:
        return say_when(self.placed_at or self.created_at)

    def ways(self, person: Me) -> list[Transition]:
        """All that this person may do to it."""
        return WORKFLOW_OF[self.type].open_to(person, self)

    def waits_for(self, person: Me) -> bool:
        """True if this person is asked to move it on, now that it is as late as it is."""
        return WORKFLOW_OF[self.type].waits_for(person, self, level=self.level)

    def keys(self, ways: Iterable[Transition]) -> dict[str, str]:
        """What the keys t (pass on) and r (send back) press of these: an action, or the address of its own form."""
        found: dict[str, str] = {}
        for each in ways:
            if each.together and not each.undo:
                found.setdefault("r" if each.note else "t", each.action)
            elif each.note and each.to and not each.undo:
                found.setdefault("r", f"/{MODULE_OF[self.type].name}/{self.id}/{each.action}")
        return found


HANDLER = aliased(Org)
ASKS = func.coalesce(or_(*(module.asks for module in MODULES if module.asks is not None)), False)
URGENT = func.coalesce(or_(*(module.urgent for module in MODULES if module.urgent is not None)), False)
# What its own clock no longer counts, as a letter that the unit above looks at, is not due soon by it.
WARN_BY = case((Deadline.stopped_on.is_(None), Deadline.warn_on))
COLUMNS = (
    Item.id, Item.type, Item.kind, Item.state, Item.title, Item.public_title, Item.author_id, Org.path, Org.short_name,
    Item.created_at, Item.due_at, Item.source, func.coalesce(HANDLER.path, ""), func.coalesce(HANDLER.short_name, ""),
    Deadline.started_on, WARN_BY, Deadline.due_on, Deadline.over_on, ASKS, URGENT,
)  # fmt: skip


@cache
def rows() -> Found:
    """A Select of what a line of the list needs; it is put together once."""
    found = select(*COLUMNS).join(Org, Org.id == Item.org_id).outerjoin(HANDLER, HANDLER.id == Item.handler_org_id)
    return found.outerjoin(Deadline, and_(Deadline.item_id == Item.id, Deadline.name == WHOLE))


def with_pauses(shown: Sequence[Row], read: Callable[[Any], Any] | None = None) -> list[Row]:
    """These rows, those that are late with the days that they waited: one read, where any is late."""
    late = [row.id for row in shown if row.late and row.started_on]
    found = pauses_of(late, read) if late else {}
    return [replace(row, pauses=found[row.id]) if row.id in found else row for row in shown]


def marks_of(shown: Sequence[Row]) -> Mapping[int, Sequence[Mark]]:
    """What their modules say beside these rows: one read for each module that has any here."""
    found: dict[int, Sequence[Mark]] = {}
    for module in MODULES:
        ids = [row.id for row in shown if MODULE_OF[row.type] is module]
        found |= module.marks(ids) if module.marks and ids else {}
    return found
