"""How much may be sent to a campaign in a few minutes. A village shares one address, so bounds by network are wide."""

from datetime import timedelta

from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.people import Me
from wdj.core.session import device_id, me, network
from wdj.core.throttle import count, wait_so_far
from wdj.modules.campaigns.models import Campaign, sent_lately, times_of_newest

FLOOD_DEVICE, FLOOD_CAMPAIGN, FLOOD_MINUTES = 5, 120, 10
# Files in 15 minutes from one network: of phones without a cookie, and of those that say they have been here.
FILES_OF_NEW, FILES_OF_KNOWN = 60, 240


def too_many(campaign: Campaign, me: Me | None, device: str | None) -> bool:
    """True if this device or person, or all phones together to this campaign, sent too much in ten minutes.

    Who is signed in is known by name, and no flood of others holds them up.
    """
    lately = sent_lately(FLOOD_MINUTES, device=device, author_id=me.id if me else None)
    if len(db.session.scalars(lately.limit(FLOOD_DEVICE)).all()) >= FLOOD_DEVICE:
        return True
    return me is None and _is_flooded(campaign.id)


def _is_flooded(campaign_id: int) -> bool:
    times = db.session.scalars(times_of_newest(campaign_id, FLOOD_CAMPAIGN)).all()
    return len(times) == FLOOD_CAMPAIGN and min(times) > now() - timedelta(minutes=FLOOD_MINUTES)


def files_key() -> tuple[str, int] | None:
    """Under what this request's files are counted, and how many are taken in 15 minutes; None for the signed-in.

    To be asked before the answer gives a phone its cookie.
    """
    if me():
        return None
    return (f"files {network()}", FILES_OF_KNOWN) if device_id() else (f"first files {network()}", FILES_OF_NEW)


def must_wait(key: tuple[str, int] | None) -> bool:
    """True if that network sent too many files; asked before any of them is kept."""
    return key is not None and wait_so_far(dict([key])) > 0


def count_files(key: tuple[str, int] | None, files: int) -> None:
    """Note that so many were kept, in this transaction."""
    if key:
        for _ in range(files):
            count(key[0])
