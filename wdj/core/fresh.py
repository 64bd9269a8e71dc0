"""A memory that lasts exactly until the next commit of anybody, and at most until the next minute."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Flask, current_app, g, has_request_context, request
from sqlalchemy import event, make_url

from wdj.core.db import CONNECT_SECONDS, db, is_writing

Key = Any  # a tuple


# What an entry weighs that is neither text nor bytes: a row, a person, a short list of ids.
ENTRY_BYTES = 1000


class Memory(dict[Key, Any]):
    """What was read between two commits. Take it before reading and fill only it: then it can never be stale."""

    def __init__(self, limit: int = 1 << 62) -> None:
        super().__init__()
        self.limit = limit
        self.bytes = 0
        self.drawing: dict[Key, threading.Lock] = {}

    def __setitem__(self, key: Key, value: Any) -> None:
        self.bytes += ENTRY_BYTES + (2 * len(value) if isinstance(value, str) else 0)
        super().__setitem__(key, value)

    def takes(self, invented: bool) -> bool:
        """True while there is room for more until the next commit or minute.

        What a stranger can invent (a query, a village) gets half, so that it never crowds out the front page.
        """
        return self.bytes <= (self.limit // 2 if invented else self.limit)


class Freshness:
    """Asks the database, once per request, whether anything was committed since the last time."""

    def __init__(self, url: str, limit: int) -> None:
        self._url, self._limit = url, limit
        self._lock = threading.Lock()
        self._pid = 0
        self._ask: Callable[[], object] | None = None
        self._connection: Any = None
        self._stamp: object = None
        self._memory = Memory(limit)

    def memory(self) -> Memory:
        """Return the memory of this moment: empty when a commit was made or a minute began.

        While the database does not answer, each asker gets an empty one for themselves.
        """
        with self._lock:
            try:
                if self._ask is None or self._pid != os.getpid():
                    # Stamps of two connections are not of one clock: a new one of SQLite counts from the start.
                    self._stamp = None
                    self._ask, self._pid = self._connect(), os.getpid()
                stamp = (self._ask(), int(time.time() // 60))
            except Exception:
                self._let_go()
                return Memory()
            if stamp != self._stamp:
                self._stamp, self._memory = stamp, Memory(self._limit)
            return self._memory

    def close(self) -> None:
        """Let the connection go."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        if self._connection is not None and self._pid == os.getpid():
            with suppress(Exception):
                self._connection.close()
        self._ask = self._connection = None

    def _connect(self) -> Callable[[], object]:
        url = make_url(self._url)
        if url.get_backend_name() == "sqlite":
            # This connection never writes, so PRAGMA data_version moves for this process's commits too.
            raw = sqlite3.connect(url.database or "", check_same_thread=False, isolation_level=None)
            cursor = raw.cursor()
            self._connection = raw
            return lambda: cursor.execute("PRAGMA data_version").fetchone()[0]
        import psycopg

        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        asking = psycopg.connect(plain, autocommit=True, connect_timeout=CONNECT_SECONDS)
        self._connection = asking
        # Equal text means that the same transactions are visible. Asked of libpq itself: a cursor costs thrice as much.
        libpq = asking.pgconn

        def snapshot() -> bytes:
            answer = libpq.exec_(b"SELECT pg_current_snapshot()")
            if (found := answer.get_value(0, 0) if answer.status == psycopg.pq.ExecStatus.TUPLES_OK else None) is None:
                raise psycopg.OperationalError(libpq.get_error_message())
            return found

        return snapshot


class Draft(Memory):
    """What a request remembers for itself alone: one that writes, or one that finds the shared memory full."""

    def __init__(self, shared: Memory) -> None:
        super().__init__()
        self._shared = shared

    def __missing__(self, key: Key) -> Any:
        return self._shared[key]

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or key in self._shared

    def get(self, key: Key, default: Any = None) -> Any:
        return super().get(key, self._shared.get(key, default))


def memory() -> Memory:
    """The memory of this request, taken before its first read; a new one after its commit."""
    if not has_request_context():
        return Memory()
    if "memory" not in g:
        shared: Memory = current_app.extensions["freshness"].memory()
        g.memory = Draft(shared) if is_writing() or not shared.takes(bool(request.query_string)) else shared
    found: Memory = g.memory
    return found


def init_app(app: Flask) -> None:
    limit = app.config["WDJ_CACHE_MB"] * 1024 * 1024
    app.extensions["freshness"] = Freshness(app.config["WDJ_DATABASE_URL"], limit)

    @app.before_request
    def take() -> None:
        memory()


@event.listens_for(db.session, "after_commit")
def _renew(_session: object) -> None:
    if has_request_context():
        g.pop("memory", None)
