"""The unit above, told that an answer solved nothing: the letter stands on its desk until it has looked into it."""

from sqlalchemy import select

from wdj.core import deadlines
from wdj.core.db import db
from wdj.core.fresh import memory
from wdj.core.items import Item, record
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.workflow import Subject, said
from wdj.modules.letters import effects
from wdj.modules.letters.models import Letter, State

WAITING = (State.accepted, State.assigned, State.in_hand, State.waiting, State.drafted, State.unsolved)


LOOK_DAYS = 5


def tell(letter: Letter) -> None:
    """Tell the org above the unit that answered that this did not solve the matter."""
    unit = letter.handler_org or letter.org
    letter.told_org_id = unit.parent_id or unit.id
    record("tell", "写信的人说没解决，告诉上一级", None, item_id=letter.id, org_id=letter.told_org_id)


@said("写信的人说没解决以后，上一级的干部")
def is_told(me: Me | None, letter: Subject) -> bool:
    """True for the writers of the unit that was told, until one of them has looked into it."""
    if me is None:
        return False
    theirs = tuple(sorted({grant.org_id for grant in me.grants if grant.role in WRITER_ROLES}))
    if isinstance(letter, Letter):
        return letter.told_org_id in theirs
    return getattr(letter, "id", 0) in _told(theirs)


def _told(org_ids: tuple[int, ...]) -> frozenset[int]:
    """The ids of the open letters of which these orgs were told; read once for all rows of a list."""
    known, key = memory(), ("told", org_ids)
    if key not in known:
        found = select(Letter.id).where(Letter.told_org_id.in_(org_ids), Item.state.in_(WAITING))
        known[key] = frozenset(db.session.scalars(found)) if org_ids else frozenset()
    ids: frozenset[int] = known[key]
    return ids


def ask_to_look(item: Item, me: Me | None, note: str) -> None:
    """The unit above has its time too, from today: then it is overdue and goes on up, like all else."""
    deadlines.start(item, deadlines.LOOK, deadlines.allowed("letter.look", LOOK_DAYS))


def looked(item: Item, me: Me | None, note: str) -> None:
    """Whoever was told has done something about it."""
    if isinstance(item, Letter) and is_told(me, item):
        item.told_org_id = None


def settled(item: Item, me: Me | None, note: str) -> None:
    """Somebody above has looked into what stays unsolved: now it has ended."""
    if isinstance(item, Letter):
        item.told_org_id = None
    effects.end(item, me, note)
