"""How many letters come in a few minutes before we ask back. A village shares one address, so networks have room.

Of who leaves no name nothing is counted by network: all of them count as one.
"""

from datetime import timedelta

from sqlalchemy import select

from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.items import Item
from wdj.core.people import Me
from wdj.core.session import device_id, keyed, me, network
from wdj.core.throttle import count, seconds_to_wait, wait_so_far
from wdj.modules.letters.models import Letter

# Letters of one phone or person in ten minutes.
MOST_OF_ONE, MINUTES = 8, 10
# Letters in 15 minutes from one network, after which a plain question is asked, and after which they must wait.
ASK_AFTER, STOP_AFTER = 30, 150
# Files in 15 minutes from one network: of phones without a cookie, and of those that say they have been here.
FILES_OF_NEW, FILES_OF_KNOWN = 60, 240
NAMELESS = "without a name"


def too_many(me: Me | None, device: str | None, *, nameless: bool) -> bool:
    """True if this person or phone, or for who is not signed in the whole network, sent far too many of late."""
    if me is None and seconds_to_wait(_network(nameless), STOP_AFTER):
        return True
    whose = Item.author_id == me.id if me else Item.device_id == device
    lately = (whose, Item.type == Letter.type_name(), Item.created_at > now() - timedelta(minutes=MINUTES))
    known = me is not None or device is not None
    return known and len(db.session.scalars(select(Item.id).where(*lately).limit(MOST_OF_ONE)).all()) == MOST_OF_ONE


def is_suspicious(me: Me | None, *, nameless: bool) -> bool:
    """True if so many letters come from that network that a plain question is asked first."""
    return me is None and seconds_to_wait(_network(nameless), ASK_AFTER) > 0


def count_letter(me: Me | None, *, nameless: bool) -> None:
    """Note that one was taken, in this transaction."""
    if me is None:
        count(_network(nameless))


def _network(nameless: bool) -> str:
    return f"letters {NAMELESS if nameless else network()}"


def question(nonce: str) -> tuple[str, str]:
    """A plain question that belongs to the form with this nonce, and its answer."""
    first, second = (int(keyed("question", nonce, place), 16) % 8 + 2 for place in "ab")
    return f"{first} 加 {second} 等于几", str(first + second)


def files_key(*, nameless: bool) -> tuple[str, int] | None:
    """Under what this request's files are counted, and how many are taken in 15 minutes; None for the signed-in.

    To be asked before the answer gives a phone its cookie.
    """
    if me():
        return None
    if nameless:
        return f"letter files {NAMELESS}", FILES_OF_KNOWN
    return (f"files {network()}", FILES_OF_KNOWN) if device_id() else (f"first files {network()}", FILES_OF_NEW)


def files_of(letter_id: int) -> tuple[str, int]:
    """Under what the files that come behind the receipt of that letter are counted: of nobody's network."""
    return f"letter files {letter_id}", FILES_OF_NEW


def must_wait(key: tuple[str, int] | None) -> bool:
    """True if that network sent too many files; asked before any of them is kept."""
    return key is not None and wait_so_far(dict([key])) > 0


def count_files(key: tuple[str, int] | None, files: int) -> None:
    """Note that so many were kept, in this transaction."""
    if key:
        for _ in range(files):
            count(key[0])
