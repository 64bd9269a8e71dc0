"""The database goes away and comes back: 503 in words, every letter kept, nothing old shown, no restart."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, make_url, text
from werkzeug.test import TestResponse

from tests.conftest import County
from tests.databases import SERVER, Database, _on_server
from tests.floor import TEXT, one, published, words
from wdj.core.db import db

SAID = {"text": "照着做了，盖草管用。", "name": "老王", "village": "沙江寺村"}
SHOWN = ("/", "/help", "/login", "/places", "/me")


@contextmanager
def away(app: Flask) -> Iterator[None]:
    """Nobody reaches the database: PostgreSQL lets nobody in, SQLite's file cannot be opened."""
    if SERVER:
        shut_out(app)
        yield
        allow(app, True)
        return
    app.extensions["freshness"].close()
    with app.app_context():
        db.engine.dispose()
    file = Database(app.config["WDJ_DATABASE_URL"]).path
    moved = [each.rename(each.with_name(f"away-{each.name}")) for each in file.parent.glob("wdj.db*")]
    file.mkdir()
    yield
    file.rmdir()
    for each in moved:
        each.rename(Path(str(each).replace("away-", "")))


def shut_out(app: Flask) -> None:
    """Connections that are open are cut, as when PostgreSQL stops, and there are no new ones."""
    allow(app, False)
    _on_server(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name_of(app)}'")


def allow(app: Flask, allowed: bool) -> None:
    _on_server(f"ALTER DATABASE {name_of(app)} ALLOW_CONNECTIONS {allowed}")


def name_of(app: Flask) -> str:
    return str(make_url(app.config["WDJ_DATABASE_URL"]).database)


def assert_resting(answer: TestResponse) -> str:
    """503 in a page that has its stylesheet; returns its HTML."""
    html = answer.get_data(as_text=True)
    assert answer.status_code == 503, html[-2000:]
    assert int(answer.headers["Retry-After"]) > 0
    assert "<style>" in html
    assert "系统正忙" in html
    return html


def test_every_page_says_that_the_site_rests_and_works_again_afterwards(county: County) -> None:
    post, phone, li = published(county), county.visitor(), county.li()
    with away(county.app):
        for browser in (phone, li):
            for path in (*SHOWN, f"/feed/{post}"):
                assert_resting(browser.get(path))
        assert_resting(li.get("/desk"))
    for browser in (phone, li):
        assert browser.get("/help").status_code == 200
        assert browser.get(f"/feed/{post}").status_code == 200
    assert li.get("/desk").status_code == 200, "and who was signed in still is"


def test_health_is_503_and_recovers(county: County) -> None:
    phone = county.visitor()
    with away(county.app):
        answer = phone.get("/healthz")
        assert answer.status_code == 503
        assert answer.json is not None
        assert answer.json["ok"] is False
    assert phone.get("/healthz").json["ok"] is True  # type: ignore[index]


def test_a_page_that_rests_shows_nothing_that_needs_the_database(county: County) -> None:
    li = county.li()
    with away(county.app):
        html = assert_resting(li.get("/desk"))
    assert "中共委组织部" not in html
    assert 'name="csrf"' not in html


@pytest.mark.parametrize("signed_in", [False, True])
def test_a_comment_sent_meanwhile_is_given_back_and_goes_through_afterwards(county: County, signed_in: bool) -> None:
    post = published(county)
    browser = county.li() if signed_in else county.visitor()
    browser.get(f"/feed/{post}")
    with away(county.app):
        html = assert_resting(browser.post(f"/feed/{post}/comments", SAID))
        assert SAID["text"] in html
    answer = browser.post(f"/feed/{post}/comments", SAID)
    if answer.status_code == 403:
        answer = browser.post(f"/feed/{post}/comments", SAID)
    assert answer.status_code == 303
    assert one(county.app, "SELECT count(*) FROM comments") == 1


def test_a_clerk_gets_the_whole_text_back(county: County) -> None:
    zhou = county.zhou()
    zhou.get("/feed/new")
    sent = words(county, "留凤关镇", then="publish")
    with away(county.app):
        html = assert_resting(zhou.post("/feed/new", sent))
        assert TEXT.partition("\n")[0] in html
    assert one(county.app, "SELECT count(*) FROM items") == 0


def test_a_password_typed_meanwhile_is_not_shown(county: County) -> None:
    phone = county.visitor()
    phone.get("/login")
    with away(county.app):
        html = assert_resting(phone.post("/login", {"login": "sjs", "password": "huajiao-hongle-7"}))
    assert "huajiao-hongle-7" not in html


def test_a_fragment_is_bare_also_then(county: County) -> None:
    with away(county.app):
        answer = county.visitor().get("/help", HX_Request="true")
    assert answer.status_code == 503
    assert "<html" not in answer.get_data(as_text=True)


def test_connections_that_were_cut_are_made_anew_unseen(county: County) -> None:
    """PostgreSQL was restarted between two requests."""
    post, li = published(county), county.li()
    with away(county.app):
        pass
    assert li.get(f"/feed/{post}").status_code == 200
    assert li.get("/desk").status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_connection_lost_in_the_middle_of_a_request_is_503_too(county: County, method: str) -> None:
    def planted() -> str:
        db.session.execute(text("SELECT count(*) FROM items"))
        if not SERVER:
            raise sqlite3.OperationalError("disk I/O error")
        shut_out(county.app)
        return str(db.session.execute(text("SELECT count(*) FROM items")).scalar())

    county.app.add_url_rule("/planted", "planted", planted, methods=["GET", "POST"])
    phone = county.visitor()
    assert_resting(phone.get("/planted") if method == "GET" else phone.post("/planted", SAID))
    if SERVER:
        allow(county.app, True)
    assert phone.get("/help").status_code == 200


def rename_past_the_app(app: Flask, title: str) -> None:
    engine = create_engine(app.config["WDJ_DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(text("UPDATE items SET public_title = :title"), {"title": title})
    engine.dispose()


def test_what_was_kept_before_is_never_shown_afterwards(county: County) -> None:
    """A new connection of SQLite counts from where the old one began, so its count alone tells nothing."""
    post, phone = published(county), county.visitor()
    phone.get(f"/feed/{post}")
    with away(county.app):
        phone.get(f"/feed/{post}")
    rename_past_the_app(county.app, "改过的题目")
    for _ in range(2):
        phone.get(f"/feed/{post}")
        assert "改过的题目" in phone.text


def test_nor_when_only_the_connection_that_asks_was_lost(county: County) -> None:
    post, phone = published(county), county.visitor()
    phone.get("/help")
    county.app.extensions["freshness"]._connection.close()
    phone.get("/help")
    phone.get(f"/feed/{post}")
    county.app.extensions["freshness"]._connection.close()
    rename_past_the_app(county.app, "改过的题目")
    for _ in range(3):
        phone.get(f"/feed/{post}")
        assert "改过的题目" in phone.text
