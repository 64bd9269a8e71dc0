"""A letter as its clerks move it on: one small form for each step, and one route for what needs only a reason."""

from collections.abc import Callable
from typing import Any, Literal

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.db import db
from wdj.core.errors import turn_back
from wdj.core.forms import Choice, Form
from wdj.core.items import get_visible_or_404, record
from wdj.core.media import apply_fields, media_of
from wdj.core.once import claim_once, once_key, release_once, settle_once
from wdj.core.orgs import Org
from wdj.core.pages import page
from wdj.core.people import READER_ROLES, WRITER_ROLES, Me
from wdj.core.session import holders, me
from wdj.core.workflow import Transition
from wdj.modules.letters import handling, merging, rules, units, working
from wdj.modules.letters.handling_forms import (
    AskMoreForm,
    AssignForm,
    DeclineForm,
    ExtensionForm,
    InstructForm,
    KindForm,
    MediateForm,
    NoteForm,
    ReasonForm,
    RemarkForm,
    RuleForm,
    SettleForm,
)
from wdj.modules.letters.models import Kind, Letter, State
from wdj.modules.letters.views import bp

writers = holders(WRITER_ROLES, "writers")
readers = holders(READER_ROLES, "readers")
TOASTS = {
    "assign": "assigned",
    "rule": "assigned",
    "ask_more": "asked_back",
    "ask_extension": "asked_above",
    "answer": "answered",
    "approve": "answered",
    "draft": "drafted",
    "publish": "published",
}
# What comes before a step that somebody takes too early.
SOONER = {
    State.posted: "请先受理，再转办或者自己办。",
    State.accepted: "请先转办，或者自己办。",
    State.assigned: "请先签收。",
}
Verb = Callable[[Letter, Me], object]


def letter_or_403(id: int, action: str) -> Letter:
    """The letter, held until the commit, for whom that step is; in which state it is, `apply` asks.

    Whoever sends the form a second time is led to what the first has made: by then it may not be theirs any more.
    """
    if request.method == "POST":
        if earlier := claim_once(once_key()):
            abort(redirect(earlier, 303))
        merging.hold([id])
    letter = get_visible_or_404(Letter, id, me())
    return letter if rules.WORKFLOW.find(action).guard(me(), letter) else abort(403)


def say_late(letter: Letter, action: str) -> tuple[str, str]:
    """(heading, words) of why that step does not fit the letter's state; empty where it does."""
    transition = next((each for each in rules.WORKFLOW.transitions if each.action == action), None)
    if transition is None or letter.state in transition.sources:
        return "", ""
    state = rules.WORKFLOW.states[letter.state]
    if letter.state in SOONER and _comes_later(transition, State(letter.state)):
        return "还差一步", f"这封信现在“{state}”。{SOONER[State(letter.state)]}"
    return "这一步现在办不了", f"这封信现在“{state}”，可能别人刚办过。请看看现在的样子再办。"


def _comes_later(transition: Transition, state: State) -> bool:
    """Whether that step leads on from states behind `state` alone."""
    way = [*rules.OPEN, *rules.DONE]
    return all(each in way and way.index(State(each)) > way.index(state) for each in transition.sources)


def back_to(letter: Letter) -> tuple[str, str]:
    """The link that leads back to the letter."""
    return "看这封信", url_for("letters.show", id=letter.id)


def form_page(template: str, letter: Letter, form: Form, action: str, **context: Any) -> Response:
    """The small form of one step: as it is opened, or as it was sent with what is missing."""
    transition = rules.WORKFLOW.find(action)
    status, label = 200, working.SPOKEN.get(action, transition.label)
    if request.method == "POST":
        status = 422
        release_once(once_key())
        db.session.commit()
    return page(
        template, title=label, tab="letters", status=status, letter=letter, form=form,
        transition=transition, late=say_late(letter, action)[1], label=label, **context,
    )  # fmt: skip


def do(letter: Letter, action: str, verb: Verb, *, to: str = "") -> BaseResponse:
    """Do it, and go `to` a page or where the letter is seen: to the desk where it is out of sight now."""
    person = me() or abort(403)
    heading, words = say_late(letter, action)
    if words:
        turn_back(409, back_to(letter), heading, words)
    verb(letter, person)
    db.session.flush()
    ok = TOASTS.get(action, "done")
    seen = rules.clerk(person, letter) or rules.leader(person, letter)
    url = to or (url_for("letters.show", id=letter.id, ok=ok) if seen else url_for("desk.show", ok=ok))
    settle_once(once_key(), url)
    db.session.commit()
    return redirect(url, 303)


@bp.route("/<int:id>/<any(assign, rule):action>", methods=["GET", "POST"])
@writers
def assign(id: int, action: Literal["assign", "rule"]) -> BaseResponse:
    letter, person = letter_or_403(id, action), me() or abort(403)
    form = AssignForm() if action == "assign" else RuleForm()
    choices = units.choices(letter, person)
    if not choices:
        abort(403)
    form.org.choices = [Choice(0, "请选一个"), *choices]
    if not form.accepted():
        return form_page("letters/assign.html", letter, form, action)
    org, note = db.session.get_one(Org, form.org.data), form.note.data or ""
    verb = handling.assign if action == "assign" else handling.rule
    return do(letter, action, lambda letter, me: verb(letter, org, me, note))


