"""The site as it runs in a county: gunicorn with our settings, on a port of its own, with the sample county."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, text

from tests.conftest import start
from tests.databases import SERVER, Database
from wdj.config import ROOT
from wdj.core import jobs

SAMPLE_TODAY = "2026-04-18"
BUSY_MS = 400


def settings(instance: Path, database: Database, **more: str) -> dict[str, str]:
    """The environment of a site's processes."""
    ours = {"WDJ_INSTANCE": str(instance), "WDJ_DATABASE_URL": database.url, "WDJ_SAMPLE_TODAY": SAMPLE_TODAY}
    return {name: value for name, value in os.environ.items() if not name.startswith("WDJ_")} | ours | more


def prepare(instance: Path, database: Database) -> None:
    """Fill an empty database and its folder as `make run` does."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "wdj", "prepare"]
    subprocess.run(command, cwd=ROOT, env=settings(instance, database), check=True, capture_output=True, timeout=100)


class Site:
    """A running site. `url` has no slash at its end."""

    def __init__(self, template: Path, database: Database, instance: Path) -> None:
        shutil.copytree(template, instance, ignore=shutil.ignore_patterns("wdj.db*"))
        self.instance, self.database = instance, database.copy(instance / "wdj.db")
        self.engine = create_engine(self.database.url)
        if SERVER:
            # Elsewhere the setting WDJ_BUSY_MS says how long a write waits for a lock.
            self.write(f"ALTER DATABASE {self.engine.url.database} SET lock_timeout = {BUSY_MS}")
        with socket.create_server(("127.0.0.1", 0)) as probe:
            bind = f"127.0.0.1:{probe.getsockname()[1]}"
        self.url = f"http://{bind}"
        more = {"WDJ_BIND": bind, "WDJ_WORKERS": "1", "WDJ_BUSY_MS": str(BUSY_MS)}
        self._said = (instance / "said").open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py"],
            cwd=ROOT, env=settings(instance, self.database, **more), stdout=self._said, stderr=self._said,
        )  # fmt: skip
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 40
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=5).close()
                return
            except urllib.error.URLError:
                assert self._process.poll() is None, self.said
                assert time.monotonic() < deadline, self.said
                time.sleep(0.05)

    @property
    def said(self) -> str:
        """What the server wrote to its log."""
        return (self.instance / "said").read_text()

    @property
    def accidents(self) -> list[str]:
        """The lines of the log that tell of a 500."""
        return re.findall(r"^.*(?:ERROR|Traceback|Error:).*$", self.said, re.M)

    @cached_property
    def app(self) -> Flask:
        """The same site inside this process, for its jobs."""
        return start(self.database, self.instance)

    def work(self) -> int:
        """Run the jobs that wait, as `flask wdj work` would; returns how many went well."""
        with self.app.app_context():
            return jobs.run_due()

    def one(self, statement: str, **values: Any) -> Any:
        """The first value that `statement` finds."""
        with self.engine.connect() as connection:
            return connection.execute(text(statement), values).scalar()

    def write(self, statement: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)

    def org(self, short_name: str) -> int:
        return int(self.one("SELECT id FROM orgs WHERE short_name = :name", name=short_name))

    def post(self, words: str) -> int:
        """The id of the post with these words in its title."""
        return int(self.one("SELECT id FROM items WHERE title LIKE :words ORDER BY id", words=f"%{words}%"))

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Somebody else holds the write lock: reads go on, writes wait in vain."""
        with self.engine.connect() as connection:
            if SERVER:
                connection.execute(text("LOCK TABLE comments, likes, items, once IN EXCLUSIVE MODE"))
            else:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield
            connection.rollback()

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.close()
        if "app" in self.__dict__:
            self.app.extensions["freshness"].close()
            with self.app.app_context():
                from wdj.core.db import db

                db.session.remove()
                db.engine.dispose()
        self.engine.dispose()
        self.database.drop()
