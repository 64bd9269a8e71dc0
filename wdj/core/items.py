"""One base table for everything people post or handle, its log, and the only predicate of who may see it."""

from collections.abc import Container
from datetime import date, datetime
from typing import ClassVar, TypeVar

from flask import abort
from sqlalchemy import ColumnElement, ForeignKey, Index, Select, or_, select
from sqlalchemy.orm import Mapped, contains_eager, joinedload, mapped_column, relationship

from wdj.core.clock import local, now
from wdj.core.db import Model, db, references
from wdj.core.fresh import memory
from wdj.core.orgs import Org, below
from wdj.core.people import READER_ROLES, Me, Person

T = TypeVar("T", bound="Item")
# How a clerk got what they write down for somebody, and its words.
SOURCES = {
    "telephone": "电话", "counter": "窗口", "paper": "纸条、来信", "wechat": "微信", "sms": "短信", "visit": "上门",
    "weibo": "微博",
}  # fmt: skip


class Item(Model):
    """What a post, a letter, a lesson have in common. `text` stays as written (原汁原味); pages show `public_*`."""

    __tablename__ = "items"
    __table_args__: tuple[Index, ...] = (
        Index("ix_items_public", "org_id", "is_public", "published_at", "id"),
        Index("ix_items_work", "type", "state", "org_id", "id"),
        Index("ix_items_created", "type", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str]
    kind: Mapped[str]
    org_id: Mapped[int] = references("orgs.id")
    state: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    is_public: Mapped[bool] = mapped_column(default=False)
    author_id: Mapped[int | None] = references("people.id", index=True)
    device_id: Mapped[str | None] = mapped_column(index=True)
    """The device it was sent from, where nobody was signed in."""
    source: Mapped[str] = mapped_column(default="web", server_default="web")
    """By what way it came: web, or how a clerk got it who wrote it down (代录): one of SOURCES."""
    recorder_id: Mapped[int | None] = references("people.id", index=True)
    """The clerk who wrote it down for somebody."""
    handler_org_id: Mapped[int | None] = references("orgs.id", index=True)
    """The unit that it was given to. Who reads for that unit sees it, wherever it stands."""
    title: Mapped[str]
    text: Mapped[str]
    public_title: Mapped[str] = mapped_column(default="")
    public_text: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    published_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    """By when who has it on the desk should have moved it on; overdue is derived from it, never stored."""
    closed_at: Mapped[datetime | None]
    like_count: Mapped[int] = mapped_column(default=0)
    comment_count: Mapped[int] = mapped_column(default=0)

    org: Mapped[Org] = relationship(lazy="raise", foreign_keys=[org_id])
    handler_org: Mapped[Org | None] = relationship(lazy="raise", foreign_keys=[handler_org_id])

    __mapper_args__ = {"polymorphic_on": "type"}  # noqa: RUF012

    keeps_originals: ClassVar[bool] = False
    """Whether a recording stays as it came too, for who handles the item."""
    shows_files: ClassVar[bool] = True
    """Whether what hangs on it is as public as the item; else only pictures are that a clerk has shown."""

    @classmethod
    def type_name(cls) -> str:
        """The discriminator of this type: what `type` holds."""
        return str(cls.__mapper_args__["polymorphic_identity"])

    @property
    def org_path(self) -> str:
        return self.org.path

    @property
    def handler_path(self) -> str:
        """The path of the unit that it was given to; empty where it was given to none."""
        return self.handler_org.path if self.handler_org_id and self.handler_org else ""

    @property
    def came_on(self) -> date:
        """The day on which it was received; types that may be written down later say which."""
        return local(self.created_at).date()

    @property
    def goes_out_at(self) -> datetime | None:
        """When it goes out by itself; types that wait for a time say so."""
        return None

    @property
    def changed_at(self) -> datetime | None:
        """When what everybody reads was last changed; types that are revised after they went out say so."""
        return self.published_at


class Event(Model):
    """One line per thing that happened, never changed. `note` is the reason given by a person."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_item", "item_id", "id"), Index("ix_events_about", "about_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    action: Mapped[str]
    label: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    about_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    org_id: Mapped[int | None] = mapped_column(ForeignKey("orgs.id"))


def record(action: str, label: str, by: Me | None, *, note: str = "", **what: int | None) -> Event:
    """Add one Event to the session; `what` names item_id, about_id (a person) or org_id."""
    event = Event(action=action, label=label, note=note, person_id=by.id if by and by.id else None, **what)
    db.session.add(event)
    return event


def visible_to(me: Me | None) -> ColumnElement[bool]:
    """The SQL predicate of what `me` may see: what is public, what is theirs, and what their grants cover."""
    return or_(Item.is_public.is_(True), theirs(me)) if me else Item.is_public.is_(True)


def theirs(me: Me) -> ColumnElement[bool]:
    """The same without what everybody may see."""
    return or_(Item.author_id == me.id, Item.recorder_id == me.id, under(me))


def under(me: Me, roles: Container[str] = READER_ROLES) -> ColumnElement[bool]:
    """The condition on Item of an org's having it, or having it in hand, for which this person has one of the roles."""
    seen: list[ColumnElement[bool]] = []
    for grant in me.grants:
        if grant.role in roles:
            orgs = select(Org.id).where(below(grant.path))
            seen += [Item.org_id.in_(orgs), Item.handler_org_id.in_(orgs)]
    return or_(False, *seen)


def keeps_originals(type_name: str | None) -> bool:
    """Whether recordings on items of that type stay as they came."""
    known = Item.__mapper__.polymorphic_map.get(type_name)
    return known is not None and known.class_.keeps_originals


def types_that_keep_files_back() -> list[str]:
    """The types of which everybody sees only those files that a clerk has shown."""
    known = Item.__mapper__.polymorphic_map.items()
    return [name for name, mapper in known if not mapper.class_.shows_files]


def get_visible_or_404(cls: type[T], item_id: int, me: Me | None) -> T:
    """Return the item with its org loaded. The lookup is the permission: invisible is missing."""
    found = with_orgs(cls).where(cls.id == item_id, visible_to(me))
    return db.session.scalars(found).one_or_none() or abort(404)


def with_orgs(cls: type[T]) -> Select[T]:
    """A Select of items with their org, and with the unit that each was given to."""
    return select(cls).join(cls.org).options(contains_eager(cls.org), joinedload(cls.handler_org))


def hold(item_id: int) -> None:
    """Keep other writers from the item until the commit, on PostgreSQL as SQLite does: for read, compare, write."""
    db.session.execute(select(Item.id).where(Item.id == item_id).with_for_update())


def read_or_404(cls: type[T], item_id: int, me: Me | None) -> T:
    """The same for pages that only read: what is public is read once for everybody, until the next commit.

    Nothing of `me` is in what is remembered: the question asked is what a stranger may see.
    """
    known = memory()
    key = ("public", cls, item_id)
    if key not in known:
        found = with_orgs(cls).where(cls.id == item_id, visible_to(None))
        item = db.session.scalars(found).one_or_none()
        if item is None:  # not remembered: anybody can invent numbers
            return get_visible_or_404(cls, item_id, me) if me else abort(404)
        for each in {item, item.org, item.handler_org} - {None}:  # its org may have it in hand itself
            db.session.expunge(each)
        known[key] = item
    public: T = known[key]
    return public


def events_of(item_id: int) -> Select[Event, str]:
    """A Select of (Event, name of who did it or None) of one item, oldest first."""
    return (
        select(Event, Person.name)
        .outerjoin(Person, Person.id == Event.person_id)
        .where(Event.item_id == item_id)
        .order_by(Event.id)
    )
