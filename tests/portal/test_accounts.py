"""Logging in: what is refused and in which words, how guesses are slowed, where one lands, which passwords are good."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from argon2 import PasswordHasher
from werkzeug.test import TestResponse

from tests.browser import Browser
from tests.conftest import County, start
from tests.databases import Database
from tests.floor import change, one
from wdj.core import people
from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.people import HASHER
from wdj.portal.sample import PASSWORD


def try_password(browser: Browser, password: str, login: str = "sjs") -> TestResponse:
    browser.get("/login")
    return browser.post("/login", {"login": login, "password": password})


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


def test_passwords_are_kept_as_argon2id(county: County) -> None:
    kept = one(county.app, "SELECT password_hash FROM people WHERE login = 'sjs'")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PasswordHasher().verify(kept, PASSWORD)


@pytest.mark.parametrize("target", ["/desk", "/feed/new", "/people?q=李", "/feed/1#comments"])
def test_after_logging_in_one_goes_where_one_wanted_to(county: County, target: str) -> None:
    browser = county.visitor()
    browser.get(f"/login?next={quote(target)}")
    response = browser.post("/login", {"login": "sjs", "password": PASSWORD, "next": target})
    assert response.headers["Location"] == quote(target, safe="/?=#")


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "///evil.example", "https://evil.example", "https:evil.example", "/\t/evil.example",
        "\t//evil.example", "/\\evil.example", "\\\\evil.example", "/\n/evil.example", "http:/\\evil.example",
        "javascript:alert(1)", "evil.example", "//user@evil.example/", "\x00//evil.example", " //evil.example",
        "/\r\n/evil.example", "https:/\tevil.example",
    ],
)  # fmt: skip
def test_a_planted_address_leads_nowhere_else(county: County, target: str) -> None:
    browser = county.visitor()
    browser.get(f"/login?next={quote(target)}")
    response = browser.post("/login", {"login": "sjs", "password": PASSWORD, "next": target})
    assert response.headers["Location"] in ("/", "/evil.example")


def test_who_is_asked_to_log_in_comes_back_to_the_page(county: County) -> None:
    browser = county.visitor()
    asked = browser.get("/desk/comments?before=7")
    assert (asked.status_code, asked.headers["Location"]) == (303, "/login?next=/desk/comments?before%3D7")
    browser.get(asked.headers["Location"])
    fields = browser.page.form("/login")["fields"]  # type: ignore[union-attr]
    response = browser.post("/login", {"login": "sjs", "password": PASSWORD, "next": fields["next"]})
    assert response.headers["Location"] == "/desk/comments?before=7"


@pytest.mark.parametrize("foreign", [{"Origin": "https://evil.example"}, {"Origin": "null"},
                                     {"Origin": "http://localhost", "Sec_Fetch_Site": "cross-site"}])  # fmt: skip
def test_another_site_can_sign_nobody_in(county: County, foreign: dict[str, str]) -> None:
    browser = county.visitor()
    browser.get("/login")
    response = browser.post("/login", {"login": "sjs", "password": PASSWORD}, **foreign)
    assert response.status_code == 403
    assert one(county.app, "SELECT count(*) FROM logins") == 0


# Passwords.


def change_password(browser: Browser, new: str, *, now_: str = PASSWORD, again: str | None = None) -> TestResponse:
    browser.get("/me/password")
    sent = {"password_now": now_, "password_new": new, "password_again": new if again is None else again}
    return browser.post("/me/password", sent)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short-one-1", "12 到 128"),
        ("长" * 129, "12 到 128"),
        ("aaaaaaaaaaaaaaa", "太常见"),
        ("password12345", "太常见"),
        ("PassWord-1234", "太常见"),
        ("123456789012", "太常见"),
        ("13800000001234", "太常见"),
        ("fengxian-2026-", "县名"),
        ("weidangjian123", "县名"),
        ("my-sjs-is-long-enough", "账号"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(county: County, password: str, why: str) -> None:
    browser = county.li()
    assert change_password(browser, password).status_code == 422
    assert why in browser.text
    assert try_password(county.visitor(), PASSWORD).status_code == 303, "the old one holds"


@pytest.mark.parametrize(
    "password", ["一句 好记 的话 在 这里 呀", ("山路十八弯" * 26)[:128], "Hua jiao, hong le 2026!"]
)
def test_a_sentence_is_a_good_password_and_may_be_pasted(county: County, password: str) -> None:
    browser = county.li()
    assert change_password(browser, password).status_code == 303
    assert try_password(county.visitor(), password).status_code == 303


def test_a_member_needs_eight_characters_only(county: County) -> None:
    change(
        county.app, "UPDATE grants SET role = 'member' WHERE person_id = (SELECT id FROM people WHERE login = 'sjs')"
    )
    assert change_password(county.li(), "shan-lu7").status_code == 303


def test_the_new_password_is_typed_twice_alike(county: County) -> None:
    browser = county.li()
    assert change_password(browser, "shan-lu-shiba-wan", again="shan-lu-shiba-wam").status_code == 422
    assert "两遍" in browser.text


def test_a_thief_at_the_open_screen_cannot_guess_the_password(county: County) -> None:
    browser = county.li()
    answers = [change_password(browser, "shan-lu-shiba-wan", now_="wrong") for _ in range(6)]
    assert [each.status_code for each in answers] == [422] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) == 30


def first_password(county: County) -> Browser:
    """Somebody who signs in with the password that a clerk read out to them."""
    change(county.app, "UPDATE people SET must_change = :yes WHERE login = 'sjs'", yes=True)
    browser = county.visitor()
    assert try_password(browser, PASSWORD).status_code == 303
    return browser


def test_who_got_a_password_from_a_clerk_first_makes_their_own(county: County) -> None:
    browser = first_password(county)
    for page in ("/desk", "/feed/new", "/me/logins", "/desk/comments"):
        assert browser.get(page).headers["Location"] == "/me/password"
    browser.get("/me/password")
    assert "先换成自己的" in browser.text
    assert change_password(browser, "shan-lu-shiba-wan").status_code == 303
    assert browser.get("/desk").status_code == 200


def test_until_then_they_change_nothing(county: County) -> None:
    browser = first_password(county)
    browser.get("/me")
    answer = browser.post("/feed/new", {"title": "还没换密码", "text": "这一篇不该存下。" * 3})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me/password")
    assert one(county.app, "SELECT count(*) FROM items") == 0


def test_but_they_may_log_out(county: County) -> None:
    browser = first_password(county)
    assert browser.get("/me").status_code == 200
    assert browser.post("/logout").headers["Location"] == "/?ok=out"


def test_the_same_password_again_is_no_change(county: County) -> None:
    browser = first_password(county)
    assert change_password(browser, PASSWORD).status_code == 422
    assert browser.get("/desk").status_code == 303


def test_no_page_holds_a_password_that_was_typed(county: County) -> None:
    browser = county.visitor()
    secret = "geheim-und-falsch-99"
    assert secret not in try_password(browser, secret).get_data(as_text=True)
    li = county.li()
    assert secret not in change_password(li, secret, now_=secret, again=secret + "x").get_data(as_text=True)
