"""What clerks do to many letters at once from the desk: one small page, then each letter by itself."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.clock import local, say_day, today
from wdj.core.contacts import contact_of, works_on
from wdj.core.db import db
from wdj.core.forms import Choice, Form
from wdj.core.items import get_visible_or_404, hold, visible_to, with_orgs
from wdj.core.once import claim_once, once_key, release_once, settle_once
from wdj.core.orgs import Org
from wdj.core.pages import page
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.session import holders, me
from wdj.core.together import MOST_AT_ONCE, Outcomes, each_alone, named, ticked
from wdj.modules.letters import handling, merging, rules, units, working
from wdj.modules.letters.deciders import deciders
from wdj.modules.letters.desk_forms import MergeManyForm, RemindManyForm
from wdj.modules.letters.handling_forms import AssignForm, ExtensionForm, ReasonForm
from wdj.modules.letters.models import KINDS, Kind, Letter
from wdj.modules.letters.views import bp

writers = holders(WRITER_ROLES, "writers")
Verb = Callable[[Letter, Me], object]
LABELS = {"assign": "转办", "merge": "并案", "extend": "延期", "remind": "催办"}
LISTS = 5  # of so many different receivers and units among the letters it is asked to whom they may be given


@bp.route("/bulk/assign", methods=["GET", "POST"])
@writers
def assign_many() -> BaseResponse:
    """Give all that are ticked to one unit."""
    letters, form = _letters(), AssignForm()
    form.org.choices = [Choice(0, "请选一个"), *_units(letters)]
    if not form.accepted():
        return _form("assign", letters, form)
    org, note = db.session.get_one(Org, form.org.data), form.note.data or ""
    return _do("assign", form, lambda letter, me: handling.assign(letter, org, me, note))


@bp.route("/bulk/merge", methods=["GET", "POST"])
@writers
def merge_many() -> BaseResponse:
    """Have all that are ticked answered together with one of them."""
    letters, form = _letters(), MergeManyForm()
    form.into.choices = [Choice(each.id, f"{each.title}（{_received(each)}收到）") for each in letters]
    if not form.accepted():
        return _form("merge", letters, form)
    person, main_id = me() or abort(403), form.into.data
    main = next(each for each in merging.held(ticked(), person) if each.id == main_id)
    return _do("merge", form, lambda letter, me: merging.merge(main, [letter.id], me), but=main_id)


@bp.route("/bulk/extend", methods=["GET", "POST"])
@writers
def extend_many() -> BaseResponse:
    """Ask for more days for all that are ticked; or decide on what was asked for them."""
    letters, what = _letters(), request.form.get("do", "ask")
    forms: dict[str, type[Form]] = {"ask": ExtensionForm, "grant": Form, "refuse": ReasonForm}
    form = forms.get(what, ExtensionForm)()
    if not form.accepted():
        return _form("extend", letters, form)
    return _do("extend", form, _extends(what, form))


def _extends(what: str, form: Any) -> Verb:
    """What is done to each: days asked for, granted or refused."""
    if what == "grant":
        return handling.grant_extension
    if what == "refuse":
        return lambda letter, me: handling.refuse_extension(letter, me, form.note.data)
    return lambda letter, me: handling.ask_extension(letter, form.days.data, form.note.data, me)


@bp.route("/bulk/remind", methods=["GET", "POST"])
@writers
def remind_many() -> BaseResponse:
    """Remind the units that have what is ticked."""
    letters, form = _letters(), RemindManyForm()
    if not form.accepted():
        return _form("remind", letters, form)
    return _do("remind", form, lambda letter, me: handling.step("remind", letter, me, form.note.data or ""))


@bp.get("/bulk/print")
@writers
def print_many() -> Response:
    """A sheet of paper for each that is named, for who goes there with it."""
    letters = _letters()
    return page(
        "letters/bulk_print.html", title=f"打印 {len(letters)} 件", sheets=[_sheet(each) for each in letters],
        day=say_day(today()), back=_back(), left_out=len(named()) - len(letters),
    )  # fmt: skip


def _sheet(letter: Letter) -> dict[str, Any]:
    """What stands on the paper of one letter."""
    contact = contact_of(letter.id)
    given = [
        ("类别", KINDS[Kind(letter.kind)][0]),
        ("状态", rules.WORKFLOW.states[letter.state]),
        ("收到", _received(letter)),
        *((f"{name}期限", f"{words}{'，已经过了' if late else ''}") for name, words, late in working.clocks(letter)),
        *working.facts(letter),
        ("联系人", f"{contact.masked_name} {contact.masked_phone}" if contact else "没有留"),
    ]
    return {"letter": letter, "facts": given, "steps": working.course(letter.id)}


def _letters() -> Sequence[Letter]:
    """Those named in the address or ticked in the form that this person works on: 404 or 403 where there is none.

    Whoever sends the form a second time is led to what the first has made: by then it may not be theirs any more.
    """
    if request.method == "POST" and (earlier := claim_once(once_key())):
        abort(redirect(earlier, 303))
    person = me() or abort(403)
    found = with_orgs(Letter).where(Letter.id.in_(_ids()), visible_to(person)).order_by(Letter.id)
    seen = db.session.scalars(found.limit(MOST_AT_ONCE)).all()
    return [each for each in seen if works_on(person, each)] or abort(403 if seen else 404)


def _ids() -> list[int]:
    return ticked() if request.method == "POST" else named()


def _units(letters: Sequence[Letter]) -> list[Choice]:
    """The units to which this person may give one of them or another; each is asked again when it is given."""
    person = me() or abort(403)
    different = {(each.org_id, each.handler_org_id, each.is_ruled): each for each in letters}
    found: dict[Any, Choice] = {}
    for letter in list(different.values())[:LISTS]:
        found |= {each.value: each for each in units.choices(letter, person)}
    heads = list(dict.fromkeys(each.optgroup for each in found.values()))  # each once, or a select repeats it
    return sorted(found.values(), key=lambda each: heads.index(each.optgroup))


def _received(letter: Letter) -> str:
    return say_day(local(letter.created_at).date())


def _form(step: str, letters: Sequence[Letter], form: Form, *, problem: str = "", status: int = 422) -> Response:
    """The small page of one step, as it is opened or as it was sent with what is missing."""
    if request.method == "POST":
        release_once(once_key())
        db.session.commit()
    return page(
        "letters/bulk_form.html", title=f"{LABELS[step]} {len(letters)} 件", tab="letters", letters=letters, form=form,
        step=step, label=LABELS[step], problem=problem, left_out=len(_ids()) - len(letters), ids=_ids(), back=_back(),
        filters=request.values.get("back", ""), states=rules.WORKFLOW.states,
        decides=step == "extend" and any(_decides(each) for each in letters),
        late=_late(letters) if step == "extend" else (),
        decided_by=deciders(letters) if step == "extend" else "",
        status=status if request.method == "POST" else 200,
    )  # fmt: skip


def _decides(letter: Letter) -> bool:
    return bool(letter.extension_days) and rules.overseer(me(), letter)


def _late(letters: Sequence[Letter]) -> set[int]:
    """The ids of those for which it is too late to ask for more days."""
    return {each.id for each in letters if not each.extension_days and handling.is_late(each)}


def _back(**told: str) -> str:
    """The desk with the filters that it had."""
    query = urlencode([*parse_qsl(request.values.get("back", "")), *told.items()])
    return f"{url_for('desk.show')}?{query}" if query else url_for("desk.show")


def _do(step: str, form: Form, verb: Verb, *, but: int = 0) -> BaseResponse:
    """Do it to each that is ticked, and go back to the desk, which tells what became of them."""
    person = me() or abort(403)

    def act(letter_id: int) -> None:
        hold(letter_id)
        verb(get_visible_or_404(Letter, letter_id, person), person)
        db.session.flush()

    merging.hold(ticked())
    outcomes = each_alone((each for each in ticked() if each != but), act)
    if not outcomes.done:
        db.session.rollback()
        return _none_done(step, form, outcomes)
    url = _back(**outcomes.query())
    settle_once(once_key(), url)
    db.session.commit()
    return redirect(url, 303)


def _none_done(step: str, form: Form, outcomes: Outcomes) -> Response:
    """The page again, with the reason; the once-only key is free again too."""
    found = with_orgs(Letter).where(Letter.id.in_(ticked()), visible_to(me())).order_by(Letter.id)
    letters = [each for each in db.session.scalars(found.limit(MOST_AT_ONCE)) if works_on(me(), each)]
    return _form(step, letters, form, problem=f"一件也没有办成：{outcomes.words('件')}。", status=outcomes.status)
