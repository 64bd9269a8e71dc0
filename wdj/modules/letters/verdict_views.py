"""What a consultation got, as who asked it goes through it: adopted or not, and why."""

from typing import Any

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.clock import say_when
from wdj.core.db import db
from wdj.core.items import get_visible_or_404, visible_to
from wdj.core.once import claim_once, once_key, release_once, settle_once
from wdj.core.pages import page
from wdj.core.people import READER_ROLES, REVIEWER_ROLES
from wdj.core.session import holders, me
from wdj.modules.letters import consultation_rules, consultations, merging, rules
from wdj.modules.letters.consultation_forms import VerdictForm
from wdj.modules.letters.consultations import Consultation, Verdict
from wdj.modules.letters.models import Letter
from wdj.modules.letters.views import bp

readers = holders(READER_ROLES, "readers")
reviewers = holders(REVIEWER_ROLES, "reviewers")
PAGE_ROWS = 30
FILTERS = {"": ("还没定", None), "adopted": ("采纳的", True), "not_adopted": ("没采纳的", False)}
NOTHING_TICKED = "请先在前面打勾，再按按钮。"


@bp.get("/consultations/<int:id>/answers")
@readers
def answers(id: int) -> Response:
    return _list(_asked_or_403(id), VerdictForm())


@bp.post("/consultations/<int:id>/answers")
@reviewers
def decide(id: int) -> BaseResponse:
    """Say of the ticked ones what the pressed button says."""
    asked, person = _asked_or_403(id), me() or abort(403)
    if not consultation_rules.keeper(person, asked):
        abort(403)
    then, form = request.form.get("then", ""), VerdictForm()
    if then not in ("adopt", "not_adopt"):
        abort(404)
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    picked = request.form.getlist("pick", type=int)
    if not form.accepted() or not picked:
        form.why.errors = [*form.why.errors, *([] if picked else [NOTHING_TICKED])]
        release_once(key)
        db.session.commit()
        return _list(asked, form, status=422)
    letters = [each for each in merging.held(sorted(set(picked)), person) if isinstance(each, Letter)]
    consultation_rules.decide(asked, letters or abort(404), then == "adopt", form.why.data or "", person)
    url = url_for("letters.answers", id=id, show=request.args.get("show") or None, ok="done")
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def _asked_or_403(id: int) -> Consultation:
    """The consultation, for who reads what its org receives."""
    asked, person = get_visible_or_404(Consultation, id, me()), me() or abort(403)
    return asked if person.has(READER_ROLES, asked.org_path) else abort(403)


def _list(asked: Consultation, form: VerdictForm, status: int = 200) -> Response:
    show = request.args.get("show", "")
    label, verdict = FILTERS.get(show) or abort(404)
    found = consultations.answers_to(asked.id, verdict).add_columns(Verdict.why).where(visible_to(me()))
    if mark := request.args.get("mark", type=int):
        found = found.where(Letter.id > mark)
    rows = db.session.execute(found.limit(PAGE_ROWS + 1)).all()
    more = {"show": show or None, "mark": rows[PAGE_ROWS - 1][0].id} if len(rows) > PAGE_ROWS else None
    return page(
        "letters/consultation_answers.html", title=f"大家出的主意：{asked.title}", tab="letters", status=status,
        asked=asked, form=form, label=label, show=show, rows=[_row(*row) for row in rows[:PAGE_ROWS]],
        more=more and url_for("letters.answers", id=asked.id, **more), keeps=consultation_rules.keeper(me(), asked),
        filters=[(words, url_for("letters.answers", id=asked.id, show=name or None), name == show)
                 for name, (words, _) in FILTERS.items()],
        ticked=request.form.getlist("pick", type=int),
    )  # fmt: skip


def _row(letter: Letter, why: str | None) -> dict[str, Any]:
    return {"letter": letter, "state": rules.WORKFLOW.states[letter.state], "when": say_when(letter.created_at),
            "why": why}  # fmt: skip
