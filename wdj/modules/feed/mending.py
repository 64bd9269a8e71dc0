"""Small corrections of what everybody reads already: with a reason, and never unseen."""

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.db import db
from wdj.core.forms import new_key
from wdj.core.items import get_visible_or_404, hold
from wdj.core.once import claim_once, once_key, release_once, settle_once
from wdj.core.pages import drop_drafts, page
from wdj.core.session import me
from wdj.modules.feed import rules
from wdj.modules.feed.disclosure import as_typed, lines_of
from wdj.modules.feed.editor import form_key
from wdj.modules.feed.forms import MendForm
from wdj.modules.feed.models import Post
from wdj.modules.feed.steps import writers
from wdj.modules.feed.views import bp


@bp.route("/<int:id>/mend", methods=["GET", "POST"])
@writers
def mend(id: int) -> BaseResponse:
    person, key = me() or abort(403), once_key()
    if request.method == "POST":
        if earlier := claim_once(key):
            return drop_drafts(redirect(earlier, 303), f"mend/{id}/")
        hold(id)
    post = get_visible_or_404(Post, id, person)
    if not rules.may_mend(person, post):
        abort(409 if request.method == "POST" and rules.publisher(person, post) else 403)
    form = _form(post)
    if not form.accepted():
        return _form_page(form, post, key)
    if form.version.data != str(post.version):
        form.version.data, form.version.raw_data = str(post.version), None
        form.text.errors = ["您打开以后，别人改过这一篇。看过现在的样子再存，就以您的为准。"]
        return _form_page(form, post, key, status=409)
    rules.mend(post, person, rules.mended(post, **_words(form)), form.note.data or "")
    url = url_for("feed.show", id=id, ok="mended")
    settle_once(key, url)
    db.session.commit()
    return drop_drafts(redirect(url, 303), f"mend/{id}/")


def _form(post: Post) -> MendForm:
    words = {"title": post.title, "text": post.text, "period": post.period, "version": str(post.version)}
    form = MendForm(data=words | {"items": as_typed(lines_of(post.id))})
    form.accounts = post.kind == "disclosure"
    return form


def _form_page(form: MendForm, post: Post, key: str, status: int = 422) -> Response:
    if request.method == "GET":
        status = 200
    else:
        release_once(key)
        db.session.commit()
    return page(
        "feed/mend.html", title="改几个字", tab="feed", status=status, form=form, post=post,
        once=form_key() or new_key(),
    )  # fmt: skip


def _words(form: MendForm) -> dict[str, object]:
    words: dict[str, object] = {"title": form.title.data, "text": form.text.data}
    if form.accounts:
        words |= {"period": form.period.data, "lines": form.account.lines}
    return words
