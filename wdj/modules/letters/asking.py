"""A letter comes in: where it goes, by when it is due, and what its sender holds in hand."""

from wdj.core import deadlines, receipts, search
from wdj.core.contacts import Contact
from wdj.core.db import db
from wdj.core.items import Item
from wdj.core.orgs import Kind as OrgKind
from wdj.core.orgs import Org, ancestors
from wdj.core.people import Me
from wdj.core.privacy import mask
from wdj.modules.letters.models import ALWAYS_PRIVATE, Door, Letter, State
from wdj.modules.letters.rules import DAYS

BEGINNING = 24  # characters of the words that stand as its title where it got none


def post(
    *, door: str, kind: str, text: str, title: str = "", village: Org | None, may_publish: bool = False,
    is_anonymous: bool = False, me: Me | None = None, device: str | None = None, source: str = "web",
    recorder: Me | None = None, contact: dict[str, str] | None = None, about: Item | None = None,
    to: Org,
) -> Letter:  # fmt: skip
    """Add a letter to the org `to` with its receipt, its clock and how to reach who sent it; returns it with its id.

    Of who is anonymous nothing is kept: no account, no device, no name and no number.
    """
    title = title or begin(text)
    letter = Letter(
        org=to, org_id=to.id, kind=kind, state=State.posted, door=door, source=source, title=title, text=text,
        public_title=mask(title), public_text=mask(text), from_org_id=village.id if village else None,
        may_publish=may_publish and kind not in ALWAYS_PRIVATE, is_anonymous=is_anonymous,
        author_id=me.id if me and not (recorder or is_anonymous) else None,
        device_id=None if is_anonymous or me else device, recorder_id=recorder.id if recorder else None,
        about_id=about.id if about else None,
    )  # fmt: skip
    db.session.add(letter)
    db.session.flush()
    if contact and not is_anonymous:
        db.session.add(Contact(item_id=letter.id, **contact))
    receipts.give(letter)
    deadlines.start(letter, deadlines.WHOLE, days_for(letter))
    search.index(letter)
    return letter


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
