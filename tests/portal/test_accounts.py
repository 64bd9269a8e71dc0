"""Logging in: what is refused and in which words, where one lands, which passwords are good."""

from urllib.parse import quote

import pytest
from argon2 import PasswordHasher
from werkzeug.test import TestResponse

from tests.browser import Browser
from tests.conftest import County
from tests.floor import change, one
from wdj.portal.sample import PASSWORD


def try_password(browser: Browser, password: str, login: str = "sjs") -> TestResponse:
    browser.get("/login")
    return browser.post("/login", {"login": login, "password": password})


@pytest.mark.parametrize("typed", ["Sjs", "SJS", " sjs ", "sJs\t"])
def test_a_phone_that_capitalises_gets_in(county: County, typed: str) -> None:
    assert try_password(county.visitor(), PASSWORD, typed).status_code == 303


def test_capitals_give_no_more_guesses(county: County) -> None:
    browser = county.visitor()
    for typed in ("sjs", "Sjs", "sJs", "sjS", "SJS"):
        assert try_password(browser, "wrong", typed).status_code == 422
    assert try_password(browser, PASSWORD, "SjS").status_code == 429


def test_an_account_made_with_capitals_is_found(county: County) -> None:
    zhou = county.zhou()
    zhou.get("/people/new")
    made = {"name": "新来的", "login": "Xinlai", "phone": "", "org": county.org("沙江寺村"), "role": "member"}
    assert zhou.post("/people/new", made).status_code == 200
    assert one(county.app, "SELECT login FROM people WHERE name = '新来的'") == "xinlai"


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
