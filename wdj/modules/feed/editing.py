"""The feed as its writers and reviewers work on it: write, preview, hand in, let out, send back."""

from typing import Any

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.clock import local
from wdj.core.db import db
from wdj.core.forms import Choice, new_key
from wdj.core.items import get_visible_or_404, hold
from wdj.core.media import (
    BadUpload,
    Batch,
    Kind,
    Media,
    adopt,
    apply_fields,
    count_on,
    media_of,
    stage_all,
    staged,
    uploader,
)
from wdj.core.once import claim_once, made_before, once_key, release_once, settle_once
from wdj.core.orgs import Org
from wdj.core.pages import drop_drafts, lite, page
from wdj.core.people import REVIEWER_ROLES, WRITER_ROLES, Me
from wdj.core.session import holders, me
from wdj.modules.feed import reading, rules
from wdj.modules.feed.forms import NoteForm, PostForm
from wdj.modules.feed.models import Post, State
from wdj.modules.feed.views import bp

writers = holders(WRITER_ROLES, "writers")
PICTURES, SOUND_SECONDS, PAPERS = 9, 600, 5
FILES: tuple[tuple[Kind, str, int], ...] = (
    ("picture", "pictures", PICTURES), ("sound", "sound", 1), ("file", "files", PAPERS),
)  # fmt: skip
TOASTS = {
    "submit": "submitted", "publish": "published", "schedule": "scheduled", "return_to": "returned",
    "withdraw": "withdrawn", "save": "saved", "preview": "saved", "unschedule": "unscheduled",
}  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
@writers
def new() -> BaseResponse:
    person = _me()
    form = PostForm()
    form.org.choices = _orgs_to_write_for(person)
    if request.method == "GET":
        return _editor(form, None)
    problem, key = _stage_files(None), once_key()
    if earlier := claim_once(key):
        return drop_drafts(redirect(earlier, 303), "post/new")
    if not form.accepted() or problem:
        return _editor(form, None, problem, release=key)
    if (made := made_before()) is not None:
        return _write_on(made, form, person, key)
    post = rules.write(db.session.get_one(Org, form.org.data), person, **_words(form))
    return _store(post, person, key, "post/new")


def _write_on(id: int, form: PostForm, person: Me, key: str) -> BaseResponse:
    """Somebody saved, went back in the browser and wrote on: it is the same post, not a second one."""
    hold(id)
    post = get_visible_or_404(Post, id, person)
    if not rules.may_edit(person, post):
        return _moved_on(form, post, key)
    rules.edit(post, **_words(form))
    return _store(post, person, key, "post/new")


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@writers
def edit(id: int) -> BaseResponse:
    person, problem, key = _me(), "", once_key()
    if request.method == "POST":
        problem = _stage_files(id)
        # Before anything is judged: the second tap of 交上去审 finds a post that may no longer be edited.
        if earlier := claim_once(key):
            return drop_drafts(redirect(earlier, 303), f"post/{id}/")
        hold(id)
    post = get_visible_or_404(Post, id, person)
    form = PostForm(data=_kept(post))
    form.org.choices = [Choice(post.org_id, post.org.short_name)]
    if not rules.may_edit(person, post):
        return _moved_on(form, post, key) if request.method == "POST" and rules.writer(person, post) else abort(403)
    if not form.accepted() or problem:
        return _editor(form, post, problem, release=key)
    if form.version.data != str(post.version):
        return _somebody_was_faster(form, post, key)
    rules.edit(post, **_words(form))
    return _store(post, person, key, f"post/{id}/")


def _stage_files(post_id: int | None) -> str:
    """Keep what was chosen, before anything else is judged: then a mistake in the text loses no picture.

    Returns what is wrong with the files, or nothing.
    """
    removed = request.form.getlist("remove")
    batches = [
        Batch(
            kind, request.files.getlist(field), most,
            already=count_on(post_id, kind, but=removed) if post_id else 0, seconds=SOUND_SECONDS,
        )
        for kind, field, most in FILES
    ]  # fmt: skip
    try:
        stage_all(batches, _form_key(), uploader(), request.form)
    except BadUpload as wrong:
        return str(wrong)
    return ""


def _form_key() -> str:
    return request.form.get("once", "")[:40]


