"""The session rules: a GET never writes, a write takes its lock first and lets go of it with its commit."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import Connection, create_engine, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.pool import NullPool
from werkzeug.test import Client

from wdj.core.clock import now
from wdj.core.db import GetWrote, UtcDateTime, brief_read, brief_write, db
from wdj.core.site import Fact
from wdj.core.throttle import Throttle

ADD = "INSERT INTO facts (name, value) VALUES ('raw', '1')"


def by_orm() -> None:
    db.session.add(Fact(name="orm", value="1"))
    db.session.flush()


def by_core_insert() -> None:
    db.session.execute(insert(Fact).values(name="core", value="1"))


def by_core_update() -> None:
    db.session.execute(update(Fact).values(value="2"))


def by_core_delete() -> None:
    db.session.execute(delete(Fact))


def by_raw_words() -> None:
    db.session.execute(text(ADD))


def by_raw_words_in_disguise() -> None:
    db.session.execute(text("WITH one AS (SELECT 1) " + ADD))


def by_the_driver() -> None:
    db.session.connection().exec_driver_sql(ADD)


def on_a_connection_for_reading() -> None:
    with brief_read() as connection:
        connection.execute(text(ADD))


WAYS = [
    by_orm, by_core_insert, by_core_update, by_core_delete, by_raw_words, by_raw_words_in_disguise, by_the_driver,
    on_a_connection_for_reading,
]  # fmt: skip


def serve(app: Flask, view: Callable[[], object], path: str = "/planted") -> Client:
    """`app` with a route that does `view`, for any method."""

    def planted() -> str:
        view()
        return "done"

    app.add_url_rule(path, path, planted, methods=["GET", "POST"])
    return app.test_client()


def facts(app: Flask) -> list[str]:
    with app.app_context():
        found = list(db.session.scalars(select(Fact.name).order_by(Fact.name)))
        db.session.remove()
        return found


@pytest.fixture
def seen(app: Flask) -> list[BaseException]:
    """What went wrong inside the requests of this test."""
    caught: list[BaseException] = []

    def note(error: BaseException) -> tuple[str, int]:
        caught.append(error)
        db.session.rollback()
        return "refused", 500

    app.register_error_handler(Exception, note)
    app.register_error_handler(DBAPIError, note)
    return caught


@pytest.mark.parametrize("write", WAYS)
def test_a_get_that_tries_to_write_is_refused(app: Flask, seen: list[BaseException], write: Callable[[], None]) -> None:
    client = serve(app, lambda: (write(), db.session.commit()))
    assert client.get("/planted").status_code == 500
    assert isinstance(seen[0], GetWrote)
    assert facts(app) == []


@pytest.mark.parametrize("write", WAYS[:-1])
def test_what_a_get_may_not_a_post_may(app: Flask, write: Callable[[], None]) -> None:
    client = serve(app, lambda: (write(), db.session.commit()))
    client.get("/planted")  # the connection that just refused to write is used again
    assert client.post("/planted", headers={"Origin": "http://localhost"}).data == b"done"


@pytest.mark.parametrize("write", WAYS)
def test_after_its_commit_a_post_may_not_write_either(
    app: Flask, seen: list[BaseException], write: Callable[[], None]
) -> None:
    def view() -> None:
        db.session.add(Fact(name="first", value="1"))
        db.session.commit()
        write()
        db.session.commit()

    client = serve(app, view)
    assert client.post("/planted", headers={"Origin": "http://localhost"}).status_code == 500
    assert isinstance(seen[0], GetWrote)
    assert facts(app) == ["first"]


def test_a_time_without_a_zone_is_refused(app: Flask) -> None:
    with app.app_context(), pytest.raises(StatementError, match="naive"):
        db.session.execute(insert(Throttle).values(key="k", count=1, since=datetime(2026, 4, 18), last_at=now()))  # noqa: DTZ001


def test_a_time_comes_back_aware_and_the_same(app: Flask) -> None:
    moment = now()
    with app.app_context():
        db.session.add(Throttle(key="k", count=1, since=moment, last_at=moment))
        db.session.commit()
        db.session.remove()
        kept = db.session.get_one(Throttle, "k").since
        assert kept == moment
        assert kept.tzinfo is not None


def test_a_server_that_lives_in_china_changes_no_hour(app: Flask) -> None:
    china, moment = timezone(timedelta(hours=8)), datetime(2026, 4, 18, 1, 30, tzinfo=UTC)
    with app.app_context():
        dialect = db.engine.dialect
        for told in (moment.astimezone(china), moment, moment.replace(tzinfo=None)):
            kept = UtcDateTime().process_result_value(told, dialect)
            assert kept is not None
            assert kept.isoformat() == "2026-04-18T01:30:00+00:00", "an hour is printed as it stands"
        assert UtcDateTime().process_result_value(None, dialect) is None
        db.session.add(Throttle(key="k", count=1, since=moment, last_at=moment))
        db.session.commit()
        if dialect.name == "postgresql":
            db.session.execute(text("SET TIME ZONE 'Asia/Shanghai'"))
        kept = db.session.scalar(select(Throttle.since))
        assert kept is not None
        assert kept.isoformat() == "2026-04-18T01:30:00+00:00"


@contextmanager
def another_writer(app: Flask) -> Iterator[Connection]:
    """Another process that holds what a writer needs: SQLite's lock, or the row on PostgreSQL."""
    engine = create_engine(app.config["WDJ_DATABASE_URL"], poolclass=NullPool)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.connection.dbapi_connection.isolation_level = None  # type: ignore[union-attr]
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.execute(text("UPDATE facts SET value = 'theirs' WHERE name = 'held'"))
        yield connection
        connection.rollback()


