"""Logins are rows: new at each sign-in, dead on the server the moment they should be, nobody else's to touch."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from tests.browser import Browser
from tests.conftest import County, start
from tests.databases import Database
from tests.floor import change, every, one, published
from wdj.core.clock import now
from wdj.core.db import db
from wdj.portal.sample import PASSWORD

SIGN_IN = {"login": "sjs", "password": PASSWORD}


def signed_in(browser: Browser) -> bool:
    return browser.get("/me/logins").status_code == 200


def token_of(browser: Browser, name: str = "wdj_s") -> str:
    cookie = browser.client.get_cookie(name)
    return cookie.value if cookie else ""


def with_token(app: Flask, token: str) -> Browser:
    """A thief's browser: it has the login cookie and nothing else."""
    thief = Browser(app)
    thief.client.set_cookie("wdj_s", token)
    return thief


def cookies_of(app: Flask) -> dict[str, str]:
    """The cookies that a sign-in sets, each with its marks."""
    browser = Browser(app)
    browser.get("/login")
    response = browser.post("/login", SIGN_IN)
    assert response.status_code == 303
    return {line.partition("=")[0]: line.partition(";")[2] for line in response.headers.getlist("Set-Cookie")}


def again(app: Flask, **environ: str) -> Flask:
    """The same site once more, as another worker or with other settings."""
    return start(Database(app.config["WDJ_DATABASE_URL"]), app.config["WDJ_INSTANCE"], **environ)


def shut(app: Flask) -> None:
    app.extensions["freshness"].close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def secure(county: County) -> Iterator[Flask]:
    """The county's site behind TLS."""
    app = again(county.app, WDJ_HTTPS="1")
    yield app
    shut(app)


@pytest.fixture
def other_worker(county: County) -> Iterator[Flask]:
    app = again(county.app)
    yield app
    shut(app)


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(county: County) -> None:
    given = cookies_of(county.app)
    assert set(given) == {"wdj_s", "wdj_d", "wdj_k"}
    for marks in given.values():
        assert "HttpOnly" in marks
        assert "SameSite=Lax" in marks
        assert "Path=/" in marks
        assert "Domain" not in marks
        assert "Secure" not in marks


def test_under_tls_cookies_are_secure_and_of_this_host_alone(secure: Flask) -> None:
    given = cookies_of(secure)
    assert set(given) == {"__Host-wdj_s", "__Host-wdj_d", "__Host-wdj_k"}
    for marks in given.values():
        for mark in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert mark in marks
        assert "Domain" not in marks


def test_under_tls_a_plain_cookie_signs_nobody_in(secure: Flask) -> None:
    """A page on http could plant one, but not one with the prefix."""
    browser = Browser(secure)
    browser.sign_in("sjs", PASSWORD)
    token = token_of(browser, "__Host-wdj_s")
    assert signed_in(browser)
    assert not signed_in(with_token(secure, token))


@pytest.mark.parametrize(
    ("address", "names"), [("/logout", {"wdj_s"}), ("/me/forget", {"wdj_d", "wdj_k", "wdj_r", "wdj_p"})]
)
def test_under_tls_a_cookie_is_taken_back_with_its_marks(secure: Flask, address: str, names: set[str]) -> None:
    browser = Browser(secure)
    browser.sign_in("sjs", PASSWORD)
    browser.get("/me")
    given = [line for line in browser.post(address).headers.getlist("Set-Cookie") if line.startswith("__Host-")]
    gone = [line for line in given if not line.startswith("__Host-wdj_t")]
    assert (len(given) > len(gone)) is (address != "/logout"), "who has left sends no more forms"
    assert all("Secure; HttpOnly; Path=/; SameSite=Lax" in line for line in given)
    assert {line.partition("=")[0].removeprefix("__Host-") for line in gone} == names
    for line in gone:
        assert "Max-Age=0" in line
        assert "Secure" in line, "a browser ignores it otherwise, and the cookie stays"


def test_invented_tokens_take_no_memory(county: County) -> None:
    with_token(county.app, "x" * 32).get("/me")
    before = len(county.app.extensions["freshness"].memory())
    for number in range(20):
        with_token(county.app, f"{number:032}").get("/me")
    assert len(county.app.extensions["freshness"].memory()) == before


def test_the_login_cookie_ends_with_the_browser(county: County) -> None:
    marks = cookies_of(county.app)["wdj_s"]
    assert "Max-Age" not in marks
    assert "Expires" not in marks


def test_each_sign_in_has_a_new_token_and_ends_the_one_before_it(county: County) -> None:
    browser = county.li()
    first = token_of(browser)
    browser.get("/login")
    assert browser.post("/login", SIGN_IN).status_code == 303
    assert token_of(browser) != first
    assert signed_in(browser)
    assert not signed_in(with_token(county.app, first))


def test_a_planted_token_is_never_taken_over(county: County) -> None:
    planted = "x" * 32
    browser = with_token(county.app, planted)
    browser.sign_in("sjs", PASSWORD)
    assert token_of(browser) != planted
    assert not signed_in(with_token(county.app, planted))


def test_the_database_holds_no_token(county: County) -> None:
    token = token_of(county.li())
    assert token
    assert every(county.app, "SELECT token_hash FROM logins WHERE token_hash LIKE :part", part=f"%{token[:12]}%") == []


