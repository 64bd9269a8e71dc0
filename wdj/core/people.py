"""Who works with the system and what they may do: a role counts for its org and everything below it."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wdj.core.clock import now
from wdj.core.db import Model, db, references
from wdj.core.orgs import Org, below

HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
NOBODY = HASHER.hash("nobody has this password")


class Role(StrEnum):
    member = "member"
    team_leader = "team_leader"
    village_clerk = "village_clerk"
    secretary = "secretary"
    town_clerk = "town_clerk"
    department_clerk = "department_clerk"
    county_office = "county_office"
    leader = "leader"
    it = "it"

    @property
    def label(self) -> str:
        return ROLE_LABELS[self]


ROLE_LABELS = {
    Role.member: "党员",
    Role.team_leader: "志愿服务队长",
    Role.village_clerk: "村干部",
    Role.secretary: "支部书记",
    Role.town_clerk: "镇干部",
    Role.department_clerk: "部门干部",
    Role.county_office: "县委办公室",
    Role.leader: "领导",
    Role.it: "信息技术",
}
WRITER_ROLES = frozenset(
    {Role.village_clerk, Role.secretary, Role.town_clerk, Role.department_clerk, Role.county_office}
)
REVIEWER_ROLES = frozenset({Role.town_clerk, Role.county_office})
READER_ROLES = WRITER_ROLES | {Role.leader}
STAFF_ROLES = READER_ROLES | {Role.it}
# Which roles a person may give to others, inside their own org; nobody gives more than they hold.
GIVES = {
    Role.county_office: frozenset(Role),
    Role.town_clerk: frozenset({Role.member, Role.team_leader, Role.village_clerk, Role.secretary, Role.town_clerk}),
    Role.secretary: frozenset({Role.member, Role.team_leader, Role.village_clerk}),
}
# Kinds of org for which a role makes sense.
FITS = {
    Role.village_clerk: frozenset({"village", "community"}),
    Role.secretary: frozenset({"village", "community", "branch"}),
    Role.town_clerk: frozenset({"town"}),
    Role.department_clerk: frozenset({"department", "station"}),
    Role.county_office: frozenset({"county"}),
    Role.it: frozenset({"county"}),
}


class Person(Model):
    """A member, clerk, leader or IT. Accounts are made by clerks only; `login` is what they type."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str]
    must_change: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    disabled_at: Mapped[datetime | None]

    grants: Mapped[list["Grant"]] = relationship(lazy="raise", back_populates="person", cascade="all, delete-orphan")


class Grant(Model):
    """One role of one person at one org."""

    __tablename__ = "grants"
    __table_args__ = (UniqueConstraint("person_id", "role", "org_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = references("people.id", delete="CASCADE")
    role: Mapped[str]
    org_id: Mapped[int] = references("orgs.id", index=True)

    person: Mapped[Person] = relationship(lazy="raise", back_populates="grants")
    org: Mapped[Org] = relationship(lazy="raise")


@dataclass(frozen=True)
class Held:
    """A grant as a request sees it."""

    role: Role
    org_id: int
    path: str
    org_name: str
    kind: str


@dataclass(frozen=True)
class Me:
    """The person of this request, without a database row behind it, so that it can be remembered."""

    id: int
    name: str
    login: str
    grants: tuple[Held, ...]
    must_change: bool
    login_id: int
    token_hash: str
    seen_at: datetime

    is_active = True
    is_authenticated = True
    is_anonymous = False

    def get_id(self) -> str:
        return str(self.id)

    def has(self, roles: Iterable[Role], path: str) -> bool:
        """True if one of `roles` is held at the org of `path` or above it."""
        return any(grant.role in roles and path.startswith(grant.path) for grant in self.grants)

    def has_any(self, roles: Iterable[Role]) -> bool:
        return any(grant.role in roles for grant in self.grants)

    @property
    def home(self) -> Held | None:
        """The grant that the person works in: the highest one."""
        return min(self.grants, key=lambda grant: (len(grant.path), grant.org_id), default=None)

    def may_give(self, role: Role, org: Org) -> bool:
        """True if this person may give or take `role` at `org`."""
        fits = org.kind in FITS.get(role, frozenset({org.kind}))
        return fits and any(
            role in GIVES.get(grant.role, ()) and org.path.startswith(grant.path) for grant in self.grants
        )


def check_password(password_hash: str | None, password: str) -> bool:
    """Return whether it fits. An unknown person (None) takes the same time."""
    try:
        return HASHER.verify(password_hash or NOBODY, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def new_password() -> str:
    """Return a first password that can be read out on the telephone: 12 characters in three groups."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(3))


def people_below(paths: Iterable[str]) -> Select[Person]:
    """Everyone who holds a grant at one of the orgs of `paths` or below them, by name."""
    from sqlalchemy import or_

    inside = select(Grant.person_id).join(Org, Org.id == Grant.org_id).where(or_(*(below(path) for path in paths)))
    return select(Person).where(Person.id.in_(inside)).order_by(Person.name, Person.id)


def add_person(login: str, name: str, phone: str, password_hash: str, *, must_change: bool = True) -> Person:
    """Add a person without grants to the session and return it, with its id. Logins are kept in small letters."""
    person = Person(login=login.lower(), name=name, phone=phone, password_hash=password_hash, must_change=must_change)
    db.session.add(person)
    db.session.flush()
    return person
