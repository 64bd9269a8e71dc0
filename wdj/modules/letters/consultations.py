"""问计于民: the county asks for some weeks, the answers are letters, and what was adopted is published, and why not."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index, Select, func, select
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import now, today
from wdj.core.db import Model, db, references
from wdj.core.items import Item, with_orgs
from wdj.modules.letters.models import Letter, State

KIND = "consultation"


class Step(StrEnum):
    """The states of a consultation."""

    draft = "draft"
    planned = "planned"
    open = "open"
    closed = "closed"
    published = "published"
    withdrawn = "withdrawn"


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

    @property
    def takes_answers(self) -> bool:
        """True while people may answer; by the date, whenever the job that closes it runs."""
        return self.state == Step.open and today() <= self.ends_on

    @property
    def days_left(self) -> int:
        return (self.ends_on - today()).days


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


# What was taken back is no answer.
COUNTED = Item.state != State.withdrawn


def answers_to(consultation_id: int, verdict: bool | None) -> Select[Letter]:
    """The letters to a consultation that were adopted, were not, or (None) were not gone through yet; by their ids."""
    found = with_orgs(Letter).outerjoin(Verdict, Verdict.letter_id == Letter.id)
    decided = Verdict.is_adopted.is_(None) if verdict is None else Verdict.is_adopted.is_(verdict)
    return found.where(Letter.consultation_id == consultation_id, COUNTED, decided).order_by(Letter.id)


def answers_counted(consultation_id: int) -> Select[int]:
    """How many letters a consultation got."""
    table = Letter.__table__
    found = select(func.count()).select_from(table).join(Item, Item.id == table.c.id)
    return found.where(table.c.consultation_id == consultation_id, COUNTED)


def verdicts_counted(consultation_id: int) -> dict[bool, int]:
    """How many were adopted, and how many were not."""
    found = select(Verdict.is_adopted, func.count()).where(Verdict.consultation_id == consultation_id)
    rows = db.session.execute(found.group_by(Verdict.is_adopted))
    return {adopted: count for adopted, count in rows}  # noqa: C416


def shown_answers(consultation_id: int, most: int) -> Select[int]:
    """The ids of the newest letters to it that everybody may read."""
    table = Letter.__table__
    found = select(table.c.id).join(Item, Item.id == table.c.id).where(Item.is_public.is_(True))
    return found.where(table.c.consultation_id == consultation_id).order_by(table.c.id.desc()).limit(most)


def told_verdicts(consultation_id: int, most: int) -> Select[int, str, bool, str]:
    """(id, title, whether adopted, why) of the letters that everybody may read, what was adopted first."""
    found = select(Item.id, Item.public_title, Verdict.is_adopted, Verdict.public_why)
    found = found.join(Verdict, Verdict.letter_id == Item.id).where(Item.is_public.is_(True))
    found = found.where(Verdict.consultation_id == consultation_id)
    return found.order_by(Verdict.is_adopted.desc(), Verdict.letter_id.desc()).limit(most)
