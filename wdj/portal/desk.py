"""The desk of clerks: what waits for me, what my org is writing, comments to check."""

from collections.abc import Sequence

from flask import Blueprint, Flask, Response, abort, redirect, request, url_for
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import contains_eager
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.clock import say_when
from wdj.core.comments import REASONS, Comment, count_waiting, may_moderate, moderate, waiting_for
from wdj.core.db import db
from wdj.core.items import Item, visible_to
from wdj.core.once import claim_once, once_key, settle_once
from wdj.core.orgs import Org, below
from wdj.core.pages import page
from wdj.core.people import GIVES, READER_ROLES, WRITER_ROLES, Me
from wdj.core.session import holders, me, signed_in
from wdj.modules import MODULES, WORKFLOW_OF, item_url

bp = Blueprint("desk", __name__, url_prefix="/desk")
writers = holders(WRITER_ROLES, "writers")
PAGE_ROWS, MOST_COUNTED = 50, 100


def items_in(person: Me, states: str) -> Select[Item]:
    """Items under my grants in the states that each workflow names `states`, one more than a page shows of each."""
    of_type = [
        and_(Item.type == name, Item.state.in_(getattr(workflow, states))) for name, workflow in WORKFLOW_OF.items()
    ]
    mine = [Item.org_id.in_(select(Org.id).where(below(g.path))) for g in person.grants if g.role in READER_ROLES]
    found = select(Item).join(Item.org).options(contains_eager(Item.org))
    return found.where(or_(*of_type), or_(False, *mine), visible_to(person)).limit(PAGE_ROWS + 1)


def row_of(item: Item, person: Me) -> dict[str, object]:
    """One line of the worklist: the item in words, and where it stands."""
    workflow = WORKFLOW_OF[item.type]
    return {
        "title": item.title,
        "url": item_url(item),
        "org": item.org.short_name,
        "state": workflow.states[item.state],
        "when": say_when(item.created_at),
    }


@bp.get("")
@signed_in
def show() -> Response:
    person = me() or abort(403)
    own = [g.org_id for g in sorted(person.grants, key=lambda g: len(g.path)) if g.role in WRITER_ROLES]
    # What waits longest is first in turn; of what they write themselves, people want what they wrote last.
    waiting = list(db.session.scalars(items_in(person, "waiting").order_by(Item.id)))
    working = items_in(person, "working").where(Item.org_id.in_(own))
    writing = list(db.session.scalars(working.order_by(Item.id.desc())))
    for_me = [item for item in waiting[:PAGE_ROWS] if WORKFLOW_OF[item.type].waits_for(person, item)]
    handed_in = [item for item in waiting[:PAGE_ROWS] if item not in for_me]
    return page(
        "portal/desk.html", title="工作台", for_me=[row_of(item, person) for item in for_me],
        writing=[row_of(item, person) for item in writing[:PAGE_ROWS]],
        handed_in=[row_of(item, person) for item in handed_in],
        more_waiting=len(waiting) > PAGE_ROWS, more_writing=len(writing) > PAGE_ROWS,
        queue=count_waiting(person, MOST_COUNTED), most=MOST_COUNTED,
        writes=bool(own), unit=own[0] if own else None, home=person.home, manages=person.has_any(GIVES),
        starts=[(module.starts, url_for(f"{module.name}.new")) for module in MODULES],
    )  # fmt: skip


@bp.get("/comments")
@writers
def comments() -> Response:
    person = me() or abort(403)
    said = db.session.scalars(waiting_for(person).limit(PAGE_ROWS + 1)).all()
    return _page("等审核的评论", said[:PAGE_ROWS], more=len(said) > PAGE_ROWS)


@bp.get("/comments/<int:id>")
@writers
def comment(id: int) -> Response:
    """One comment in any state: here one that everybody reads is taken away, and brought back."""
    return _page("一条评论", [_said_or_404(id, me() or abort(403))])


def _page(heading: str, said: Sequence[Comment], *, more: bool = False) -> Response:
    rows = [(each, say_when(each.at), item_url(each.item)) for each in said]
    return page("portal/comments.html", title=heading, heading=heading, rows=rows, more=more, reasons=REASONS)


@bp.post("/comments/<int:id>/<any(show, refuse):decision>")
@writers
def decide(id: int, decision: str) -> BaseResponse:
    """Let one comment through, or refuse it with one of the reasons that its author will read."""
    person = me() or abort(403)
    said = _said_or_404(id, person)
    reason = request.form.get("reason", "")
    if decision == "refuse" and reason not in REASONS:
        abort(422, "请选一个原因，写的人会看到。")
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    queued = said.state == "pending"
    url = url_for("desk.comments", ok="done") if queued else url_for("desk.comment", id=id, ok="done")
    moderate(said, "shown" if decision == "show" else "refused", person, reason if decision == "refuse" else "")
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def _said_or_404(id: int, person: Me) -> Comment:
    """The comment with its item and org. 403 if this person may only read it, 404 if not even that."""
    said = db.session.scalars(
        select(Comment).join(Comment.item).join(Item.org)
        .options(contains_eager(Comment.item).contains_eager(Item.org))
        .where(Comment.id == id, visible_to(person))
    ).one_or_none() or abort(404)  # fmt: skip
    if not may_moderate(person, said.item):
        abort(403 if said.state == "shown" else 404)
    return said


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
