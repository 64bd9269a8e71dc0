"""How many working days things may take: as their part says, or as the county has set it."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.db import Model, db
from wdj.core.fresh import memory

MOST_DAYS = 90  # that the county may set


class Limit(Model):
    """How many working days something may take where the county has set it other than its part does."""

    __tablename__ = "limits"

    name: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[int]


def limits() -> Mapping[str, int]:
    """The working days that the county has set itself, by name; read once until the next commit."""
    known = memory()
    if "limits" not in known:
        known["limits"] = {each.name: each.days for each in db.session.scalars(select(Limit))}
    found: Mapping[str, int] = known["limits"]
    return found


def allowed(name: str, default: int) -> int:
    """How many working days the county allows for `name`, as letter.help."""
    return limits().get(name, default)


def set_limit(name: str, days: int) -> None:
    """Let what comes in from now on take so many working days."""
    db.session.merge(Limit(name=name, days=days))
