"""Guessed codes: each costs longer, one answer for all that does not fit, and nobody keeps an owner out."""

import re
from datetime import timedelta
from statistics import median
from time import perf_counter

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event

from tests.browser import Browser
from tests.conftest import County
from tests.core.test_receipts import WRONG, try_code
from tests.floor import change
from tests.modules.letters.made import letter_in, receipt_of
from wdj.core import receipts
from wdj.core.clock import now
from wdj.core.db import db


@pytest.fixture
def sent(county: County) -> tuple[int, str, str]:
    """A letter: its id, number and code."""
    made = letter_in(county.app)
    return made, *receipt_of(county.app, made)


def test_wrong_foreign_dead_and_unknown_are_one_answer(county: County, sent: tuple[int, str, str]) -> None:
    _, number, code = sent
    _, foreign = receipt_of(county.app, letter_in(county.app))
    dead, dead_code = receipt_of(county.app, letter_in(county.app))
    change(county.app, "UPDATE receipts SET salt = 'another' WHERE number = :number", number=dead)
    answers = []
    for typed, said in ((number, WRONG), (number, foreign), (dead, dead_code), (WRONG, code)):
        browser = county.visitor()
        browser.get("/r")
        answer = browser.post("/r", {"number": typed, "code": said})
        text = answer.get_data(as_text=True).replace(typed, "#").replace(said, "#")
        answers.append((answer.status_code, re.sub(r"\d+ 秒", "", text)))
    assert answers == [answers[0]] * 4
    assert answers[0][0] == 422


def statements(app: Flask, browser: Browser, number: str, code: str, *, get: bool = False) -> list[str]:
    """What the database is asked for one try."""
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        browser.get(f"/r/{number}/{code}") if get else browser.post("/r", {"number": number, "code": code})
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return asked


@pytest.mark.parametrize("get", [False, True])
def test_an_unknown_number_makes_the_same_work_as_a_wrong_code(
    county: County, sent: tuple[int, str, str], get: bool
) -> None:
    _, number, _ = sent
    browser = county.visitor()
    browser.get("/r")
    statements(county.app, browser, number, WRONG, get=get)  # what is remembered is remembered now
    first = statements(county.app, browser, number, WRONG, get=get)
    assert statements(county.app, browser, WRONG, WRONG, get=get) == first
    assert any("receipts" in each for each in first)


def test_an_unknown_number_takes_the_same_time_as_a_wrong_code(
    county: County, sent: tuple[int, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """±20 %, over many tries taken in turn; they are not slowed down meanwhile."""
    monkeypatch.setattr(receipts, "_bounds", lambda number: [receipts.Bound(f"receipt:{number}", 10_000)])
    _, number, _ = sent
    browser = county.visitor()
    browser.get("/r")
    took: dict[str, list[float]] = {number: [], "333333": []}
    for _ in range(60):
        for typed, times in took.items():
            begun = perf_counter()
            assert browser.post("/r", {"number": typed, "code": WRONG}).status_code == 422
            times.append(perf_counter() - begun)
    known, unknown = (median(times) for times in took.values())
    assert 0.8 < known / unknown < 1.25, (known, unknown)


def test_after_five_wrong_codes_one_waits_and_each_time_longer(county: County, sent: tuple[int, str, str]) -> None:
    _, number, code = sent
    browser = county.visitor()
    with time_machine.travel(now(), tick=False) as clock:
        assert [try_code(browser, number, WRONG) for _ in range(5)] == [422] * 5
        waits = []
        for _ in range(3):
            browser.get("/r")
            answer = browser.post("/r", {"number": number, "code": code})
            assert answer.status_code == 429, "also the right one must wait"
            assert "请等" in browser.text
            waits.append(int(answer.headers["Retry-After"]))
            assert browser.get(f"/r/{number}/{code}").status_code == 429, "by whichever door"
            clock.shift(timedelta(seconds=waits[-1]))
            assert try_code(browser, number, WRONG) == 422
        clock.shift(timedelta(minutes=16))
        assert try_code(browser, number, code) == 303
    assert waits == [30, 60, 120]


def test_codes_guessed_by_get_are_counted_too(county: County, sent: tuple[int, str, str]) -> None:
    _, number, code = sent
    browser = county.visitor()
    assert [browser.get(f"/r/{number}/{WRONG}").status_code for _ in range(6)] == [404] * 5 + [429]
    assert browser.get(f"/r/{number}/{code}").status_code == 429


def test_a_guess_that_cannot_be_counted_gets_no_answer(
    county: County, sent: tuple[int, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wdj.core.throttle.PATIENCE", 0.05)
    _, number, _ = sent
    browser = county.visitor()
    browser.get(f"/r/{number}/{WRONG}")
    with county.app.app_context():
        holder = db.engine.connect().execution_options(wdj_patience=1.0)
        holder.begin()
        holder.exec_driver_sql("UPDATE throttles SET count = count")
        try:
            assert browser.get(f"/r/{number}/{WRONG}").status_code == 503
        finally:
            holder.rollback()
            holder.close()


def test_guesses_from_one_network_keep_the_owner_in_another_out_of_nothing(
    county: County, sent: tuple[int, str, str]
) -> None:
    _, number, code = sent
    for _ in range(8):
        try_code(county.visitor(), number, WRONG)
    assert try_code(county.visitor(), number, code) == 429
    with county.app.test_request_context(environ_base={"REMOTE_ADDR": "203.0.113.9"}):
        found = receipts.find(number, code)
    assert found is not None
    assert found.number == number


def test_guesses_from_everywhere_hold_the_owner_up_for_ten_seconds_at_most(
    county: County, sent: tuple[int, str, str]
) -> None:
    _, number, code = sent
    with time_machine.travel(now(), tick=False) as clock:
        with county.app.app_context():
            key = receipts._counted(number)
        change(
            county.app, "INSERT INTO throttles (key, count, since, last_at) VALUES (:key, 500, :now, :now)",
            key=key, now=now().replace(tzinfo=None),
        )  # fmt: skip
        assert try_code(county.visitor(), number, code) == 429
        clock.shift(timedelta(seconds=11))
        assert try_code(county.visitor(), number, code) == 303


def test_a_village_that_shares_one_address_is_not_shut_out_by_a_few(county: County) -> None:
    made = [receipt_of(county.app, letter_in(county.app)) for _ in range(9)]
    for number, _ in made[:7]:
        for _ in range(5):
            assert try_code(county.visitor(), number, WRONG) == 422
    assert try_code(county.visitor(), *made[7]) == 303
    for _ in range(5):
        try_code(county.visitor(), made[8][0], WRONG)
    with time_machine.travel(now() + timedelta(seconds=61)):
        assert try_code(county.visitor(), *made[7]) == 303, "and after forty for a minute at most"
