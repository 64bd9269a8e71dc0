"""问计于民: the county asks for some weeks, the answers are letters, and what was adopted is published, and why not."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import now
from wdj.core.db import Model, references
from wdj.core.items import Item


class Consultation(Item):
    """A question of one org to everybody, open from `starts_on` to the end of `ends_on`."""

    __tablename__ = "consultations"
    __mapper_args__ = {"polymorphic_identity": "consultation"}  # noqa: RUF012

    id: Mapped[int] = references("items.id", delete="CASCADE", primary_key=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    outcome: Mapped[str] = mapped_column(default="")
    public_outcome: Mapped[str] = mapped_column(default="")
    outcome_at: Mapped[datetime | None]


class Verdict(Model):
    """Whether what a letter proposed was adopted, and why; both are told with the outcome."""

    __tablename__ = "verdicts"
    __table_args__ = (Index("ix_verdicts_consultation_id", "consultation_id", "is_adopted", "letter_id"),)

    letter_id: Mapped[int] = references("letters.id", delete="CASCADE", primary_key=True)
    consultation_id: Mapped[int] = references("consultations.id", delete="CASCADE")
    is_adopted: Mapped[bool]
    why: Mapped[str]
    public_why: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
