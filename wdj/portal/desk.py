"""The desk of clerks: one worklist of everything in hand, with what is opened of it beside the list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, request, url_for
from markupsafe import Markup

from wdj.core.clock import now, say_when
from wdj.core.comments import count_queue
from wdj.core.db import db
from wdj.core.fresh import ENTRY_BYTES, Memory, memory
from wdj.core.items import Event, Item, events_of, get_visible_or_404
from wdj.core.media import media_of
from wdj.core.module import Mark, Together
from wdj.core.pages import htmx, page
from wdj.core.people import GIVES, READER_ROLES, WRITER_ROLES, Me, Role
from wdj.core.receipts import Receipt
from wdj.core.session import me, signed_in
from wdj.core.together import WORDS, told
from wdj.core.workflow import Transition
from wdj.modules import MODULE_OF, MODULES, WORKFLOW_OF, item_url
from wdj.portal.figures import MOST_COUNTED, Figures, figures
from wdj.portal.filters import DUES, KINDS, LABELS, OF_READERS, VIEWS, Wanted, orgs_below, wanted_from
from wdj.portal.rows import Row, marks_of, with_pauses
from wdj.portal.worklist import chosen_rows, rows_of

bp = Blueprint("desk", __name__, url_prefix="/desk")
STATES = {
    state: LABELS[state]
    for workflow in WORKFLOW_OF.values()
    for state in workflow.states
    if state in workflow.waiting | workflow.working | workflow.decided
}


@bp.get("")
@signed_in
def show() -> Response:
    person = me() or abort(403)
    return worklist(person, wanted_from(request.args, person))


def worklist(
    person: Me, wanted: Wanted, *, problem: str = "", chosen: Sequence[int] = (), status: int = 200
) -> Response:
    """The page of the list; htmx, which asks for what was opened, gets that alone."""
    opened = _opened(person, request.args.get("open", type=int))
    if htmx() and opened["item"]:
        return page("portal/opened.html", title="工作台", wanted=wanted, **opened)
    listed = _listed(person, wanted)
    rows, ways = listed.rows, {row.id: row.ways(person) for row in listed.rows}
    own = [g.org_id for g in sorted(person.grants, key=lambda g: len(g.path)) if g.role in WRITER_ROLES]
    return page(
        "portal/desk.html", title="工作台", head=keys(), status=status, rows=rows, ways=ways, further=listed.further,
        wanted=wanted, problem=problem, chosen=chosen, told=_told(person), actions=_actions(ways),
        marks=listed.marks, together=_together(rows, ways), dues=DUES,
        views=VIEWS if own else OF_READERS, kinds=KINDS, states=STATES, orgs=listed.orgs, figures=_figures(person),
        most=MOST_COUNTED, queue=_queue(person), all=request.args.get("all"),
        writes=bool(own), unit=own[0] if own else None, home=person.home, manages=person.has_any(GIVES),
        reads=person.has_any(READER_ROLES),
        starts=[(module.starts, url_for(f"{module.name}.new")) for module in MODULES], **opened,
        leads_to=[(words, url_for(endpoint)) for module in MODULES for words, endpoint in module.leads_to],
        leads_writers_to=[
            (words, url_for(endpoint)) for module in MODULES for words, endpoint in module.leads_writers_to
        ],
    )  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """One page of the list, what modules say beside its rows, and the orgs to choose from above it."""

    rows: list[Row]
    further: str
    marks: Mapping[int, Sequence[Mark]]
    orgs: list[tuple[int, str]]


def _listed(person: Me, wanted: Wanted) -> Listed:
    """What is read of the list, once until the next commit; what was just tried and failed is read anew."""
    known = memory() if request.method == "GET" else Memory()
    key = ("work", person.id, wanted)
    if key not in known:
        some, further = rows_of(person, wanted)
        rows = with_pauses(some)
        known[key] = Listed(rows, further, marks_of(rows), orgs_below(person, wanted.org))
        known.bytes += 2 * ENTRY_BYTES * len(rows)
    listed: Listed = known[key]
    return listed


def keys() -> Markup:
    """The script of the keys, for the head of the pages that know them."""
    address = current_app.jinja_env.globals["static"]("desk.js")  # type: ignore[operator]
    return Markup('<script src="{}" async></script>').format(address)


def _figures(person: Me) -> Figures:
    known = memory()
    key = ("desk", person.id)
    if key not in known:
        known[key] = figures(person)
    counted: Figures = known[key]
    return counted


def _queue(person: Me) -> tuple[int, int]:
    """How many comments wait, and how many were reported."""
    known = memory()
    key = ("queue", person.id)
    if key not in known:
        known[key] = tuple(count_queue(person, which, MOST_COUNTED) for which in ("pending", "reported"))
    waiting, reported = known[key]
    return waiting, reported


def _actions(ways: Mapping[int, Sequence[Transition]]) -> list[Transition]:
    """What may be done to some of these together: the buttons of the bar, each once."""
    return list({each.action: each for some in ways.values() for each in some if each.together}.values())


def _together(rows: Sequence[Row], ways: Mapping[int, Sequence[Transition]]) -> list[Together]:
    """The buttons of the bar that lead to a form of a module, for what this person may do to some of these."""
    open_to = {(row.type, each.action) for row in rows for each in ways[row.id]}
    types = {row.type for row in rows}
    return [
        each
        for module in MODULES
        for each in module.together
        for mine in [{cls.type_name() for cls in module.types} & types]
        if mine and (not each.actions or any((name, action) in open_to for name in mine for action in each.actions))
    ]


def _told(person: Me) -> list[tuple[str, list[str]]]:
    """What became of those that were done together, with the titles of those that were not."""
    said = told("件")
    ids = [item_id for _, some in said for item_id in some]
    rows = chosen_rows(person, ids) if ids else []
    early = {item_id for words, some in said if words.endswith(WORDS[428]) for item_id in some}
    needed = first_steps(person, [row for row in rows if row.id in early])
    titles = {row.id: row.shown_title + (f"（{needed[row.id]}）" if row.id in needed else "") for row in rows}
    return [(words, [titles[item_id] for item_id in some if item_id in titles]) for words, some in said]


def first_steps(person: Me, rows: Iterable[Row]) -> dict[int, str]:
    """By id, what this person would press first for each of these: 该先签收."""
    plain = {row.id: next((each for each in row.ways(person) if each.is_plain), None) for row in rows}
    return {item_id: f"该先{way.label}" for item_id, way in plain.items() if way}


def _opened(person: Me, item_id: int | None) -> dict[str, Any]:
    """What is shown beside the list: one item with its way so far and its buttons. 403 for one of others."""
    if item_id is None:
        return {"item": None}
    item = get_visible_or_404(Item, item_id, person)
    if not _has(person, READER_ROLES, item):
        abort(403)
    workflow, module = WORKFLOW_OF[item.type], MODULE_OF[item.type]
    receipt = db.session.get(Receipt, item_id)
    timed = item.goes_out_at is not None and item.goes_out_at > now()
    return {
        "item": item,
        "number": receipt.shown_number if receipt else "",
        "pane": module.pane(item, person) if module.pane else "",
        "notice": module.notice(item_id) if module.notice else "",
        "media": [] if module.pane else media_of(item_id),
        "item_url": item_url(item),
        "item_state": workflow.states[item.state],
        "item_at": say_when(item.created_at),
        "goes_out": say_when(item.goes_out_at) if timed and item.goes_out_at else "",
        "buttons": [
            each for each in workflow.open_to(person, item)
            if each.together and not (timed and each.to in workflow.public)
        ],
        "steps": _steps(item) if _has(person, WRITER_ROLES, item) else [],
    }  # fmt: skip


def _has(person: Me, roles: Iterable[Role], item: Item) -> bool:
    """True if one of `roles` is held over who received it, or over the unit that it was given to."""
    return person.has(roles, item.org_path) or bool(item.handler_path and person.has(roles, item.handler_path))


def _steps(item: Item) -> list[tuple[str, str, Event]]:
    """(when, who, what) of everything that happened to it: for its writers and reviewers, as on its own page."""
    return [(say_when(step.at), name or "系统", step) for step, name in db.session.execute(events_of(item.id))]


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
