"""A full disk, a locked or a read-only database: reading goes on, writing is a plain 503 that keeps every word."""

import io
import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import Connection, create_engine, event, make_url, text
from sqlalchemy.pool import NullPool
from werkzeug.test import TestResponse

from tests.browser import Browser
from tests.conftest import County, _copy
from tests.databases import SERVER, Database
from tests.floor import TEXT, one, published, words
from wdj.core.db import db

SAID = {"text": "照着做了，盖草管用。" * 9, "name": "老王", "village": "沙江寺村"}
Trouble = Callable[[County], AbstractContextManager[None]]


def mount(folder: Path) -> bool:
    """Put a file system of six megabytes at `folder`; False where this is not ours to do."""
    options = ["-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(["mount", *options], capture_output=True, check=False).returncode == 0


@pytest.fixture
def county(county_template: Database, tmp_path: Path) -> Iterator[County]:
    """The county on a disk of its own, so that it can run full."""
    disk = tmp_path / "instance"
    disk.mkdir()
    mounted = mount(disk)
    folder = disk / "county"
    folder.mkdir()
    try:
        for app in _copy(county_template, folder, WDJ_BUSY_MS="300"):
            app.config["ON_OWN_DISK"] = mounted
            yield County(app=app)
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)


@contextmanager
def full(app: Flask) -> Iterator[None]:
    """Not one byte more goes onto the disk: filled up, or where no disk can be had, by the limit of this process."""
    if not app.config["ON_OWN_DISK"]:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        return
    ballast = app.config["WDJ_INSTANCE"] / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            with suppress(OSError):
                while file.write(b"\0" * size):
                    pass
    yield
    ballast.unlink()


@contextmanager
def another(app: Flask) -> Iterator[Connection]:
    """A connection of somebody else."""
    with create_engine(app.config["WDJ_DATABASE_URL"], poolclass=NullPool).connect() as connection:
        yield connection


@contextmanager
def refused_by_trigger(app: Flask, code: str) -> Iterator[None]:
    """Let PostgreSQL refuse to write with this error code, as it does where its own disk is full."""
    with another(app) as connection:
        connection.execute(
            text(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{code}'; END $$"
            )
        )
        for table in ("once", "comments", "likes", "items", "logins", "throttles", "media"):
            connection.execute(text(f"CREATE TRIGGER refuse BEFORE INSERT ON {table} EXECUTE FUNCTION refuse()"))
        connection.commit()
        yield
        connection.execute(text("DROP FUNCTION refuse CASCADE"))
        connection.commit()


@contextmanager
def disk_full(county: County) -> Iterator[None]:
    with refused_by_trigger(county.app, "53100") if SERVER else full(county.app):
        yield


@contextmanager
def locked(county: County) -> Iterator[None]:
    """Somebody holds the lock for longer than we wait: SQLite's one lock, or the tables of PostgreSQL."""
    with another(county.app) as connection:
        if SERVER:
            connection.execute(text("LOCK TABLE once, likes, items, logins, throttles, media IN EXCLUSIVE MODE"))
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield
        connection.rollback()


@contextmanager
def read_only(county: County) -> Iterator[None]:
    """The database takes no writes: PostgreSQL after a change of roles, SQLite on a disk that went read-only."""
    app = county.app
    with app.app_context():
        engine = db.engine
    if SERVER:
        name = make_url(app.config["WDJ_DATABASE_URL"]).database
        with another(app) as connection:
            connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
            connection.commit()
            engine.dispose()
            yield
            connection.execute(text("SET default_transaction_read_only = off"))
            connection.commit()
            connection.execute(text(f"ALTER DATABASE {name} RESET default_transaction_read_only"))
            connection.commit()
    else:

        def refuse(connection: Connection) -> None:
            connection.connection.dbapi_connection.execute("PRAGMA query_only=ON")  # type: ignore[union-attr]

        event.listen(engine, "begin", refuse)
        yield
        event.remove(engine, "begin", refuse)
    engine.dispose()


