"""问计于民: the question as everybody reads it, how it is written and ended, and what was made of the answers."""

from datetime import timedelta
from typing import Any

from flask import Response, abort, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from wdj.core import search
from wdj.core.cards import cards
from wdj.core.clock import say_day, say_when, today
from wdj.core.db import db
from wdj.core.errors import turn_back
from wdj.core.forms import Choice, Form, new_key
from wdj.core.fresh import memory
from wdj.core.items import events_of, get_visible_or_404, hold, read_or_404, visible_to
from wdj.core.once import claim_once, once_key, release_once, settle_once
from wdj.core.orgs import Org
from wdj.core.pages import lite, page
from wdj.core.people import READER_ROLES, REVIEWER_ROLES, Me
from wdj.core.plain import Block, blocks
from wdj.core.session import everyone, holders, me
from wdj.modules.letters import consultation_rules as rules
from wdj.modules.letters import consultations
from wdj.modules.letters.consultation_forms import ConsultationForm, OutcomeForm, WhyForm
from wdj.modules.letters.consultations import Consultation, Step
from wdj.modules.letters.views import bp

readers = holders(READER_ROLES, "readers")
reviewers = holders(REVIEWER_ROLES, "reviewers")
WORDS = ("title", "text", "starts_on", "ends_on")
USUAL_DAYS = timedelta(days=21)
SHOWN, TOLD, LISTED = 10, 40, 50
FASTER = "您打开以后，别人改过。别人改的在下面，您的还在框里；看过再存，就以您的为准。"
TOASTS = {"open": "opened", "plan": "planned", "close": "closed", "tell": "outcome", "withdraw": "withdrawn",
          "save": "saved"}  # fmt: skip


@bp.get("/consultations/<int:id>")
@everyone
def consultation(id: int) -> Response:
    asked, person = read_or_404(Consultation, id, me()), me()
    return page(
        "letters/consultation.html", title=asked.public_title, tab="letters", keep=asked.is_public, asked=asked,
        state=rules.WORKFLOW.states[asked.state], days=dates(asked), text=_words(asked.public_text),
        outcome=_words(asked.public_outcome) if asked.state == Step.published else [],
        crumb=[("首页", "/"), ("问计于民", url_for("home.show", kind=consultations.KIND)), (asked.public_title, "")],
        buttons=[each for each in rules.WORKFLOW.open_to(person, asked) if not each.own_form],
        may_edit=rules.may_edit(person, asked), may_tell=rules.may_tell(person, asked),
        keeps=rules.keeper(person, asked), timeline=_timeline(id) if rules.keeper(person, asked) else [],
        **_answers(asked),
    )  # fmt: skip


def _words(text: str) -> list[Block]:
    return [each for each in blocks(text) if each.type != "picture"]


def dates(asked: Consultation) -> str:
    """From when to when, in words."""
    first, last = (say_day(day).split()[0] for day in (asked.starts_on, asked.ends_on))
    return f"{first}到{last}"


def _answers(asked: Consultation) -> dict[str, Any]:
    """What came, and what was made of it: read once until the next commit."""
    known = memory()
    key = ("consultation", asked.id, lite())
    if key not in known:
        ids = db.session.scalars(consultations.shown_answers(asked.id, SHOWN)).all()
        told = asked.state == Step.published
        known[key] = {
            "total": db.session.scalar(consultations.answers_counted(asked.id)),
            "shown": cards(list(ids), lite()),
            "verdicts": consultations.verdicts_counted(asked.id) if told else {},
            "told": db.session.execute(consultations.told_verdicts(asked.id, TOLD)).all() if told else [],
        }
    found: dict[str, Any] = known[key]
    return found


def _timeline(item_id: int) -> list[dict[str, str]]:
    return [
        {"when": say_when(event.at), "who": name or "系统", "label": event.label, "note": event.note}
        for event, name in db.session.execute(events_of(item_id))
    ]


@bp.get("/consultations")
@readers
def consultation_list() -> Response:
    """What the orgs that I read for have asked and are about to ask, newest first."""
    person = me() or abort(403)
    found = select(Consultation.id, Consultation.title, Consultation.state, Org.short_name, Consultation.ends_on)
    found = found.join(Org, Org.id == Consultation.org_id).where(visible_to(person))
    rows = db.session.execute(found.order_by(Consultation.id.desc()).limit(LISTED)).all()
    return page(
        "letters/consultations.html", title="问计于民", tab="letters", rows=rows, states=rules.WORKFLOW.states,
        say_day=say_day, writes=person.has_any(REVIEWER_ROLES),
    )  # fmt: skip


@bp.route("/consultations/new", methods=["GET", "POST"])
@reviewers
def new_consultation() -> BaseResponse:
    person = me() or abort(403)
    form = ConsultationForm(data={"starts_on": today(), "ends_on": today() + USUAL_DAYS})
    held = [each for each in person.grants if each.role in REVIEWER_ROLES]
    form.org.choices = [Choice(*each) for each in dict.fromkeys((each.org_id, each.org_name) for each in held)]
    if request.method == "POST" and (earlier := claim_once(once_key())):
        return redirect(earlier, 303)
    if not form.accepted():
        return _editor(form, None)
    asked = rules.write(db.session.get_one(Org, form.org.data), person, **_typed(form))
    return _store(asked, person)


