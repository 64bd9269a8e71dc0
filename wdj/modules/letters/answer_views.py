"""Answering as clerks do it: the editor with its frames, the look on a phone, the second person, and what is public."""

from typing import Any, NoReturn

from flask import Response, abort, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.db import db
from wdj.core.errors import turn_back
from wdj.core.forms import Choice, new_key
from wdj.core.items import get_visible_or_404
from wdj.core.media import media_of
from wdj.core.once import once_key, release_once
from wdj.core.pages import drop_drafts, page
from wdj.core.people import Me
from wdj.core.plain import blocks
from wdj.core.privacy import mask
from wdj.core.session import me
from wdj.modules.letters import answering, hanging, naming, rules, templates, working
from wdj.modules.letters.handling_forms import AnswerForm, DraftForm, PublishForm, publish_form
from wdj.modules.letters.handling_views import back_to, do, form_page, letter_or_403, say_late, writers
from wdj.modules.letters.models import Letter, State
from wdj.modules.letters.views import bp

FASTER = "您打开以后，{who}先存了一份。他写的在上面，您的还在框里；看过再按一次，就以您的为准。"
WRITABLE = (State.in_hand, State.waiting)
CHANGED = "您打开以后，这份答复又改过了。下面是现在的样子，请再看一遍。"


@bp.route("/<int:id>/answer", methods=["GET", "POST"])
@writers
def answer(id: int) -> BaseResponse:
    """The editor: the unit's draft, a frame put into it, kept, handed to a second person, or sent."""
    letter, person, then = letter_or_403(id, "answer"), me() or abort(403), request.form.get("then", "save")
    draft = working.draft_of(letter) or {"text": "", "version": 0, "who": ""}
    kept = {"text": draft["text"], "version": str(draft["version"])}
    form: AnswerForm = (AnswerForm if then in ("answer", "draft") else DraftForm)(data=kept)
    frames = templates.fitting(letter)
    form.template.choices = [Choice(0, "不用模板"), *(Choice(each.id, each.title) for each in frames)]
    if letter.state not in WRITABLE:
        return _moved_on(form, letter) if request.method == "POST" else _not_now(letter)
    if not form.accepted():
        return _editor(form, letter)
    if then == "frame":
        return _framed(form, letter, {each.id: each.text for each in frames})
    if form.version.data != kept["version"] and form.text.data != draft["text"]:
        return _somebody_was_faster(form, letter, draft)
    return drop_drafts(_store(letter, person, form.text.data or "", then), f"letter/{id}/answer")


def _store(letter: Letter, person: Me, text: str, then: str) -> BaseResponse:
    """Do what the pressed button says; where the unit reads its answers twice, nothing goes out at once."""
    if then == "answer" and answering.is_checked(letter):
        then = "draft"
    if then == "answer":
        return do(letter, "answer", lambda letter, me: answering.answer(letter, text, me))
    if then == "draft":
        return do(letter, "draft", lambda letter, me: answering.hand_in(letter, text, me))
    to = url_for("letters.preview", id=letter.id, ok="saved")
    return do(letter, "save", lambda letter, me: answering.save_draft(letter, text, me), to=to)


def _framed(form: AnswerForm, letter: Letter, frames: dict[int, str]) -> BaseResponse:
    """Put the chosen frame under what stands in the editor, and not the browser's draft of before over it."""
    frame = templates.fill(frames.get(form.template.data or 0, ""), letter)
    form.text.data = "\n\n".join(filter(None, (form.text.data, frame)))
    return drop_drafts(_editor(form, letter, status=200), f"letter/{letter.id}/answer")


def _not_now(letter: Letter) -> NoReturn:
    turn_back(409, back_to(letter), *say_late(letter, "answer"))


def _somebody_was_faster(form: AnswerForm, letter: Letter, draft: dict[str, Any]) -> Response:
    """The second of two clerks sees what the first wrote, and keeps their own words."""
    form.version.data, form.version.raw_data = str(draft["version"]), None
    form.text.errors = [FASTER.format(who=draft["who"])]
    return _editor(form, letter, status=409, theirs=draft["text"])


def _moved_on(form: AnswerForm, letter: Letter) -> Response:
    """It was answered or handed in meanwhile: what was written is not lost, but has no place here any more."""
    form.process(request.form, data={"text": "", "version": ""})
    answers = answering.answers_of(letter.id)
    draft = working.draft_of(letter)
    theirs = draft["text"] if draft else answers[-1].text if answers else ""
    state = rules.WORKFLOW.states[letter.state]
    form.text.errors = [f"您打开以后，这封信已经“{state}”，存不进去了。您写的还在框里，要用可以先抄走。"]
    return _editor(form, letter, status=409, theirs=theirs)


