"""查答复: a receipt is opened by number and code, and shows who sent something what has become of it; the slip."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Flask, Response, abort, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Field, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from wdj.core import receipts
from wdj.core.clock import local, say_day, say_when
from wdj.core.contacts import works_on
from wdj.core.db import db
from wdj.core.forms import Form
from wdj.core.items import Item, events_of, get_visible_or_404, record, with_orgs
from wdj.core.once import claim_once, once_key, settle_once
from wdj.core.pages import page
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.receipts import MustWait, R, Receipt
from wdj.core.session import device_id, everyone, holders, me
from wdj.core.site import absolute
from wdj.modules import MODULE_OF, MODULES, WORKFLOW_OF, item_url
from wdj.portal.print import draw_qr

bp = Blueprint("receipts", __name__, url_prefix="/r")
writers = holders(WRITER_ROLES, "writers")
WRONG = "回执号和查询码对不上，请对着小票再看一遍。小票丢了，请办这件事的干部、替您代录的干部换一个查询码。"
CLASS_OF = {cls.type_name(): cls for module in MODULES for cls in module.types}


@dataclass(frozen=True)
class Owned:
    """A receipt with what says whose it is."""

    receipt: Receipt
    type: str
    device_id: str | None
    author_id: int | None

    @property
    def is_of_device(self) -> bool:
        """True on the phone that it was sent from."""
        device = device_id()
        return device is not None and self.device_id == device

    @property
    def is_mine(self) -> bool:
        """True there, for who was signed in when it was sent, and for who has opened it."""
        person = me()
        wrote = person is not None and self.author_id == person.id
        return self.is_of_device or wrote or receipts.holds(self.receipt.item_id)


def _letters(form: Form, field: Field) -> None:
    word = receipts.plain(field.data or "")
    if set(word) & set("01OILU"):
        raise ValidationError(f"{field.label.text}里没有 0、1 和 O、I、L、U，请对着小票再看一遍")
    if not receipts.is_whole(word):
        raise ValidationError(f"{field.label.text}是 6 个数字和字母，请对着小票再看一遍")


LOOKS = {"autocomplete": "off", "autocapitalize": "characters", "autocorrect": "off", "spellcheck": "false"}


class FindForm(Form):
    number = StringField(
        "回执号",
        description="像 4F7K-92，大写小写都行，中间的横线可以不写",
        validators=[InputRequired("请写回执号"), Length(max=40), _letters],
        render_kw=LOOKS,
    )
    code = StringField(
        "查询码",
        description="小票上回执号下面的那一行，也是 6 个",
        validators=[InputRequired("请写查询码"), Length(max=40), _letters],
        render_kw=LOOKS,
    )


def private(response: R) -> R:
    """Nobody keeps this page: not the browser, and nothing on the way."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("")
@everyone
def ask() -> Response:
    return _form(FindForm(), 200)


@bp.post("")
@everyone
def find() -> BaseResponse:
    form = FindForm()
    if not form.accepted():
        return _form(form, 422)
    return _opened(form, form.code.data or "", 422)


@bp.get("/<number>/<code>")
@everyone
def scan(number: str, code: str) -> BaseResponse:
    """What the QR code on the slip says. It only reads; a wrong one is counted beside it."""
    form = FindForm(data={"number": _shown(number)})
    return _opened(form, code, 404)


def _opened(form: FindForm, code: str, wrong: int) -> BaseResponse:
    """To the page that number and code open, else the form again: one answer for all that does not fit."""
    try:
        receipt = receipts.find(form.number.data or "", code)
    except MustWait as late:
        return _too_often(form, late.seconds)
    if receipt is None:
        form.code.errors = [WRONG]
        return _form(form, wrong)
    return private(receipts.open_session(redirect(receipt.url(), 303), receipt))


