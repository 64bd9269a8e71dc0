"""The county as a tree: who stands under whom decides who sees, answers and counts what."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wdj.core.db import BytesText, Model, db, references


class Kind(StrEnum):
    county = "county"
    department = "department"
    town = "town"
    station = "station"
    village = "village"
    community = "community"
    branch = "branch"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    Kind.county: "县",
    Kind.department: "部门",
    Kind.town: "镇",
    Kind.station: "站所",
    Kind.village: "村",
    Kind.community: "社区",
    Kind.branch: "支部",
}


class Org(Model):
    """One unit. `path` holds the ids from the county down to itself, as /1/5/37/; `code` is the national one."""

    __tablename__ = "orgs"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    code: Mapped[str | None] = mapped_column(BytesText, unique=True)
    name: Mapped[str]
    short_name: Mapped[str]
    parent_id: Mapped[int | None] = references("orgs.id", index=True)
    path: Mapped[str] = mapped_column(BytesText, unique=True)
    about: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    contact: Mapped[str] = mapped_column(default="")  # the secretary's name
    moderate_before: Mapped[bool] = mapped_column(default=True)
    anonymous_comments: Mapped[bool] = mapped_column(default=True)
    check_replies: Mapped[bool] = mapped_column(default=False, server_default=false())
    """What it answers goes out when a second person has read it."""

    parent: Mapped["Org | None"] = relationship(remote_side=[id], lazy="raise")

    @property
    def label(self) -> str:
        return Kind(self.kind).label


def ancestors(org: Org) -> list[int]:
    """Return the ids of what `org` stands under, the county first; its own is not among them."""
    return [int(part) for part in org.path.strip("/").split("/")[:-1]]


def below(path: str) -> ColumnElement[bool]:
    """The condition on Org of being the one at `path` or under it: a range, so that one index answers it."""
    return and_(Org.path >= path, Org.path < path[:-1] + "0")  # "0" is the byte after "/"


def children(org: Org, *kinds: Kind) -> Select[Org]:
    """What stands directly under `org`, of `kinds` if any are named, in the order it was added."""
    rows = select(Org).where(Org.parent_id == org.id).order_by(Org.id)
    return rows.where(Org.kind.in_([kind.value for kind in kinds])) if kinds else rows


def short_names(org_ids: Iterable[int | None]) -> dict[int, str]:
    """What these orgs are called for short, by their ids."""
    ids = {each for each in org_ids if each}
    rows = db.session.execute(select(Org.id, Org.short_name).where(Org.id.in_(ids))) if ids else ()
    return {row[0]: row[1] for row in rows}


def add_org(parent: Org | None, kind: Kind, name: str, short_name: str = "", **more: Any) -> Org:
    """Add a unit under `parent` (None for the county) and return it with its id and path.

    `short_name` is `name` unless given; `more` are further columns: code, about, phone, contact.
    """
    org = Org(kind=kind.value, name=name, short_name=short_name or name, path="", **more)
    org.parent_id = parent.id if parent else None
    db.session.add(org)
    db.session.flush()
    org.path = f"{parent.path if parent else '/'}{org.id}/"
    db.session.flush()
    return org
