"""What a letter is: what somebody asked, at which door, in whose hands it is, and how often it went round."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wdj.core.clock import say_day, say_when, today
from wdj.core.db import references
from wdj.core.items import Item, with_orgs
from wdj.core.orgs import Org

# The list of a page that shows letters: placements of public ones on village, town and county.
BOARD = "letters"


class Kind(StrEnum):
    question = "question"
    help = "help"
    suggestion = "suggestion"
    experience = "experience"
    dispute = "dispute"


# Kind, its label, and what it means in a few words.
KINDS = {
    Kind.help: ("求助", "遇到难处，要人帮"),
    Kind.question: ("问政策", "低保、医保、补贴、上学"),
    Kind.suggestion: ("建议", "村上、镇上、县上都行"),
    Kind.experience: ("体会", "经验、感想、表扬"),
    Kind.dispute: ("邻里矛盾", "请人来调解，只给办的人看"),
}
# What only who handles it may see, whatever was ticked: trouble between neighbours is nobody else's.
ALWAYS_PRIVATE = frozenset({Kind.dispute})
# What nobody else sees unless a clerk has looked through it as what it is.
PRIVATE = ALWAYS_PRIVATE | {Kind.help}


class Door(StrEnum):
    board = "board"
    mailbox = "mailbox"
    suggestion_box = "suggestion_box"
    about = "about"
    consultation = "consultation"


DOORS = {
    Door.board: "留言板", Door.mailbox: "县长信箱", Door.suggestion_box: "意见箱", Door.about: "看了消息来问的",
    Door.consultation: "问计于民",
}  # fmt: skip


class State(StrEnum):
    posted = "posted"
    declined = "declined"
    accepted = "accepted"
    assigned = "assigned"
    in_hand = "in_hand"
    waiting = "waiting"
    drafted = "drafted"
    answered = "answered"
    unsolved = "unsolved"
    closed = "closed"
    merged = "merged"
    withdrawn = "withdrawn"
    archived = "archived"


class Letter(Item):
    """`org` received it and sees that it is answered; `handler_org` was given it. `text` stays as written."""

    __tablename__ = "letters"

    id: Mapped[int] = references("items.id", delete="CASCADE", primary_key=True)
    door: Mapped[str]
    received_on: Mapped[date] = mapped_column(default=today, index=True)
    """The day it came; what a clerk wrote down for somebody may have come before it was written down."""
    from_org_id: Mapped[int | None] = references("orgs.id")
    """The village it comes from; None where that was not said."""
    about_id: Mapped[int | None] = references("items.id", index=True)
    """The post that it asks about."""
    consultation_id: Mapped[int | None] = references("consultations.id", index=True)
    merged_into_id: Mapped[int | None] = references("letters.id", index=True)
    is_anonymous: Mapped[bool] = mapped_column(default=False)
    """Sent without a name: then it has no author, no device and no contact either."""
    may_publish: Mapped[bool] = mapped_column(default=False)
    """Whoever wrote it lets others read it, without name and number."""
    shows_media: Mapped[bool] = mapped_column(default=False)
    """Its photos and transcripts stand with its public words: those that a clerk has looked at, see Media.is_shown."""
    danger: Mapped[str] = mapped_column(default="")
    """The kind of danger that its words tell of; empty for none."""
    round: Mapped[int] = mapped_column(default=1)
    """2 after it was asked again, or found not solved."""
    returns: Mapped[int] = mapped_column(default=0)
    """How often a unit has given it back."""
    is_ruled: Mapped[bool] = mapped_column(default=False)
    """The county has decided whose it is: it cannot be given back any more."""
    extension_days: Mapped[int | None]
    """Working days that its unit asks for; None where nothing is asked."""
    extension_reason: Mapped[str] = mapped_column(default="")
    mediator: Mapped[str] = mapped_column(default="")
    agreement: Mapped[str] = mapped_column(default="")
    """What the neighbours agreed on."""
    answered_at: Mapped[datetime | None]
    told_org_id: Mapped[int | None] = references("orgs.id", index=True)
    """The unit above that was told that an answer solved nothing, until it has looked into it."""

    from_org: Mapped[Org | None] = relationship(lazy="raise", foreign_keys=[from_org_id])

    keeps_originals, shows_files = True, False

    __mapper_args__ = {"polymorphic_identity": "letter", "inherit_condition": id == Item.id}  # noqa: RUF012

    @property
    def came_on(self) -> date:
        return self.received_on

    @property
    def came(self) -> str:
        """When it was received, in words: the day alone of what was written down later."""
        at_once = self.received_on == super().came_on
        return say_when(self.created_at) if at_once else say_day(self.received_on)

    @property
    def asks(self) -> bool:
        """Its unit has asked for more days, and nobody has decided on that yet."""
        return self.extension_days is not None


def merged_into(letter_id: int) -> Select[Letter]:
    """The letters that are answered together with this one, oldest first."""
    return with_orgs(Letter).where(Letter.merged_into_id == letter_id).order_by(Letter.id)


def waiting_for(letter_id: int) -> Select[Letter]:
    """Those of them that its answer will answer: one that was asked again since goes its own way."""
    return merged_into(letter_id).where(Item.state == State.merged)
