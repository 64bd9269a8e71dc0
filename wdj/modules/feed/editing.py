"""The feed as its writers and reviewers work on it: write, preview, hand in, let out, send back."""

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.db import db
from wdj.core.forms import new_key
from wdj.core.items import get_visible_or_404, hold
from wdj.core.media import (
    BadUpload,
    Batch,
    Faults,
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
from wdj.core.outputs import want
from wdj.core.pages import drop_drafts, htmx, page
from wdj.core.people import REVIEWER_ROLES, WRITER_ROLES, Me
from wdj.core.session import me
from wdj.modules.feed import revisions, rules
from wdj.modules.feed.autosave import is_up_to_date, save_quietly
from wdj.modules.feed.editor import form_for, form_key, groups_of, orgs_of, wording_of
from wdj.modules.feed.forms import PostForm
from wdj.modules.feed.models import Post, State
from wdj.modules.feed.steps import TOASTS, writers
from wdj.modules.feed.views import bp

PICTURES, SOUND_SECONDS, PAPERS = 9, 600, 5
FILES: tuple[tuple[Kind, str, int], ...] = (
    ("picture", "pictures", PICTURES), ("sound", "sound", 1), ("file", "files", PAPERS),
)  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
@writers
def new() -> BaseResponse:
    person, key = _me(), once_key()
    # Before the first statement, which takes the write lock: files are copied and looked through meanwhile.
    wrong = _stage_files(None) if request.method == "POST" else {}
    if request.method == "GET":
        return _editor(form_for(orgs_of(person), _model(person), anew=True), None)
    form = form_for(orgs_of(person))
    if earlier := claim_once(key):
        return drop_drafts(redirect(earlier, 303), "post/new")
    form.whole = _hands_in()
    if not form.accepted() or wrong:
        return _editor(form, None, wrong, release=key)
    if (made := made_before()) is not None:
        return _write_on(made, form, person, key)
    post = rules.write(db.session.get_one(Org, form.org.data), person, wording_of(form))
    return _store(post, person, key, "post/new")


def _model(person: Me) -> Post | None:
    """The post that the new one begins like, where the address names one. 403 for one of others."""
    named = request.args.get("from", type=int)
    post = get_visible_or_404(Post, named, person) if named else None
    return post if post is None or rules.writer(person, post) else abort(403)


def _write_on(id: int, form: PostForm, person: Me, key: str) -> BaseResponse:
    """Somebody saved, went back in the browser and wrote on: it is the same post, not a second one."""
    hold(id)
    post = get_visible_or_404(Post, id, person)
    if not rules.may_edit(person, post):
        return _moved_on(form, post, key)
    rules.edit(post, person, wording_of(form))
    return _store(post, person, key, "post/new")


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@writers
def edit(id: int) -> BaseResponse:
    person, wrong, key = _me(), Faults(), once_key()
    if request.method == "POST":
        if htmx():
            return save_quietly(id, person, key)
        wrong = _stage_files(id)
        # Before anything is judged: the second tap of 交上去审 finds a post that may no longer be edited.
        if earlier := claim_once(key):
            return drop_drafts(redirect(earlier, 303), f"post/{id}/")
        hold(id)
    post = get_visible_or_404(Post, id, person)
    form = form_for([post.org], post)
    if not rules.may_edit(person, post):
        return _moved_on(form, post, key) if request.method == "POST" and rules.writer(person, post) else abort(403)
    form.whole = _hands_in() or post.state not in rules.UNSENT
    if not form.accepted() or wrong:
        return _editor(form, post, wrong, release=key)
    if not is_up_to_date(form, post):
        return _somebody_was_faster(form, post, key)
    rules.edit(post, person, wording_of(form))
    return _store(post, person, key, f"post/{id}/")


def _hands_in() -> bool:
    """True if the pressed button gives it away: then nothing may be missing."""
    return request.form.get("then", "save") not in ("save", "preview")


def _stage_files(post_id: int | None) -> Faults:
    """Keep what was chosen, before anything else is judged: then a mistake in the text loses no picture.

    Returns what is wrong with the files, by field.
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
        stage_all(batches, form_key(), uploader(), request.form)
    except BadUpload as wrong:
        return wrong.faults
    return {}


def _editor(
    form: PostForm,
    post: Post | None,
    wrong: Faults | None = None,
    *,
    release: str = "",
    status: int = 422,
    theirs: str = "",
) -> Response:
    """The form as it was sent, with its files: what was staged stays, also where the text was refused."""
    waiting: list[Media] = []
    if request.method == "GET":
        status = 200
    else:
        release_once(release)
        db.session.commit()
        waiting = staged(form_key(), uploader())
    open_to_me = post is None or rules.may_edit(_me(), post)
    return page(
        "feed/editor.html", title="改一改" if post else "写一篇", tab="feed", status=status, form=form, post=post,
        wrong=wrong or {}, media=[*(media_of(post.id) if post else []), *waiting], most=PICTURES, theirs=theirs,
        once=form_key() or new_key(), actions=_ways_out(post) if open_to_me else None, minutes=SOUND_SECONDS // 60,
        papers=PAPERS, groups=groups_of(form), model=request.args.get("from", type=int),
        base=revisions.base_of(post.id, _me()) if post else 0,
        saves_itself=post is not None and post.state in rules.UNSENT and open_to_me,
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
    new_ones = adopt(form_key(), uploader(), post.id)
    apply_fields([*(each for each in media_of(post.id) if each not in new_ones), *new_ones], request.form)
    want(post, request.form.getlist("wanted"))
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


def _me() -> Me:
    return me() or abort(403)
