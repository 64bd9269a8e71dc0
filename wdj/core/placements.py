"""Which org pages show which item: one row each, so that every list is one index scan."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Index, PrimaryKeyConstraint, Select, delete, select, text, tuple_
from sqlalchemy.orm import Mapped

from wdj.core.db import Model, db, insert_new, references
from wdj.core.items import Item

# The list of the front page and of each org's page.
NEWS = "feed"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
PINNED = text("pinned_at IS NOT NULL")


class Placement(Model):
    """`item` stands in `list` on the page of `org` since `placed_at`."""

    __tablename__ = "placements"
    __table_args__ = (
        PrimaryKeyConstraint("org_id", "list", "item_id"),
        Index("ix_placements_page", "org_id", "list", "placed_at", "item_id"),
        Index("ix_placements_kind", "org_id", "list", "kind", "placed_at", "item_id"),
        Index("ix_placements_pinned", "org_id", "list", "pinned_at", sqlite_where=PINNED, postgresql_where=PINNED),
    )

    org_id: Mapped[int] = references("orgs.id")
    list: Mapped[str]
    item_id: Mapped[int] = references("items.id", index=True, delete="CASCADE")
    kind: Mapped[str]
    placed_at: Mapped[datetime]
    pinned_at: Mapped[datetime | None]


def place(item: Item, org_ids: Iterable[int], where: str, at: datetime) -> None:
    """Show `item` in the list `where` of these orgs; places it has already stay as they are."""
    for org_id in org_ids:
        db.session.execute(
            insert_new(Placement, org_id=org_id, list=where, item_id=item.id, kind=item.kind, placed_at=at)
        )


def unplace(item: Item) -> None:
    """Take `item` off every page."""
    db.session.execute(delete(Placement).where(Placement.item_id == item.id))


def placed(org_id: int, where: str, *, kind: str | None = None, before: str | None = None) -> Select[int, datetime]:
    """(item id, time) of a list, newest first, after the page mark `before`."""
    found = select(Placement.item_id, Placement.placed_at).where(Placement.org_id == org_id, Placement.list == where)
    if kind:
        found = found.where(Placement.kind == kind)
    if mark := read_mark(before):
        found = found.where(tuple_(Placement.placed_at, Placement.item_id) < tuple_(*mark))
    return found.order_by(Placement.placed_at.desc(), Placement.item_id.desc())


def mark(at: datetime, item_id: int) -> str:
    """The page mark of a row: what `before=` carries."""
    return f"{(at - EPOCH) // MICROSECOND}-{item_id}"


def read_mark(given: str | None) -> tuple[datetime, int] | None:
    """A page mark read back; None for none or for nonsense, which begins at the newest."""
    stamp, _, item_id = (given or "").partition("-")
    if not (stamp.isdecimal() and item_id.isdecimal() and len(stamp) == 16 and len(item_id) < 10):
        return None
    return EPOCH + int(stamp) * MICROSECOND, int(item_id)
