"""What people say under an item. All stays as written; pages show the masked copies once a clerk let it through."""

from datetime import datetime, timedelta

from flask import abort
from sqlalchemy import ColumnElement, Index, Select, and_, func, or_, select, update
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from wdj.core.clock import now
from wdj.core.db import Model, db, references
from wdj.core.items import Item, record
from wdj.core.orgs import Org, below
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.privacy import mask

REASONS = ("与本篇无关", "有别人的隐私", "有辱骂的话", "像是广告", "重复发了", "说法不实")
FLOOD_DEVICE, FLOOD_ITEM = 5, 60


class Comment(Model):
    """States: pending, shown, refused (with `reason`). `official`: said by a clerk of the item's org or above."""

    __tablename__ = "comments"
    __table_args__ = (Index("ix_comments_item", "item_id", "state", "id"), Index("ix_comments_queue", "state", "id"))

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
    """Show or refuse a comment. 403 for a foreign org, 409 if somebody has just decided the same."""
    if not may_moderate(me, said.item):
        abort(403)
    before = said.state
    changed = db.session.execute(
        update(Comment)
        .where(Comment.id == said.id, Comment.state == before, Comment.state != state)
        .values(state=state, reason=reason, checked_by=me.id)
        .returning(Comment.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if changed is None:
        abort(409)
    _count(said.item_id, (state == "shown") - (before == "shown"))
    label = "评论通过" if state == "shown" else "评论不显示"
    record(f"comment_{state}", label, me, note=reason, item_id=said.item_id)


def _count(item_id: int, more: int) -> None:
    if more:
        counted = update(Item).where(Item.id == item_id).values(comment_count=Item.comment_count + more)
        db.session.execute(counted.execution_options(synchronize_session=False))


def too_many(device: str, item_id: int) -> bool:
    """True if this device, or everybody together under this item, said too much in ten minutes.

    Counted by device and item, not by address: a whole village shares one address of its carrier.
    """
    since = now() - timedelta(minutes=10)
    recent = select(func.count()).select_from(Comment).where(Comment.at > since)
    by_device = db.session.scalar(recent.where(Comment.device_id == device)) or 0
    on_item = db.session.scalar(recent.where(Comment.item_id == item_id)) or 0
    return by_device >= FLOOD_DEVICE or on_item >= FLOOD_ITEM


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


def waiting_for(me: Me) -> Select[Comment]:
    """The moderation queue of this person: pending comments under items of their orgs, oldest first."""
    found = select(Comment).join(Comment.item).options(contains_eager(Comment.item))
    return found.where(_waits_for(me)).order_by(Comment.id)


def count_waiting(me: Me, most: int) -> int:
    """How many comments wait for this person, counted to `most` and no further."""
    return len(db.session.scalars(select(Comment.id).join(Comment.item).where(_waits_for(me)).limit(most)).all())


def _waits_for(me: Me) -> ColumnElement[bool]:
    mine = [Item.org_id.in_(select(Org.id).where(below(g.path))) for g in me.grants if g.role in WRITER_ROLES]
    return and_(Comment.state == "pending", or_(False, *mine))


def forget_comments(device: str) -> None:
    """Cut the tie between a device and what it said; the words stay where they are."""
    db.session.execute(update(Comment).where(Comment.device_id == device).values(device_id=None))
