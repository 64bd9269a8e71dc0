"""The worklist of a clerk across all modules: what is in hand under their grants, by due time, a page at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import abort, url_for
from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from wdj.core.clock import now, say_due, say_when, today, zone
from wdj.core.db import UtcDateTime, db
from wdj.core.items import Item, visible_to
from wdj.core.orgs import Org, below
from wdj.core.people import READER_ROLES, WRITER_ROLES, Me
from wdj.core.placements import NEWS, Placement, mark, read_mark
from wdj.core.workflow import Transition
from wdj.modules import MODULE_OF, MODULES, WORKFLOW_OF

PAGE_ROWS, MOST_COUNTED = 50, 100
# Whom something waits for is said by guards, which are Python: rows are read so many at a time and asked one by one,
# and after so many the page ends and goes on where it stopped. Nothing is out of reach, and no page reads for ever.
BATCH, MOST_ASKED = 200, 2000
VIEWS = {"": "全部在办", "mine": "等我办的", "sent": "交上去等着的", "own": "我们在写的", "news": "近来发布的"}
NEVER = datetime(2200, 1, 1, tzinfo=UTC)
DUE = func.coalesce(Item.due_at, literal(NEVER, UtcDateTime()), type_=UtcDateTime())
LABELS = {state: label for workflow in WORKFLOW_OF.values() for state, label in workflow.states.items()}
FROM_PEOPLE = {cls.type_name() for module in MODULES for cls in module.from_people}
KINDS = {kind: label for module in MODULES for kind, label in module.kinds}

Found = Select[*tuple[Any, ...]]
Fetch = Callable[[Found], Sequence[Any]]


@dataclass(frozen=True)
class Unit:
    """The org that a filter names."""

    id: int
    path: str
    name: str


@dataclass(frozen=True)
class Wanted:
    """What the filters above the list say; `after` is the mark of the last row of the page before."""

    view: str = ""
    kind: str = ""
    state: str = ""
    org: Unit | None = None
    after: str = ""

    def query(self, **more: Any) -> dict[str, Any]:
        """The same in an address."""
        said = {"view": self.view, "kind": self.kind, "state": self.state, "org": self.org and self.org.id}
        return {name: value for name, value in {**said, "after": self.after, **more}.items() if value}


@dataclass(frozen=True)
class Row:
    """A line of the list: what a guard asks of an item, and what is seen of it."""

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
    handler_path: str
    handler_name: str
    placed_at: datetime | None = None

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
    def late(self) -> bool:
        return self.state in WORKFLOW_OF[self.type].waiting and self.due_at is not None and self.due_at < now()

    @property
    def due(self) -> str:
        """By when, in words; what is out has no such time."""
        return say_due(self.due_at) if self.due_at and self.placed_at is None else ""

    @property
    def when(self) -> str:
        return say_when(self.placed_at or self.created_at)

    def open_to(self, person: Me) -> list[Transition]:
        """What this person may do to it along with others."""
        return [each for each in WORKFLOW_OF[self.type].open_to(person, self) if each.together]

    def keys(self, person: Me) -> dict[str, str]:
        """The actions behind the keys t (pass on) and r (send back)."""
        found: dict[str, str] = {}
        for each in self.open_to(person):
            if not each.undo:
                found.setdefault("r" if each.note else "t", each.action)
        return found


HANDLER = aliased(Org)
COLUMNS = (Item.id, Item.type, Item.kind, Item.state, Item.title, Item.public_title, Item.author_id, Org.path,
           Org.short_name, Item.created_at, Item.due_at, func.coalesce(HANDLER.path, ""),
           func.coalesce(HANDLER.short_name, ""))  # fmt: skip


def under(person: Me) -> ColumnElement[bool]:
    """The condition on Item of belonging to an org that this person reads for."""
    mine: list[ColumnElement[bool]] = []
    for grant in person.grants:
        if grant.role in READER_ROLES:
            theirs = select(Org.id).where(below(grant.path))
            mine += [Item.org_id.in_(theirs), Item.handler_org_id.in_(theirs)]
    return or_(False, *mine)


def _rows() -> Found:
    """A Select of what a line of the list needs."""
    found = select(*COLUMNS).join(Org, Org.id == Item.org_id)
    return found.outerjoin(HANDLER, HANDLER.id == Item.handler_org_id)


def _in_states(which: str, state: str = "") -> ColumnElement[bool]:
    """The condition on Item of being in a state that its workflow counts as `which`: waiting or working."""
    pairs = []
    for name, workflow in WORKFLOW_OF.items():
        states = [each for each in sorted(getattr(workflow, which)) if state in ("", each)]
        pairs += [and_(Item.type == name, Item.state.in_(states))] if states else []
    return or_(False, *pairs)


def _in_hand(person: Me, wanted: Wanted) -> Found:
    """What waits under my grants, and what the orgs that I write for are working on, soonest due first."""
    own = [grant.org_id for grant in person.grants if grant.role in WRITER_ROLES]
    waiting = _in_states("waiting", wanted.state)
    working = and_(_in_states("working", wanted.state), Item.org_id.in_(own))
    which = {"own": working, "": or_(waiting, working)}.get(wanted.view, waiting)
    found = _rows().where(which, under(person), visible_to(person))
    if wanted.kind:
        found = found.where(Item.kind == wanted.kind)
    return found.where(below(wanted.org.path)) if wanted.org else found


def _page_of_work(found: Found, view: str, after: str) -> Found:
    """The rows behind a mark: soonest due first; of what we write ourselves, what was begun last."""
    at = read_mark(after)
    if view == "own":
        return (found.where(Item.id < at[1]) if at else found).order_by(Item.id.desc())
    if at:
        found = found.where(tuple_(DUE, Item.id) > tuple_(literal(at[0], UtcDateTime()), literal(at[1])))
    return found.order_by(DUE, Item.id)


def _news(person: Me, wanted: Wanted) -> Found:
    """What is out on the page of an org, of what this person reads for: newest first."""
    home = person.home
    page_of = wanted.org.id if wanted.org else home.org_id if home else 0
    found = _rows().add_columns(Placement.placed_at).join(Placement, Placement.item_id == Item.id)
    found = found.where(Placement.org_id == page_of, Placement.list == NEWS, under(person), visible_to(person))
    if wanted.org:
        found = found.where(below(wanted.org.path))
    if wanted.kind:
        found = found.where(Placement.kind == wanted.kind)
    if at := read_mark(wanted.after):
        found = found.where(tuple_(Placement.placed_at, Placement.item_id) < tuple_(*at))
    return found.order_by(Placement.placed_at.desc(), Placement.item_id.desc())


def _from_session(found: Found) -> Sequence[Any]:
    return db.session.execute(found).all()


def rows_of(person: Me, wanted: Wanted, most: int = PAGE_ROWS, fetch: Fetch = _from_session) -> tuple[list[Row], str]:
    """One page of the list, and the mark behind which it goes on, or nothing."""
    if wanted.view in ("mine", "sent"):
        return _asked_one_by_one(person, wanted, most, fetch)
    found = (
        _news(person, wanted)
        if wanted.view == "news"
        else _page_of_work(_in_hand(person, wanted), wanted.view, wanted.after)
    )
    rows = [Row(*row) for row in fetch(found.limit(most + 1))]
    return rows[:most], rows[most - 1].mark if len(rows) > most else ""


def _asked_one_by_one(person: Me, wanted: Wanted, most: int, fetch: Fetch) -> tuple[list[Row], str]:
    """The same where a guard decides: whether it waits for this person, or was handed in by them."""
    kept: list[Row] = []
    last = ""
    for row in _batches(_in_hand(person, wanted), wanted.after, fetch):
        if len(kept) == most:
            return kept, kept[-1].mark
        if WORKFLOW_OF[row.type].waits_for(person, row, late=row.late) == (wanted.view == "mine"):
            kept.append(row)
        last = row.mark
    return kept, last if _more_behind(_in_hand(person, wanted), last, fetch) else ""


def _batches(found: Found, after: str, fetch: Fetch) -> Iterator[Row]:
    for _ in range(0, MOST_ASKED, BATCH):
        rows = [Row(*row) for row in fetch(_page_of_work(found, "", after).limit(BATCH))]
        yield from rows
        if len(rows) < BATCH:
            return
        after = rows[-1].mark


def _more_behind(found: Found, after: str, fetch: Fetch) -> bool:
    return bool(after) and bool(fetch(_page_of_work(found, "", after).limit(1)))


@dataclass(frozen=True)
class Figures:
    """What stands over the list, each counted to MOST_COUNTED and no further."""

    late: int
    today: int
    mine: int
    own: int
    more: bool
    """There was more waiting than was looked at."""


def figures(person: Me) -> Figures:
    """Count what waits and what we write: two reads, however much there is."""
    waiting = _page_of_work(_in_hand(person, Wanted("mine")), "", "")
    rows = [Row(*row) for row in db.session.execute(waiting.limit(BATCH))]
    own = _page_of_work(_in_hand(person, Wanted("own")), "own", "").with_only_columns(Item.id)
    moment, midnight = now(), _midnight()
    return Figures(
        late=sum(row.late for row in rows),
        today=sum(row.due_at is not None and moment <= row.due_at < midnight for row in rows),
        mine=sum(WORKFLOW_OF[row.type].waits_for(person, row, late=row.late) for row in rows),
        own=len(db.session.execute(own.limit(MOST_COUNTED)).all()),
        more=len(rows) == BATCH,
    )


def _midnight() -> datetime:
    """The end of this day in the county."""
    day = today().toordinal() + 1
    return datetime.fromordinal(day).replace(tzinfo=zone())


def wanted_from(given: Mapping[str, str], person: Me, fetch: Fetch = _from_session) -> Wanted:
    """The filters as an address or a form says them. 404 for an org that this person does not read for."""
    view, kind, state = (given.get(name, "") for name in ("view", "kind", "state"))
    org = given.get("org", "")
    return Wanted(
        view if view in VIEWS else "",
        kind if kind in KINDS else "",
        state if state in LABELS else "",
        _unit_or_404(int(org), person, fetch) if org.isascii() and org.isdecimal() and len(org) < 10 else None,
        given.get("after", "") if read_mark(given.get("after")) else "",
    )


def _unit_or_404(org_id: int, person: Me, fetch: Fetch) -> Unit:
    found = fetch(select(Org.id, Org.path, Org.short_name).where(Org.id == org_id))
    unit = Unit(*found[0]) if found else abort(404)
    return unit if person.has(READER_ROLES, unit.path) else abort(404)


def chosen_rows(person: Me, ids: Sequence[int], fetch: Fetch = _from_session) -> list[Row]:
    """Those of these items that this person reads for, in the order of their ids."""
    found = _rows().where(Item.id.in_(ids), under(person))
    return [Row(*row) for row in fetch(found.order_by(Item.id))]


def orgs_below(person: Me, chosen: Unit | None) -> list[tuple[int, str]]:
    """The orgs to choose from: mine, the one that is chosen, and what stands directly under them."""
    held = {grant.org_id: grant.path for grant in person.grants if grant.role in READER_ROLES}
    above = [*held, *([chosen.id] if chosen else [])]
    found = select(Org.id, Org.path, Org.short_name).where(or_(Org.id.in_(above), Org.parent_id.in_(above)))
    rows = db.session.execute(found.order_by(Org.path)).all()
    top = min((path.count("/") for path in held.values()), default=0)
    return [
        (row.id, "　" * (row.path.count("/") - top) + row.short_name)
        for row in rows
        if row.path.startswith(tuple(held.values()))
    ]


def desk_url(wanted: Wanted, **more: Any) -> str:
    return url_for("desk.show", **wanted.query(**more))