@bp.route("/consultations/<int:id>/edit", methods=["GET", "POST"])
@reviewers
def edit_consultation(id: int) -> BaseResponse:
    asked, person = _kept_or_403(id), me() or abort(403)
    if not rules.may_edit(person, asked):
        abort(409 if request.method == "POST" else 403)
    kept = {name: getattr(asked, name) for name in WORDS}
    form = ConsultationForm(data={"org": asked.org_id, "version": str(asked.version), **kept})
    form.org.choices = [Choice(asked.org_id, asked.org.short_name)]
    if not form.accepted():
        return _editor(form, asked)
    if form.version.data != str(asked.version):
        return _somebody_was_faster(form, form.text, asked)
    rules.edit(asked, **_typed(form))
    return _store(asked, person)


@bp.route("/consultations/<int:id>/outcome", methods=["GET", "POST"])
@reviewers
def outcome(id: int) -> BaseResponse:
    """What was adopted and why not: kept first, told to everybody by its button."""
    asked, person = _kept_or_403(id), me() or abort(403)
    if not rules.may_tell(person, asked):
        back = ("看这次问计", url_for("letters.consultation", id=id))
        turn_back(409, back, "还没到时候", "征集结束以后才能写结果。")
    form = OutcomeForm(data={"outcome": asked.outcome, "version": str(asked.version)})
    if not form.accepted():
        return _editor(form, asked)
    if form.version.data != str(asked.version):
        return _somebody_was_faster(form, form.outcome, asked)
    rules.put_outcome(asked, form.outcome.data or "")
    return _store(
        asked, person, "tell" if request.form.get("then") == "tell" and asked.state == Step.closed else "save"
    )


@bp.route("/consultations/<int:id>/<action>", methods=["GET", "POST"])
@reviewers
def act_on_consultation(id: int, action: str) -> BaseResponse:
    """Move it on. One that needs a reason, or cannot be undone, shows its small form first."""
    asked, transition, form = _kept_or_403(id), rules.WORKFLOW.find(action), WhyForm()
    if transition.own_form:
        abort(404)
    if not transition.guard(me(), asked):
        abort(403)
    if request.method == "GET" or (transition.note and not form.accepted()):
        if request.method == "POST":
            release_once(once_key())
            db.session.commit()
        return page(
            "letters/consultation_act.html", title=transition.label, tab="letters", form=form, asked=asked,
            transition=transition, status=422 if request.method == "POST" else 200,
        )  # fmt: skip
    return _store(asked, me() or abort(403), action, form.note.data or "" if transition.note else "")


def _kept_or_403(id: int) -> Consultation:
    """The consultation, held until the commit, for who asks it; a second sending is led to what the first has made."""
    if request.method == "POST":
        if earlier := claim_once(once_key()):
            abort(redirect(earlier, 303))
        hold(id)
    asked = get_visible_or_404(Consultation, id, me())
    return asked if rules.keeper(me(), asked) else abort(403)


def _typed(form: Form) -> dict[str, Any]:
    return {name: form[name].data for name in WORDS}


def _editor(form: Form, asked: Consultation | None, *, status: int = 422, theirs: str = "") -> Response:
    """The form of the question or of its outcome as it was sent."""
    if request.method == "GET":
        status = 200
    else:
        release_once(once_key())
        db.session.commit()
    of_outcome, of_question = "letters/consultation_outcome.html", "letters/consultation_form.html"
    return page(
        of_outcome if isinstance(form, OutcomeForm) else of_question, title="问计于民", tab="letters",
        status=status, form=form, asked=asked, theirs=theirs, once=request.form.get("once", "")[:40] or new_key(),
        verdicts=consultations.verdicts_counted(asked.id) if asked else {},
    )  # fmt: skip


def _somebody_was_faster(form: Form, field: Any, asked: Consultation) -> Response:
    form["version"].data, form["version"].raw_data = str(asked.version), None
    field.errors = [FASTER]
    theirs = asked.outcome if field.name == "outcome" else f"{asked.title}\n{dates(asked)}\n\n{asked.text}"
    return _editor(form, asked, status=409, theirs=theirs)


def _store(asked: Consultation, person: Me, then: str = "", note: str = "") -> BaseResponse:
    """Do what the pressed button says, and go where the result is seen."""
    then = then or _what_is_meant(asked)
    if then != "save":
        rules.WORKFLOW.apply(then, asked, person, note)
    search.index(asked, asked.public_outcome if asked.state == Step.published else "")
    url = url_for("letters.consultation", id=asked.id, ok=TOASTS.get(then, "done"))
    settle_once(once_key(), url, asked.id)
    db.session.commit()
    return redirect(url, 303)


def _what_is_meant(asked: Consultation) -> str:
    """Begin means: on its day, where that is later."""
    if request.form.get("then") != "open":
        return "save"
    if asked.starts_on > today():
        return "save" if asked.state == Step.planned else "plan"
    return "open"
