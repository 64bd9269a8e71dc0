"""Telling the desks that something is late: the unit that has it, then the one above it, then the county; once each."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update

from wdj.core.clock import say_date, today
from wdj.core.db import db
from wdj.core.deadlines import BATCH, ESCALATED, LOOK, OVERDUE, SIGN, WARNED, Deadline, level
from wdj.core.items import Item, record
from wdj.core.jobs import every
from wdj.core.orgs import Org, short_names

# By level: what the log calls it, and says of the answer and of the signature.
ACTIONS = {WARNED: "warned", OVERDUE: "overdue", ESCALATED: "escalated"}
LABELS = {WARNED: "快到期，提醒", OVERDUE: "超期，告诉上一级", ESCALATED: "超期 5 个工作日，列入县上的清单"}
SIGN_LABELS = {WARNED: "该签收了，提醒", OVERDUE: "没有按时签收，告诉上一级", ESCALATED: LABELS[ESCALATED]}

ORGS = Org.__table__.alias()


@every(30)
def tell() -> None:
    """Note on each item that has become later since the last time whom that concerns: each level once.

    What was passed over while the machine stood still is not told any more: nobody is warned of what is overdue.
    """
    found = _later_than_told(today())
    names = short_names({unit for _, path in found for unit in _units(path)})
    for deadline, path in found:
        told, new = deadline.told, level(deadline)
        if _taken(deadline, new):
            for each in _levels(told, new):
                _note(deadline, each, names, _told_to(path, each))


def _later_than_told(day: date) -> list[tuple[Deadline, str]]:
    """The clocks that run and are later than their desks know, each with the path of the unit that must act."""
    later = or_(
        and_(Deadline.told < WARNED, Deadline.warn_on <= day),
        and_(Deadline.told < OVERDUE, Deadline.due_on < day),
        and_(Deadline.told < ESCALATED, Deadline.over_on <= day),
    )
    found = select(Deadline, Org.path).join(Item, Item.id == Deadline.item_id)
    found = found.join(Org, Org.id == holder())
    running = found.where(Deadline.stopped_on.is_(None), Deadline.due_on.is_not(None), later)
    return [(row[0], row[1]) for row in db.session.execute(running.order_by(Deadline.due_on).limit(BATCH))]


def holder() -> ColumnElement[int | None]:
    """The id of the unit that must act before this clock of an item runs out, for statements about both."""
    has = func.coalesce(Item.handler_org_id, Item.org_id)
    above = select(ORGS.c.parent_id).where(ORGS.c.id == has).correlate(Item).scalar_subquery()
    return case((Deadline.name == LOOK, func.coalesce(above, has)), else_=has)


def _units(path: str) -> list[int]:
    return [int(each) for each in path.strip("/").split("/")]


def _taken(deadline: Deadline, new: int) -> bool:
    """Note the level as told; False if another runner was first."""
    ours = update(Deadline).where(
        Deadline.item_id == deadline.item_id, Deadline.name == deadline.name, Deadline.told == deadline.told
    )
    return db.session.execute(ours.values(told=new).returning(Deadline.item_id)).one_or_none() is not None


def _levels(told: int, new: int) -> Iterator[int]:
    yield from range(max(told + 1, OVERDUE) if new >= OVERDUE else new, new + 1)


def _told_to(path: str, each: int) -> int:
    """The id of the unit that is told of a level: the one that has it, the next above it, the county."""
    units = _units(path)
    return {WARNED: units[-1], OVERDUE: units[-2:][0], ESCALATED: units[0]}[each]


def _note(deadline: Deadline, each: int, names: dict[int, str], org_id: int) -> None:
    labels = SIGN_LABELS if deadline.name == SIGN else LABELS
    due = say_date(deadline.due_on) if deadline.due_on else ""
    note = f"{names.get(org_id, '')}，{due}到期"
    record(ACTIONS[each], labels[each], None, note=note, item_id=deadline.item_id, org_id=org_id)
