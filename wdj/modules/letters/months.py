"""What this month has brought to each org, for its board: counted as 决策参考 counts, and kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from wdj.core.clock import today
from wdj.core.db import brief_read, db, insert_new
from wdj.core.fresh import memory
from wdj.core.items import Item
from wdj.core.jobs import every
from wdj.core.orgs import Kind, Org
from wdj.core.site import Fact
from wdj.modules.letters.digest import letters_of
from wdj.modules.letters.figures import LEAST_RATED, Figures, percent
from wdj.modules.letters.models import Letter

LIVED_IN = (Kind.village, Kind.community)
LETTERS = Letter.__table__

Orgs = Mapping[int, Any]


@dataclass(frozen=True)
class Month:
    """Of the letters that came to an org this month: how many they are, are answered, are rated, and as content."""

    received: int
    answered: int
    rated: int
    content: int

    @property
    def percent(self) -> str:
        """How many of those who said so are content; empty while they are few."""
        return percent(self.content, self.rated) if self.rated >= LEAST_RATED else ""


def month_of(org_id: int) -> Month | None:
    """The figures of this month as they were last counted; None if they never were."""
    known = memory()
    key = ("month", org_id)
    if key not in known:
        kept = db.session.scalar(select(Fact.value).where(Fact.name == f"letters {org_id}"))
        month, *figures = (kept or "-").split()
        known[key] = Month(*map(int, figures)) if month == _this_month() else None
    found: Month | None = known[key]
    return found


def _this_month() -> str:
    return f"{today():%Y-%m}"


@every(60)
def count_month() -> None:
    """Count what this month has brought to each org; kept as facts."""
    with brief_read() as connection:
        figures, kept = _figures(connection), _kept(connection)
    _keep(figures, kept)


def count_month_here() -> None:
    """Count it in this transaction, with what it has brought that nobody else sees yet."""
    db.session.flush()
    connection = db.session.connection()
    _keep(_figures(connection), _kept(connection))


def _kept(connection: Connection) -> dict[str, str]:
    return dict(connection.execute(select(Fact.name, Fact.value).where(Fact.name.startswith("letters "))).all())


def _keep(figures: Mapping[int, Figures], kept: Mapping[str, str]) -> None:
    """Keep the figures that are others than those kept."""
    for org_id, each in figures.items():
        value = f"{_this_month()} {each.received} {each.answered} {each.said_content} {each.content}"
        if kept.get(f"letters {org_id}") != value:
            db.session.execute(insert_new(Fact, name=f"letters {org_id}", value=""))
            db.session.execute(update(Fact).where(Fact.name == f"letters {org_id}").values(value=value))


def _figures(read: Connection) -> dict[int, Figures]:
    """The figures of this month by org."""
    orgs = {each.id: each for each in read.execute(select(Org.id, Org.kind, Org.path, Org.name, Org.short_name))}
    figures = {org_id: Figures() for org_id in orgs}
    first = today().replace(day=1)
    seen = {each.id: each for org in orgs.values() if org.kind == Kind.county for each in letters_of(read, org, first)}
    places = select(Item.id, Item.org_id, Item.handler_org_id, LETTERS.c.from_org_id).select_from(LETTERS)
    places = places.join(Item, Item.id == LETTERS.c.id).where(LETTERS.c.received_on >= first)
    for letter, org_id, handler_id, from_id in read.execute(places):
        for each in _theirs(orgs, org_id, handler_id, from_id) if letter in seen else ():
            figures[each].count(seen[letter])
    return figures


def _theirs(orgs: Orgs, org_id: int, handler_id: int | None, from_id: int | None) -> set[int]:
    """Those that count the letter: who received it or was given it, all above them, and the village it is from."""
    paths = [orgs[each].path for each in (org_id, handler_id) if each]
    units = {int(each) for path in paths for each in path.strip("/").split("/")}
    counting = {each for each in units if orgs[each].kind not in LIVED_IN}
    home = from_id or org_id
    return counting | ({home} if orgs[home].kind in LIVED_IN else set())