def try_to_take(app: Flask) -> None:
    """Another process writes the row without waiting. Raises if the lock is held."""
    engine = create_engine(app.config["WDJ_DATABASE_URL"], poolclass=NullPool)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA busy_timeout=0")
        else:
            connection.exec_driver_sql("SET lock_timeout = '50ms'")
        connection.execute(text("UPDATE facts SET value = 'mine' WHERE name = 'held'"))
        connection.commit()


@pytest.fixture
def held(app: Flask) -> Flask:
    with app.app_context():
        db.session.add(Fact(name="held", value="0"))
        db.session.commit()
    return app


def post(app: Flask, view: Callable[[], object]) -> bytes:
    return serve(app, view).post("/planted", headers={"Origin": "http://localhost"}).data


def test_a_post_that_reads_first_still_holds_the_lock_from_then_on(held: Flask) -> None:
    """Else two who read the same number would both write it back raised by one."""

    def view() -> None:
        db.session.scalars(select(Fact).where(Fact.name == "held").with_for_update()).one()
        with pytest.raises(DBAPIError):
            try_to_take(held)
        db.session.commit()

    assert post(held, view) == b"done"


def test_a_get_that_reads_holds_up_no_writer(held: Flask) -> None:
    def view() -> None:
        db.session.scalars(select(Fact)).all()
        try_to_take(held)

    assert serve(held, view).get("/planted").data == b"done"


def test_after_its_commit_a_post_reads_without_the_lock(held: Flask) -> None:
    def view() -> None:
        db.session.execute(update(Fact).values(value="1"))
        db.session.commit()
        db.session.scalars(select(Fact)).all()
        try_to_take(held)

    assert post(held, view) == b"done"


def test_a_brief_read_in_a_post_takes_no_lock(held: Flask) -> None:
    def view() -> None:
        with brief_read() as connection:
            connection.execute(select(Fact.value)).all()
            try_to_take(held)

    assert post(held, view) == b"done"


def test_a_brief_write_is_kept_though_its_get_never_commits(held: Flask) -> None:
    def view() -> None:
        with brief_write() as connection:
            connection.execute(update(Fact).values(value="brief"))

    assert serve(held, view).get("/planted").data == b"done"
    with held.app_context():
        assert db.session.scalar(select(Fact.value)) == "brief"


def test_a_brief_write_gives_up_at_once(held: Flask) -> None:
    def view() -> None:
        began = time.monotonic()
        with pytest.raises(DBAPIError), brief_write() as connection:
            connection.execute(update(Fact).values(value="mine"))
        assert time.monotonic() - began < held.config["WDJ_BUSY_MS"] / 1000 / 4

    with another_writer(held):
        assert serve(held, view).get("/planted").data == b"done"
