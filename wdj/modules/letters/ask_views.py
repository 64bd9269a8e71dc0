"""Asking: the form by which everybody sends a letter, without an account, and what comes back when it is sent."""

from dataclasses import dataclass, field

from flask import Response, abort, make_response, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from wdj.core import receipts
from wdj.core.asked import asked
from wdj.core.db import db
from wdj.core.forms import again, new_key
from wdj.core.items import Item
from wdj.core.media import BadUpload, Batch, Faults, adopt, apply_fields, remove, stage_all, staged, uploader
from wdj.core.once import claim_once, form_key, made_by, release_once, settle_once
from wdj.core.orgs import Org
from wdj.core.pages import drop_drafts, page
from wdj.core.people import Me
from wdj.core.session import device_id, everyone, me, remember_device
from wdj.core.site import site
from wdj.modules.letters import asking, danger, limits, similar
from wdj.modules.letters.consultations import Consultation
from wdj.modules.letters.forms import OFFERED, AskForm, LetterForm
from wdj.modules.letters.models import KINDS, PRIVATE, Door, Kind, Letter
from wdj.modules.letters.rules import WORKFLOW
from wdj.modules.letters.views import bp

PICTURES, SOUND_SECONDS, ENOUGH = 3, 120, 6
DRAFT = "ask/"
TOO_FAST = ("交得太快了", "请等几分钟再交。您写的都在下面。")
NOTHING = "写一写是什么事，或者在下面录一段话"
GONE = "您问的那条消息已经撤下来了。您写的都在，再按一次，就当一般的留言交上去"
HEADINGS = {
    Door.board: "我要提问", Door.mailbox: "给县长写信", Door.suggestion_box: "提个意见", Door.about: "问问这件事",
    Door.consultation: "说说您的想法",
}  # fmt: skip
# Fields that say nothing of the letter: with others it is the same one.
ASIDE = ("called", "answer", "look", "anew")


@dataclass(frozen=True)
class Aim:
    """What a letter is about, where it is about something: a post, or what the county asks everybody."""

    door: Door
    item: Item
    consultation: Consultation | None = None


@dataclass
class Told:
    """What is said above and in the form besides its fields."""

    wrong: Faults = field(default_factory=dict)
    """What is wrong with its files, by field."""
    warning: danger.Advice | None = None
    """What is said to who tells of danger, and whom to call."""
    asks: str = ""
    """The plain question that is asked of who sends a lot."""
    sent: receipts.Receipt | None = None
    """The receipt of the same words, sent by the same phone or person within a day."""
    looks: bool = False
    """Whether similar letters were asked for."""


def url_about(item_id: int | None) -> str:
    """The address of the form, about the public item with that id or about anything."""
    return url_for("letters.ask", about=item_id)


@bp.get("/ask")
@everyone
def ask() -> Response:
    aim = _aim(request.args.get("about", type=int))
    if "about" in request.args and aim is None:
        abort(404)
    return _form(_filled(aim), aim, Told(), new_key(), 200)


@bp.post("/ask")
@everyone
def send() -> BaseResponse:
    nonce, nameless = _nonce(), "is_anonymous" in request.form
    network = limits.files_key(nameless=nameless)
    files = files_of_form(PICTURES)
    if any(each.uploads for each in files) and limits.must_wait(network):
        return again(*TOO_FAST, 429)
    told = Told(stage_files(files, nonce))
    limits.count_files(network, sum(min(len(each.uploads), each.most) for each in files))
    key = form_key(*ASIDE)
    if made_by_first := claim_once(key, tied=not nameless):
        return _sent_before(key, made_by_first, nonce)
    given = request.form.get("about", type=int)
    aim = _aim(given)
    form = _filled(aim)
    told.warning = warned(form)
    fits = all([form.accepted(), has_something(form, nonce)])  # all that is wrong is said at once
    if given and aim is None:
        form.text.errors = [*form.text.errors, GONE]
        fits = False
    told.looks = "look" in request.form
    if not fits or told.wrong or told.looks or _asks_back(form, told, nonce):
        return _form(form, aim, told, nonce, 200 if told.looks else 422, release=key)
    return _take(form, aim, key, nonce)


