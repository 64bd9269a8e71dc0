"""Who may send a form, what comes back when it was not taken, and that nothing anybody sends breaks the site."""

import html
import io
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from PIL import Image
from werkzeug.test import TestResponse

from tests.browser import ORIGIN, Browser, Page
from tests.conftest import County
from tests.floor import TEXT, change, counts, every, one, published, unsafe_addresses, words
from wdj.core.clock import now
from wdj.portal.sample import PASSWORD

FOREIGN: dict[str, dict[str, str]] = {
    "origin": {"Origin": "https://evil.example"},
    "origin without a name": {"Origin": "null"},
    "origin with our name in it": {"Origin": "http://localhost.evil.example"},
    "origin on another port": {"Origin": "http://localhost:8080"},
    "referer": {"Referer": "https://evil.example/localhost"},
    "cross-site": {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN},
    "same-site": {"Sec-Fetch-Site": "same-site", "Origin": ORIGIN},
}
SAID = {"text": "照着做了，盖草管用。", "name": "老王", "village": "沙江寺村"}


def raw_post(browser: Browser, url: str, data: dict[str, Any], **headers: str) -> TestResponse:
    """A form as something else than our page sends it: without the hidden inputs and with these headers only."""
    response = browser.client.post(url, data=data, headers=headers)
    browser._look_at(response)
    return response


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("who", ["visitor", "zhou"])
def test_no_form_of_another_site_is_taken_by_any_route(county: County, who: str, kind: str) -> None:
    published(county)
    browser: Browser = getattr(county, who)()
    browser.get("/me")
    before = counts(county.app)
    for url in unsafe_addresses(county):
        sent = {**SAID, "login": "sjs", "password": PASSWORD, "csrf": browser.csrf}
        assert raw_post(browser, url, sent, **FOREIGN[kind]).status_code == 403, url
    assert counts(county.app) == before


