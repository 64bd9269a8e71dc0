"""What is said in a letter after its own words: questions back, answers, drafts of them, and what people thought."""

from datetime import datetime

from sqlalchemy import Index, PrimaryKeyConstraint, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import now
from wdj.core.db import Model, references


class Message(Model):
    """One turn of the talk. `kind`: answer, ask_more (a clerk asks), more (the answer to that), again (asked anew)."""

    __tablename__ = "letter_messages"
    __table_args__ = (Index("ix_letter_messages_letter", "letter_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = references("letters.id", delete="CASCADE")
    kind: Mapped[str]
    round: Mapped[int] = mapped_column(default=1)
    text: Mapped[str]
    public_text: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    org_id: Mapped[int | None] = references("orgs.id")
    """The unit that says it; None for the people."""
    person_id: Mapped[int | None] = references("people.id")
    """Who wrote it of the clerks, also on behalf of the people."""
    checker_id: Mapped[int | None] = references("people.id")
    is_shown: Mapped[bool] = mapped_column(default=False)
    """A clerk has looked through its public text and let it out, with the letter."""


class Draft(Model):
    """The answer that a unit is writing: one for each letter, shared by its clerks. `version` tells who was faster."""

    __tablename__ = "letter_drafts"

    letter_id: Mapped[int] = references("letters.id", delete="CASCADE", primary_key=True)
    text: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime] = mapped_column(default=now)
    person_id: Mapped[int] = references("people.id")
    """Who wrote it last."""
    editors: Mapped[str]
    """The ids of all who wrote in it, with spaces between them."""

    @property
    def writers(self) -> list[int]:
        """Everybody who has put a word into it, as it goes from hand to hand."""
        return [int(each) for each in self.editors.split()]


class Rating(Model):
    """What who asked thinks of an answer. None is "not said", and never counts as content."""

    __tablename__ = "letter_ratings"
    __table_args__ = (PrimaryKeyConstraint("letter_id", "round"),)

    letter_id: Mapped[int] = references("letters.id", delete="CASCADE")
    round: Mapped[int]
    solved: Mapped[bool | None]
    satisfaction: Mapped[int | None]
    """3 content, 2 so-so, 1 not content."""
    words: Mapped[str] = mapped_column(default="")
    way: Mapped[str]
    """receipt, account or telephone."""
    at: Mapped[datetime] = mapped_column(default=now)
    person_id: Mapped[int | None] = references("people.id")
    """The clerk who asked on the telephone."""


class Template(Model):
    """The frame of an answer, for letters of `kind` (empty: of any) in the hands of an org and those below it."""

    __tablename__ = "letter_templates"
    # One that is deleted never comes back under its number: a form that is still open means the old one.
    __table_args__ = (Index("ix_letter_templates_org_id", "org_id", "kind"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    org_id: Mapped[int] = references("orgs.id")
    kind: Mapped[str] = mapped_column(default="")
    title: Mapped[str]
    text: Mapped[str]


def talk_of(letter_id: int) -> Select[Message]:
    """Everything said in a letter after its own words, oldest first."""
    return select(Message).where(Message.letter_id == letter_id).order_by(Message.id)
