"""The desk of clerks: what waits for me, what my org is writing, comments to check."""

from flask import Blueprint, Flask, Response, abort, redirect, request, url_for
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import contains_eager
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.clock import say_when
from wdj.core.comments import REASONS, Comment, may_moderate, moderate, waiting_for
from wdj.core.db import db
from wdj.core.forms import claim_once, once_key, settle_once
from wdj.core.items import Item, visible_to
from wdj.core.orgs import Org, below
from wdj.core.pages import page
from wdj.core.people import GIVES, READER_ROLES, WRITER_ROLES, Me
from wdj.core.session import holders, me, signed_in
from wdj.modules import MODULES, WORKFLOW_OF, item_url

bp = Blueprint("desk", __name__, url_prefix="/desk")
writers = holders(WRITER_ROLES, "writers")
PAGE_ROWS = 50


def items_in(person: Me, states: str) -> Select[Item]:
    """Items under my grants in the states that each workflow names `states`, oldest first."""
    of_type = [
        and_(Item.type == name, Item.state.in_(getattr(workflow, states))) for name, workflow in WORKFLOW_OF.items()
    ]
    mine = [Item.org_id.in_(select(Org.id).where(below(g.path))) for g in person.grants if g.role in READER_ROLES]
    found = select(Item).join(Item.org).options(contains_eager(Item.org))
    return found.where(or_(*of_type), or_(False, *mine), visible_to(person)).order_by(Item.id)


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
    waiting = list(db.session.scalars(items_in(person, "waiting").limit(PAGE_ROWS)))
    for_me = [item for item in waiting if WORKFLOW_OF[item.type].waits_for(person, item)]
    writing = list(db.session.scalars(items_in(person, "working").where(Item.org_id.in_(own)).limit(PAGE_ROWS)))
    handed_in = [item for item in waiting if item not in for_me]
    queue = len(db.session.scalars(waiting_for(person).limit(100)).all())
    return page(
        "portal/desk.html", title="工作台", for_me=[row_of(item, person) for item in for_me],
        writing=[row_of(item, person) for item in writing], handed_in=[row_of(item, person) for item in handed_in],
        queue=queue, writes=bool(own), unit=own[0] if own else None, home=person.home, manages=person.has_any(GIVES),
        starts=[(module.starts, url_for(f"{module.name}.new")) for module in MODULES],
    )  # fmt: skip


@bp.get("/comments")
@writers
def comments() -> Response:
    person = me() or abort(403)
    said = db.session.scalars(waiting_for(person).limit(PAGE_ROWS)).all()
    rows = [(each, say_when(each.at), item_url(each.item)) for each in said]
    return page("portal/comments.html", title="等审核的评论", rows=rows, reasons=REASONS)


@bp.post("/comments/<int:id>/<any(show, refuse):decision>")
@writers
def decide(id: int, decision: str) -> BaseResponse:
    """Let one comment through, or refuse it with one of the reasons that its author will read."""
    person = me() or abort(403)
    said = db.session.scalars(
        select(Comment).join(Comment.item).join(Item.org)
        .options(contains_eager(Comment.item).contains_eager(Item.org))
        .where(Comment.id == id, visible_to(person))
    ).one_or_none() or abort(404)  # fmt: skip
    if not may_moderate(person, said.item):
        abort(403 if said.state == "shown" else 404)
    reason = request.form.get("reason", "")
    if decision == "refuse" and reason not in REASONS:
        abort(422, "请选一个原因，写的人会看到。")
    key = once_key("decide", id, decision)
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    moderate(said, "shown" if decision == "show" else "refused", person, reason if decision == "refuse" else "")
    url = url_for("desk.comments", ok="done")
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
