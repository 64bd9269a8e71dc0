"""我看过了: who has read a must-read notice, by the village's register, and who is still to be told at the door."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from unicodedata import normalize

from sqlalchemy import ColumnElement, Index, Select, UniqueConstraint, and_, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import now
from wdj.core.db import Model, db, insert_new, references
from wdj.core.orgs import Org
from wdj.core.people import WRITER_ROLES, Me, Person
from wdj.core.register import RegisterEntry, RegisterKind, entries, group_number, named
from wdj.modules.feed.aims import villages_of
from wdj.modules.feed.models import Post

MOST_TAPS, TEN_MINUTES = 30, timedelta(minutes=10)


class Acknowledgement(Model):
    """Somebody of a village has read a notice: `said` as they typed it, `entry_id` where that is one of the register.

    `reader` is "p12" for a person, "e34" for an entry that a clerk ticked, else the hash of a device, or None where
    the device was forgotten. One phone answers for many households: `household` tells them apart, and is empty for a
    person and for a tick.
    """

    __tablename__ = "acknowledgements"
    __table_args__ = (
        UniqueConstraint("item_id", "reader", "household"),
        Index("ix_acknowledgements_item", "item_id", "org_id", "entry_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = references("items.id", delete="CASCADE")
    org_id: Mapped[int] = references("orgs.id")
    entry_id: Mapped[int | None] = references("register.id", index=True)
    said: Mapped[str]
    reader: Mapped[str | None] = mapped_column(index=True)
    household: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(default=now)
    recorder_id: Mapped[int | None] = references("people.id")


@dataclass(frozen=True)
class Tally:
    """One village's figures for one notice."""

    org: Org
    registered: int
    read: int
    unmatched: int

    @property
    def left(self) -> int:
        return self.registered - self.read

    @property
    def percent(self) -> int:
        """Rounded down: 100 only when everybody has."""
        return self.read * 100 // self.registered if self.registered else 0


def acknowledge(post: Post, org_id: int, said: str, reader: str, household: str = "") -> bool:
    """Add it; return False if this reader had done so before, for this household.

    Who is meant is looked up, and told to nobody: the answer hangs on the words alone.
    """
    entry = match(org_id, said)
    new = insert_new(
        Acknowledgement, item_id=post.id, org_id=org_id, entry_id=entry and entry.id, said=said, reader=reader,
        household=household, at=now(),
    )  # fmt: skip
    return db.session.scalar(new.returning(Acknowledgement.id)) is not None


def household_of(org_id: int, said: str) -> str:
    """What one phone says only once: a village, and a name or number as it sounds, however it is typed."""
    return f"{org_id} {_plain(said)}"


def _plain(said: str) -> str:
    return "".join(normalize("NFKC", said).casefold().split())


def taps_too_often(device: str) -> bool:
    """True if this device has answered for as many households as nobody meets in ten minutes."""
    since = now() - TEN_MINUTES
    found = select(Acknowledgement.id).where(Acknowledgement.reader == device, Acknowledgement.at > since)
    return len(db.session.scalars(found.limit(MOST_TAPS)).all()) == MOST_TAPS


def match(org_id: int, said: str) -> RegisterEntry | None:
    """The one entry that `said` names exactly, households before members; None if there is none or more."""
    found = db.session.scalars(named(org_id, said)).all() or db.session.scalars(named(org_id, _plain(said))).all()
    for kind in RegisterKind:
        of_kind = [each for each in found if each.kind == kind]
        if of_kind:
            return of_kind[0] if len(of_kind) == 1 else None
    return None


def has_read(post_id: int, reader: str) -> bool:
    found = select(Acknowledgement.id).where(Acknowledgement.item_id == post_id, Acknowledgement.reader == reader)
    return db.session.scalar(found) is not None


def tick(post: Post, told: Iterable[RegisterEntry], by: Me) -> int:
    """Note that a clerk has told these at the door; return how many were new."""
    new = 0
    for entry in told:
        row = insert_new(
            Acknowledgement, item_id=post.id, org_id=entry.org_id, entry_id=entry.id, said=entry.name,
            reader=f"e{entry.id}", at=now(), recorder_id=by.id,
        )  # fmt: skip
        new += db.session.scalar(row.returning(Acknowledgement.id)) is not None
    return new