def _too_often(form: FindForm, seconds: int) -> Response:
    wait = f"{seconds} 秒" if seconds < 60 else f"{-(-seconds // 60)} 分钟"
    form.code.errors = [f"试得太多了，请等 {wait}再试。"]
    response = _form(form, 429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _form(form: FindForm, status: int) -> Response:
    drawn = page("portal/receipt_find.html", title="查答复", form=form, keep=status == 200, status=status)
    return drawn if status == 200 else private(drawn)


def _shown(number: str) -> str:
    """A number of an address as it is printed; nothing that cannot be one."""
    word = receipts.plain(number)
    return f"{word[:4]}-{word[4:]}" if receipts.is_whole(word) else ""


def _owned(number: str) -> Owned | None:
    """One question, whether there is such a number or not."""
    found = select(Receipt, Item.type, Item.device_id, Item.author_id).join(Item, Item.id == Receipt.item_id)
    row = db.session.execute(found.where(Receipt.number == receipts.plain(number))).one_or_none()
    return Owned(*row) if row else None


def _item_of(owned: Owned) -> Item:
    cls = CLASS_OF[owned.type]
    return db.session.scalars(with_orgs(cls).where(cls.id == owned.receipt.item_id)).one()


def _closed(number: str) -> Response:
    """The same for a foreign number and for one that nobody has: it is asked for the code."""
    form = FindForm(data={"number": _shown(number)})
    form.number.description = "请再填上查询码，就能看到答复"
    return _form(form, 404)


@bp.get("/<number>")
@everyone
def show(number: str) -> Response:
    """What its sender reads: just sent, the number and the code; later what has become of it."""
    owned = _owned(number)
    if owned is None or not owned.is_mine:
        return _closed(number)
    if owned.is_of_device:
        receipts.enter(owned.receipt)
    item = _item_of(owned)
    return private(_sent(owned, item) if "new" in request.args else _page(owned, item))


def _sent(owned: Owned, item: Item) -> Response:
    """Number and code in big letters; what comes next, as long as nothing has been done."""
    next_steps = MODULE_OF[item.type].next_steps
    return page(
        "portal/receipt_new.html", title="交上了", tab=MODULE_OF[item.type].tab, receipt=owned.receipt,
        came=say_when(item.created_at), due=due_day(item), just_sent=item.version == 1,
        is_tied=bool(owned.device_id or owned.author_id), steps=next_steps(item) if next_steps else [("答复您", "")],
    )  # fmt: skip


def due_day(item: Item) -> str:
    """The last day on which it is in time, in words; empty where nothing is due."""
    return say_day(local(item.due_at - timedelta(seconds=1)).date()) if item.due_at else ""


def _page(owned: Owned, item: Item) -> Response:
    """The page of its module; where that draws none, its words and the steps that it has made."""
    drawn = MODULE_OF[item.type].receipt
    workflow = WORKFLOW_OF[item.type]
    steps = {each.action for each in workflow.transitions if each.to}
    events = [] if drawn else [each for each, _ in db.session.execute(events_of(item.id)) if each.action in steps]
    return page(
        "portal/receipt.html", title="查答复", tab=MODULE_OF[item.type].tab, receipt=owned.receipt,
        is_own_phone=owned.is_of_device, heading=item.title, words=item.text, drawn=drawn and drawn(item),
        state=workflow.states[item.state], came=say_when(item.created_at),
        events=[(each.label, say_when(each.at)) for each in events], due=due_day(item),
    )  # fmt: skip


@bp.get("/<number>/slip")
@everyone
def slip(number: str) -> Response:
    """The slip to print, for who sent it and for the clerk who has just made it."""
    owned = _owned(number)
    if owned is None or not (owned.is_mine or receipts.has_slip(owned.receipt.item_id)):
        return _closed(number)
    receipt, item = owned.receipt, _item_of(owned)
    drawn = page(
        "portal/slip.html", title="打小票", receipt=receipt, back=receipt.url() if owned.is_mine else item_url(item),
        qr=draw_qr(absolute(receipt.url(receipt.code))), day=say_day(item.came_on),
        due=due_day(item),
        where=absolute(url_for("receipts.ask")).split("://")[1], starts=[] if owned.is_mine else _starts(item),
    )  # fmt: skip
    return private(drawn)


def _starts(item: Item) -> list[tuple[str, str]]:
    """(words, address) of the form in which a clerk writes the next one down."""
    module = MODULE_OF[item.type]
    return [(module.starts, url_for(f"{module.name}.new"))]


@bp.post("/<number>/renew")
@writers
def renew(number: str) -> BaseResponse:
    """A new code for who has lost the slip, from a clerk who knows the item; it is noted, and the old code is dead."""
    key = once_key()
    receipt = receipts.by_number(number) or abort(404)
    if earlier := claim_once(key):
        return _lent(receipt, earlier)
    item = get_visible_or_404(Item, receipt.item_id, me())
    if not _may_renew(me(), item):
        abort(403)
    receipts.renew(receipt)
    record("renew_code", "换了查询码", me(), item_id=item.id)
    settle_once(key, f"{receipt.slip_url}#{receipt.mark}")
    db.session.commit()
    return receipts.lend_slip(redirect(receipt.slip_url, 303), receipt)


def _may_renew(person: Me | None, item: Item) -> bool:
    """Who handles the item, and who wrote it down for its sender: that one stands before them again."""
    return works_on(person, item) or (person is not None and item.recorder_id == person.id)


def _lent(receipt: Receipt, url: str) -> BaseResponse:
    """The second tap of the clerk who made it sees the same slip; once somebody else has made a new one, none."""
    response = redirect(receipt.slip_url, 303)
    return receipts.lend_slip(response, receipt) if url.endswith(receipt.mark) else response


@bp.post("/close")
@everyone
def close() -> BaseResponse:
    """Shut what is open on this device."""
    return receipts.close_session(redirect(url_for("home.show", ok="shut"), 303))


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
