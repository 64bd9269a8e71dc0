"""A letter comes in: where it goes, by when it is due, and what its sender holds in hand."""

from datetime import date, timedelta

from sqlalchemy import select, update

from wdj.core import deadlines, receipts, search
from wdj.core.clock import now, today
from wdj.core.contacts import set_contact
from wdj.core.db import db
from wdj.core.forms import Choice
from wdj.core.fresh import memory
from wdj.core.items import Item
from wdj.core.orgs import Kind as OrgKind
from wdj.core.orgs import Org, ancestors, below
from wdj.core.people import Me
from wdj.core.privacy import mask
from wdj.modules.letters import danger
from wdj.modules.letters.consultations import Consultation
from wdj.modules.letters.models import ALWAYS_PRIVATE, Door, Kind, Letter, State
from wdj.modules.letters.rules import DAYS

BEGINNING = 24  # characters of the words that stand as its title where it got none
NOWHERE = Choice(0, "县外，或不说")
ONE_DAY = timedelta(days=1)
PLACES = (OrgKind.town, OrgKind.village, OrgKind.community)


def post(
    *, door: str, kind: str, text: str, title: str = "", village: Org | None, may_publish: bool = False,
    is_anonymous: bool = False, me: Me | None = None, device: str | None = None, source: str = "web",
    recorder: Me | None = None, contact: dict[str, str] | None = None, about: Item | None = None,
    consultation: Consultation | None = None, to: Org, on: date | None = None,
) -> Letter:  # fmt: skip
    """Add a letter to the org `to` with its receipt, its clock and how to reach who sent it; returns it with its id.

    Of who is anonymous nothing is kept: no account, no device, no name and no number. `on`: the day it was received.
    What is said to a consultation is answered after its last day.
    """
    letter = Letter(
        received_on=on or today(), org=to, org_id=to.id, state=State.posted, source=source, is_anonymous=is_anonymous,
        author_id=me.id if me and not (recorder or is_anonymous) else None,
        device_id=None if is_anonymous or me or recorder else device, recorder_id=recorder.id if recorder else None,
        about_id=about.id if about else None, consultation_id=consultation.id if consultation else None,
    )  # fmt: skip
    put_down(letter, door=door, kind=kind, text=text, title=title, village=village, may_publish=may_publish)
    db.session.add(letter)
    db.session.flush()
    if contact and not is_anonymous:
        set_contact(letter, **contact)
    receipts.give(letter)
    deadlines.start(letter, deadlines.WHOLE, days_for(letter), consultation.ends_on if consultation else on)
    search.index(letter)
    return letter


def hand_over(letter_id: int, device: str) -> None:
    """Let the phone that is answered now have what its first tap made: that answer, with its cookie, may be lost."""
    theirs = update(Item).where(Item.id == letter_id, Item.device_id.is_not(None)).values(device_id=device)
    db.session.execute(theirs.execution_options(synchronize_session=False))


def put_down(
    letter: Letter, *, door: str, kind: str, text: str, title: str, village: Org | None, may_publish: bool
) -> None:
    """Write into the letter what was said, and what follows from it."""
    letter.door, letter.kind, letter.text, letter.title = door, kind, text, title or begin(text)
    letter.public_title, letter.public_text = mask(letter.title), mask(text)
    letter.from_org_id = village.id if village else None
    letter.may_publish = may_publish and kind not in ALWAYS_PRIVATE
    letter.danger = danger.danger_in(f"{title}\n{text}")


def sent_today(text: str, me: Me | None, device: str | None) -> receipts.Receipt | None:
    """The receipt of the letter with these very words that this person or phone sent within a day."""
    if not text or not (me or device):
        return None
    whose = Item.author_id == me.id if me else Item.device_id == device
    same = select(Letter.id).where(whose, Item.created_at > now() - ONE_DAY, Item.text == text)
    found = db.session.scalar(same.where(Item.state != State.withdrawn).order_by(Letter.id.desc()).limit(1))
    return receipts.of([found]).get(found) if found else None


def usual_kind(door: str) -> str:
    """What a letter is taken for that came by that door and says nothing of its kind."""
    is_opinion = door in (Door.suggestion_box, Door.consultation)
    return (Kind.suggestion if is_opinion else Kind.question).value


def next_steps(letter: Item) -> list[tuple[str, str]]:
    """What is done with a letter that has come, and by when, as its receipt says."""
    unit = letter.org.short_name
    if isinstance(letter, Letter) and letter.door == Door.consultation:
        return [(f"{unit}一条一条看", ""), ("公布采纳了什么，没采纳的为什么", "")]
    return [(f"{unit}看过，交给办的单位", "1 个工作日内"), ("答复您", "")]


def begin(text: str) -> str:
    """The title of a letter that got none: how it begins."""
    line = text.strip().split("\n", 1)[0]
    return line[:BEGINNING] + "…" * (len(line) > BEGINNING) if line else "一段录音"


def days_for(letter: Letter) -> int:
    """How many working days its answer may take."""
    name = letter.door if letter.door == Door.mailbox else letter.kind
    return deadlines.allowed(f"letter.{name}", DAYS[name])


def receiver_of(door: str, village: Org | None, county: Org) -> int:
    """The id of the org that receives what comes by that door from the village: its town, or the county."""
    if door == Door.mailbox or village is None or village.kind == OrgKind.county:
        return county.id
    above = [*ancestors(village), village.id]
    return above[1] if len(above) > 1 else county.id


def places(path: str) -> list[Choice]:
    """The towns, villages and communities at and below `path` that somebody may be from, by town; at the end none."""
    known = memory()
    key = ("places to be from", path)
    if key not in known:
        found = select(Org).where(below(path), Org.kind.in_(PLACES)).order_by(Org.id)
        known[key] = _by_town(list(db.session.scalars(found)))
    choices: list[Choice] = known[key]
    return choices


def _by_town(orgs: list[Org]) -> list[Choice]:
    towns = {each.path: each.short_name for each in orgs if each.kind == OrgKind.town}
    grouped: dict[str, list[Choice]] = {}
    for org in orgs:
        town = next((name for path, name in towns.items() if org.path.startswith(path)), "村和社区")
        label = f"{org.short_name}（不说哪个村）" if org.kind == OrgKind.town else org.short_name
        grouped.setdefault(town, []).append(Choice(org.id, label, optgroup=town))
    return [each for options in grouped.values() for each in options]
