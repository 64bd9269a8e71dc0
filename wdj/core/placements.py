"""Which org pages show which item: one row each, so that every list is one index scan."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Index, PrimaryKeyConstraint, Select, delete, select, text, tuple_, update
from sqlalchemy.orm import Mapped

from wdj.core.db import Model, db, insert_new, references
from wdj.core.items import Item

# The list of the front page and of each org's page.
NEWS = "feed"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
PINNED = text("pinned_at IS NOT NULL")
MOST_PINNED = 3


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


def unplace(item: Item, where: str | None = None, *, but: Collection[int] = ()) -> None:
    """Take `item` off every page, or out of the list `where` alone; in either case not off those of the orgs `but`."""
    gone = delete(Placement).where(Placement.item_id == item.id, Placement.org_id.not_in(but))
    db.session.execute(gone.where(Placement.list == where) if where else gone)


def sort(item: Item) -> None:
    """Let it stand under its kind wherever it stands: that has changed."""
    db.session.execute(update(Placement).where(Placement.item_id == item.id).values(kind=item.kind))


def pinned(org_id: int, where: str) -> Select[int]:
    """The ids of what stands first in a list, whatever its age: what was pinned last comes first."""
    found = select(Placement.item_id).where(Placement.org_id == org_id, Placement.list == where)
    return found.where(Placement.pinned_at.is_not(None)).order_by(Placement.pinned_at.desc()).limit(MOST_PINNED)


def standing(item_id: int, org_ids: Collection[int], where: str = NEWS) -> list[tuple[int, bool]]:
    """(org id, whether it is pinned there) of those of these orgs on whose page the item stands."""
    if not org_ids:
        return []
    found = select(Placement.org_id, Placement.pinned_at.is_not(None)).where(
        Placement.item_id == item_id, Placement.list == where, Placement.org_id.in_(org_ids)
    )
    return [(org_id, bool(is_pinned)) for org_id, is_pinned in db.session.execute(found)]


def pin(item_id: int, org_id: int, at: datetime | None, where: str = NEWS) -> bool:
    """Pin the item on that page, or with None let it go; False if it stands there no more or was so already."""
    place = (Placement.item_id == item_id, Placement.org_id == org_id, Placement.list == where)
    other = Placement.pinned_at.is_(None) if at else Placement.pinned_at.is_not(None)
    moved = update(Placement).where(*place, other).values(pinned_at=at).returning(Placement.item_id)
    return db.session.scalar(moved) is not None


def placed(
    org_id: int, where: str, *, kind: str | None = None, before: str | None = None, unpinned: bool = False
) -> Select[int, datetime]:
    """(item id, time) of a list, newest first, after the page mark `before`; `unpinned`: without what is pinned."""
    found = select(Placement.item_id, Placement.placed_at).where(Placement.org_id == org_id, Placement.list == where)
    if unpinned:
        found = found.where(Placement.pinned_at.is_(None))
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
