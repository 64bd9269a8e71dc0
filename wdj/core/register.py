"""名册: the households and members of a village, with telephones that are shown to its clerks alone."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ColumnElement, Index, Select, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import now
from wdj.core.db import Model, db, references
from wdj.core.jobs import every
from wdj.core.orgs import Kind, Org, below
from wdj.core.people import WRITER_ROLES, Me

VILLAGES = (Kind.village.value, Kind.community.value)
SHORT, LONG = 20, 100  # letters of a name, of a note
NUMERALS = "零一二三四五六七八九"
FIELDS = ("number", "name", "group_name", "phone", "people", "note")


class RegisterKind(StrEnum):
    household = "household"
    member = "member"

    @property
    def label(self) -> str:
        return {"household": "农户", "member": "党员"}[self.value]


class RegisterEntry(Model):
    """One household or member of a village. `number` is the house's or roll's; who left keeps the row."""

    __tablename__ = "register"
    __table_args__ = (
        Index("ix_register_org", "org_id", "kind", "id"),
        Index("ix_register_name", "org_id", "name"),
        Index("ix_register_number", "org_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    org_id: Mapped[int] = references("orgs.id")
    kind: Mapped[str]
    number: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    group_name: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    people: Mapped[int | None]
    note: Mapped[str] = mapped_column(default="")
    added_at: Mapped[datetime] = mapped_column(default=now)
    left_at: Mapped[datetime | None]

    @property
    def starred(self) -> str:
        """The telephone as lists show it."""
        return starred(self.phone)


class RegisterImport(Model):
    """Rows of a table that were read and wait for their clerk to take them in; gone after a day."""

    __tablename__ = "register_imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    org_id: Mapped[int] = references("orgs.id")
    kind: Mapped[str]
    person_id: Mapped[int] = references("people.id")
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """The cells by field, with `row`, the number in the file."""
    made_at: Mapped[datetime] = mapped_column(default=now, index=True)
    taken_at: Mapped[datetime | None]


def starred(phone: str) -> str:
    """`phone` with its middle hidden: 138****0001, 0917***021."""
    if len(phone) < 7:
        return "*" * len(phone)
    keep = 4 if len(phone) > 9 else 2
    return phone[:3] + "*" * (len(phone) - 3 - keep) + phone[-keep:]


def digits(phone: str) -> str:
    """The digits of a telephone as it was typed, without the country."""
    plain = phone.translate({0xFF10 + each: str(each) for each in range(10)} | {0xFF0B: "+"})
    plain = re.sub(r"[\s\-－—–()（）]", "", plain)
    return re.sub(r"^(?:\+|00)?86(?=1\d{10}$)", "", plain)


def fault_of(phone: str) -> str:
    """What is wrong with a telephone of digits, in words; empty if nothing is."""
    if not phone:
        return ""
    if not re.fullmatch(r"[0-9]+", phone):
        return "电话里有不是数字的字"
    if phone.startswith("1"):
        off = len(phone) - 11
        return f"手机号{'多' if off > 0 else '少'} {abs(off)} 位" if off else ""
    return "" if 7 <= len(phone) <= 12 else "电话位数不对"


def keeps(person: Me, org: Org) -> bool:
    """True if this person may read and write the register of `org`: its clerks, and those above it."""
    return org.kind in VILLAGES and person.has(WRITER_ROLES, org.path)


def kept_by(person: Me) -> Select[Org]:
    """The villages whose registers this person keeps, town by town."""
    inside: list[ColumnElement[bool]] = [below(grant.path) for grant in person.grants if grant.role in WRITER_ROLES]
    return select(Org).where(or_(*inside), Org.kind.in_(VILLAGES)).order_by(Org.path)


def entries(org_id: int, kind: str) -> Select[RegisterEntry]:
    """Who is on the register today, in the order in which they were written down."""
    return (
        select(RegisterEntry)
        .where(RegisterEntry.org_id == org_id, RegisterEntry.kind == kind, RegisterEntry.left_at.is_(None))
        .order_by(RegisterEntry.id)
    )


def named(org_id: int, said: str) -> Select[RegisterEntry]:
    """The entries of a village with exactly this name or number."""
    exact = or_(RegisterEntry.name == said, RegisterEntry.number == said)
    return (
        select(RegisterEntry)
        .where(RegisterEntry.org_id == org_id, RegisterEntry.left_at.is_(None), exact)
        .order_by(RegisterEntry.id)
        .limit(5)
    )


def hold_register(org_id: int) -> None:
    """Keep other writers from this register until the commit, on PostgreSQL as SQLite does."""
    db.session.execute(select(Org.id).where(Org.id == org_id).with_for_update())


def twin_of(entry: RegisterEntry) -> RegisterEntry | None:
    """Another entry of the same village and kind with the same number, or the same name where it has no number."""
    same = RegisterEntry.number == entry.number if entry.number else RegisterEntry.name == entry.name
    found = entries(entry.org_id, entry.kind).where(same)
    if entry.id is not None:
        found = found.where(RegisterEntry.id != entry.id)
    return db.session.scalars(found.limit(1)).one_or_none()


@every(60)
def forget_old_imports() -> None:
    db.session.execute(delete(RegisterImport).where(RegisterImport.made_at < now() - timedelta(days=1)))


def group_number(name: str) -> int:
    """The number of a group as people write it (三组, 第十二组, 3组), for walking them in order; 0 for none."""
    found = re.match("第?([0-9]{1,3}|[一二三四五六七八九十]{1,3})", name)
    if not found:
        return 0
    if found[1].isdecimal():
        return int(found[1])
    tens, ten, ones = found[1].rpartition("十")
    return (NUMERALS.find(tens[:1] or "一") * 10 if ten else 0) + max(0, NUMERALS.find(ones) if ones else 0)
