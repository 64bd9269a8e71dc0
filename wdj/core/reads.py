"""How often an item was read: counted in memory, written beside the main database, so that nothing kept grows old."""

import atexit
import logging
import os
import re
import sqlite3
import threading
from collections import Counter, deque
from collections.abc import Collection
from contextlib import closing, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app

from wdj.core.clock import now
from wdj.core.fresh import memory

log = logging.getLogger("wdj.reads")

SECONDS = 3
# What waits in memory while the disk is full; what comes then is not counted.
MOST_WAITING = 50_000
TABLES = """
CREATE TABLE IF NOT EXISTS reads (item_id INTEGER, day TEXT, count INTEGER, PRIMARY KEY (item_id, day)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS totals (item_id INTEGER PRIMARY KEY, count INTEGER);
"""
ADD_READS = """INSERT INTO reads VALUES (?, ?, ?)
    ON CONFLICT (item_id, day) DO UPDATE SET count = count + excluded.count"""
ADD_TOTALS = """INSERT INTO totals VALUES (?, ?)
    ON CONFLICT (item_id) DO UPDATE SET count = count + excluded.count"""
# CUBOT is a telephone; baiduboxapp and SogouMobileBrowser are people's browsers.
ROBOT = re.compile(
    r"(?<!cu)bot|spider|crawl|slurp|curl|wget|python|libwww|http-?client|okhttp|\bjava/|go-http|\bphp|\bruby|\bperl|"
    r"node|axios|httpx|scrapy|headless|phantom|preview|externalhit|whatsapp|telegram|skype|qq-url|monitor|uptime|"
    r"lighthouse|archive|fetch|validator|werkzeug|scan|\bfeed",
    re.IGNORECASE,
)
FETCHED_AHEAD = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")


@lru_cache(maxsize=1024)
def is_robot(agent: str) -> bool:
    """True for a program that reads by itself, and for one that does not say what it is."""
    return not agent or ROBOT.search(agent[:500]) is not None


def is_person(environ: dict[str, Any]) -> bool:
    """True if somebody looks at the answer: no robot, not fetched ahead of a tap, not its headers alone."""
    if environ["REQUEST_METHOD"] != "GET" or is_robot(environ.get("HTTP_USER_AGENT", "")):
        return False
    return not any(environ.get(name) for name in FETCHED_AHEAD)


class Reads:
    """The counts of one process, on their way into `path`. No answer waits for them or fails with them."""

    def __init__(self, path: Path, zone: str) -> None:
        self._path, self._zone = path, ZoneInfo(zone)
        self._new: deque[int] = deque(maxlen=MOST_WAITING)
        self._waiting: Counter[tuple[int, str]] = Counter()
        self._lock, self._reading = threading.Lock(), threading.Lock()
        self._pid = 0
        self._is_writing = False
        self._failed = False
        self._reader: tuple[int, sqlite3.Connection] | None = None

    def count(self, item_id: int) -> None:
        """Count one read; written some seconds later."""
        if self._pid != os.getpid():
            self._begin()
        self._new.append(item_id)
        if not self._is_writing:
            self._start()

    def _begin(self) -> None:
        """After a fork: what the parent counted is the parent's to write."""
        with self._lock:
            if self._pid == os.getpid():
                return
            self._new.clear()
            self._waiting.clear()
            self._is_writing, self._pid = False, os.getpid()
            atexit.register(self.write)

    def _start(self) -> None:
        with self._lock:
            if self._is_writing:
                return
            self._is_writing = True
        threading.Thread(target=self._write_on, name="reads", daemon=True).start()

    def _write_on(self) -> None:
        """Write every few seconds until nothing new comes; the next read begins anew."""
        pause = threading.Event()
        while self._new:
            pause.wait(SECONDS)
            self.write()
        self._is_writing = False
        if self._new:  # came in between
            self._start()

    def write(self) -> None:
        """Write what was counted so far; what cannot be written waits for the next time."""
        if self._pid != os.getpid():
            return
        with self._lock:
            day = now().astimezone(self._zone).date().isoformat()
            for _ in range(len(self._new)):
                self._waiting[self._new.popleft(), day] += 1
            if not self._waiting:
                return
            try:
                self._store()
                self._waiting.clear()
                self._failed = False
            except sqlite3.Error as wrong:
                if not self._failed:
                    log.warning("reads are not written for now: %s", wrong)
                self._failed = True
                if len(self._waiting) > MOST_WAITING:
                    self._waiting.clear()

    def _store(self) -> None:
        with closing(sqlite3.connect(self._path, timeout=2, isolation_level=None)) as connection:
            connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {TABLES}")
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(ADD_READS, [(*key, count) for key, count in self._waiting.items()])
            connection.executemany(ADD_TOTALS, [(item_id, count) for (item_id, _), count in self._waiting.items()])
            connection.execute("COMMIT")

    def totals(self, item_ids: Collection[int]) -> dict[int, int]:
        """How often each was read, in one question; nothing where there is no file yet, or none that can be read."""
        marks = ",".join("?" * len(item_ids))
        with suppress(sqlite3.Error), self._reading:
            asked = f"SELECT item_id, count FROM totals WHERE item_id IN ({marks})"  # noqa: S608  only marks
            return dict(self._open().execute(asked, list(item_ids)).fetchall())
        return {}

    def _open(self) -> sqlite3.Connection:
        """The connection that reads, one for each process."""
        if self._reader is None or self._reader[0] != os.getpid():
            uri = f"{self._path.as_uri()}?mode=ro"
            self._reader = os.getpid(), sqlite3.connect(uri, uri=True, timeout=0.2, check_same_thread=False)
        return self._reader[1]

    def close(self) -> None:
        """Write what waits and let the file go."""
        self.write()
        with self._reading:
            if self._reader is not None and self._reader[0] == os.getpid():
                self._reader[1].close()
            self._reader = None


def totals(item_ids: Collection[int]) -> dict[int, int]:
    """How often each of these items was read, as remembered since the last commit or minute."""
    known = memory()
    missing = [item_id for item_id in item_ids if ("reads", item_id) not in known]
    if missing:
        counts = current_app.extensions["reads"].totals(missing)
        for item_id in missing:
            known["reads", item_id] = counts.get(item_id, 0)
    return {item_id: known["reads", item_id] for item_id in item_ids}


def init_app(app: Flask) -> None:
    app.extensions["reads"] = Reads(app.config["WDJ_INSTANCE"] / "reads.db", app.config["WDJ_TIMEZONE"])
