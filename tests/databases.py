"""A database of its own for each test, copied from a template: a file of SQLite, or one of PostgreSQL's."""

import os
import shutil
import sqlite3
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
from sqlalchemy import make_url

SERVER = os.environ.get("WDJ_TEST_DATABASE_URL", "").replace("postgresql://", "postgresql+psycopg://")


@dataclass(frozen=True)
class Database:
    url: str

    @property
    def path(self) -> Path:
        """The file, on SQLite."""
        return Path(self.url.removeprefix("sqlite:///"))

    def settle(self) -> None:
        """Bring a template to rest, so that it can be copied as a file."""
        if not SERVER:
            connection = sqlite3.connect(self.path)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()

    def copy(self, path: Path) -> "Database":
        if not SERVER:
            shutil.copy(self.path, path)
            return Database(f"sqlite:///{path}")
        name = f"t{uuid.uuid4().hex[:12]}"
        # A template is small, and the server of the tests waits for no disk: copied as files it takes half as long.
        _on_server(f"CREATE DATABASE {name} TEMPLATE {make_url(self.url).database} STRATEGY FILE_COPY")
        return Database(make_url(SERVER).set(database=name).render_as_string(hide_password=False))

    def drop(self) -> None:
        if SERVER:
            _on_server(f"DROP DATABASE IF EXISTS {make_url(self.url).database} WITH (FORCE)")


def make_database(path: Path) -> Database:
    """A new empty database: at `path`, or on the server."""
    if not SERVER:
        return Database(f"sqlite:///{path}")
    name = f"t{uuid.uuid4().hex[:12]}"
    _on_server(f"CREATE DATABASE {name}")
    return Database(make_url(SERVER).set(database=name).render_as_string(hide_password=False))


def _on_server(statement: str) -> None:
    _server().execute(statement.encode())


@cache
def _server() -> psycopg.Connection:
    """The connection by which all databases of this run are made and dropped."""
    return psycopg.connect(SERVER.replace("+psycopg", ""), autocommit=True)
