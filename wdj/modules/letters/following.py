"""What who wrote a letter does with it afterwards: says more, rates the answer, asks on, takes it back."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, false, or_, select

from wdj.core import deadlines, receipts
from wdj.core.db import brief_read, db
from wdj.core.items import Item, record, with_orgs
from wdj.core.people import Me
from wdj.core.privacy import mask
from wdj.core.receipts import Receipt
from wdj.core.session import device_id
from wdj.modules.letters import asking, merging, rules, telling
from wdj.modules.letters.messages import Message, Rating
from wdj.modules.letters.models import Letter, State
from wdj.modules.letters.rules import OPEN, WORKFLOW

ROUNDS = 2
JUDGED = ("rate", "withdraw")
TELEPHONE, SPOKEN = "telephone", "电话里说的"


@dataclass(frozen=True)
class Opinion:
    """What somebody thinks of an answer. None is "not said"."""

    solved: bool | None
    satisfaction: int | None
    words: str


def _whose(letter_id: int, me: Me | None) -> ColumnElement[bool]:
    """The condition on Item of being written by this person or on this device, or of an open receipt."""
    whose: list[ColumnElement[bool]] = [Item.author_id == me.id] if me else []
    whose += [Item.device_id == device] if (device := device_id()) else []
    whose += [Item.id == letter_id] if receipts.holds(letter_id) else []
    return or_(false(), *whose)


def takes(verb: str, letter_id: int, me: Me | None) -> bool:
    """True if they may do that to the letter now; read beside the session, for slow work follows."""
    mine = select(Letter.state, Letter.round).where(Letter.id == letter_id, _whose(letter_id, me))
    with brief_read() as connection:
        found = connection.execute(mine).one_or_none()
    return found is not None and fits(verb, found)


def own(letter_id: int, me: Me | None) -> Letter | None:
    """The letter with its orgs, if this person or device wrote it, or has its receipt open.

    From then on the device counts as who has the receipt open.
    """
    found = with_orgs(Letter).where(Letter.id == letter_id, _whose(letter_id, me))
    letter = db.session.scalars(found).one_or_none()
    if letter is not None and not receipts.holds(letter_id) and (me is None or letter.author_id != me.id):
        receipts.enter(db.session.get_one(Receipt, letter_id))
    return letter


def page_of(letter_id: int) -> str:
    """The address of its author's page."""
    number = db.session.scalar(select(Receipt.number).where(Receipt.item_id == letter_id))
    return f"/r/{number}"


def fits(verb: str, letter: Letter | Row[str, int]) -> bool:
    """True if that is open to its author now. Who has asked again once cannot do so a second time."""
    if verb == "photos":
        return letter.state in (*OPEN, State.merged)
    return letter.state in WORKFLOW.find(verb).sources and (verb != "again" or letter.round < ROUNDS)


def hears(verb: str, letter: Letter, clerk: Me | None) -> bool:
    """True if that clerk may take it down: what is thought of an answer, and that it is taken back, only a witness."""
    return verb not in JUDGED or rules.witness(clerk, letter)


def signs(letter: Letter, me: Me | None) -> Me | None:
    """As whom they do it: whoever left no name at the mailbox holds the receipt, signed in or not."""
    return None if letter.is_anonymous else me


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
    unsolved = "find_unsolved" if reopens else "stay_unsolved"
    WORKFLOW.apply(unsolved if opinion.solved is False else "rate", letter, me, SPOKEN if clerk else "")
    db.session.add(rating)
    if reopens:
        _begin_anew(letter)
    if opinion.solved is False:
        telling.tell(letter)


def withdraw(letter: Letter, reason: str, me: Me | None, clerk: Me | None = None) -> None:
    """Take the letter back: nobody has to answer it, nobody but its handlers reads it any more.

    What was to be answered together with it goes its own way; the one that it was to be answered with goes on.
    """
    merging.hold([letter.id])
    db.session.refresh(letter, ["state", "version", "merged_into_id"])  # it may have been merged since it was read
    main = letter.merged_into_id
    WORKFLOW.apply("withdraw", letter, me, f"{SPOKEN}{'：' if reason else ''}{reason}" if clerk else reason)
    letter.merged_into_id = None
    merging.release(letter)
    merging.let_go(main)


def add_photos(letter: Letter, me: Me | None) -> None:
    """Note that its author has sent more photos."""
    record("photos", "补了照片", me, item_id=letter.id)


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
