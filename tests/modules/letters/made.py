"""Letters for tests, in any state, with the receipt, clock, contact and unit that their state needs. All invented."""

from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, text, update

from tests.conftest import County
from wdj.core import deadlines, search
from wdj.core.clock import now, today
from wdj.core.db import db
from wdj.core.items import Event
from wdj.core.orgs import Org, ancestors
from wdj.core.placements import place
from wdj.core.privacy import mask
from wdj.core.receipts import Receipt
from wdj.modules.letters import asking
from wdj.modules.letters.messages import Message
from wdj.modules.letters.models import BOARD, Letter
from wdj.modules.letters.rules import WORKFLOW

VILLAGE, TOWN, FARMING = "沙江寺村", "留凤关镇", "县农业农村局"
WORDS = "沙江寺二组有十几户椒园冻得厉害，想问能不能领补贴，找谁。"
ANSWER = "农技员四月二十一日上午到二组看苗。报过灾的户，六月底前补贴打到一卡通。"
PHONE, NAME = "13800000001", "老王"  # a sample number
UNASSIGNED = ("posted", "accepted", "declined", "merged", "withdrawn")


def letter_in(
    app: Flask, state: str = "posted", org: str | None = None, kind: str = "question", *, handler: str | None = FARMING,
    village: str | None = VILLAGE, words: str = WORDS, phone: str = PHONE, name: str = NAME, public: bool = False,
    door: str = "board", device: str | None = None, author_id: int | None = None, days_ago: int = 0, **columns: Any,
) -> int:  # fmt: skip
    """A letter in `state`, as its steps would have left it: received by `org` (the town of the village), with `handler`
    where the state needs one; `public`: published on the board. `columns` are set on it last. Returns its id."""
    with app.app_context():
        letter = _posted(org, kind, village, words, phone, name, door, device)
        letter.state, letter.author_id = state, author_id
        if author_id:
            letter.device_id = None
        if state not in UNASSIGNED and handler:
            letter.handler_org_id = _org(handler).id
        _clocks(letter, state, today() - timedelta(days=days_ago))
        letter.created_at, letter.received_on = now() - timedelta(days=days_ago), today() - timedelta(days=days_ago)
        if state in ("answered", "unsolved", "closed"):
            _answer(letter)
        if public:
            _publish(letter)
        for column, value in columns.items():
            setattr(letter, column, value)
        search.index(letter)
        db.session.commit()
        return letter.id


def _org(short_name: str) -> Org:
    return db.session.scalars(select(Org).where(Org.short_name == short_name)).one()


def _posted(
    org: str | None, kind: str, village: str | None, words: str, phone: str, name: str, door: str, device: str | None
) -> Letter:
    here = _org(village) if village else None
    county = _org("凤县")
    to = _org(org) if org else db.session.get_one(Org, asking.receiver_of(door, here, county))
    return asking.post(
        door=door, kind=kind, text=words, village=here, may_publish=True, device=device, to=to,
        contact={"name": name, "phone": phone} if phone or name else None,
    )  # fmt: skip


def _clocks(letter: Letter, state: str, since: date) -> None:
    deadlines.start(letter, deadlines.WHOLE, asking.days_for(letter), since)
    if state == "assigned":
        deadlines.start(letter, deadlines.SIGN, deadlines.allowed("letter.sign", 1), since)
    if state == "waiting":
        deadlines.pause(letter)
    if state in (*WORKFLOW.decided, *WORKFLOW.ends, "withdrawn", "unsolved"):
        deadlines.stop(letter)
    if state in (*WORKFLOW.decided, *WORKFLOW.ends, "withdrawn"):
        letter.closed_at = now()


def _answer(letter: Letter) -> None:
    letter.answered_at = now()
    db.session.add(
        Message(
            letter_id=letter.id, kind="answer", text=ANSWER, public_text=mask(ANSWER),
            org_id=letter.handler_org_id or letter.org_id,
        )
    )  # fmt: skip
    db.session.add(Event(action="answer", label="答复", item_id=letter.id))


def _publish(letter: Letter) -> None:
    letter.is_public, letter.published_at = True, now()
    db.session.execute(update(Message).where(Message.letter_id == letter.id).values(is_shown=True))
    village = db.session.get(Org, letter.from_org_id) if letter.from_org_id else None
    orgs = [*ancestors(village), village.id] if village else [letter.org_id]
    place(letter, orgs, BOARD, letter.published_at)


def receipt_of(app: Flask, letter: int) -> tuple[str, str]:
    """The number and the secret code of the letter's receipt."""
    with app.app_context():
        receipt = db.session.get_one(Receipt, letter)
        return receipt.number, receipt.code


def one(county: County, statement: str, **values: Any) -> Any:
    """The one value that `statement` finds."""
    with county.app.app_context():
        return db.session.execute(text(statement), values).scalar()


__all__ = ["ANSWER", "FARMING", "NAME", "PHONE", "TOWN", "VILLAGE", "WORDS", "letter_in", "one", "receipt_of"]
