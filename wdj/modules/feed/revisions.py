"""Every wording of a post that was saved, so that nobody changes public words unseen."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, select, text
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import now
from wdj.core.db import Model, db, references


class Revision(Model):
    """One wording as it was saved, the `number`-th of its item; `lines` are [label, fen] of a disclosure."""

    __tablename__ = "revisions"
    __table_args__ = (Index("ix_revisions_item", "item_id", "number", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = references("items.id", delete="CASCADE")
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    person_id: Mapped[int | None] = references("people.id")
    form: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """The open editor that saved it by itself; empty once a person has pressed a button."""
    title: Mapped[str]
    text: Mapped[str]
    period: Mapped[str]
    lines: Mapped[list[Any]] = mapped_column(JSON)

    @property
    def words(self) -> tuple[str, str, str, list[Any]]:
        return self.title, self.text, self.period, self.lines


def last_of(item_id: int) -> Revision | None:
    """The wording that was saved last."""
    return db.session.scalar(
        select(Revision).where(Revision.item_id == item_id).order_by(Revision.number.desc()).limit(1)
    )