def _take(form: AskForm, aim: Aim | None, key: str, nonce: str) -> BaseResponse:
    """Keep the letter, and show its receipt."""
    person, nameless = me(), bool(form.is_anonymous.data)
    device = None if person or nameless else remember_device()
    if limits.too_many(person, device, nameless=nameless):
        release_once(key)
        db.session.commit()
        return again(*TOO_FAST, 429)
    letter = _keep(form, aim, None if nameless else person, device)
    apply_fields(adopt(nonce, uploader(), letter.id), request.form)
    limits.count_letter(person, nameless=nameless)
    receipt = receipts.of([letter.id])[letter.id]
    settle_once(key, receipt.sent_url, letter.id)
    db.session.commit()
    return _with_receipt(receipt)


def _keep(form: AskForm, aim: Aim | None, person: Me | None, device: str | None) -> Letter:
    village = db.session.get(Org, form.village.data) if form.village.data else None
    door = aim.door if aim else form.door.data
    about = aim.item if aim and aim.door == Door.about else None
    name = form.name.data or (person.name if person else "")
    return asking.post(
        door=door, kind=form.kind.data or asking.usual_kind(door), text=form.text.data or "", village=village,
        may_publish=form.may_publish, is_anonymous=bool(form.is_anonymous.data), me=person, device=device, about=about,
        consultation=aim.consultation if aim else None, to=_receiver(door, village, aim),
        contact={"name": name, "phone": form.phone.data or ""},
    )  # fmt: skip


def _receiver(door: str, village: Org | None, aim: Aim | None) -> Org:
    if aim:
        return db.session.get_one(Org, aim.item.org_id)
    county = db.session.get_one(Org, site().county_id)
    return db.session.get_one(Org, asking.receiver_of(door, village, county))


def _sent_before(key: str, url: str, nonce: str) -> BaseResponse:
    """The second tap: the files that it has brought once more go, and it sees the receipt of the first."""
    for each in staged(nonce, uploader()):
        remove(each)
    made = made_by(key)
    receipt = receipts.of([made]).get(made) if made else None
    if made and me() is None:
        asking.hand_over(made, remember_device())
    db.session.commit()
    return _with_receipt(receipt) if receipt else redirect(url, 303)


def _with_receipt(receipt: receipts.Receipt) -> BaseResponse:
    response = make_response(redirect(receipt.sent_url, 303))
    drop_drafts(response, DRAFT)
    return receipts.open_session(response, receipt)


def _nonce() -> str:
    """What the form brings with it from the page on which it was drawn."""
    return request.form.get("once", "")[:40] or new_key()


def _asks_back(form: AskForm, told: Told, nonce: str) -> bool:
    """True if something is to be said or asked before the letter is taken: of danger, or of too many letters."""
    words, answer = limits.question(nonce)
    if limits.is_suspicious(me(), nameless=bool(form.is_anonymous.data)) and request.form.get("answer") != answer:
        told.asks = words
    if "anew" not in request.form and not form.is_anonymous.data:
        told.sent = asking.sent_today(form.text.data or "", me(), device_id())
    unheard = told.warning is not None and "called" not in request.form
    return bool(unheard or told.asks or told.sent)


def warned(form: LetterForm) -> danger.Advice | None:
    """What is said above the form to who tells of danger. Once it was read, no wrong number stops the letter."""
    found = danger.warning(form.text.data or "")
    form.takes_any_phone = found is not None and "called" in request.form
    return found


def files_of_form(pictures: int) -> list[Batch]:
    """The files that came with the form: photos, and one recording from either of its two fields."""
    chosen = {name: [each for each in request.files.getlist(name) if each.filename] for name in ("pictures", "sound")}
    return [
        Batch("picture", chosen["pictures"], pictures),
        Batch("sound", chosen["sound"], 1, seconds=SOUND_SECONDS),
    ]


def stage_files(files: list[Batch], nonce: str) -> Faults:
    """Keep what was chosen, before anything else is judged: then a mistake in the words loses no photo.

    Returns what is wrong with the files, by field.
    """
    try:
        stage_all(files, nonce, uploader(), request.form)
    except BadUpload as wrong:
        return wrong.faults
    return {}


