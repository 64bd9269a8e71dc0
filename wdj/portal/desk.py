"""The desk of clerks: one worklist of everything in hand, with what is opened of it beside the list."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, request, url_for
from markupsafe import Markup

from wdj.core.clock import now, say_when
from wdj.core.comments import count_queue
from wdj.core.db import db
from wdj.core.fresh import memory
from wdj.core.items import Event, Item, events_of, get_visible_or_404
from wdj.core.media import media_of
from wdj.core.pages import htmx, page
from wdj.core.people import GIVES, READER_ROLES, WRITER_ROLES, Me
from wdj.core.session import me, signed_in
from wdj.core.together import told
from wdj.core.workflow import Transition
from wdj.modules import MODULE_OF, MODULES, WORKFLOW_OF, item_url
from wdj.portal.worklist import (
    KINDS,
    LABELS,
    MOST_COUNTED,
    VIEWS,
    Figures,
    Row,
    Wanted,
    chosen_rows,
    figures,
    orgs_below,
    rows_of,
    wanted_from,
)

bp = Blueprint("desk", __name__, url_prefix="/desk")
IN_HAND = {
    state: LABELS[state]
    for workflow in WORKFLOW_OF.values()
    for state in workflow.states
    if state in workflow.waiting | workflow.working
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
    rows, further = rows_of(person, wanted)
    own = [g.org_id for g in sorted(person.grants, key=lambda g: len(g.path)) if g.role in WRITER_ROLES]
    return page(
        "portal/desk.html", title="工作台", head=keys(), status=status, rows=rows, person=person, further=further,
        wanted=wanted, problem=problem, chosen=chosen, told=_told(person), actions=_actions(rows, person),
        views=VIEWS, kinds=KINDS, states=IN_HAND, orgs=orgs_below(person, wanted.org), figures=_figures(person),
        most=MOST_COUNTED, queue=_queue(person), all=request.args.get("all"),
        writes=bool(own), unit=own[0] if own else None, home=person.home, manages=person.has_any(GIVES),
        reads=person.has_any(READER_ROLES),
        starts=[(module.starts, url_for(f"{module.name}.new")) for module in MODULES], **opened,
    )  # fmt: skip


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


def _actions(rows: Sequence[Row], person: Me) -> list[Transition]:
    """What may be done to some of these together: the buttons of the bar, each once."""
    return list({each.action: each for row in rows for each in row.open_to(person)}.values())


def _told(person: Me) -> list[tuple[str, list[str]]]:
    """What became of those that were done together, with the titles of those that were not."""
    said = told("件")
    ids = [item_id for _, some in said for item_id in some]
    titles = {row.id: row.shown_title for row in chosen_rows(person, ids)} if ids else {}
    return [(words, [titles[item_id] for item_id in some if item_id in titles]) for words, some in said]


def _opened(person: Me, item_id: int | None) -> dict[str, Any]:
    """What is shown beside the list: one item with its way so far and its buttons. 403 for one of others."""
    if item_id is None:
        return {"item": None}
    item = get_visible_or_404(Item, item_id, person)
    if not person.has(READER_ROLES, item.org_path):
        abort(403)
    workflow, notice = WORKFLOW_OF[item.type], MODULE_OF[item.type].notice
    timed = item.goes_out_at is not None and item.goes_out_at > now()
    return {
        "item": item,
        "notice": notice(item_id) if notice else "",
        "media": media_of(item_id),
        "item_url": item_url(item),
        "item_state": workflow.states[item.state],
        "item_at": say_when(item.created_at),
        "goes_out": say_when(item.goes_out_at) if timed and item.goes_out_at else "",
        "buttons": [
            each for each in workflow.open_to(person, item)
            if each.together and not (timed and each.to in workflow.public)
        ],
        "steps": _steps(item) if person.has(WRITER_ROLES, item.org_path) else [],
    }  # fmt: skip


def _steps(item: Item) -> list[tuple[str, str, Event]]:
    """(when, who, what) of everything that happened to it: for its writers and reviewers, as on its own page."""
    return [(say_when(step.at), name or "系统", step) for step, name in db.session.execute(events_of(item.id))]


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
