"""What stands over the worklist, counted: in danger, late, due today, soon due, new, for me, in our hands."""

from dataclasses import dataclass

from wdj.core.clock import end_of, local, now, today
from wdj.core.db import db
from wdj.core.deadlines import WARNED
from wdj.core.items import Item
from wdj.core.people import Me
from wdj.portal.filters import Wanted
from wdj.portal.rows import Row
from wdj.portal.worklist import BATCH, in_hand, page_of_work

MOST_COUNTED = 100


@dataclass(frozen=True)
class Figures:
    """What stands over the list, each counted to MOST_COUNTED and no further."""

    urgent: int
    late: int
    today: int
    soon: int
    new: int
    mine: int
    own: int
    more: bool
    """There was more waiting than was looked at."""


def figures(person: Me) -> Figures:
    """Count what waits and what we write: two reads, and a third for danger where more waits than is looked at."""
    waiting = page_of_work(in_hand(person, Wanted("mine")), "", "")
    rows = [Row(*row) for row in db.session.execute(waiting.limit(BATCH))]
    own = page_of_work(in_hand(person, Wanted("own")), "own", "").with_only_columns(Item.id)
    moment, end, day = now(), end_of(today()), today()
    urgent = sum(row.urgent for row in rows)
    if len(rows) == BATCH:
        urgent = len(db.session.execute(in_hand(person, Wanted(due="danger")).limit(MOST_COUNTED)).all())
    return Figures(
        urgent=urgent,
        late=sum(row.late for row in rows),
        today=sum(row.due_at is not None and moment <= row.due_at <= end for row in rows),
        soon=sum(row.level == WARNED for row in rows),
        new=sum(row.started_on is not None and local(row.created_at).date() == day for row in rows),
        mine=sum(row.waits_for(person) for row in rows),
        own=len(db.session.execute(own.limit(MOST_COUNTED)).all()),
        more=len(rows) == BATCH,
    )
