"""Every wording of a post that was saved, so that nobody changes public words unseen."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Select, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import now
from wdj.core.db import Model, db, references
from wdj.core.items import Item
from wdj.core.people import Me, Person
from wdj.modules.feed.disclosure import Line


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


def keep(item: Item, period: str, lines: Iterable[Line], person_id: int | None, form: str = "") -> None:
    """Add the wording that the item has now, unless it is the last one already.

    What the editor `form` saves by itself takes the place of what the same one has saved before.
    """
    last = last_of(item.id)
    words = (item.title, item.text, period, [[line.label, line.fen] for line in lines])
    if last and last.form and last.form == form:
        last.title, last.text, last.period, last.lines = words
        last.at = now()
    elif last is None or last.words != words:
        title, wording, of, rows = words
        db.session.add(
            Revision(
                item_id=item.id, number=last.number + 1 if last else 1, person_id=person_id, form=form,
                title=title, text=wording, period=of, lines=rows,
            )
        )  # fmt: skip
    elif not form:
        last.form = ""
    db.session.flush()


def base_of(item_id: int, me: Me) -> int:
    """Number of the last wording that somebody meant to save, or that another's editor saved by itself; 0 for none."""
    meant = or_(Revision.form == "", Revision.person_id != me.id)
    numbers = select(Revision.number).where(Revision.item_id == item_id, meant)
    return db.session.scalar(numbers.order_by(Revision.number.desc()).limit(1)) or 0


def saved_by(item_id: int, form: str) -> bool:
    """True if nobody has changed the words since this open editor saved them by itself."""
    last = last_of(item_id)
    return bool(form) and last is not None and last.form == form


def all_of(item_id: int, before: int | None = None) -> Select[Revision, str]:
    """(wording, name of who saved it) of an item, newest first, those below the number `before`."""
    rows = select(Revision, Person.name).outerjoin(Person, Person.id == Revision.person_id)
    rows = rows.where(Revision.item_id == item_id)
    return (rows.where(Revision.number < before) if before else rows).order_by(Revision.number.desc())


def numbered(item_id: int, number: int) -> Revision | None:
    return db.session.scalar(select(Revision).where(Revision.item_id == item_id, Revision.number == number))
