"""Guessed passwords: each costs longer, all workers count together, and no guess tells or costs anything."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from tests.conftest import County, start
from tests.databases import Database
from tests.floor import change
from tests.portal.test_accounts import try_password
from wdj.core import people
from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.people import HASHER
from wdj.portal.sample import PASSWORD


@pytest.fixture
def other_worker(county: County) -> Iterator[County]:
    app = start(Database(county.app.config["WDJ_DATABASE_URL"]), county.app.config["WDJ_INSTANCE"])
    yield County(app=app)
    app.extensions["freshness"].close()
    with app.app_context():
        db.engine.dispose()


def test_after_five_wrong_passwords_one_waits_and_each_time_longer(county: County) -> None:
    browser = county.visitor()
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(5):
            assert try_password(browser, "wrong").status_code == 422
        waits = []
        for _ in range(6):
            response = try_password(browser, "wrong")
            assert response.status_code == 429
            assert "请等" in browser.text
            waits.append(int(response.headers["Retry-After"]))
            clock.shift(timedelta(seconds=waits[-1] - 1))
            assert try_password(browser, PASSWORD).status_code == 429, "also the right one must wait"
            clock.shift(timedelta(seconds=1))
            assert try_password(browser, "wrong").status_code == 422
    assert waits == [30, 60, 120, 240, 480, 900]


def test_the_right_password_works_again_after_the_wait(county: County) -> None:
    browser = county.visitor()
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(5):
            try_password(browser, "wrong")
        clock.shift(timedelta(seconds=31))
        assert try_password(browser, PASSWORD).status_code == 303
        assert try_password(county.visitor(), "wrong").status_code == 422, "and the count begins anew"


def test_all_workers_count_together(county: County, other_worker: County) -> None:
    for worker in (county, other_worker, county, other_worker, county):
        assert try_password(worker.visitor(), "wrong").status_code == 422
    assert try_password(other_worker.visitor(), PASSWORD).status_code == 429


def test_guesses_at_the_same_moment_count_as_many(county: County) -> None:
    browsers = [county.visitor() for _ in range(12)]
    for browser in browsers:
        browser.get("/login")
    with ThreadPoolExecutor(12) as pool:
        sent = pool.map(lambda each: each.post("/login", {"login": "sjs", "password": "wrong"}).status_code, browsers)
        answers = list(sent)
    assert sorted(answers) == [422] * 5 + [429] * 7


def test_guesses_at_one_login_slow_no_other(county: County) -> None:
    for _ in range(6):
        try_password(county.visitor(), "wrong")
    assert try_password(county.visitor(), PASSWORD, "liufengguan").status_code == 303


def test_who_must_wait_costs_no_hash(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = county.visitor()
    for _ in range(5):
        try_password(browser, "wrong")
    counting = Counting()
    monkeypatch.setattr(people, "HASHER", counting)
    assert [try_password(browser, "wrong").status_code for _ in range(3)] == [429] * 3
    assert counting.done == []


def test_strangers_cannot_keep_the_owner_out(county: County) -> None:
    owner = county.li()
    owner.get("/me")
    owner.post("/logout")
    for _ in range(6):
        try_password(county.visitor(), "wrong")
    assert try_password(county.visitor(), PASSWORD).status_code == 429
    assert try_password(owner, PASSWORD).status_code == 303


def test_a_browser_that_got_in_before_guesses_no_more_than_others(county: County) -> None:
    browser = county.li()
    browser.get("/me")
    browser.post("/logout")
    assert [try_password(browser, "wrong").status_code for _ in range(6)] == [422] * 5 + [429]


def test_guesses_from_many_networks_are_counted_together(county: County) -> None:
    change(
        county.app, "INSERT INTO throttles (key, count, since, last_at) VALUES ('login:sjs', 50, :now, :now)",
        now=now().replace(tzinfo=None),
    )  # fmt: skip
    assert try_password(county.visitor(), PASSWORD).status_code == 429


class Counting:
    """The real hasher; notes the cost of everything that it verified."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def verify(self, kept: str, given: str) -> bool:
        self.done.append(kept.rpartition("$")[0].rpartition("$")[0])
        return HASHER.verify(kept, given)


@pytest.mark.parametrize("login", ["sjs", "nobody-here", "disabled"])
def test_the_answer_tells_nothing_of_whether_a_login_exists(
    county: County, monkeypatch: pytest.MonkeyPatch, login: str
) -> None:
    if login == "disabled":
        change(county.app, "UPDATE people SET disabled_at = :now WHERE login = 'sjs'", now=now().replace(tzinfo=None))
    counting = Counting()
    monkeypatch.setattr(people, "HASHER", counting)
    browser = county.visitor()
    response = try_password(browser, PASSWORD + "x", "sjs" if login == "disabled" else login)
    assert response.status_code == 422
    assert "账号或密码不对" in browser.text
    assert counting.done == [HASHER.hash("any").rpartition("$")[0].rpartition("$")[0]], "the same work, once"
    for _ in range(4):
        try_password(browser, "wrong", login)
    assert try_password(browser, "wrong", login).status_code == (429 if login != "disabled" else 422)
