"""Counts of failures and floods, kept in the database so that all workers share them."""

from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import now
from wdj.core.db import Model, brief_read, db, insert_new
from wdj.core.jobs import every

WINDOW = timedelta(minutes=15)
LONGEST = 900  # seconds


class Throttle(Model):
    """How often something happened since `since`."""

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime]
    last_at: Mapped[datetime]


def seconds_to_wait(key: str, limit: int) -> int:
    """Return how many seconds `key` must still wait: 0 below `limit` in 15 minutes, then 30 s doubling to 900.

    Whoever else asks for `key` waits until this transaction ends, so that many guesses at once count as many.
    """
    row = _locked(key)
    return _wait(row.count, row.last_at, limit)


def wait_so_far(limits: dict[str, int]) -> int:
    """Return the longest wait of the keys of `limits` in seconds, without a lock.

    It spares slow work for who must wait in any case; who may go on is asked again by `seconds_to_wait`.
    """
    found = select(Throttle.key, Throttle.count, Throttle.last_at).where(Throttle.key.in_(limits))
    with brief_read() as connection:
        rows = connection.execute(found).all()
    return max((_wait(times, last_at, limits[key]) for key, times, last_at in rows), default=0)


def _wait(times: int, last_at: datetime, limit: int) -> int:
    if times < limit or now() - last_at > WINDOW:
        return 0
    wait = min(30 * 2 ** min(times - limit, 10), LONGEST)
    return max(0, ceil((last_at + timedelta(seconds=wait) - now()).total_seconds()))


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
