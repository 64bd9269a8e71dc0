"""The feed as everybody reads it: the post, its likes and comments."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from wdj.core import comments as talk
from wdj.core.db import db
from wdj.core.forms import again
from wdj.core.items import get_visible_or_404, read_or_404
from wdj.core.likes import like as add_like
from wdj.core.once import claim_once, once_key, settle_once
from wdj.core.pages import TOASTS, done, drop_drafts, htmx, lite, page
from wdj.core.people import Me
from wdj.core.session import everyone, me, remember_device
from wdj.modules.feed import reading
from wdj.modules.feed.forms import CommentForm
from wdj.modules.feed.models import Post

SECOND_TAP = timedelta(seconds=2)
bp = Blueprint("feed", __name__, url_prefix="/feed")


@bp.get("/<int:id>")
@everyone
def show(id: int) -> Response:
    return _page(read_or_404(Post, id, me()))


def _page(post: Post, form: CommentForm | None = None, status: int = 200) -> Response:
    before = request.args.get("before", type=int)
    return page(
        "feed/post.html", title=post.public_title, tab="feed", keep=post.is_public, status=status,
        by_village=post.must_read,
        read=post.id if post.is_public else None,
        **reading.whole(post, me(), form, lite(), before=before),
    )  # fmt: skip


@bp.post("/<int:id>/like")
@everyone
def like(id: int) -> BaseResponse:
    person = me()
    post = _public_or_404(id, person)
    key = once_key()
    second_tap = person is None and claim_once(key, first=SECOND_TAP) is not None
    more = not second_tap and add_like(post.id, f"p{person.id}" if person else remember_device())
    db.session.commit()
    return done(
        "feed/like.html", to=url_for("feed.show", id=id, ok="liked", _anchor=f"like-{id}"),
        id=id, likes=post.like_count + more, liked=True,
    )  # fmt: skip


@bp.post("/<int:id>/comments")
@everyone
def comment(id: int) -> BaseResponse:
    person = me()
    post = _public_or_404(id, person)
    form = CommentForm()
    if not form.accepted() or not _may_speak(post, person, form):
        return _refused(post, form) if htmx() else _page(post, form, 422)
    key = once_key()
    if earlier := claim_once(key):
        return _said(post, earlier)
    device = None if person else remember_device()
    if talk.too_many(device, post, person):
        return again("说得太快了", "请等几分钟再发。您写的都在下面。", 429)
    said = talk.comment(post, form.text.data or "", form.name.data or "村民", form.village.data or "", person, device)
    ok = "shown" if said.state == "shown" else "said"
    url = url_for("feed.show", id=id, ok=ok, said=said.id, _anchor=f"comments-{id}")
    settle_once(key, url)
    db.session.commit()
    return _said(post, url)


def _public_or_404(id: int, person: Me | None) -> Post:
    post = get_visible_or_404(Post, id, person)
    return post if post.is_public else abort(409)


def _may_speak(post: Post, person: Me | None, form: CommentForm) -> bool:
    if person or post.org.anonymous_comments or (form.name.data and form.village.data):
        return True
    form.name.errors = [*form.name.errors, "请写上称呼和村名，这里不收不留名的评论"]
    return False


def _said(post: Post, url: str) -> BaseResponse:
    mine = f"comment/{post.id}/"
    if not htmx():
        return drop_drafts(redirect(url, 303), mine)
    db.session.refresh(post, ["comment_count"])
    told = dict(parse_qsl(urlsplit(url).query))
    answer = done(
        "feed/comments.html", to="", said=TOASTS[told["ok"]], comment_form=CommentForm(formdata=None),
        **reading.talk(post, before=None, said=int(told["said"])),
    )  # fmt: skip
    return drop_drafts(answer, mine)


def _refused(post: Post, form: CommentForm) -> BaseResponse:
    """The comments with the form as it was sent, for htmx."""
    told = reading.talk(post, before=None)
    return done("feed/comments.html", to="", status=422, comment_form=form, **told)
