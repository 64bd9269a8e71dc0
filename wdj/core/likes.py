"""One like per person or device and item, however often the tap arrives."""

from datetime import datetime

from sqlalchemy import PrimaryKeyConstraint, delete, update
from sqlalchemy.orm import Mapped

from wdj.core.clock import now
from wdj.core.db import Model, db, insert_new, references
from wdj.core.items import Item


class Like(Model):
    """`liker` is "p12" for a person, else the hash of a device."""

    __tablename__ = "likes"
    __table_args__ = (PrimaryKeyConstraint("item_id", "liker"),)

    item_id: Mapped[int] = references("items.id", delete="CASCADE")
    liker: Mapped[str]
    at: Mapped[datetime]


def like(item_id: int, liker: str) -> bool:
    """Add the like; return False if it was there. Only a new row raises the counter, in SQL."""
    new = insert_new(Like, item_id=item_id, liker=liker, at=now()).returning(Like.item_id)
    if db.session.execute(new).scalar_one_or_none() is None:
        return False
    more = update(Item).where(Item.id == item_id).values(like_count=Item.like_count + 1)
    db.session.execute(more.execution_options(synchronize_session=False))
    return True


def liked(item_id: int, liker: str | None) -> bool:
    return liker is not None and db.session.get(Like, (item_id, liker)) is not None


def forget_likes(device: str) -> None:
    """Cut the tie between a device and what it liked; the counts stay."""
    db.session.execute(delete(Like).where(Like.liker == device))
