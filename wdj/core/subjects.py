"""Subject pages (中心工作): what belongs to one piece of work, gathered on one page across all modules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, Select, delete, select
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from wdj.core.clock import now
from wdj.core.db import Model, db, references
from wdj.core.fresh import memory
from wdj.core.items import Item
from wdj.core.orgs import Org
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.placements import Placement, place, placed
from wdj.core.privacy import mask

OPEN, CLOSED = "open", "closed"
MOST_OFFERED = 30


class Subject(Model):
    """One piece of work of one org, open while items are still gathered. Its words stay as written."""

    __tablename__ = "subjects"
    __table_args__ = (
        Index("ix_subjects_org_id", "org_id", "state", "id"),
        Index("ix_subjects_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    org_id: Mapped[int] = references("orgs.id")
    title: Mapped[str]
    text: Mapped[str]
    state: Mapped[str] = mapped_column(default=OPEN)
    made_at: Mapped[datetime] = mapped_column(default=now)
    author_id: Mapped[int | None] = references("people.id")

    org: Mapped[Org] = relationship(lazy="raise")

    @property
    def public_title(self) -> str:
        return mask(self.title)

    @property
    def public_text(self) -> str:
        return mask(self.text)

    @property
    def where(self) -> str:
        """The list, on its org's pages, in which its items are placed."""
        return where_of(self.id)


@dataclass(frozen=True)
class Choice:
    """A subject as lists and menus name it."""

    id: int
    org_id: int
    title: str

    @property
    def public_title(self) -> str:
        return mask(self.title)


def where_of(subject_id: int) -> str:
    return f"subject-{subject_id}"


def subjects(state: str, *, org_id: int | None = None, before: int | None = None) -> Select[Subject]:
    """The subjects in `state` with their orgs, newest first; of one org, or before the id `before`."""
    found = select(Subject).join(Subject.org).options(contains_eager(Subject.org)).where(Subject.state == state)
    if org_id is not None:
        found = found.where(Subject.org_id == org_id)
    if before is not None:
        found = found.where(Subject.id < before)
    return found.order_by(Subject.id.desc())


def find_subject(subject_id: int) -> Subject | None:
    """The subject with its org, or None."""
    found = select(Subject).join(Subject.org).options(contains_eager(Subject.org)).where(Subject.id == subject_id)
    return db.session.scalars(found).one_or_none()


def open_of(org_ids: Sequence[int], most: int) -> list[Choice]:
    """The newest open subjects of these orgs, remembered until the next commit."""
    known = memory()
    key = ("open subjects", tuple(org_ids), most)
    if key not in known:
        found = select(Subject.id, Subject.org_id, Subject.title).where(Subject.org_id.in_(org_ids))
        rows = db.session.execute(found.where(Subject.state == OPEN).order_by(Subject.id.desc()).limit(most))
        known[key] = [Choice(*row) for row in rows]
    choices: list[Choice] = known[key]
    return choices


def gathered(org_id: int, subject_id: int, before: str | None = None) -> Select[int, datetime]:
    """(item id, time) of what a subject of that org shows, newest first: public items only."""
    found = placed(org_id, where_of(subject_id), before=before)
    return found.join(Item, Item.id == Placement.item_id).where(Item.is_public.is_(True))


def may_write(me: Me | None, subject: Subject) -> bool:
    """Who writes for its org or above it."""
    return me is not None and me.has(WRITER_ROLES, subject.org.path)


def gather(subject: Subject, item: Item) -> None:
    """Show the item on the subject's page, among the others by when it was published."""
    place(item, [subject.org_id], subject.where, item.published_at or now())


def let_go(subject: Subject, item_id: int) -> None:
    """Take the item off the subject's page; everywhere else it stays."""
    mine = (Placement.org_id == subject.org_id, Placement.list == subject.where, Placement.item_id == item_id)
    db.session.execute(delete(Placement).where(*mine))


def offered(me: Me | None, item: Item) -> list[tuple[int, str, bool]]:
    """(id, title, whether the item is in it) of the open subjects of one's own orgs, for who writes."""
    own = sorted({grant.org_id for grant in me.grants if grant.role in WRITER_ROLES}) if me else []
    choices = open_of(own, MOST_OFFERED) if own and item.is_public else []
    if not choices:
        return []
    known = memory()
    key = ("in subjects", item.id, tuple(own))
    if key not in known:
        known[key] = _holding(item.id, choices)
    return [(each.id, each.public_title, each.id in known[key]) for each in choices]


def _holding(item_id: int, among: Sequence[Choice]) -> set[int]:
    """The ids of those of these subjects that show the item."""
    lists = {(each.org_id, where_of(each.id)): each.id for each in among}
    mine = (Placement.org_id.in_({org_id for org_id, _ in lists}), Placement.list.in_({where for _, where in lists}))
    found = select(Placement.org_id, Placement.list).where(*mine, Placement.item_id == item_id).limit(len(lists))
    return {lists[org_id, where] for org_id, where in db.session.execute(found) if (org_id, where) in lists}