def test_also_with_put_and_delete(county: County) -> None:
    browser = county.zhou()
    for method in ("PUT", "DELETE", "PATCH"):
        answer = browser.client.open("/me/forget", method=method, headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403


@pytest.mark.parametrize("token", [None, "", "0" * 32, "falsch", "\u2603"])
def test_with_a_login_every_route_wants_its_token(county: County, token: str | None) -> None:
    published(county)
    zhou = county.zhou()
    before = counts(county.app)
    for url in unsafe_addresses(county):
        sent = {**SAID, "password": "geheim-und-falsch", **({} if token is None else {"csrf": token})}
        answer = raw_post(zhou, url, sent, Origin=ORIGIN)
        assert answer.status_code == 403, url
        body = answer.get_data(as_text=True)
        assert "再按一次" in body
        assert "盖草管用" in body
        assert "geheim-und-falsch" not in body
    assert counts(county.app) == before


def test_the_token_of_somebody_else_is_no_token(county: County) -> None:
    li, zhou = county.li(), county.zhou()
    li.get("/me")
    assert raw_post(zhou, "/logout", {"csrf": li.csrf}, Origin=ORIGIN).status_code == 403


def typed_in(answer: TestResponse) -> dict[str, str]:
    """Every field of the form in a page that gave it back."""
    page = answer.get_data(as_text=True)
    areas = re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n?(.*?)</textarea>', page, re.DOTALL)
    form = next(each for each in Page(page).forms if each["method"] == "post")
    return {**form["fields"], **{name: html.unescape(text) for name, text in areas}}


def send_again(browser: Browser, answer: TestResponse, **more: str) -> TestResponse:
    """Press the button of the page that gave everything back; what must be typed anew is in `more`."""
    return raw_post(browser, answer.request.path, {**typed_in(answer), **more})


def test_a_missing_token_costs_one_more_tap_and_no_word(county: County) -> None:
    zhou = county.zhou()
    sent = words(county, "留凤关镇", then="publish")
    answer = raw_post(zhou, "/feed/new", sent, Origin=ORIGIN)
    assert send_again(zhou, answer).status_code == 303
    assert one(county.app, "SELECT text FROM items") == TEXT
    assert one(county.app, "SELECT state FROM items") == "published"


def test_an_old_phone_that_says_nothing_of_itself_is_asked_once_more(county: County) -> None:
    post, phone = published(county), county.visitor()
    answer = raw_post(phone, f"/feed/{post}/comments", SAID)
    assert answer.status_code == 403
    assert typed_in(answer)["text"] == SAID["text"]
    assert counts(county.app)["comments"] == 0
    assert send_again(phone, answer).status_code == 303
    assert every(county.app, "SELECT text FROM comments") == [SAID["text"]]


def test_that_phone_can_log_in_too_and_types_only_its_password_again(county: County) -> None:
    phone = county.visitor()
    answer = raw_post(phone, "/login", {"login": "sjs", "password": PASSWORD, "next": "/desk/comments"})
    assert answer.status_code == 403
    assert PASSWORD not in answer.get_data(as_text=True)
    assert ("input", "password") in [(tag, each.get("type")) for tag, each in phone.page.elements]  # type: ignore[union-attr]
    assert send_again(phone, answer, password=PASSWORD).headers["Location"] == "/desk/comments"


def test_any_anonymous_form_without_a_source_comes_back_filled(county: County) -> None:
    published(county)
    before = counts(county.app)
    for url in unsafe_addresses(county):
        phone = county.visitor()
        answer = raw_post(phone, url, SAID)
        assert answer.status_code == 403, url
        assert "csrf" in typed_in(answer), url
        assert SAID["text"] in typed_in(answer).values(), url
    assert counts(county.app) == before


def test_a_token_is_good_for_its_own_phone_only(county: County) -> None:
    post, phone, thief = published(county), county.visitor(), county.visitor()
    stolen = typed_in(raw_post(phone, f"/feed/{post}/comments", SAID))["csrf"]
    raw_post(thief, f"/feed/{post}/comments", SAID)
    assert raw_post(thief, f"/feed/{post}/comments", {**SAID, "csrf": stolen}).status_code == 403


@pytest.mark.parametrize(("days", "status"), [(0, 303), (1, 303), (3, 403)])
def test_a_token_without_a_login_lasts_until_the_next_day(county: County, days: int, status: int) -> None:
    post, phone = published(county), county.visitor()
    first = raw_post(phone, f"/feed/{post}/comments", SAID)
    with time_machine.travel(now() + timedelta(days=days)):
        second = send_again(phone, first)
        assert second.status_code == status
        if status == 403:
            assert send_again(phone, second).status_code == 303, "and the new one works"


def test_kept_pages_hold_no_token(county: County) -> None:
    post = published(county)
    for page in ("/", f"/feed/{post}", "/login", "/places"):
        assert "csrf" not in county.visitor().get(page).get_data(as_text=True)


def test_a_login_that_ended_in_the_middle_of_writing_loses_no_word_and_no_picture(county: County) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "#9d1f1a").save(picture, "JPEG")
    zhou = county.zhou()
    zhou.get("/feed/new")
    half = words(county, "留凤关镇", title="", then="publish")
    answer = zhou.post("/feed/new", {**half, "pictures": (io.BytesIO(picture.getvalue()), "a.jpg")})
    assert answer.status_code == 422
    change(county.app, "UPDATE logins SET ended_at = :now", now=now().replace(tzinfo=None))

    sent = {**typed_in(answer), **words(county, "留凤关镇", then="publish")}
    answer = raw_post(zhou, "/feed/new", sent, Origin=ORIGIN)
    assert answer.status_code == 403
    assert "登录过期" in zhou.text
    kept = typed_in(answer)
    assert (kept["title"], kept["text"]) == (sent["title"], TEXT)
    assert kept["once"] == sent["once"], "the picture hangs on it"

    other_window = Browser(county.app)
    other_window.client = zhou.client
    other_window.sign_in("liufengguan", PASSWORD)
    answer = raw_post(zhou, "/feed/new", kept, Origin=ORIGIN)
    assert answer.status_code == 403
    assert send_again(zhou, answer).status_code == 303
    assert one(county.app, "SELECT state FROM items") == "published"
    assert one(county.app, "SELECT count(*) FROM media WHERE item_id IS NOT NULL") == 1


# Sending twice.


def test_the_same_words_within_ten_minutes_are_one_comment_also_over_the_full_hour(county: County) -> None:
    post, phone = published(county), county.visitor()
    phone.post(f"/feed/{post}/like")  # it has its cookie now
    full_hour = now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    answers = []
    for seconds in (-2, 3, 500):
        with time_machine.travel(full_hour + timedelta(seconds=seconds), tick=False):
            answers.append(phone.post(f"/feed/{post}/comments", SAID).headers["Location"])
    assert len(set(answers)) == 1
    assert counts(county.app)["comments"] == 1
    with time_machine.travel(full_hour + timedelta(seconds=700)):
        assert phone.post(f"/feed/{post}/comments", SAID).headers["Location"] not in answers
    assert counts(county.app)["comments"] == 2


def test_a_form_of_somebody_signed_in_is_one_thing_for_a_whole_day(county: County) -> None:
    zhou = county.zhou()
    sent = {**typed_in(zhou.get("/feed/new")), **words(county, "留凤关镇", then="publish")}
    first = raw_post(zhou, "/feed/new", sent, Origin=ORIGIN)
    with time_machine.travel(now() + timedelta(minutes=25)):
        second = raw_post(zhou, "/feed/new", sent, Origin=ORIGIN)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert counts(county.app)["items"] == 1
