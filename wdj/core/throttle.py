"""Counts of failures and floods, kept in the database so that all workers share them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import Row, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import now
from wdj.core.db import Model, brief_read, brief_write, db, insert_new
from wdj.core.jobs import every

WINDOW = timedelta(minutes=15)
LONGEST = 900  # seconds
PATIENCE = 2.0  # seconds that a guess waits to be counted


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


@dataclass(frozen=True)
class Bound:
    """How many failures of `key` in 15 minutes are free, and to how many seconds the wait grows after them."""

    key: str
    limit: int
    longest: int = LONGEST


def wait_of(bounds: Sequence[Bound]) -> int:
    """Return the longest wait of `bounds` in seconds, without a lock."""
    found = select(Throttle.key, Throttle.count, Throttle.last_at).where(Throttle.key.in_(_by_key(bounds)))
    with brief_read() as connection:
        return _longest(bounds, connection.execute(found).all())


def count_failure(bounds: Sequence[Bound]) -> int:
    """Count a failure under all of `bounds` in a write of its own, for a GET too.

    Returns how many seconds there were still to wait when its turn came: then it was not counted. Raises the
    database's own error where the lock stays held: a guess that cannot be counted gets no answer.
    """
    moment, keys = now(), sorted(_by_key(bounds))
    with brief_write(PATIENCE) as connection:
        for key in keys:
            connection.execute(insert_new(Throttle, key=key, count=0, since=moment, last_at=moment))
        held = select(Throttle.key, Throttle.count, Throttle.last_at).where(Throttle.key.in_(keys))
        rows = connection.execute(held.order_by(Throttle.key).with_for_update()).all()
        if wait := _longest(bounds, rows):
            return wait
        for key, times, last_at in rows:
            again = {"count": times + 1} if moment - last_at <= WINDOW else {"count": 1, "since": moment}
            connection.execute(update(Throttle).where(Throttle.key == key).values(last_at=moment, **again))
    return 0


def _by_key(bounds: Sequence[Bound]) -> dict[str, Bound]:
    return {each.key: each for each in bounds}


def _longest(bounds: Sequence[Bound], rows: Sequence[Row[str, int, datetime]]) -> int:
    known = _by_key(bounds)
    return max((_wait(times, at, known[key].limit, known[key].longest) for key, times, at in rows), default=0)


def _wait(times: int, last_at: datetime, limit: int, longest: int = LONGEST) -> int:
    if times < limit or now() - last_at > WINDOW:
        return 0
    wait = min(30 * 2 ** min(times - limit, 10), longest)
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