def _editor(form: AnswerForm, letter: Letter, *, status: int = 422, theirs: str = "") -> Response:
    """The form as it was sent."""
    if request.method == "GET":
        status = 200
    else:
        release_once(once_key())
        db.session.commit()
    return page(
        "letters/answer.html", title="答复", tab="letters", status=status, form=form, letter=letter, theirs=theirs,
        checked=answering.is_checked(letter), once=request.form.get("once", "")[:40] or new_key(),
        open=letter.state in WRITABLE, waits=letter.state == State.waiting, talk=working.said_in(letter.id),
        merged=len(working.merged(letter.id)), files=(files := media_of(letter.id)), added=hanging.added(letter, files),
    )  # fmt: skip


@bp.get("/<int:id>/preview")
@writers
def preview(id: int) -> Response:
    """The kept draft as it will stand on a phone."""
    letter = get_visible_or_404(Letter, id, me())
    if not rules.handler(me(), letter):
        abort(403)
    draft = working.draft_of(letter) or abort(404)
    return page("letters/preview.html", title="预览", tab="letters", **_phone(letter, draft))


def _phone(letter: Letter, draft: dict[str, Any]) -> dict[str, Any]:
    """The context of what a phone shows of the letter with this answer."""
    return {
        "letter": letter,
        "draft": draft,
        "question": [each for each in blocks(mask(letter.text)) if each.type != "picture"],
        "reply": [each for each in blocks(draft["text"]) if each.type != "picture"],
        "unit": letter.handler_org or letter.org,
        "checked": answering.is_checked(letter),
        "masked": mask(draft["text"]) != draft["text"],
        "merged": len(working.merged(letter.id)),
    }


@bp.route("/<int:id>/approve", methods=["GET", "POST"])
@writers
def approve(id: int) -> BaseResponse:
    """The second person reads the draft, and lets exactly that out."""
    letter, person = letter_or_403(id, "approve"), me() or abort(403)
    draft = working.draft_of(letter)
    if draft is None or letter.state != State.drafted:
        turn_back(409, back_to(letter), *say_late(letter, "approve"))
    if request.method == "GET" and person.id in draft["by"]:
        abort(403, answering.OWN_DRAFT)
    if request.method == "POST" and request.form.get("version", "") == str(draft["version"]):
        return do(letter, "approve", answering.approve)
    changed = CHANGED if request.method == "POST" else ""
    if changed:
        release_once(once_key())
        db.session.commit()
    return page(
        "letters/approve.html", title="审答复", tab="letters", status=409 if changed else 200, changed=changed,
        **_phone(letter, draft),
    )  # fmt: skip


@bp.route("/<int:id>/publish", methods=["GET", "POST"])
@writers
def publish(id: int) -> BaseResponse:
    """Look through the words that everybody will read, and blacken what must not be there."""
    letter = letter_or_403(id, "publish")
    transition = rules.WORKFLOW.find("publish")
    if transition.needs and (lack := transition.needs(letter)):
        abort(422, lack)
    answers = answering.answers_of(letter.id)
    shown = {f"message-{each.id}": each.public_text for each in answers}
    kept = {name: getattr(letter, name) for name in ("public_title", "public_text")} | shown
    kept = kept if letter.is_public else naming.hide_name(letter, kept)
    form = publish_form([each.id for each in answers], kept | {"shows_media": letter.shows_media})
    if not form.accepted() or _names_the_writer(letter, form):
        return form_page(
            "letters/publish.html", letter, form, "publish", answers=answers, media=media_of(id), named=form.named,
        )  # fmt: skip
    return do(letter, "publish", lambda letter, me: _publish(letter, me, form, [each.id for each in answers]))


def _names_the_writer(letter: Letter, form: PublishForm) -> bool:
    """Whether the writer's name still stands where nobody has said yet that it may: then these fields say so."""
    words = {each.name: str(each.data or "") for each in form if each.name != "shows_media"}
    form.named = " ".join(found := naming.naming(letter, words))
    if set(found) <= set(request.form.get("named", "").split()):
        return False
    for name in found:
        form[name].errors = [naming.warning(letter)]
    return True


def _publish(letter: Letter, me: Me, form: PublishForm, ids: list[int]) -> None:
    """Let out what stood in the form; of the files those alone that it showed."""
    words = {each: str(form[f"message-{each}"].data) for each in ids}
    files = request.form.getlist("file", type=int) if form.shows_media.data else []
    answering.publish(letter, me, form.public_title.data or "", form.public_text.data or "", words, files)
