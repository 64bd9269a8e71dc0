"""What a campaign is: a call with its dates; what people send in answer to it; how many came from where."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Index, PrimaryKeyConstraint, Select, select
from sqlalchemy.orm import Mapped, contains_eager, joinedload, mapped_column, relationship

from wdj.core.clock import now, today
from wdj.core.db import Model, references
from wdj.core.items import Item, visible_to
from wdj.core.orgs import Org, below
from wdj.core.people import Me

KIND = "campaign"  # of a campaign and of all that is sent to it: one chip, one word


class State(StrEnum):
    draft = "draft"
    submitted = "submitted"
    returned = "returned"
    planned = "planned"
    open = "open"
    closed = "closed"
    withdrawn = "withdrawn"


class Step(StrEnum):
    """The states of a contribution. `kept`: counted and not shown, in a campaign that shows only what is chosen."""

    waiting = "waiting"
    shown = "shown"
    kept = "kept"
    chosen = "chosen"
    refused = "refused"
    taken_back = "taken_back"


class Campaign(Item):
    """A call of one org, open from `starts_on` to the end of `ends_on`. Words are always taken."""

    __tablename__ = "campaigns"
    __mapper_args__ = {"polymorphic_identity": "campaign"}  # noqa: RUF012

    id: Mapped[int] = references("items.id", delete="CASCADE", primary_key=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    takes_pictures: Mapped[bool] = mapped_column(default=True)
    takes_sound: Mapped[bool] = mapped_column(default=True)
    shows_all: Mapped[bool] = mapped_column(default=True)
    """Everything that was checked is shown; else only what is chosen."""
    closing_words: Mapped[str] = mapped_column(default="")
    public_closing_words: Mapped[str] = mapped_column(default="")

    @property
    def takes_part(self) -> bool:
        """True while people may send something; by the date, whenever the job that closes it runs."""
        return self.state == State.open and today() <= self.ends_on

    @property
    def days_left(self) -> int:
        return (self.ends_on - today()).days


class Contribution(Item):
    """What one person sent to a campaign: `title` says who and how it begins; it stands under the campaign's org."""

    __tablename__ = "contributions"
    __table_args__ = (Index("ix_contributions_campaign", "campaign_id", "id"),)
    __mapper_args__ = {"polymorphic_identity": "contribution"}  # noqa: RUF012

    id: Mapped[int] = references("items.id", delete="CASCADE", primary_key=True)
    campaign_id: Mapped[int] = references("campaigns.id", delete="CASCADE")
    from_org_id: Mapped[int] = references("orgs.id")
    name: Mapped[str]
    public_name: Mapped[str]

    campaign: Mapped[Campaign] = relationship(lazy="raise", foreign_keys=[campaign_id])
    from_org: Mapped[Org] = relationship(lazy="raise", foreign_keys=[from_org_id])


class CampaignCount(Model):
    """How many contributions of one org a campaign counts; raised and lowered as they are let in and taken away."""

    __tablename__ = "campaign_counts"
    __table_args__ = (PrimaryKeyConstraint("campaign_id", "org_id"),)

    campaign_id: Mapped[int] = references("campaigns.id", delete="CASCADE")
    org_id: Mapped[int] = references("orgs.id", index=True)
    count: Mapped[int] = mapped_column(default=0)


def counts_of(campaign_id: int) -> Select[str, int]:
    """(short name, count) of the orgs that something came from, in the order of the county's list: no ranking."""
    mine = (CampaignCount.campaign_id == campaign_id, CampaignCount.count > 0)
    found = select(Org.short_name, CampaignCount.count).join(Org, Org.id == CampaignCount.org_id)
    return found.where(*mine).order_by(Org.id)


def senders(path: str) -> Select[Org]:
    """The orgs at and below `path` that people may say they are of, each town before its villages."""
    return select(Org).where(below(path)).order_by(Org.id)


def sent_to(
    campaign_id: int, states: Sequence[Step], mark: int | None = None, *, oldest_first: bool = False
) -> Select[Contribution]:
    """The contributions of a campaign in one of `states` with where they are from, those behind the id `mark`."""
    found = select(Contribution).options(joinedload(Contribution.from_org))
    found = found.where(Contribution.campaign_id == campaign_id, Item.state.in_(states))
    if mark:
        found = found.where(Contribution.id > mark if oldest_first else Contribution.id < mark)
    return found.order_by(Contribution.id if oldest_first else Contribution.id.desc())


def one_contribution(contribution_id: int, me: Me | None, device: str | None) -> Select[Contribution]:
    """The contribution with its orgs and campaign, if this person may see it or this device has sent it."""
    seen = visible_to(me)
    if device:
        seen = seen | (Item.device_id == device)
    found = select(Contribution).join(Contribution.org).options(contains_eager(Contribution.org))
    found = found.options(joinedload(Contribution.campaign), joinedload(Contribution.from_org))
    return found.where(Contribution.id == contribution_id, seen)


def times_of_newest(campaign_id: int, most: int) -> Select[datetime]:
    """When the newest `most` contributions of a campaign came."""
    found = select(Item.created_at).join(Contribution.__table__, Contribution.__table__.c.id == Item.id)
    mine = Contribution.__table__.c.campaign_id == campaign_id
    return found.where(mine).order_by(Contribution.__table__.c.id.desc()).limit(most)


def sent_lately(minutes: int, *, device: str | None = None, author_id: int | None = None) -> Select[int]:
    """Ids of what this device or person has sent in the last minutes."""
    whose = Item.device_id == device if author_id is None else Item.author_id == author_id
    since: datetime = now() - timedelta(minutes=minutes)
    return select(Item.id).where(whose, Item.type == Contribution.type_name(), Item.created_at > since)