def has_something(form: LetterForm, nonce: str) -> bool:
    """True if it says what it is about, in words or in a recording; else the form says that it must."""
    if form.text.data or any(each.kind == "sound" for each in staged(nonce, uploader())):
        return True
    form.text.errors = [*form.text.errors, NOTHING]
    return False


def _aim(about: int | None) -> Aim | None:
    """What the form is about: a public item that is no letter itself, or what the county still asks; else None."""
    if not about:
        return None
    found = select(Item).where(Item.id == about, Item.is_public.is_(True), Item.type != Letter.type_name())
    item = db.session.scalars(found).one_or_none()
    if not isinstance(item, Consultation):
        return Aim(Door.about, item) if item else None
    return Aim(Door.consultation, item, item) if item.takes_answers else None


def _filled(aim: Aim | None) -> AskForm:
    """The form with the places that people may be from; the village that this phone has chosen is set."""
    door, kind = request.args.get("door", ""), request.args.get("kind", "")
    form = AskForm(
        data={
            "door": door if door in OFFERED else Door.board.value,
            "kind": kind if kind in list(Kind) else "",
            "who": "office" if kind in PRIVATE else "",
            "village": asked().village,
        }
    )
    places = asking.places(f"/{site().county_id}/")
    form.village.choices = [asking.NOWHERE, *places]
    if request.method == "GET" and form.village.data not in [each.value for each in places]:
        form.village.data = 0
    if aim and aim.consultation:
        form.text.label.text = "您的想法"
    if aim:
        form.door.validators, form.door.data, form.is_anonymous.data = [], Door.board.value, False
    return form


def _form(form: AskForm, aim: Aim | None, told: Told, nonce: str, status: int, release: str = "") -> Response:
    """The form as it was sent, with its files and what is said to it."""
    waiting = []
    if release:
        release_once(release)
        db.session.commit()
        waiting = staged(nonce, uploader())
    door = aim.door if aim else Door(form.door.data) if form.door.data in OFFERED else Door.board
    faults = [*form.problems, *told.wrong.items()]
    heading = HEADINGS[door]
    return page(
        "letters/ask.html", title=f"还差 {len(faults)} 处：{heading}" if faults else heading, tab="letters",
        status=status, form=form, aim=aim, told=told, once=nonce, heading=heading, faults=faults, media=waiting,
        most=PICTURES, kinds=KINDS, warning=told.warning, similar=_similar(form, told, status),
    )  # fmt: skip


def _similar(form: AskForm, told: Told, status: int) -> list[dict[str, object]] | None:
    """The public letters that say nearly the same, for who asks for them, or has to mend something; else None."""
    text = form.text.data or ""
    found = alike(text) if (told.looks or status == 422) and len(text) >= ENOUGH else []
    return found if found or told.looks else None


def alike(text: str, person: Me | None = None) -> list[dict[str, object]]:
    """The letters nearest to these words that `person` may see; public ones for None."""
    ids = similar.similar_to(text, person)
    columns = (Item.id, Item.public_title, Item.state, Item.like_count)
    rows = {row.id: row for row in db.session.execute(select(*columns).where(Item.id.in_(ids)))}
    return [
        {
            "id": row.id, "public_title": row.public_title, "likes": row.like_count,
            "state": WORKFLOW.states[row.state], "done": row.state in ("answered", "unsolved", "closed"),
        }
        for row in (rows[each] for each in ids if each in rows)
    ]  # fmt: skip


@bp.post("/similar")
@everyone
def find_similar() -> Response:
    """The public letters near to what is being typed. A POST that only reads: what people write is in no address."""
    text = request.form.get("text", "")[:2000]
    db.session.commit()  # nothing: so that no lock is taken
    found = alike(text) if len(text.strip()) >= ENOUGH else []
    return page(
        "letters/similar.html", title="有没有现成答案", tab="letters", similar=found,
        warning=danger.warning(text), typed=len(text.strip()) >= ENOUGH,
    )  # fmt: skip
