"""What who wrote a letter does with it afterwards: says more, rates the answer, asks on, takes it back."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select

from wdj.core import deadlines, receipts
from wdj.core.db import db
from wdj.core.items import Item, record, with_orgs
from wdj.core.people import Me
from wdj.core.privacy import mask
from wdj.core.receipts import Receipt
from wdj.core.session import device_id
from wdj.modules.letters import asking
from wdj.modules.letters.messages import Message, Rating
from wdj.modules.letters.models import Letter
from wdj.modules.letters.rules import WORKFLOW

ROUNDS = 2
TELEPHONE = "telephone"


@dataclass(frozen=True)
class Opinion:
    """What somebody thinks of an answer. None is "not said"."""

    solved: bool | None
    satisfaction: int | None
    words: str


def own(letter_id: int, me: Me | None) -> Letter | None:
    """The letter with its orgs, if this person or device wrote it, or has its receipt open."""
    whose: list[ColumnElement[bool]] = [Item.author_id == me.id] if me else []
    whose += [Item.device_id == device] if (device := device_id()) else []
    if receipts.holds(letter_id):
        whose = [Item.id == letter_id]
    if not whose:
        return None
    return db.session.scalars(with_orgs(Letter).where(Letter.id == letter_id, or_(*whose))).one_or_none()


def page_of(letter_id: int) -> str:
    """The address of its author's page."""
    number = db.session.scalar(select(Receipt.number).where(Receipt.item_id == letter_id))
    return f"/r/{number}"


def way_of(me: Me | None, clerk: Me | None) -> str:
    """By what way somebody says something: a clerk writes it down, or they are signed in, or hold the receipt."""
    return TELEPHONE if clerk else "account" if me else "receipt"


def supply(letter: Letter, text: str, me: Me | None, clerk: Me | None = None) -> None:
    """Say what the unit has asked for: the clock runs on."""
    WORKFLOW.apply("supply", letter, me)
    _say(letter, "more", text, clerk)


def ask_again(letter: Letter, text: str, me: Me | None, clerk: Me | None = None) -> None:
    """Ask on after the answer, once: the whole clock begins anew."""
    WORKFLOW.apply("again", letter, me)
    _begin_anew(letter)
    _say(letter, "again", text, clerk)


def rate(letter: Letter, opinion: Opinion, me: Me | None, clerk: Me | None = None) -> None:
    """Keep what is thought of the answer. What was not solved goes back once, and the level above reads so."""
    rating = Rating(
        letter_id=letter.id, round=letter.round, solved=opinion.solved, satisfaction=opinion.satisfaction,
        words=opinion.words, way=way_of(me, clerk), person_id=clerk.id if clerk else None,
    )  # fmt: skip
    reopens = opinion.solved is False and letter.round < ROUNDS
    WORKFLOW.apply("find_unsolved" if reopens else "rate", letter, me, "电话里说的" if clerk else "")
    db.session.add(rating)
    if reopens:
        _begin_anew(letter)
    if opinion.solved is False:
        _tell_above(letter)


def withdraw(letter: Letter, reason: str, me: Me | None) -> None:
    """Take the letter back: nobody has to answer it, nobody but its handlers reads it any more."""
    WORKFLOW.apply("withdraw", letter, me, reason)


def _begin_anew(letter: Letter) -> None:
    letter.round += 1
    letter.answered_at = letter.closed_at = letter.extension_days = None
    letter.extension_reason = ""
    deadlines.start(letter, deadlines.WHOLE, asking.days_for(letter))


def _say(letter: Letter, kind: str, text: str, clerk: Me | None) -> None:
    """Add what its writer says to the talk; `clerk` wrote it down for them."""
    said = Message(
        letter_id=letter.id, kind=kind, round=letter.round, text=text, public_text=mask(text),
        person_id=clerk.id if clerk else None,
    )  # fmt: skip
    db.session.add(said)


def _tell_above(letter: Letter) -> None:
    """Note for the org above the unit that answered that it did not solve the matter."""
    unit = letter.handler_org or letter.org
    record("tell", "写信的人说没解决，告诉上一级", None, item_id=letter.id, org_id=unit.parent_id or unit.id)
