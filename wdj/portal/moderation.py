"""Comments as clerks decide on them: what waits, what readers reported, what is hidden; one by one or many at once."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Flask, Response, abort, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import contains_eager
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.clock import say_when
from wdj.core.comments import REASONS, Comment, hold_items_of, may_moderate, moderate, queue_of
from wdj.core.db import brief_read, db
from wdj.core.items import Item, record, visible_to
from wdj.core.once import claim_once, once_key, settle_once
from wdj.core.pages import page
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.reports import reported_for
from wdj.core.session import holders, me
from wdj.core.spreadsheets import Form, Sheet, download
from wdj.core.together import FILES, MOST_EXPORTED, each_alone, ticked, told
from wdj.modules import item_url
from wdj.portal.desk import keys

bp = Blueprint("moderation", __name__, url_prefix="/desk/comments")
writers = holders(WRITER_ROLES, "writers")
PAGE_ROWS = 50
QUEUES = {"pending": "等审核的", "reported": "被举报的", "hidden": "不显示的"}
STATES = {"pending": "等审核", "shown": "已公开", "refused": "没有公开"}
WHY = "请选一个原因，写的人会看到。"


@bp.get("")
@writers
def queue() -> Response:
    return _queue(_which(request.args))


def _which(given: Any) -> str:
    """The queue that is asked for."""
    return given["show"] if given.get("show") in QUEUES else "pending"


def _queue(which: str, problem: str = "", chosen: Sequence[int] = (), status: int = 200) -> Response:
    """One page of a queue; after a mistake with what was ticked."""
    after = request.values.get("after", type=int)
    found = queue_of(me() or abort(403), which).options(contains_eager(Comment.item))
    if after:
        found = found.where(Comment.id < after if which == "hidden" else Comment.id > after)
    said = db.session.scalars(found.limit(PAGE_ROWS + 1)).all()
    further = said[PAGE_ROWS - 1].id if len(said) > PAGE_ROWS else None
    return _page(
        f"{QUEUES[which]}评论", said[:PAGE_ROWS], status, which=which, problem=problem, chosen=chosen, after=after,
        further=further and url_for("moderation.queue", show=which, after=further),
        all_url=url_for("moderation.queue", show=which, after=after, all=1),
        queues=[(name, words, url_for("moderation.queue", show=name)) for name, words in QUEUES.items()],
    )  # fmt: skip


@bp.get("/<int:id>")
@writers
def one(id: int) -> Response:
    """One comment in any state: here one that everybody reads is taken away, and brought back."""
    return _page("一条评论", [_said_or_404(id, me() or abort(403))], which="")


def _page(heading: str, said: Sequence[Comment], status: int = 200, **more: Any) -> Response:
    why = reported_for(each.id for each in said if each.report_count)
    rows = [(each, say_when(each.at), item_url(each.item), why.get(each.id, [])) for each in said]
    return page(
        "portal/comments.html", title=heading, heading=heading, rows=rows, reasons=REASONS, status=status,
        told=told("条"), all=request.args.get("all"), head=keys(), **more,
    )  # fmt: skip


@bp.post("/<int:id>/<any(show, refuse):decision>")
@writers
def decide(id: int, decision: str) -> BaseResponse:
    """Let one comment through, or refuse it with one of the reasons that its author will read."""
    person = me() or abort(403)
    said = _said_or_404(id, person)
    reason = request.form.get("reason", "")
    if decision == "refuse" and reason not in REASONS:
        abort(422, WHY)
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    queued = said.state == "pending"
    url = url_for("moderation.queue", ok="done") if queued else url_for("moderation.one", id=id, ok="done")
    _decide(said, decision, person, reason)
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


@bp.post("/bulk")
@writers
def bulk() -> BaseResponse:
    """What the pressed button says: to one comment (show-12), or to all that are ticked; or a file of them."""
    person, which = me() or abort(403), _which(request.form)
    decision, _, one_id = request.form.get("do", "").partition("-")
    if kind := FILES.get(decision):
        return _export(person, which, kind)
    if decision not in ("show", "refuse"):
        abort(404)
    ids = [int(one_id)] if one_id.isascii() and one_id.isdecimal() and len(one_id) < 10 else ticked()
    reason = request.form.get(f"reason-{one_id}" if one_id else "reason", "") if decision == "refuse" else ""
    if not ids:
        return _queue(which, "先在左边打勾，再按按钮。", status=422)
    if decision == "refuse" and reason not in REASONS:
        return _queue(which, WHY, ids, 422)
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    hold_items_of(ids)
    outcomes = each_alone(ids, lambda id: _decide(_said_or_404(id, person), decision, person, reason))
    if not outcomes.done:
        db.session.rollback()
        return _queue(which, f"{outcomes.words('条')}。", status=outcomes.status)
    ok: dict[str, Any] = {"ok": "done"} if one_id else outcomes.query()
    url = url_for("moderation.queue", show=which, after=request.form.get("after", type=int), **ok)
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def _decide(said: Comment, decision: str, person: Me, reason: str) -> None:
    moderate(said, "shown" if decision == "show" else "refused", person, reason if decision == "refuse" else "")


def _export(person: Me, which: str, kind: Form) -> BaseResponse:
    """What is ticked, or else the whole queue, as a file: the masked words, for a file goes further than a page."""
    columns = (Comment.id, Comment.public_name, Comment.public_village, Comment.public_text, Item.public_title,
               Comment.at, Comment.state, Comment.reason, Comment.report_count)  # fmt: skip
    found = queue_of(person, which).with_only_columns(*columns)
    if ids := ticked():
        found = found.where(Comment.id.in_(ids))
    with brief_read() as connection:
        rows = connection.execute(found.limit(MOST_EXPORTED)).all()
    heads = ["编号", "称呼", "村", "说的话", "在哪一篇下面", "时间", "状态", "不显示的原因", "被举报次数"]
    cells = [[*row[:5], row[5], STATES[row[6]], *row[7:]] for row in rows]
    response = download(Sheet(f"{QUEUES[which]}评论", heads, cells), kind)
    record("export", f"导出{QUEUES[which]}评论", person, note=f"{len(rows)} 条")
    db.session.commit()
    return response


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
