"""Work after the answer: rows written with their cause, carried by huey, leased so that a killed one is done again."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app
from sqlalchemy import JSON, ColumnElement, Index, and_, delete, event, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from wdj.core.absent import absent
from wdj.core.clock import now
from wdj.core.db import Model, brief_read, db

with absent("psycopg"):  # huey loads every driver that it could use, and this one is 8 MB that it never does
    from huey import SqliteHuey, crontab

TRIES = 3
LEASE = timedelta(minutes=5)
log = logging.getLogger("wdj.jobs")


class Job(Model):
    """One piece of work. States: waiting, running (until lease_until), done, failed."""

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_due", "state", "run_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    args: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(default="waiting")
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime] = mapped_column(default=now)
    run_at: Mapped[datetime] = mapped_column(default=now)
    lease_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Kind:
    run: Callable[..., None]
    failed: Callable[..., None] | None


class LeaseLost(RuntimeError):
    """The job ran longer than its lease and another runner took it over."""


KINDS: dict[str, Kind] = {}
CHORES: list[tuple[int, Callable[[], None]]] = []


def job(
    name: str, *, failed: Callable[..., None] | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as the job `name`. It does slow work first, then writes; the runner commits.

    It may run twice if the machine stops in between, so it must give the same result again.
    `failed(**args)` is called, in a transaction of its own, after the last try.
    """

    def register(run: Callable[..., None]) -> Callable[..., None]:
        KINDS[name] = Kind(run, failed)
        return run

    return register


def every(minutes: int) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a chore that the runner does every `minutes` (a divisor of 60); the runner commits."""

    def register(run: Callable[[], None]) -> Callable[[], None]:
        CHORES.append((minutes, run))
        return run

    return register


def enqueue(name: str, *, run_at: datetime | None = None, **args: Any) -> Job:
    """Add the job to the current session, so that it is committed with its cause or not at all."""
    if name not in KINDS:
        raise LookupError(name)
    row = Job(name=name, args=args, run_at=run_at or now())
    db.session.add(row)
    db.session().info.setdefault("new_jobs", []).append(row)
    return row


def due() -> list[int]:
    """Return the ids of jobs that may run now: waiting and due, or left by a killed runner."""
    with brief_read() as connection:
        return list(connection.scalars(select(Job.id).where(_free()).order_by(Job.run_at, Job.id)))


def _free() -> ColumnElement[bool]:
    moment = now()
    waiting = and_(Job.state == "waiting", Job.run_at <= moment)
    left = and_(Job.state == "running", Job.lease_until < moment)
    return or_(waiting, left)


def perform(job_id: int) -> bool:
    """Run one job if nobody else holds it; return whether it was ours and went well."""
    row = _claim(job_id)
    if row is None:
        return False
    name, args, tries = row
    try:
        KINDS[name].run(**args)
        _end(job_id, tries, state="done", ended_at=now())
        db.session.commit()
        return True
    except LeaseLost:
        db.session.rollback()
        log.warning("job %s %s took longer than its lease; another runner has it", job_id, name)
        return False
    except Exception as wrong:
        db.session.rollback()
        log.exception("job %s %s failed", job_id, name)
        _give_up_or_wait(job_id, name, args, tries, f"{type(wrong).__name__}: {wrong}"[:500])
        return False


def _claim(job_id: int) -> tuple[str, dict[str, Any], int] | None:
    taken = update(Job).where(Job.id == job_id, _free())
    row = db.session.execute(
        taken.values(state="running", tries=Job.tries + 1, lease_until=now() + LEASE).returning(
            Job.name, Job.args, Job.tries
        )
    ).one_or_none()
    db.session.commit()
    if row is None:
        return None
    if row.tries > TRIES:
        _give_up_or_wait(job_id, row.name, row.args, row.tries, "the runner was killed each time")
        return None
    return row.name, row.args, row.tries


def _end(job_id: int, tries: int, **values: Any) -> None:
    """End this try of the job. LeaseLost if it is no longer ours: what we wrote beside it must not stay then."""
    ours = update(Job).where(Job.id == job_id, Job.state == "running", Job.tries == tries)
    if db.session.execute(ours.values(lease_until=None, **values).returning(Job.id)).one_or_none() is None:
        raise LeaseLost(job_id)


def _give_up_or_wait(job_id: int, name: str, args: dict[str, Any], tries: int, error: str) -> None:
    try:
        if tries < TRIES:
            again = now() + timedelta(seconds=10 * 3**tries)
            _end(job_id, tries, state="waiting", run_at=again, error=error)
        else:
            _end(job_id, tries, state="failed", ended_at=now(), error=error)
            kind = KINDS.get(name)
            if kind and kind.failed:
                kind.failed(**args)
        db.session.commit()
    except LeaseLost:
        db.session.rollback()


def run_due() -> int:
    """Run every job that is due, here and now; return how many went well (the tests' runner)."""
    return sum(perform(job_id) for job_id in due())


@every(60)
def forget_done() -> None:
    """Jobs that went well are no news after a month; failed ones stay."""
    db.session.execute(delete(Job).where(Job.state == "done", Job.ended_at < now() - timedelta(days=30)))


def init_app(app: Flask) -> None:
    huey = SqliteHuey("wdj", filename=str(app.config["WDJ_INSTANCE"] / "jobs.db"), results=False)
    huey.storage.close()
    app.extensions["huey"] = huey

    @huey.task(name="perform")  # type: ignore[untyped-decorator]
    def carry(job_id: int) -> None:
        with app.app_context():
            perform(job_id)

    @huey.periodic_task(crontab(), name="sweep")  # type: ignore[untyped-decorator]
    def sweep() -> None:
        with app.app_context():
            for job_id in due():
                carry(job_id)

    for minutes, chore in CHORES:
        _schedule(app, huey, minutes, chore)
    app.extensions["carry"] = carry


def _schedule(app: Flask, huey: SqliteHuey, minutes: int, chore: Callable[[], None]) -> None:
    when = crontab(minute=f"*/{minutes}" if minutes < 60 else "7")

    @huey.periodic_task(when, name=chore.__qualname__)  # type: ignore[untyped-decorator]
    def run() -> None:
        with app.app_context():
            chore()
            db.session.commit()


def work(app: Flask) -> None:
    """Run jobs until told to stop: the second process beside the web server."""
    with app.app_context():
        for job_id in due():
            app.extensions["carry"](job_id)
    app.extensions["huey"].create_consumer(workers=1, periodic=True, max_delay=1.0, check_worker_health=True).run()


@event.listens_for(Session, "after_rollback")
def _forget_new_jobs(session: Session) -> None:
    session.info.pop("new_jobs", None)


@event.listens_for(Session, "after_commit")
def _carry_new_jobs(session: Session) -> None:
    """Tell the runner at once. If this is lost (a kill, a full disk), the sweep finds the rows within a minute."""
    if session.in_nested_transaction():
        return  # the end of a savepoint: nobody else sees the rows yet
    for row in session.info.pop("new_jobs", []):
        try:
            carry = current_app.extensions["carry"]
            if row.run_at > now():
                carry.schedule(args=(row.id,), eta=row.run_at)
            else:
                carry(row.id)
        except Exception:
            log.exception("job %s is left to the sweep", row.id)
