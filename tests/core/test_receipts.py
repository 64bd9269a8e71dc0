"""A receipt: what it is made of, what opens it and for how long, and that no log line shows its code."""

import logging
from datetime import timedelta

import pytest
import time_machine

from tests.browser import ORIGIN, Browser
from tests.conftest import County, start
from tests.databases import Database
from tests.floor import one
from tests.modules.letters.made import letter_in, receipt_of
from wdj.core import receipts
from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.logs import hide_codes
from wdj.core.receipts import CODE, LETTERS, NUMBER, Receipt

WRONG = "222222"


def try_code(browser: Browser, number: str, code: str, **headers: str) -> int:
    browser.get("/r")
    return browser.post("/r", {"number": number, "code": code}, **headers).status_code


@pytest.fixture
def sent(county: County) -> tuple[int, str, str]:
    """A letter: its id, number and code."""
    made = letter_in(county.app)
    return made, *receipt_of(county.app, made)


def test_number_and_code_together_are_more_than_58_bits() -> None:
    assert len(set(LETTERS)) == 30
    assert not set(LETTERS) & set("01OILU")
    assert len(LETTERS) ** (NUMBER + CODE) > 2**58


def test_numbers_and_codes_are_of_those_letters_and_no_two_are_alike(county: County) -> None:
    made = [receipt_of(county.app, letter_in(county.app)) for _ in range(5)]
    assert len({number for number, _ in made}) == len({code for _, code in made}) == 5
    assert all(receipts.is_whole(word) for pair in made for word in pair)


def test_the_code_stands_nowhere_in_the_database(county: County, sent: tuple[int, str, str]) -> None:
    _, _, code = sent
    with county.app.app_context():
        for name, table in Receipt.metadata.tables.items():
            rows = db.session.execute(table.select()).all()
            assert all(code not in str(row) for row in rows), name


def test_another_key_makes_another_code(county: County, sent: tuple[int, str, str]) -> None:
    _, number, code = sent
    with county.app.app_context():
        kept = county.app.secret_key
        county.app.secret_key = "stolen without the key"
        try:
            assert receipt_of(county.app, sent[0]) != (number, code)
        finally:
            county.app.secret_key = kept


@pytest.mark.parametrize(
    "typed", ["{0}", "{1}", " {0} ", "{2}", "{3}", "{4}", "{5}"],
    ids=["as it is", "small", "spaces", "dashes", "full width", "parts", "long dash"],
)  # fmt: skip
def test_number_and_code_open_however_they_are_typed(county: County, sent: tuple[int, str, str], typed: str) -> None:
    def written(word: str) -> str:
        wide = "".join(chr(ord(each) + 0xFEE0) for each in word)
        forms = (word, word.lower(), f"{word[:4]}-{word[4:]}", wide, " ".join(word), f"{word[:3]}—{word[3:]}")
        return typed.format(*forms)

    _, number, code = sent
    browser = county.visitor()
    assert try_code(browser, written(number), written(code)) == 303
    assert browser.get(f"/r/{number}").status_code == 200


def test_letters_that_do_not_occur_are_named_and_cost_nothing(county: County, sent: tuple[int, str, str]) -> None:
    _, number, code = sent
    browser = county.visitor()
    for _ in range(8):
        assert try_code(browser, "O" + number[1:], code) == 422
        assert "回执号里没有 0、1 和 O、I、L、U" in browser.text
        assert try_code(browser, number, code[:5]) == 422
        assert "查询码是 6 个" in browser.text
    assert try_code(browser, number, code) == 303