def counted_by(person: Me, post: Post) -> list[Org]:
    """The villages of the notice whose figures this person may see: all for its writers, else their own."""
    villages = villages_of(post)
    if person.has(WRITER_ROLES, post.org_path):
        return villages
    return [each for each in villages if person.has(WRITER_ROLES, each.path)]


def tallies(post: Post, villages: list[Org]) -> list[Tally]:
    """Figures of each village: households that are registered, that have read it, words that nobody has matched."""
    ids = [each.id for each in villages]
    registered = _by_org(
        select(RegisterEntry.org_id, func.count())
        .where(RegisterEntry.org_id.in_(ids), RegisterEntry.kind == RegisterKind.household, _is_there())
        .group_by(RegisterEntry.org_id)
    )
    read = _by_org(
        select(Acknowledgement.org_id, func.count(Acknowledgement.entry_id.distinct()))
        .join(RegisterEntry, RegisterEntry.id == Acknowledgement.entry_id)
        .where(_of(post, ids), RegisterEntry.kind == RegisterKind.household, _is_there())
        .group_by(Acknowledgement.org_id)
    )
    unmatched = _by_org(
        select(Acknowledgement.org_id, func.count())
        .where(_of(post, ids), Acknowledgement.entry_id.is_(None))
        .group_by(Acknowledgement.org_id)
    )
    return [
        Tally(each, registered.get(each.id, 0), read.get(each.id, 0), unmatched.get(each.id, 0)) for each in villages
    ]


def _by_org(counts: Select[int, int]) -> dict[int, int]:
    return {row[0]: row[1] for row in db.session.execute(counts)}


def _is_there() -> ColumnElement[bool]:
    return RegisterEntry.left_at.is_(None)


def _of(post: Post, org_ids: list[int]) -> ColumnElement[bool]:
    return and_(Acknowledgement.item_id == post.id, Acknowledgement.org_id.in_(org_ids))


@dataclass(frozen=True)
class Answer:
    """One acknowledgement as its clerk reads it; `clerk` is who told them at the door, or None."""

    row: Acknowledgement
    clerk: str | None


@dataclass(frozen=True)
class Line:
    """One entry of the register and how it is known to have read the notice, or None."""

    entry: RegisterEntry
    answer: Answer | None


def answers(post: Post, org_id: int) -> list[Answer]:
    """What came from one village, the first first."""
    found = (
        select(Acknowledgement, Person.name)
        .outerjoin(Person, Person.id == Acknowledgement.recorder_id)
        .where(Acknowledgement.item_id == post.id, Acknowledgement.org_id == org_id)
    )
    rows = [Answer(row, clerk) for row, clerk in db.session.execute(found)]
    return sorted(rows, key=lambda each: each.row.id)


def lines(org_id: int, kind: RegisterKind, found: list[Answer]) -> list[Line]:
    """Who is on the register, group by group as one walks them, each with their answer.

    A member who is the head of a household has answered with it.
    """
    rows = list(db.session.scalars(entries(org_id, kind)))
    by_entry = {each.row.entry_id: each for each in reversed(found) if each.row.entry_id}
    by_name: dict[str, Answer] = {}
    if kind == RegisterKind.member:
        names = Counter(each.name for each in rows)
        heads = db.session.execute(select(RegisterEntry.id, RegisterEntry.name).where(RegisterEntry.id.in_(by_entry)))
        by_name = {name: by_entry[entry_id] for entry_id, name in heads if names[name] == 1}
    ordered = sorted(rows, key=lambda each: (group_number(each.group_name), each.group_name, each.id))
    return [Line(each, by_entry.get(each.id) or by_name.get(each.name)) for each in ordered]


def forget_acknowledgements(device: str) -> None:
    """Cut the tie between a device and what it has read; that it was read stays."""
    db.session.execute(update(Acknowledgement).where(Acknowledgement.reader == device).values(reader=None))
