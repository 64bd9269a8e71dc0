"""走访 and 座谈会: visits and meetings that clerks record; one may serve many letters."""

from datetime import date, datetime

from sqlalchemy import Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import now
from wdj.core.db import Model, references

KINDS = {"visit": "走访", "forum": "座谈会"}


class Forum(Model):
    """One visit or meeting of an org, for who handles letters there."""

    __tablename__ = "forums"
    __table_args__ = (Index("ix_forums_org_id", "org_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    org_id: Mapped[int] = references("orgs.id")
    kind: Mapped[str]
    held_on: Mapped[date]
    title: Mapped[str]
    place: Mapped[str]
    people: Mapped[str]
    """Who was there, as the clerk wrote it."""
    text: Mapped[str]
    person_id: Mapped[int] = references("people.id")
    version: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime] = mapped_column(default=now)


class ForumLetter(Model):
    """The letter that a visit or meeting was about."""

    __tablename__ = "forum_letters"
    __table_args__ = (PrimaryKeyConstraint("forum_id", "letter_id"),)

    forum_id: Mapped[int] = references("forums.id", delete="CASCADE")
    letter_id: Mapped[int] = references("letters.id", delete="CASCADE", index=True)
