"""代录: what came by telephone, at the counter, on paper, written down by a clerk; the receipt is printed at once."""

from typing import Any

from flask import Response, abort, make_response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from wdj.core import deadlines, receipts, search
from wdj.core.clock import today
from wdj.core.contacts import set_contact
from wdj.core.db import db
from wdj.core.forms import Choice, new_key
from wdj.core.items import SOURCES, get_visible_or_404, hold, record
from wdj.core.media import adopt, apply_fields, staged, uploader
from wdj.core.once import claim_once, made_before, made_by, once_key, release_once, settle_once
from wdj.core.orgs import Kind as OrgKind
from wdj.core.orgs import Org
from wdj.core.pages import drop_drafts, page
from wdj.core.people import WRITER_ROLES, Held, Me
from wdj.core.session import holders, me
from wdj.core.site import site
from wdj.modules.letters import asking
from wdj.modules.letters.ask_views import Told, alike, files_of_form, has_something, stage_files, warned
from wdj.modules.letters.forms import RecordForm
from wdj.modules.letters.models import KINDS, Door, Letter, State
from wdj.modules.letters.views import bp

PICTURES = 9
DRAFT = "letter/new"
BESIDE = (OrgKind.department, OrgKind.station)
LATE = "这封信已经有人在办，改不了了。您写的都在；要补充，请在信的页面上记一笔"
writers = holders(WRITER_ROLES, "writers")


@bp.get("/new")
@writers
def new() -> Response:
    person = me() or abort(403)
    form = _filled(person, {"received_on": today(), "door": Door.board.value})
    return _form(form, Told(), new_key(), 200)


@bp.post("/new")
@writers
def store() -> BaseResponse:
    person, nonce = me() or abort(403), request.form.get("once", "")[:40] or new_key()
    told, key = Told(stage_files(files_of_form(PICTURES), nonce)), once_key()
    if earlier := claim_once(key):
        return _stored(receipts.of([made_by(key) or 0]).get(made_by(key) or 0), earlier)
    form = _filled(person)
    told.looks = "look" in request.form
    told.warning = warned(form)
    unheard = told.warning is not None and "called" not in request.form
    fits = all([form.accepted(), has_something(form, nonce)])  # all that is wrong is said at once
    if not fits or told.wrong or told.looks or unheard:
        return _form(form, told, nonce, 200 if told.looks else 422, release=key)
    made = made_before()
    letter = _corrected(form, made, person) if made else _write_down(form, person)
    if letter is None:
        form.text.errors = [LATE]
        return _form(form, told, nonce, 409, release=key)
    apply_fields(adopt(nonce, uploader(), letter.id, keeps_owner=True), request.form)
    receipt = receipts.of([letter.id])[letter.id]
    settle_once(key, receipt.slip_url, letter.id)
    db.session.commit()
    return _stored(receipt, receipt.slip_url)


def _stored(receipt: receipts.Receipt | None, url: str) -> BaseResponse:
    """The slip to print, which this clerk may open for some minutes."""
    db.session.commit()
    response = make_response(redirect(url, 303))
    drop_drafts(response, DRAFT)
    return receipts.lend_slip(response, receipt) if receipt else response


def _write_down(form: RecordForm, person: Me) -> Letter:
    village = _village(form)
    letter = asking.post(
        **_words(form), village=village, source=form.source.data, recorder=person, to=_receiver(form, village),
        contact=_contact(form), on=form.received_on.data,
    )  # fmt: skip
    record("record", "代录", person, note=SOURCES[form.source.data], item_id=letter.id)
    return letter


def _corrected(form: RecordForm, made: int, person: Me) -> Letter | None:
    """The letter that this very form has made, with the words of now; None if somebody has it in hand already."""
    hold(made)
    letter = get_visible_or_404(Letter, made, person)
    if letter.state != State.posted:
        return None
    village = _village(form)
    asking.put_down(letter, **_words(form), village=village)
    letter.source, letter.org = form.source.data, _receiver(form, village)
    letter.org_id, letter.received_on = letter.org.id, form.received_on.data or letter.received_on
    letter.version += 1
    set_contact(letter, **_contact(form))
    deadlines.start(letter, deadlines.WHOLE, asking.days_for(letter), form.received_on.data)
    search.index(letter)
    record("edit", "改了代录的内容", person, item_id=letter.id)
    return letter


def _words(form: RecordForm) -> dict[str, Any]:
    return {
        "door": form.door.data, "kind": form.kind.data, "text": form.text.data or "", "title": "",
        "may_publish": bool(form.may_publish.data),
    }  # fmt: skip


def _contact(form: RecordForm) -> dict[str, str]:
    return {name: form[name].data or "" for name in ("name", "phone", "address")}


def _village(form: RecordForm) -> Org | None:
    return db.session.get(Org, form.village.data) if form.village.data else None


def _receiver(form: RecordForm, village: Org | None) -> Org:
    """Who would have received it from a telephone; the clerk's own unit where it keeps it."""
    if form.keeps.data:
        return db.session.get_one(Org, form.org.data)
    county = db.session.get_one(Org, site().county_id)
    return db.session.get_one(Org, asking.receiver_of(form.door.data, village, county))


def _filled(person: Me, data: dict[str, object] | None = None) -> RecordForm:
    """The form with the units that this person writes for, and the places below them."""
    held = sorted((each for each in person.grants if each.role in WRITER_ROLES), key=lambda each: len(each.path))
    form = RecordForm(data=data)
    form.org.choices = [Choice(*each) for each in dict.fromkeys((each.org_id, each.org_name) for each in held)]
    found = {each.value: each for grant in held for each in asking.places(_reach(grant))}
    form.village.choices = [asking.NOWHERE, *found.values()]
    if data is not None:
        form.village.data = next((each.org_id for each in held if each.org_id in found), 0)
    return form


def _reach(grant: Held) -> str:
    """The path under which people turn to that unit: its own, of a department and a station the one above."""
    if grant.kind in BESIDE:
        return grant.path[: grant.path[:-1].rindex("/") + 1]
    return grant.path


def _form(form: RecordForm, told: Told, nonce: str, status: int, release: str = "") -> Response:
    """The form as it was sent, with its files and what is said to it."""
    waiting = []
    if release:
        release_once(release)
        db.session.commit()
        waiting = staged(nonce, uploader())
    text = form.text.data or ""
    found = alike(text, me()) if status != 200 or told.looks else []
    faults = [*form.problems, *told.wrong.items()]
    return page(
        "letters/new.html", title=f"还差 {len(faults)} 处：代录" if faults else "代录一封信", tab="letters",
        status=status, form=form, told=told, once=nonce, faults=faults, media=waiting, most=PICTURES, kinds=KINDS,
        warning=told.warning, similar=found if found or told.looks else None,
    )  # fmt: skip
