"""The database and its session rules: a GET reads and never writes, everything else takes the write lock first."""

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app, g, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, DateTime, Dialect, Engine, ExceptionContext, ForeignKey, MetaData, String, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, MappedColumn, ORMExecuteState, Session, mapped_column
from sqlalchemy.types import TypeDecorator

READ_ONLY = "25006"  # PostgreSQL: read_only_sql_transaction
CONNECT_SECONDS = 5  # how long PostgreSQL may take to let us in
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, kept as UTC. Naive times are refused: a wrong hour is found at once, not in print."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime never reaches the database; use clock.now()")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC, whatever zone the server was told to speak of."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


# Compared byte by byte on both databases, so that ranges of paths and codes mean the same.
BytesText = String().with_variant(String(collation="C"), "postgresql")


class Model(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012


db = SQLAlchemy(metadata=Model.metadata, session_options={"expire_on_commit": False})


def references(target: str, *, delete: str | None = None, **column: Any) -> MappedColumn[Any]:
    """A column that points at `target` ("items.id"); delete="CASCADE" goes with its parent."""
    return mapped_column(ForeignKey(target, ondelete=delete), **column)


class GetWrote(RuntimeError):
    """A GET, or a POST after its commit, tried to write. It must not: house.md §2."""


def is_writing() -> bool:
    """True where the current session may write: jobs, CLI, and an unsafe request before its commit."""
    if not has_request_context():
        return True
    return request.method not in SAFE_METHODS and not g.get("committed", False)


def insert_new(model: type[Model], **values: Any) -> Any:
    """An INSERT … ON CONFLICT DO NOTHING for `model`, for RETURNING or rowcount."""
    dialect = sqlite if db.engine.dialect.name == "sqlite" else postgresql
    return dialect.insert(model).values(**values).on_conflict_do_nothing()


@contextmanager
def brief_read() -> Iterator[Connection]:
    """A read on its own connection that takes no write lock: for what slow work needs to know first."""
    with db.engine.connect().execution_options(wdj_reads=True) as connection:
        yield connection


@contextmanager
def brief_write(patience: float = 0.0) -> Iterator[Connection]:
    """A small write of its own, in a GET too. Gives up after `patience` seconds while the lock is held: at once where
    no answer depends on it (a login was used)."""
    with db.engine.connect().execution_options(wdj_patience=patience) as connection, connection.begin():
        yield connection


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=2000", "cache_size=-8000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _only_reads(connection: Connection) -> bool:
    options = connection.get_execution_options()
    return bool(options.get("wdj_reads")) or not (is_writing() or "wdj_patience" in options)


def _on_sqlite_begin(connection: Connection) -> None:
    raw: Any = connection.connection.dbapi_connection
    reads = _only_reads(connection)
    if connection.info.get("wdj_reads", False) != reads:
        raw.execute(f"PRAGMA query_only={'ON' if reads else 'OFF'}")
        connection.info["wdj_reads"] = reads
    if reads:
        connection.exec_driver_sql("BEGIN")
        return
    options = connection.get_execution_options()
    _begin_immediate(raw, options.get("wdj_patience", current_app.config["WDJ_BUSY_MS"] / 1000))


def _begin_immediate(raw: Any, patience: float) -> None:
    """Take the write lock, waiting up to `patience` seconds.

    SQLite's own busy handler backs off to 100 ms and starves writers; short random waits
    cut the slowest write from seconds to a tenth.
    """
    deadline = time.monotonic() + patience
    raw.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                raw.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as busy:
                if "locked" not in str(busy) or time.monotonic() > deadline:
                    raise OperationalError("BEGIN IMMEDIATE", None, busy) from busy
            time.sleep(random.uniform(0.0005, 0.003))  # noqa: S311
    finally:
        raw.execute("PRAGMA busy_timeout=2000")


def _on_postgresql_connect(connection: Any, _record: Any) -> None:
    """Wait for a lock no longer than on SQLite; PostgreSQL alone would wait for ever, as it would with 0."""
    patience = max(1, current_app.config["WDJ_BUSY_MS"])
    connection.execute("SELECT set_config('lock_timeout', %s, false)", (f"{patience}ms",))
    connection.commit()


def _on_postgresql_begin(connection: Connection) -> None:
    raw: Any = connection.connection.dbapi_connection
    raw.read_only = _only_reads(connection) or None  # goes out with BEGIN, at no cost; None leaves it to the server
    if (patience := connection.get_execution_options().get("wdj_patience")) is not None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{max(1, int(patience * 1000))}ms'")


def _on_error(context: ExceptionContext) -> BaseException | None:
    """What the database refused to a reader is a fault of ours, not a database that is read-only."""
    # By their codes: the driver of the other database is 8 MB that no worker needs.
    cause = context.original_exception
    for wrong in (cause, context.sqlalchemy_exception):
        _leave_out_values(wrong, getattr(getattr(cause, "diag", None), "message_detail", None))
    refused = getattr(cause, "sqlstate", "") == READ_ONLY or getattr(cause, "sqlite_errorname", "") == "SQLITE_READONLY"
    if refused and context.connection is not None and _only_reads(context.connection):
        return GetWrote(str(context.statement))
    return None


def _leave_out_values(wrong: BaseException | None, detail: str | None) -> None:
    """Take from an error the line in which PostgreSQL quotes the whole row, with the telephones in it."""
    if wrong is not None and detail:
        wrong.args = tuple(str(each).replace(detail, "…") for each in wrong.args)


def _on_flush(session: Session, _context: Any, _instances: Any) -> None:
    if (session.new or session.dirty or session.deleted) and not is_writing():
        raise GetWrote(f"{request.method} {request.path} tried to write")


def _on_execute(state: ORMExecuteState) -> None:
    if (state.is_insert or state.is_update or state.is_delete) and not is_writing():
        raise GetWrote(f"{request.method} {request.path} tried to write")


def _after_commit(session: Session) -> None:
    # The end of a savepoint is no end of the request's work.
    if has_request_context() and not session.in_nested_transaction():
        g.committed = True


def init_app(app: Flask) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = app.config["WDJ_DATABASE_URL"]
    if app.config["WDJ_DATABASE_URL"].startswith("sqlite"):
        options: dict[str, Any] = {"connect_args": {"check_same_thread": False}}
    else:
        options = {"connect_args": {"connect_timeout": CONNECT_SECONDS}, "pool_pre_ping": True}
    # What people typed stands in no log and in no Job.error.
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options | {"hide_parameters": True}
    db.init_app(app)
    with app.app_context():
        listen(db.engine)


def listen(engine: Engine) -> None:
    """Give `engine` the session rules of this file."""
    on_sqlite = engine.dialect.name == "sqlite"
    event.listen(engine, "connect", _on_sqlite_connect if on_sqlite else _on_postgresql_connect)
    event.listen(engine, "begin", _on_sqlite_begin if on_sqlite else _on_postgresql_begin)
    event.listen(engine, "handle_error", _on_error)


event.listen(db.session, "before_flush", _on_flush)
event.listen(db.session, "do_orm_execute", _on_execute)
event.listen(db.session, "after_commit", _after_commit)
