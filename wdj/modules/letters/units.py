"""To which units a clerk may give a letter: those below, those above, and the departments of the county beside them."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, or_, select

from wdj.core.db import db
from wdj.core.forms import Choice
from wdj.core.orgs import Kind, Org, below
from wdj.core.people import WRITER_ROLES, Me
from wdj.modules.letters.models import Letter
from wdj.modules.letters.rules import county

HANDLE = (Kind.county, Kind.department, Kind.town, Kind.station, Kind.village, Kind.community)
GROUPS = {Kind.county: "县上", Kind.department: "县直单位", Kind.town: "镇"}
OWN, OTHERS = "本镇的村和站所", "别的单位"


def takes(letter: Letter, org_id: int, me: Me) -> bool:
    """True if `me` may give the letter to that unit."""
    return any(each.id == org_id for each in places(letter, me))


def places(letter: Letter, me: Me) -> Sequence[Org]:
    """The units that `me` may give the letter to, in the county's order; none for who may give it to nobody."""
    allowed = _allowed(letter, me)
    if not allowed:
        return []
    found = select(Org).where(or_(*allowed), Org.kind.in_(HANDLE), Org.id != _here(letter, me))
    return db.session.scalars(found.order_by(Org.path)).all()


def _here(letter: Letter, me: Me) -> int:
    """The id of the unit that has it; of mine where it came to mine and no unit has it, for that is 自己办. Else 0."""
    mine = {each.org_id for each in me.grants if each.role in WRITER_ROLES}
    return letter.handler_org_id or (letter.org_id if letter.org_id in mine else 0)


def _allowed(letter: Letter, me: Me) -> list[ColumnElement[bool]]:
    """Who received it gives it below, above, and to departments; the unit that has it gives it below alone."""
    writes = [each.path for each in me.grants if each.role in WRITER_ROLES]
    received = [path for path in writes if letter.org_path.startswith(path)]
    handler, found = letter.handler_path, []
    if received and (county(me, letter) or not letter.is_ruled):
        above = {int(each) for path in received for each in path.strip("/").split("/")}
        found = [*map(below, received), Org.id.in_(above), Org.kind == Kind.department]
    if handler and any(handler.startswith(path) for path in writes):
        found.append(below(handler))
    return found


def choices(letter: Letter, me: Me) -> list[Choice]:
    """The same for a select, under heads: the county and its departments, towns, then each town's villages.

    The villages come first where they are all of one town.
    """
    towns = {each.path: each.short_name for each in db.session.scalars(select(Org).where(Org.kind == Kind.town))}
    grouped: dict[str, list[Choice]] = {head: [] for head in GROUPS.values()}
    for org in places(letter, me):
        town = next((name for path, name in towns.items() if org.path.startswith(path)), OTHERS)
        head = GROUPS.get(Kind(org.kind), town)
        grouped.setdefault(head, []).append(Choice(org.id, org.short_name, optgroup=head))
    theirs = grouped.keys() - GROUPS.values() - {OTHERS}
    if len(theirs) == 1:
        own = [replace(each, optgroup=OWN) for each in grouped.pop(theirs.pop())]
        grouped = {OWN: own, **grouped}
    return [each for options in grouped.values() for each in options]