@bp.route("/<int:id>/decline", methods=["GET", "POST"])
@writers
def decline(id: int) -> BaseResponse:
    letter = letter_or_403(id, "decline")
    chosen = request.args.get("reason", "")
    form = DeclineForm(data={"reason": chosen, "text": handling.REASONS.get(chosen, "")})
    if not form.accepted():
        return form_page("letters/decline.html", letter, form, "decline", reasons=handling.REASONS, chosen=chosen)
    reason, text = form.reason.data or "", form.text.data or ""
    return do(letter, "decline", lambda letter, me: handling.decline(letter, reason, text, me))


@bp.route("/<int:id>/change_kind", methods=["GET", "POST"])
@writers
def change_kind(id: int) -> BaseResponse:
    """Take it for another kind; 409 for who opened the form while it was of a third."""
    letter = letter_or_403(id, "change_kind")
    form = KindForm(data={"kind": letter.kind, "version": letter.kind})
    if form.version.data != letter.kind:
        turn_back(409, back_to(letter))
    if not form.accepted():
        return form_page("letters/note.html", letter, form, "change_kind", since=handling.since(letter))
    kind, reason = Kind(form.kind.data), form.note.data or ""
    return do(letter, "change_kind", lambda letter, me: handling.change_kind(letter, kind, reason, me))


@bp.route("/<int:id>/settle", methods=["GET", "POST"])
@writers
def settle(id: int) -> BaseResponse:
    letter, form = letter_or_403(id, "settle"), SettleForm()
    if not form.accepted():
        return form_page("letters/note.html", letter, form, "settle")
    return do(letter, "settle", lambda letter, me: handling.settle(letter, form.note.data or "", me))


@bp.route("/<int:id>/ask_more", methods=["GET", "POST"])
@writers
def ask_more(id: int) -> BaseResponse:
    letter, form = letter_or_403(id, "ask_more"), AskMoreForm()
    if not form.accepted():
        return form_page("letters/note.html", letter, form, "ask_more")
    return do(letter, "ask_more", lambda letter, me: handling.ask_more(letter, form.note.data or "", me))


@bp.route("/<int:id>/ask_extension", methods=["GET", "POST"])
@writers
def ask_extension(id: int) -> BaseResponse:
    letter, form = letter_or_403(id, "ask_extension"), ExtensionForm()
    if not form.accepted():
        return form_page("letters/note.html", letter, form, "ask_extension")
    days, reason = form.days.data or 0, form.note.data or ""
    return do(letter, "ask_extension", lambda letter, me: handling.ask_extension(letter, days, reason, me))


@bp.route("/<int:id>/grant_extension", methods=["GET", "POST"])
@writers
def grant_extension(id: int) -> BaseResponse:
    letter, form = letter_or_403(id, "grant_extension"), Form()
    if not form.accepted():
        return form_page("letters/note.html", letter, form, "grant_extension")
    return do(letter, "grant_extension", handling.grant_extension)


@bp.route("/<int:id>/refuse_extension", methods=["GET", "POST"])
@writers
def refuse_extension(id: int) -> BaseResponse:
    letter, form = letter_or_403(id, "refuse_extension"), ReasonForm()
    if not form.accepted():
        return form_page("letters/note.html", letter, form, "refuse_extension")
    return do(
        letter, "refuse_extension", lambda letter, me: handling.refuse_extension(letter, me, form.note.data or "")
    )


@bp.route("/<int:id>/remark", methods=["GET", "POST"])
@writers
def remark(id: int) -> BaseResponse:
    letter, form = letter_or_403(id, "remark"), RemarkForm()
    if not form.accepted():
        return form_page("letters/note.html", letter, form, "remark")
    return do(letter, "remark", lambda letter, me: handling.remark(letter, form.note.data or "", me))


@bp.route("/<int:id>/instruct", methods=["GET", "POST"])
@readers
def instruct(id: int) -> BaseResponse:
    letter, form = letter_or_403(id, "instruct"), InstructForm()
    if not form.accepted():
        return form_page("letters/note.html", letter, form, "instruct")
    return do(letter, "instruct", lambda letter, me: handling.instruct(letter, form.note.data or "", me))


@bp.route("/<int:id>/mediate", methods=["GET", "POST"])
@writers
def mediate(id: int) -> BaseResponse:
    letter = letter_or_403(id, "mediate")
    form = MediateForm(data={"mediator": letter.mediator, "agreement": letter.agreement})
    if not form.accepted():
        return form_page("letters/note.html", letter, form, "mediate")
    mediator, agreement = form.mediator.data or "", form.agreement.data or ""
    return do(letter, "mediate", lambda letter, me: handling.mediate(letter, mediator, agreement, me))


@bp.post("/<int:id>/words")
@writers
def words(id: int) -> BaseResponse:
    """Say in words what is on the photos and in the recording, for who cannot see or hear them."""
    letter = letter_or_403(id, "remark")
    said = [
        (name, value) for name, value in request.form.items(multi=True) if name.startswith(("caption-", "transcript-"))
    ]

    def put(letter: Letter, me: Me) -> None:
        apply_fields(media_of(id), type(request.form)(said))
        record("words", "补文字", me, item_id=id)

    return do(letter, "words", put)


@bp.route("/<int:id>/<action>", methods=["GET", "POST"])
@writers
def act(id: int, action: str) -> BaseResponse:
    """Move a letter on. A step that needs a reason, or may have one, shows its small form first."""
    transition = rules.WORKFLOW.find(action)
    if transition.own_form:
        abort(404)
    letter = letter_or_403(id, action)
    form: Form = ReasonForm() if transition.note else NoteForm() if transition.words else Form()
    if not form.accepted():
        return form_page("letters/note.html", letter, form, action)
    note = form.data.get("note") or ""
    return do(letter, action, lambda letter, me: handling.step(action, letter, me, note))
