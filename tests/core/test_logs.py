"""What people typed stands in no log line and in no Job.error, however the database refuses it."""

import logging

import pytest
from flask import Flask
from sqlalchemy import text

from tests.conftest import County
from tests.databases import SERVER
from tests.floor import change, one, published
from wdj.core.db import db
from wdj.core.jobs import enqueue, job, run_due
from wdj.core.site import Fact

TELEPHONE = "13800000001"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def refuse_comments(app: Flask) -> None:
    """The database takes no comment. PostgreSQL quotes the whole row in its answer."""
    if SERVER:
        change(app, "ALTER TABLE comments ADD CONSTRAINT never CHECK (text = '') NOT VALID")
    else:
        change(app, "CREATE TRIGGER never BEFORE INSERT ON comments BEGIN SELECT RAISE(ABORT, 'refused'); END")


def test_a_telephone_in_a_comment_that_fails_reaches_no_log(county: County, lines: pytest.LogCaptureFixture) -> None:
    post, phone = published(county), county.visitor()
    refuse_comments(county.app)
    phone.get(f"/feed/{post}")
    said = {"text": f"请打 {TELEPHONE}", "name": TELEPHONE, "village": "沙江寺村"}
    assert phone.post(f"/feed/{post}/comments", said).status_code == 500
    assert "INSERT INTO comments" in lines.text, "the fault itself is there"
    assert TELEPHONE not in lines.text


def add_twice(telephone: str) -> None:
    for _ in range(2):
        db.session.execute(text("INSERT INTO facts (name, value) VALUES (:name, '')"), {"name": telephone})


def test_a_telephone_in_a_job_that_fails_reaches_neither_log_nor_row(
    county: County, lines: pytest.LogCaptureFixture
) -> None:
    job("add_twice")(add_twice)
    with county.app.app_context():
        enqueue("add_twice", telephone=TELEPHONE)
        db.session.commit()
        assert run_due() == 0
        assert db.session.get(Fact, TELEPHONE) is None
    error = one(county.app, "SELECT error FROM jobs WHERE name = 'add_twice'")
    assert "IntegrityError" in error
    assert "INSERT INTO facts" in error
    assert TELEPHONE not in error
    assert TELEPHONE not in lines.text


def test_a_telephone_in_a_login_reaches_no_log(county: County, lines: pytest.LogCaptureFixture) -> None:
    change(county.app, "ALTER TABLE throttles RENAME COLUMN count TO counted")
    browser = county.visitor()
    browser.get("/login")
    answer = browser.post("/login", {"login": TELEPHONE, "password": TELEPHONE})
    assert answer.status_code >= 500
    assert "throttles" in lines.text
    assert TELEPHONE not in lines.text