TROUBLES = [disk_full, locked, read_only]


def assert_busy(answer: TestResponse, *kept: str) -> None:
    body = answer.get_data(as_text=True)
    assert answer.status_code == 503, body[-2000:]
    assert int(answer.headers["Retry-After"]) > 0
    assert "没存上" in body
    for each in kept:
        assert each in body


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_comment_is_not_taken_and_not_lost_and_goes_through_afterwards(county: County, trouble: Trouble) -> None:
    post, phone = published(county), county.visitor()
    with trouble(county):
        assert_busy(phone.post(f"/feed/{post}/comments", SAID), SAID["text"], SAID["name"], SAID["village"])
        assert phone.get(f"/feed/{post}").status_code == 200
        assert county.visitor().get("/").status_code == 200
        assert phone.get("/healthz").status_code == 200
        assert_busy(phone.post(f"/feed/{post}/like"))
    assert phone.post(f"/feed/{post}/comments", SAID).status_code == 303, "without a restart"
    assert one(county.app, "SELECT count(*) FROM comments") == 1


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_clerk_keeps_the_whole_text_and_sends_it_afterwards(county: County, trouble: Trouble) -> None:
    zhou = county.zhou()
    zhou.get("/feed/new")
    sent = words(county, "留凤关镇", then="publish")
    with trouble(county):
        assert_busy(zhou.post("/feed/new", sent), "谢谢出工的乡亲", sent["title"])
        for page in ("/desk", "/feed/new", "/me/logins", "/people"):
            assert zhou.get(page).status_code == 200
    answer = zhou.post("/feed/new", sent)
    assert answer.status_code == 303
    assert one(county.app, "SELECT text FROM items") == TEXT
    assert one(county.app, "SELECT count(*) FROM items") == 1


@pytest.mark.parametrize("trouble", TROUBLES)
def test_logging_in_says_so_and_shows_no_password(county: County, trouble: Trouble) -> None:
    phone = county.visitor()
    phone.get("/login")
    with trouble(county):
        answer = phone.post("/login", {"login": "sjs", "password": "huajiao-hongle-7"})
        assert_busy(answer, "sjs")
        assert "huajiao-hongle-7" not in answer.get_data(as_text=True)
    assert phone.post("/login", {"login": "sjs", "password": "huajiao-hongle-7"}).status_code == 303


def a_picture() -> tuple[io.BytesIO, str]:
    out = io.BytesIO()
    Image.effect_noise((600, 500), 90).convert("RGB").save(out, "JPEG", quality=90)
    assert 100_000 < out.tell() < 400_000
    out.seek(0)
    return out, "photo.jpg"


def send_picture(zhou: Browser, county: County) -> TestResponse:
    zhou.get("/feed/new")
    return zhou.post("/feed/new", {**words(county, "留凤关镇", then="publish"), "pictures": a_picture()})


def test_a_picture_that_finds_no_room_leaves_nothing_behind_and_the_text_stays(county: County) -> None:
    zhou = county.zhou()
    with full(county.app):
        assert_busy(send_picture(zhou, county), "谢谢出工的乡亲")
        assert zhou.get("/desk").status_code == 200
    kept = [path for path in (county.app.config["WDJ_INSTANCE"] / "media").rglob("*") if path.is_file()]
    assert kept == []
    assert send_picture(zhou, county).status_code == 303
    assert one(county.app, "SELECT count(*) FROM media WHERE item_id IS NOT NULL") == 1


def test_whoever_gives_up_waiting_says_when_to_come_again(county: County) -> None:
    post, phone = published(county), county.visitor()
    with locked(county):
        began = time.monotonic()
        answer = phone.post(f"/feed/{post}/like")
        assert time.monotonic() - began >= 0.3, "it waited its time"
    assert answer.headers["Retry-After"] == "60"
