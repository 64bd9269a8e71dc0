"""我的: what was said and sent on this device or by this person, and how to make it forget."""

from dataclasses import dataclass

from flask import Blueprint, Flask, Response, make_response, redirect, url_for
from sqlalchemy import ColumnElement, Select, false, or_, select, update
from werkzeug.wrappers import Response as BaseResponse

from wdj.core import receipts
from wdj.core.clock import say_when
from wdj.core.comments import forget_comments, said_by
from wdj.core.db import db
from wdj.core.items import Event, Item
from wdj.core.likes import forget_likes
from wdj.core.pages import drop_drafts, page
from wdj.core.people import Me
from wdj.core.receipts import Receipt, close_session, session_value
from wdj.core.reports import forget_reports
from wdj.core.session import DEVICE_COOKIE, KNOWN_COOKIE, device_id, everyone, me, take_cookie
from wdj.modules import MODULES, WORKFLOW_OF, item_url

bp = Blueprint("me", __name__, url_prefix="/me")
SAID_SHOWN = 50
FROM_PEOPLE = [cls.type_name() for module in MODULES for cls in module.from_people]


@dataclass(frozen=True)
class Sent:
    """One thing that was sent in, as its sender finds it here."""

    public_title: str
    url: str
    number: str
    """Of its receipt, as it is printed; empty where it has none."""
    when: str
    state: str
    color: str
    reason: str


@bp.get("")
@everyone
def show() -> Response:
    device = device_id()
    person = me()
    said = db.session.scalars(said_by(device, person).limit(SAID_SHOWN + 1)).all() if device or person else []
    return page(
        "portal/me.html",
        title="我的",
        said=[(each, say_when(each.at), item_url(each.item)) for each in said[:SAID_SHOWN]],
        more=len(said) > SAID_SHOWN,
        sent=sent(device, person),
        known=bool(device or session_value()),
    )


def sent(device: str | None, person: Me | None) -> list[Sent]:
    """What was sent in on this device, or by this person wherever they were, newest first."""
    if not (device or person):
        return []
    items = db.session.scalars(sent_by(device, person).limit(SAID_SHOWN)).all()
    held = receipts.of(each.id for each in items)
    # What has a receipt says there what was done: not every note about it is for its sender.
    reasons = _reasons([each.id for each in items if each.id not in held])
    return [_in_words(each, held.get(each.id), reasons.get(each.id, "")) for each in items]


def sent_by(device: str | None, person: Me | None) -> Select[Item]:
    """The items of the types that anybody sends in, those of this device or person, newest first."""
    theirs: list[ColumnElement[bool]] = [Item.device_id == device] if device else []
    theirs += [Item.author_id == person.id] if person else []
    found = select(Item).where(or_(false(), *theirs), Item.type.in_(FROM_PEOPLE))
    return found.order_by(Item.id.desc())


def _reasons(item_ids: list[int]) -> dict[int, str]:
    """The reason of what was done last to each of these items, where one was given."""
    if not item_ids:
        return {}
    found = select(Event.item_id, Event.id, Event.note).where(Event.item_id.in_(item_ids))
    rows = sorted(db.session.execute(found).all(), key=lambda row: row[1])
    return {item_id: note for item_id, _, note in rows if item_id}


def _in_words(item: Item, receipt: Receipt | None, reason: str) -> Sent:
    workflow = WORKFLOW_OF[item.type]
    color = "y" if item.state in workflow.waiting else "g" if item.state in workflow.public else ""
    words = workflow.states[item.state]
    url, number = (receipt.url(), receipt.shown_number) if receipt else (item_url(item), "")
    return Sent(item.public_title, url, number, say_when(item.created_at), words, color, reason)


@bp.get("/forget")
@everyone
def ask_to_forget() -> Response:
    """What is found only on this phone, before that is cut."""
    tied = [each for each in sent(device_id(), None) if each.number]
    return page("portal/me_forget.html", title="忘掉这部手机", tied=tied)


@bp.post("/forget")
@everyone
def forget() -> BaseResponse:
    """Cut every tie between this device and what it sent, and take its cookies back."""
    if device := device_id():
        db.session.execute(update(Item).where(Item.device_id == device).values(device_id=None))
        forget_comments(device)
        forget_likes(device)
        forget_reports(device)
        for module in MODULES:
            if module.forget:
                module.forget(device)
        db.session.commit()
    response = make_response(redirect(url_for("me.show", ok="forgotten"), 303))
    take_cookie(close_session(response), DEVICE_COOKIE, KNOWN_COOKIE)
    response.delete_cookie("v", samesite="Lax")
    return drop_drafts(response)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
