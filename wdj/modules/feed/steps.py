"""The steps of a post on its way: look at it as on a phone, hand it in, let it out, pass it up, send it back."""

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.db import db
from wdj.core.items import get_visible_or_404
from wdj.core.media import media_of
from wdj.core.once import claim_once, once_key, settle_once
from wdj.core.pages import lite, page
from wdj.core.people import WRITER_ROLES
from wdj.core.session import holders, me
from wdj.modules.feed import reading, rules
from wdj.modules.feed.forms import NoteForm, RemarkForm
from wdj.modules.feed.models import Post
from wdj.modules.feed.views import bp

writers = holders(WRITER_ROLES, "writers")
TOASTS = {
    "submit": "submitted", "publish": "published", "schedule": "scheduled", "return_to": "returned",
    "withdraw": "withdrawn", "save": "saved", "preview": "saved", "unschedule": "unscheduled",
    "recommend": "recommended", "feature": "featured",
}  # fmt: skip


@bp.get("/<int:id>/preview")
@writers
def preview(id: int) -> Response:
    post = get_visible_or_404(Post, id, me())
    if not rules.writer(me(), post):
        abort(403)
    return page(
        "feed/preview.html", title=f"预览：{post.title}", tab="feed", post=post, article=reading.article(post, lite()),
        buttons=rules.WORKFLOW.open_to(me(), post), may_edit=rules.may_edit(me(), post),
        working=[each for each in media_of(post.id) if each.state != "ready"],
    )  # fmt: skip


@bp.route("/<int:id>/<action>", methods=["GET", "POST"])
@writers
def act(id: int, action: str) -> BaseResponse:
    """Move a post on. One that needs a reason shows its small form first."""
    post = get_visible_or_404(Post, id, me())
    transition = rules.WORKFLOW.find(action)
    form = RemarkForm() if transition.words else NoteForm()
    if not transition.guard(me(), post):
        abort(403)
    asks = transition.note or transition.words
    if request.method == "GET" or (asks and not form.accepted()):
        status = 422 if request.method == "POST" else 200
        return page(
            "feed/act.html", title=transition.label, tab="feed", status=status, post=post, form=form,
            transition=transition, asks=asks, late=post.state not in transition.sources,
        )  # fmt: skip
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    rules.WORKFLOW.apply(action, post, me(), form.note.data or "")
    url = url_for("feed.show", id=id, ok=TOASTS.get(action, "done"))
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)
