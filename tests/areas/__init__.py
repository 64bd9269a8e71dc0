"""What each part of the site adds to the walks over all routes: its requests for docs/rights.md, its addresses.

A new part gets a file here with ASKS and addresses(stage), and a line below.
"""

from tests.areas import (
    campaigns,
    clock,
    desk,
    feed,
    letters_ask,
    letters_desk,
    letters_more,
    letters_public,
    letters_work,
    must_read,
    outputs,
    pages,
    people,
    receipts,
    register,
    search,
    subjects,
)
from tests.areas.ask import Asks
from tests.stage import Stage

# The feed first: it furnishes the lists that the others show.
AREAS = (
    feed,
    pages,
    desk,
    people,
    search,
    subjects,
    outputs,
    campaigns,
    register,
    must_read,
    receipts,
    letters_ask,
    letters_desk,
    letters_more,
    letters_public,
    letters_work,
    clock,
)
ASKS: Asks = {row: ask for area in AREAS for row, ask in area.ASKS.items()}


def addresses(stage: Stage) -> list[str]:
    """A url for every GET route, open to a clerk of the town."""
    return [url for area in AREAS for url in area.addresses(stage)]