def test_the_qr_code_opens_the_receipt_and_the_code_leaves_the_address(
    county: County, sent: tuple[int, str, str]
) -> None:
    _, number, code = sent
    browser = county.visitor()
    answer = browser.get(f"/r/{number}/{code}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/r/{number}")
    cookie = answer.headers["Set-Cookie"]
    assert all(word in cookie for word in ("wdj_r=", "HttpOnly", "SameSite=Lax", "Max-Age=1800"))
    page = browser.get(f"/r/{number}")
    assert "no-store" in page.headers.getlist("Cache-Control")
    assert "Wdj-Keep" not in page.headers
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_under_tls_the_cookie_is_secure_and_of_this_host(county: County, sent: tuple[int, str, str]) -> None:
    _, number, code = sent
    url, folder = county.app.config["WDJ_DATABASE_URL"], county.app.config["WDJ_INSTANCE"]
    app = start(Database(url), folder, WDJ_HTTPS="1")
    cookie = Browser(app).get(f"/r/{number}/{code}").headers["Set-Cookie"]
    app.extensions["freshness"].close()
    with app.app_context():
        db.engine.dispose()
    assert cookie.startswith("__Host-wdj_r=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_it_stays_open_for_half_an_hour(county: County, sent: tuple[int, str, str]) -> None:
    _, number, code = sent
    with time_machine.travel(now(), tick=False) as clock:
        browser = county.visitor()
        browser.get(f"/r/{number}/{code}")
        clock.shift(timedelta(minutes=29))
        assert browser.get(f"/r/{number}").status_code == 200
        clock.shift(timedelta(minutes=2))
        assert browser.get(f"/r/{number}").status_code == 404


def test_a_cookie_that_we_have_not_signed_opens_nothing(county: County, sent: tuple[int, str, str]) -> None:
    item, number, code = sent
    other = letter_in(county.app)
    browser = county.visitor()
    browser.get(f"/r/{number}/{code}")
    kept = browser.client.get_cookie("wdj_r")
    assert kept
    for forged in (
        kept.value.replace(f"{item}-", f"{other}-", 1),
        kept.value[:-1] + ("0" if kept.value[-1] != "0" else "1"),
        "1-2-3-4", "-", "x" * 60,
    ):  # fmt: skip
        browser.client.set_cookie("wdj_r", forged, domain="localhost")
        assert browser.get(f"/r/{number}").status_code == 404
        assert browser.get(f"/r/{receipt_of(county.app, other)[0]}").status_code == 404


def test_an_open_receipt_opens_no_other(county: County, sent: tuple[int, str, str]) -> None:
    _, number, code = sent
    foreign, _ = receipt_of(county.app, letter_in(county.app))
    browser = county.visitor()
    browser.get(f"/r/{number}/{code}")
    assert browser.get(f"/r/{foreign}").status_code == 404


def test_a_receipt_session_needs_a_token(county: County, sent: tuple[int, str, str]) -> None:
    _, number, code = sent
    browser = county.visitor()
    browser.get(f"/r/{number}/{code}")
    browser.page = None
    bare = browser.client.post("/r/close", headers={"Origin": ORIGIN})
    assert bare.status_code == 403
    assert "请再按一次" in bare.get_data(as_text=True)
    browser.get(f"/r/{number}")
    assert browser.csrf.startswith("r")
    assert browser.post("/r/close").status_code == 303
    assert browser.get(f"/r/{number}").status_code == 404


def test_a_form_of_a_receipt_that_has_shut_comes_back_filled(county: County, sent: tuple[int, str, str]) -> None:
    _, number, code = sent
    with time_machine.travel(now(), tick=False) as clock:
        browser = county.visitor()
        browser.get(f"/r/{number}/{code}")
        browser.get(f"/r/{number}")
        token = browser.csrf
        clock.shift(timedelta(minutes=31))
        answer = browser.post("/letters/1/again", {"text": "我写了很久的话", "csrf": token})
        assert answer.status_code == 403
        assert "我写了很久的话" in browser.html
        assert "先打开回执" in browser.text
        browser.client.get(f"/r/{number}/{code}")  # in another window
        assert browser.post("/r/close").status_code == 303, "the token in that page fits"


def test_who_has_a_receipt_open_gets_no_kept_page_and_leaves_none(county: County, sent: tuple[int, str, str]) -> None:
    """A kept page has no token, and a page with a token is nobody else's."""
    _, number, code = sent
    holder, visitor = county.visitor(), county.visitor()
    visitor.get("/login")
    holder.get(f"/r/{number}/{code}")
    assert 'name="csrf"' in holder.get("/r").get_data(as_text=True)
    assert 'name="csrf"' not in visitor.get("/r").get_data(as_text=True)
    assert 'name="csrf"' in holder.get("/r").get_data(as_text=True)


def test_a_log_line_never_shows_the_code(
    county: County, sent: tuple[int, str, str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    _, number, code = sent

    def fail(*_: object) -> None:
        raise RuntimeError(f"GET /r/{number}/{code} tried to write")

    monkeypatch.setattr(receipts, "find", fail)
    answer = county.visitor().get(f"/r/{number}/{code}")
    assert answer.status_code == 500
    assert code not in answer.get_data(as_text=True), "the error page's links come back to the receipt"
    logging.getLogger("gunicorn.error").error("Error handling request %s %s", "GET", f"/r/{number}/{code}?x=1")
    shown = "".join(logging.Formatter().format(record) for record in caplog.records)
    assert f"/r/{number}/****" in shown
    assert "tried to write" in shown
    assert code not in shown


def test_what_is_hidden_is_the_code_alone() -> None:
    assert hide_codes("GET /r/4F7K92/ABCDEF?a=1 HTTP/1.1") == "GET /r/4F7K92/****?a=1 HTTP/1.1"
    assert hide_codes("GET /r/4F7K92/slip") == "GET /r/4F7K92/slip"
    assert hide_codes("GET /r/4F7K92") == "GET /r/4F7K92"


def test_a_right_code_writes_nothing(county: County, sent: tuple[int, str, str]) -> None:
    _, number, code = sent
    county.visitor().get(f"/r/{number}/{code}")
    assert try_code(county.visitor(), number, code) == 303
    assert one(county.app, "SELECT count(*) FROM throttles") == 0


def test_what_counts_wrong_codes_names_neither_number_nor_network(county: County, sent: tuple[int, str, str]) -> None:
    _, number, _ = sent
    assert try_code(county.visitor(), number, WRONG) == 422
    assert one(county.app, "SELECT count(*) FROM throttles") == 3
    for known in (number, "127.0.0"):
        assert one(county.app, f"SELECT count(*) FROM throttles WHERE key LIKE '%{known}%'") == 0
