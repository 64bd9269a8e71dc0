"""What a step does to a letter beside its state: its clocks, whose hands it is in, whether it stands on the board."""

from wdj.core import deadlines
from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.items import Item
from wdj.core.orgs import Org
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.placements import unplace
from wdj.modules.letters.models import BOARD, Letter


def take(item: Item, me: Me | None, note: str) -> None:
    """It is in the hands of the unit for which `me` receives it."""
    held = (
        [each for each in me.grants if each.role in WRITER_ROLES and item.org_path.startswith(each.path)] if me else []
    )
    nearest = max(held, key=lambda grant: len(grant.path))
    item.handler_org = db.session.get_one(Org, nearest.org_id)


def sign_for(item: Item, me: Me | None, note: str) -> None:
    deadlines.stop(item, deadlines.SIGN)


def give_back(item: Item, me: Me | None, note: str) -> None:
    """Nobody has it in hand any more, and its clock runs on."""
    letter = _letter(item)
    letter.handler_org, letter.extension_days, letter.extension_reason = None, None, ""
    letter.returns += 1
    deadlines.stop(item, deadlines.SIGN)


def go_on(item: Item, me: Me | None, note: str) -> None:
    deadlines.resume(item)


def take_up(item: Item, me: Me | None, note: str) -> None:
    """It begins anew: today is its day 0."""
    whole = db.session.get(deadlines.Deadline, (item.id, deadlines.WHOLE))
    item.closed_at = None
    if whole is not None:
        deadlines.start(item, deadlines.WHOLE, whole.days)


def end(item: Item, me: Me | None, note: str) -> None:
    """Nobody has to do any more with it."""
    deadlines.stop(item)
    item.closed_at = now()


def hide(item: Item, me: Me | None, note: str) -> None:
    """It stands on no board any more."""
    unplace(item, BOARD)
    item.published_at = None


def take_back(item: Item, me: Me | None, note: str) -> None:
    end(item, me, note)
    hide(item, me, note)


def join(item: Item, me: Me | None, note: str) -> None:
    """It waits for the answer of another one, and for nothing else."""
    letter = _letter(item)
    letter.extension_days, letter.extension_reason = None, ""
    deadlines.stop(item)
    hide(item, me, note)


def part(item: Item, me: Me | None, note: str) -> None:
    """It is answered by itself again: its clock runs on as if it never had stopped."""
    letter = _letter(item)
    letter.merged_into_id = letter.handler_org = None
    deadlines.go_on(item, deadlines.WHOLE)


def _letter(item: Item) -> Letter:
    assert isinstance(item, Letter)  # noqa: S101
    return item
