"""Counts of failures and floods, kept in the database so that all workers share them."""

from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import now
from wdj.core.db import Model, db, insert_new
from wdj.core.jobs import every

WINDOW = timedelta(minutes=15)


class Throttle(Model):
    """How often something happened since `since`."""

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime]
    last_at: Mapped[datetime]


def seconds_to_wait(key: str, limit: int, *, longest: int = 900) -> int:
    """Return how many seconds `key` must still wait: 0 below `limit` in 15 minutes, then 30 s doubling to `longest`.

    Whoever else asks for `key` waits until this transaction ends, so that many guesses at once count as many.
    """
    row = _locked(key)
    if row.count < limit or now() - row.last_at > WINDOW:
        return 0
    wait = min(30 * 2 ** min(row.count - limit, 10), longest)
    return max(0, ceil((row.last_at + timedelta(seconds=wait) - now()).total_seconds()))


def count(key: str) -> int:
    """Count one more happening of `key` in this transaction; return how many since the window began."""
    row, moment = _locked(key), now()
    if moment - row.last_at > WINDOW:
        row.count, row.since = 0, moment
    row.count, row.last_at = row.count + 1, moment
    db.session.flush()
    return row.count


def _locked(key: str) -> Throttle:
    moment = now()
    db.session.execute(insert_new(Throttle, key=key, count=0, since=moment, last_at=moment))
    return db.session.get_one(Throttle, key, populate_existing=True, with_for_update=True)


def forget(key: str) -> None:
    db.session.execute(delete(Throttle).where(Throttle.key == key))


@every(60)
def forget_old() -> None:
    db.session.execute(delete(Throttle).where(Throttle.last_at < now() - timedelta(hours=24)))
