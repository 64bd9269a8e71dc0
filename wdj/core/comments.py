"""What people say under an item. All stays as written; pages show the masked copies once a clerk let it through."""

from collections.abc import Collection
from datetime import datetime, timedelta

from flask import abort
from sqlalchemy import ColumnElement, Index, Select, and_, func, or_, select, text, update
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from wdj.core.clock import now
from wdj.core.db import Model, db, references
from wdj.core.items import Item, hold, record
from wdj.core.orgs import Org, below
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.privacy import mask

REASONS = ("与本篇无关", "有别人的隐私", "有辱骂的话", "像是广告", "重复发了", "说法不实")
FLOOD_DEVICE, FLOOD_ITEM, FLOOD_CLERK = 5, 60, 30
_REPORTED = text("report_count > 0")


class Comment(Model):
    """States: pending, shown, refused (with `reason`). `official`: said by a clerk of the item's org or above."""

    __tablename__ = "comments"
    __table_args__ = (
        Index("ix_comments_item", "item_id", "state", "id"),
        Index("ix_comments_queue", "state", "id"),
        Index("ix_comments_reported", "state", "id", sqlite_where=_REPORTED, postgresql_where=_REPORTED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = references("items.id", delete="CASCADE")
    state: Mapped[str]
    name: Mapped[str]
    village: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    public_name: Mapped[str]
    public_village: Mapped[str] = mapped_column(default="")
    public_text: Mapped[str]
    official: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(default=now)
    person_id: Mapped[int | None] = references("people.id", index=True)
    device_id: Mapped[str | None] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(default="")
    checked_by: Mapped[int | None] = references("people.id")
    report_count: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it was reported since a clerk last decided."""

    item: Mapped[Item] = relationship(lazy="raise")

    @property
    def is_masked(self) -> bool:
        """True if pages show anything otherwise than it was written."""
        return (self.name, self.village, self.text) != (self.public_name, self.public_village, self.public_text)


def comment(item: Item, text: str, name: str, village: str, by: Me | None, device: str | None) -> Comment:
    """Add a comment: shown at once if a clerk of that org writes it or the org checks afterwards, else pending."""
    own = by is not None and by.has(WRITER_ROLES, item.org_path)
    name = by.name if by else name
    said = Comment(
        item_id=item.id,
        state="shown" if own or not item.org.moderate_before else "pending",
        name=name,
        village=village,
        text=text,
        public_name=mask(name),
        public_village=mask(village),
        public_text=mask(text),
        official=own,
        person_id=by.id if by else None,
        device_id=None if by else device,
    )
    db.session.add(said)
    db.session.flush()
    if said.state == "shown":
        _count(item.id, 1)
    return said


def may_moderate(me: Me, item: Item) -> bool:
    return me.has(WRITER_ROLES, item.org_path)


def moderate(said: Comment, state: str, me: Me, reason: str = "") -> None:
    """Show or refuse a comment, or keep one that was reported. 403 for a foreign org, 409 if it was just decided so."""
    if not may_moderate(me, said.item):
        abort(403)
    hold(said.item_id)
    before = said.state
    changed = db.session.execute(
        update(Comment)
        .where(Comment.id == said.id, Comment.state == before, or_(Comment.state != state, Comment.report_count > 0))
        .values(state=state, reason=reason, checked_by=me.id, report_count=0)
        .returning(Comment.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if changed is None:
        abort(409)
    _count(said.item_id, (state == "shown") - (before == "shown"))
    label = "评论不显示" if state == "refused" else "评论保留" if before == state else "评论通过"
    record(f"comment_{'kept' if before == state else state}", label, me, note=reason, item_id=said.item_id)


def hold_items_of(ids: Collection[int]) -> None:
    """Keep other writers from the items of these comments until the commit: in one order, lest two wait in a ring."""
    theirs = select(Comment.item_id).where(Comment.id.in_(ids))
    db.session.execute(select(Item.id).where(Item.id.in_(theirs)).order_by(Item.id).with_for_update())


def _count(item_id: int, more: int) -> None:
    if more:
        counted = update(Item).where(Item.id == item_id).values(comment_count=Item.comment_count + more)
        db.session.execute(counted.execution_options(synchronize_session=False))


def too_many(device: str | None, item: Item, by: Me | None) -> bool:
    """True if this device or person, or everybody together under this item, said too much in ten minutes.

    Counted by device and item, not by address: a whole village shares one address of its carrier. Who answers for
    the item may answer many, also while others flood it.
    """
    since = now() - timedelta(minutes=10)
    recent = select(func.count()).select_from(Comment).where(Comment.at > since)
    theirs = Comment.person_id == by.id if by else Comment.device_id == device
    own = db.session.scalar(recent.where(theirs)) or 0
    if by and may_moderate(by, item):
        return own >= FLOOD_CLERK
    return own >= FLOOD_DEVICE or (db.session.scalar(recent.where(Comment.item_id == item.id)) or 0) >= FLOOD_ITEM


def shown_on(item_id: int, before: int | None = None) -> Select[Comment]:
    """The comments that everybody sees, newest first, those before the comment `before`."""
    found = select(Comment).where(Comment.item_id == item_id, Comment.state == "shown")
    if before:
        found = found.where(Comment.id < before)
    return found.order_by(Comment.id.desc())


def said_by(device: str | None, me: Me | None) -> Select[Comment]:
    """What was said on this device, or by this person wherever they were, newest first, with its item."""
    found = select(Comment).join(Comment.item).options(contains_eager(Comment.item))
    theirs = [] if device is None else [Comment.device_id == device]
    theirs += [] if me is None else [Comment.person_id == me.id]
    return found.where(or_(False, *theirs)).order_by(Comment.id.desc())


def is_theirs(said: Comment, device: str | None, me: Me | None) -> bool:
    """The same of one comment."""
    on_device = device is not None and said.device_id == device
    return on_device or (me is not None and said.person_id == me.id)


def queue_of(me: Me, which: str = "pending") -> Select[Comment]:
    """What this person moderates under items of their orgs: pending or reported, oldest first; hidden, newest first."""
    found = select(Comment).join(Comment.item).where(_theirs(me, which))
    return found.order_by(Comment.id.desc() if which == "hidden" else Comment.id)


def count_queue(me: Me, which: str, most: int) -> int:
    """How many of these there are, counted to `most` and no further."""
    return len(db.session.scalars(select(Comment.id).join(Comment.item).where(_theirs(me, which)).limit(most)).all())


def _theirs(me: Me, which: str) -> ColumnElement[bool]:
    mine = [Item.org_id.in_(select(Org.id).where(below(g.path))) for g in me.grants if g.role in WRITER_ROLES]
    state = {"pending": "pending", "reported": "shown", "hidden": "refused"}[which]
    # Written out, not a parameter: only so SQLite finds the index of the few that were reported.
    reported = [text("comments.report_count > 0")] if which == "reported" else []
    return and_(Comment.state == state, or_(False, *mine), *reported)


def forget_comments(device: str) -> None:
    """Cut the tie between a device and what it said; the words stay where they are."""
    db.session.execute(update(Comment).where(Comment.device_id == device).values(device_id=None))