def _editor(
    form: PostForm, post: Post | None, problem: str = "", *, release: str = "", status: int = 422, theirs: str = ""
) -> Response:
    """The form as it was sent, with its files: what was staged stays, also where the text was refused."""
    waiting: list[Media] = []
    if request.method == "GET":
        status = 200
    else:
        release_once(release)
        db.session.commit()
        waiting = staged(_form_key(), uploader())
    open_to_me = post is None or rules.may_edit(_me(), post)
    return page(
        "feed/editor.html", title="改一改" if post else "写一篇", tab="feed", status=status, form=form, post=post,
        problem=problem, media=[*(media_of(post.id) if post else []), *waiting], most=PICTURES, theirs=theirs,
        once=_form_key() or new_key(), actions=_ways_out(post) if open_to_me else None, minutes=SOUND_SECONDS // 60,
        papers=PAPERS,
    )  # fmt: skip


def _ways_out(post: Post | None) -> list[tuple[str, str]]:
    """(action, label) of the buttons under the editor: hand in for who must ask, publish for who may."""
    person = _me()
    if post is not None:
        paths = [post.org_path]
    else:
        paths = [grant.path for grant in person.grants if grant.role in WRITER_ROLES]
    may = any(person.has(REVIEWER_ROLES, path) for path in paths)
    must_ask = any(not person.has(REVIEWER_ROLES, path) for path in paths)
    return [("submit", "交上去审")] * must_ask + [("publish", "发布")] * may


def _somebody_was_faster(form: PostForm, post: Post, key: str) -> Response:
    """The second of two writers sees what the first made of it and keeps their own words."""
    form.version.data = str(post.version)
    form.text.errors = ["您打开以后，别人改过这一篇。别人改的在下面，您的还在框里；看过再存，就以您的为准。"]
    form.version.raw_data = None
    return _editor(form, post, release=key, status=409, theirs=post.text)


def _moved_on(form: PostForm, post: Post, key: str) -> Response:
    """It was handed in or let out meanwhile: what was written is not lost, but has no place here any more."""
    state = rules.WORKFLOW.states[post.state]
    form.text.errors = [f"您打开以后，这一篇已经“{state}”，存不进去了。您写的还在框里；现在的样子在下面。"]
    return _editor(form, post, release=key, status=409, theirs=post.text)


def _store(post: Post, person: Me, key: str, draft: str) -> BaseResponse:
    """Hang on the files, do what the pressed button says, and go where the result is seen."""
    new_ones = adopt(_form_key(), uploader(), post.id)
    apply_fields([*(each for each in media_of(post.id) if each not in new_ones), *new_ones], request.form)
    then = _what_is_meant(request.form.get("then", "save"), post, person)
    page_of = "feed.preview" if then in ("save", "preview") else "feed.show"
    if then not in ("save", "preview"):
        rules.WORKFLOW.apply(then, post, person)
    url = url_for(page_of, id=post.id, ok=TOASTS.get(then, "done"))
    settle_once(key, url, post.id)
    db.session.commit()
    return drop_drafts(redirect(url, 303), draft)


def _what_is_meant(then: str, post: Post, person: Me) -> str:
    """The action behind the pressed button: who must ask hands in, who may lets out, at its time if it has one."""
    if post.state == State.scheduled:
        timed_out = post.publish_at is None and then != "publish"
        return "unschedule" if timed_out else "save" if post.waits_for_its_time else then
    if then in ("submit", "publish"):
        ready = "schedule" if post.waits_for_its_time else "publish"
        return ready if rules.publisher(person, post) else "submit"
    return then


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
    form = NoteForm()
    if not transition.guard(me(), post):
        abort(403)
    if request.method == "GET" or (transition.note and not form.accepted()):
        status = 422 if request.method == "POST" else 200
        return page(
            "feed/act.html", title=transition.label, tab="feed", status=status, post=post, form=form,
            transition=transition, late=post.state not in transition.sources,
        )  # fmt: skip
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    rules.WORKFLOW.apply(action, post, me(), form.note.data or "")
    url = url_for("feed.show", id=id, ok=TOASTS.get(action, "done"))
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def _me() -> Me:
    return me() or abort(403)


def _words(form: PostForm) -> dict[str, Any]:
    return {
        "kind": form.kind.data,
        "title": form.title.data,
        "text": form.text.data,
        "publish_at": form.goes_out_at,
    }


def _kept(post: Post) -> dict[str, Any]:
    """The post as its form shows it; the time is the county's."""
    time = post.publish_at and local(post.publish_at).replace(tzinfo=None)
    words = {"kind": post.kind, "title": post.title, "text": post.text}
    return {"org": post.org_id, "version": str(post.version), "publish_at": time, **words}


def _orgs_to_write_for(person: Me) -> list[Choice]:
    """The orgs this person holds a writing role at, the highest first."""
    held = sorted((grant for grant in person.grants if grant.role in WRITER_ROLES), key=lambda grant: len(grant.path))
    return [Choice(*each) for each in dict.fromkeys((grant.org_id, grant.org_name) for grant in held)]
