"""An open editor saves the words of a draft by itself, and says when; it never takes the place of another's words."""

from flask import Response, abort, url_for

from wdj.core.clock import local, now
from wdj.core.db import db
from wdj.core.items import get_visible_or_404, hold
from wdj.core.once import claim_once, settle_once
from wdj.core.pages import page
from wdj.core.people import Me
from wdj.modules.feed import revisions, rules
from wdj.modules.feed.editor import form_for, form_key, wording_of
from wdj.modules.feed.forms import PostForm
from wdj.modules.feed.models import Post

OVERTAKEN = "还没存：别人刚改过这一篇。按“存草稿”看看改了什么"


def is_up_to_date(form: PostForm, post: Post) -> bool:
    """True if nobody has changed the post since this editor was opened, but for what the editor saved itself."""
    return form.version.data == str(post.version) or revisions.saved_by(post.id, form_key())


def save_quietly(id: int, person: Me, key: str) -> Response:
    """Keep what stands in the editor; answers with the line that says so, or why not. No file is taken."""
    again = claim_once(key) is not None
    hold(id)
    post = get_visible_or_404(Post, id, person)
    form = form_for([post.org], post)
    if not rules.writer(person, post):
        abort(403)
    if again and is_up_to_date(form, post):
        return _told(f"存好了 {_clock()}", str(post.version))
    if again:
        return _refused(form, OVERTAKEN, 409)
    if post.state not in rules.UNSENT:
        return _refused(form, f"这一篇已经“{rules.WORKFLOW.states[post.state]}”，没有再存", 409)
    if not form.accepted():
        return _refused(form, f"还没存：{form.problems[0][1]}", 422)
    if not is_up_to_date(form, post):
        return _refused(form, OVERTAKEN, 409)
    rules.edit(post, person, wording_of(form), form_key())
    settle_once(key, url_for("feed.edit", id=id))
    db.session.commit()
    return _told(f"存好了 {_clock()}", str(post.version))


def _refused(form: PostForm, words: str, status: int) -> Response:
    """Nothing is kept, and the editor stays as old as it was."""
    version = form.version.data or ""
    db.session.rollback()
    return _told(words, version, status)


def _told(words: str, version: str, status: int = 200) -> Response:
    return page("feed/saved.html", title="", words=words, version=version, status=status)


def _clock() -> str:
    return f"{local(now()):%H:%M}"
