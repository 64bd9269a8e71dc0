"""The worklist of a clerk across all modules: what is in hand under their grants, by due time, a page at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, tuple_

from wdj.core.clock import end_of, now, today
from wdj.core.db import UtcDateTime
from wdj.core.items import Item, under, visible_to
from wdj.core.orgs import below
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.placements import NEWS, Placement, mark, read_mark
from wdj.modules import WORKFLOW_OF
from wdj.portal.filters import Fetch, Wanted, from_session
from wdj.portal.rows import DUE, HANDLER, NEVER, URGENT, WARN_BY, Found, Row, rows

PAGE_ROWS = 50
# Whom something waits for is said by guards, which are Python: rows are read so many at a time and asked one by one,
# and after so many the page ends and goes on where it stopped. Nothing is out of reach, and no page reads for ever.
BATCH, MOST_ASKED, IN_FILE = 200, 2000, 1000
# What is done with grows for ever: a page looks so many numbers back, and the next goes on there.
FAR_BACK = 10_000


@lru_cache(256)
def _in_states(which: str, state: str, own: tuple[int, ...] | None = None) -> ColumnElement[bool]:
    """The condition on Item of being in a state that its workflow counts as `which`: waiting, working or decided.

    `own`, the ids of orgs, is asked within each type and state, where the index of work answers it: beside them SQLite
    would read all that an org ever had.
    """
    more = () if own is None else (Item.org_id.in_(own),)
    pairs = []
    for name, workflow in WORKFLOW_OF.items():
        states = [each for each in sorted(getattr(workflow, which)) if state in ("", each)]
        pairs += [and_(Item.type == name, Item.state.in_(states), *more)] if states else []
    return or_(False, *pairs)


def in_hand(person: Me, wanted: Wanted) -> Found:
    """What waits under my grants, and what the orgs that I write for are working on; or what is done with."""
    own = tuple(grant.org_id for grant in person.grants if grant.role in WRITER_ROLES)
    waiting = _in_states("waiting", wanted.state)
    working = _in_states("working", wanted.state, own)
    done = _in_states("decided", wanted.state)
    which = {"own": working, "": or_(waiting, working), "done": done}.get(wanted.view, waiting)
    found = rows().where(which, under(person), visible_to(person), *_due(wanted.due))
    if wanted.kind:
        found = found.where(Item.kind == wanted.kind)
    return found.where(or_(below(wanted.org.path), _given_to(wanted.org.path))) if wanted.org else found


def _given_to(path: str) -> ColumnElement[bool]:
    """The condition of being in the hands of the unit at `path`, or of one below it."""
    return and_(HANDLER.path >= path, HANDLER.path < path[:-1] + "0")


def _due(due: str) -> list[ColumnElement[bool]]:
    """The conditions of a filter by due time, or of what cannot wait at all."""
    moment = now()
    soon = and_(Item.due_at >= moment, today() >= WARN_BY)
    until_tonight = Item.due_at.between(moment, end_of(today()))
    ways = {"late": Item.due_at < moment, "today": until_tonight, "soon": soon, "danger": URGENT}
    return [ways[due]] if due else []


def page_of_work(found: Found, view: str, after: str) -> Found:
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
    found = rows().add_columns(Placement.placed_at).join(Placement, Placement.item_id == Item.id)
    found = found.where(Placement.org_id == page_of, Placement.list == NEWS, under(person), visible_to(person))
    if wanted.org:
        found = found.where(below(wanted.org.path))
    if wanted.kind:
        found = found.where(Placement.kind == wanted.kind)
    if at := read_mark(wanted.after):
        found = found.where(tuple_(Placement.placed_at, Placement.item_id) < tuple_(*at))
    return found.order_by(Placement.placed_at.desc(), Placement.item_id.desc())


def rows_of(person: Me, wanted: Wanted, most: int = PAGE_ROWS, fetch: Fetch = from_session) -> tuple[list[Row], str]:
    """One page of the list, and the mark behind which it goes on, or nothing."""
    if wanted.view in ("mine", "sent"):
        return _asked_one_by_one(person, wanted, most, fetch)
    if wanted.view == "done":
        return _done(person, wanted, most, fetch)
    found = (
        _news(person, wanted)
        if wanted.view == "news"
        else page_of_work(in_hand(person, wanted), wanted.view, wanted.after)
    )
    shown = [Row(*row) for row in fetch(found.limit(most + 1))]
    return shown[:most], shown[most - 1].mark if len(shown) > most else ""


def whole_list(person: Me, wanted: Wanted, most: int, fetch: Fetch) -> Iterator[list[Row]]:
    """All that the filters let through, so many at most, in batches."""
    going = True
    while going and most:
        some, after = rows_of(person, wanted, min(IN_FILE, most), fetch)
        yield some
        wanted, most, going = replace(wanted, after=after), most - len(some), bool(after)


def _done(person: Me, wanted: Wanted, most: int, fetch: Fetch) -> tuple[list[Row], str]:
    """The same of what is done with, newest first, from so far back and no further."""
    at = read_mark(wanted.after)
    top = at[1] if at else (fetch(select(func.max(Item.id)).limit(1))[0][0] or 0) + 1
    found = in_hand(person, wanted).where(Item.id < top, Item.id >= top - FAR_BACK).order_by(Item.id.desc())
    shown = [Row(*row) for row in fetch(found.limit(most + 1))]
    if len(shown) > most:
        return shown[:most], shown[most - 1].mark
    return shown, mark(NEVER, top - FAR_BACK) if top > FAR_BACK else ""


def _asked_one_by_one(person: Me, wanted: Wanted, most: int, fetch: Fetch) -> tuple[list[Row], str]:
    """The same where a guard decides: whether it waits for this person, or was handed in by them."""
    kept: list[Row] = []
    last = ""
    for row in _batches(in_hand(person, wanted), wanted.after, fetch):
        if len(kept) == most:
            return kept, kept[-1].mark
        if row.waits_for(person) == (wanted.view == "mine"):
            kept.append(row)
        last = row.mark
    return kept, last if _more_behind(in_hand(person, wanted), last, fetch) else ""


def _batches(found: Found, after: str, fetch: Fetch) -> Iterator[Row]:
    for _ in range(0, MOST_ASKED, BATCH):
        batch = [Row(*row) for row in fetch(page_of_work(found, "", after).limit(BATCH))]
        yield from batch
        if len(batch) < BATCH:
            return
        after = batch[-1].mark


def _more_behind(found: Found, after: str, fetch: Fetch) -> bool:
    return bool(after) and bool(fetch(page_of_work(found, "", after).limit(1)))


def chosen_rows(person: Me, ids: Sequence[int], fetch: Fetch = from_session) -> list[Row]:
    """Those of these items that this person reads for, in the order of their ids."""
    found = rows().where(Item.id.in_(ids), under(person))
    return [Row(*row) for row in fetch(found.order_by(Item.id))]