def test_after_logging_out_the_cookie_is_dead_on_the_server(county: County) -> None:
    browser = county.li()
    token = token_of(browser)
    browser.get("/me")
    assert browser.post("/logout").status_code == 303
    assert token_of(browser) == ""
    assert not signed_in(with_token(county.app, token))


def test_a_login_ended_in_one_worker_is_dead_in_the_other(county: County, other_worker: Flask) -> None:
    browser = county.li()
    there = with_token(other_worker, token_of(browser))
    assert signed_in(there)
    browser.get("/me")
    assert browser.post("/logout").status_code == 303
    assert not signed_in(there)


def test_a_changed_password_ends_all_other_logins(county: County) -> None:
    here, elsewhere = county.li(), county.li()
    before = token_of(here)
    here.get("/me/password")
    new = "shan-lu-shiba-wan"
    sent = {"password_now": PASSWORD, "password_new": new, "password_again": new}
    assert here.post("/me/password", sent).status_code == 303
    assert signed_in(here)
    assert not signed_in(elsewhere)
    assert not signed_in(with_token(county.app, before))
    later = county.visitor()
    later.get("/login")
    assert later.post("/login", SIGN_IN).status_code == 422
    assert later.post("/login", {"login": "sjs", "password": new}).status_code == 303


@pytest.mark.parametrize("action", ["disable", "reset"])
def test_a_disabled_or_reset_person_is_out_at_once(county: County, action: str) -> None:
    li, zhou = county.li(), county.zhou()
    person = one(county.app, "SELECT id FROM people WHERE login = 'sjs'")
    zhou.get(f"/people/{person}")
    assert zhou.post(f"/people/{person}/{action}").status_code in (200, 303)
    assert not signed_in(li)
    visitor = county.visitor()
    visitor.get("/login")
    assert visitor.post("/login", SIGN_IN).status_code == 422


def test_somebody_disabled_while_the_password_is_checked_does_not_get_in(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wdj.portal import accounts

    right = accounts.check_password

    def meanwhile(kept: str | None, given: str) -> bool:
        change(county.app, "UPDATE people SET disabled_at = :now WHERE login = 'sjs'", now=now().replace(tzinfo=None))
        return right(kept, given)

    monkeypatch.setattr(accounts, "check_password", meanwhile)
    browser = county.visitor()
    browser.get("/login")
    assert browser.post("/login", SIGN_IN).status_code == 422
    assert one(county.app, "SELECT count(*) FROM logins") == 0


def test_a_login_unused_for_half_an_hour_ends(county: County) -> None:
    browser = county.li()
    began = now()
    for minutes, alive in ((29, True), (58, True), (86, True), (117, False)):
        with time_machine.travel(began + timedelta(minutes=minutes), tick=False):
            assert signed_in(browser) is alive


def test_a_login_ends_after_twelve_hours_however_busy(county: County) -> None:
    browser = county.li()
    began = now()
    for step in range(1, 36):
        with time_machine.travel(began + timedelta(minutes=20 * step), tick=False):
            assert signed_in(browser)
    with time_machine.travel(began + timedelta(hours=12, minutes=1), tick=False):
        assert not signed_in(browser)


def test_reading_as_an_anonymous_visitor_gives_no_cookie(county: County) -> None:
    post = published(county)
    visitor = county.visitor()
    for page in ("/", f"/feed/{post}", "/me", "/login", "/help"):
        assert "Set-Cookie" not in visitor.get(page).headers


def test_i_see_where_i_am_signed_in_and_end_one_of_them(county: County) -> None:
    here, lost = county.li(), county.li()
    here.get("/me/logins")
    assert here.text.count("就是这里") == 1
    form = here.page.form("/end")  # type: ignore[union-attr]
    assert here.post(form["action"]).status_code == 303
    assert signed_in(here)
    assert not signed_in(lost)


def test_a_login_that_ran_out_is_not_offered_to_be_ended(county: County) -> None:
    county.li()
    with time_machine.travel(now() + timedelta(minutes=31)):
        here = county.li()
        here.get("/me/logins")
        assert here.text.count("已过期") == 1
        assert "/end" not in here.html
        county.li()
        here.get("/me/logins")
        assert here.html.count("/end") == 1


def test_nobody_ends_the_login_of_another(county: County) -> None:
    li, zhou = county.li(), county.zhou()
    hers = one(county.app, "SELECT max(id) FROM logins WHERE person_id = (SELECT id FROM people WHERE login = 'sjs')")
    zhou.get("/me")
    assert zhou.post(f"/me/logins/{hers}/end").status_code == 404
    assert zhou.post("/me/logins/999999/end").status_code == 404
    assert signed_in(li)


def test_a_login_is_used_even_when_that_cannot_be_noted(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database may be read-only for an hour; who is signed in goes on reading."""
    from sqlalchemy.exc import InternalError

    from wdj.core import session

    def refuse() -> None:
        raise InternalError("UPDATE", None, RuntimeError("cannot execute UPDATE in a read-only transaction"))

    browser = county.li()
    monkeypatch.setattr(session, "brief_write", refuse)
    with time_machine.travel(now() + timedelta(minutes=5)):
        assert signed_in(browser)
