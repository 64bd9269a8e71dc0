"""村务公开: what was taken in and spent, item by item, in whole fen."""

from sqlalchemy import BigInteger, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.db import Model, references


class DisclosureLine(Model):
    """One item of a disclosure: `label` as it was typed, `fen` may be negative."""

    __tablename__ = "disclosure_lines"

    post_id: Mapped[int] = references("posts.id", delete="CASCADE", primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str]
    fen: Mapped[int] = mapped_column(BigInteger)


def lines_of(post_id: int) -> Select[DisclosureLine]:
    """The items of a disclosure in their order."""
    return select(DisclosureLine).where(DisclosureLine.post_id == post_id).order_by(DisclosureLine.position)
