"""A database of its own for each test, copied from a template: a file of SQLite, or one of PostgreSQL's."""

import os
import shutil
import sqlite3
import uuid
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

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
        _on_server(f"CREATE DATABASE {name} TEMPLATE {make_url(self.url).database}")
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
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
