"""What nobody else does with a letter than who wrote it; what nobody reads; what a clerk takes down for them."""

import io
import re

import pytest

from tests.conftest import County
from tests.modules.letters.authors import opened, send, state_of
from tests.modules.letters.made import ANSWER, FARMING, TOWN, VILLAGE, letter_in, one, receipt_of
from tests.screen.things import small_photo


@pytest.mark.parametrize("verb", ["rate", "supply", "again", "withdraw", "photos"])
def test_nobody_else_does_what_is_its_authors(county: County, verb: str) -> None:
    state = {"rate": "answered", "again": "answered", "supply": "waiting"}.get(verb, "in_hand")
    letter, other = letter_in(county.app, state), letter_in(county.app, "answered")
    data = {"solved": "yes", "text": "我来说"}
    for browser, expected in ((county.visitor(), 404), (opened(county, other), 404), (county.wang(), 404),
                              (county.sun(), 404), (county.zhao(), 403), (county.zhou(), 403)):  # fmt: skip
        browser.get("/me")  # has a form, and so the token
        assert browser.post(f"/letters/{letter}/{verb}", data).status_code == expected
    assert state_of(county, letter) == state


def test_a_wrong_code_opens_nothing(county: County) -> None:
    letter = letter_in(county.app, "answered")
    number, code = receipt_of(county.app, letter)
    browser = county.visitor()
    browser.get("/r")
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    assert browser.post("/r", {"number": number, "code": wrong}).status_code == 422
    assert ANSWER[:20] not in browser.html
    assert browser.get(f"/letters/{letter}").status_code == 404


@pytest.mark.parametrize(("verb", "state"), [
    ("rate", "answered"), ("again", "answered"), ("supply", "waiting"), ("photos", "in_hand"), ("withdraw", "in_hand"),
])  # fmt: skip
def test_of_who_left_no_name_no_account_is_kept_afterwards_either(county: County, verb: str, state: str) -> None:
    letter = letter_in(county.app, state, door="mailbox", phone="", name="", is_anonymous=True)
    number, code = receipt_of(county.app, letter)
    li = county.li()  # who has left no name at the mailbox, and is signed in now
    li.get("/r")
    li.post("/r", {"number": number, "code": code}, follow=True)
    photo = {"pictures": (io.BytesIO(small_photo(1)), "路.jpg")} if verb in ("photos", "supply") else {}
    send(li, letter, verb, solved="yes", text="再说一句", **photo)
    assert state_of(county, letter) in ("closed", "in_hand", "withdrawn")
    assert one(county, "SELECT count(*) FROM events WHERE item_id = :id", id=letter) > 0
    assert one(county, "SELECT count(*) FROM events WHERE item_id = :id AND person_id IS NOT NULL", id=letter) == 0
    assert one(county, "SELECT count(*) FROM letter_messages WHERE person_id IS NOT NULL") == 0
    assert one(county, "SELECT count(*) FROM letter_ratings WHERE way <> 'receipt' OR person_id IS NOT NULL") == 0
    assert one(county, "SELECT count(*) FROM media WHERE owner <> ''") == 0


def test_the_phone_that_sent_it_is_led_to_its_page_and_another_finds_nothing(county: County) -> None:
    browser = county.visitor()
    browser.get("/letters/ask")
    about = {
        "kind": "help",
        "door": "board",
        "village": county.org("沙江寺村"),
        "phone": "13800000001",
        "who": "office",
    }
    browser.post("/letters/ask", {"text": "村口的路灯坏了，晚上看不见。"} | about)
    letter = int(one(county, "SELECT id FROM letters"))
    number = receipt_of(county.app, letter)[0]
    browser.client.delete_cookie("wdj_r")
    answer = browser.get(f"/letters/{letter}")
    assert answer.headers["Location"] == f"/r/{number}"
    browser.get(f"/r/{number}")
    assert "路灯坏了" in browser.text
    assert county.visitor().get(f"/letters/{letter}").status_code == 404
    browser.client.delete_cookie("wdj_r")
    assert browser.post(f"/letters/{letter}/withdraw", {"text": "修好了"}).status_code == 403
    assert "修好了" in browser.html, "the half hour is over: what was typed comes back to be sent once more"
    assert browser.post(f"/letters/{letter}/withdraw", {"text": "修好了"}).status_code == 303
    assert state_of(county, letter) == "withdrawn"


def test_no_number_stands_in_what_everybody_reads_of_a_letter(county: County) -> None:
    phone = "13912345678"
    letter = letter_in(
        county.app, "waiting", words=f"我的电话 {phone}，\n家里三亩椒树冻了，电话 １３９ 1234 5678", public=True
    )
    browser = opened(county, letter)
    send(browser, letter, "supply", text=f"再打这个 {phone}")
    answered = f"打您的 {phone} 没有人接，请打 0917-000-0000。"
    zhao = county.zhao()
    zhao.get(f"/letters/{letter}/answer")
    assert zhao.post(f"/letters/{letter}/answer", {"text": answered, "then": "answer"}).status_code == 303
    everybody = county.visitor()
    for url in (f"/letters/{letter}", "/letters", "/letters?q=椒树", "/search?q=椒树"):
        everybody.get(url)
        assert f"/letters/{letter}" in everybody.html or "139****5678" in everybody.html
        assert not re.search(r"1234\s?5678", everybody.html), url
    browser.get(f"/r/{receipt_of(county.app, letter)[0]}")
    assert browser.html.count(phone) >= 3, "who wrote it reads the letter, what was added, and the answer as they are"


def test_a_clerk_writes_down_what_is_said_on_the_telephone_and_it_is_marked(county: County) -> None:
    letter, zhou = letter_in(county.app, "answered"), county.zhou()
    zhou.get(f"/letters/{letter}/by-phone")
    assert "没有问到的，不用替他点" in zhou.text
    assert zhou.post(f"/letters/{letter}/by-phone", {"do": "rate"}).status_code == 422
    zhou.post(f"/letters/{letter}/by-phone", {"do": "rate", "solved": "yes"})
    assert one(county, "SELECT way FROM letter_ratings WHERE person_id IS NOT NULL") == "telephone"
    assert one(county, "SELECT note FROM events WHERE action = 'rate'") == "电话里说的"
    browser = opened(county, letter)
    assert "已办结" in browser.text


@pytest.mark.parametrize(("handler", "who", "asked"), [
    (FARMING, "zhao", "zhou"), (VILLAGE, "li", "zhou"), (TOWN, "zhou", "chen"),
])  # fmt: skip
def test_no_unit_rates_its_own_answer_or_takes_a_letter_back_for_who_wrote_it(
    county: County, handler: str, who: str, asked: str
) -> None:
    answered, old = (letter_in(county.app, state, handler=handler, days_ago=60) for state in ("answered", "in_hand"))
    unit, above = getattr(county, who)(), getattr(county, asked)()
    unit.get(f"/letters/{answered}/by-phone")
    assert "评价和撤回不由办信的单位自己记" in unit.text
    assert 'value="rate"' not in unit.html
    assert 'value="again"' in unit.html
    for letter, said in ((answered, {"do": "rate", "solved": "yes", "satisfaction": "3"}), (old, {"do": "withdraw"})):
        before = state_of(county, letter)
        unit.get("/me")  # has a form, and so the token
        assert unit.post(f"/letters/{letter}/by-phone", said).status_code == 403
        assert state_of(county, letter) == before
        unit.get(f"/letters/{letter}")
        assert (f"/letters/{letter}/by-phone" in unit.html) == (letter == answered), "where there is nothing, no button"
        above.get(f"/letters/{letter}/by-phone")
        assert above.post(f"/letters/{letter}/by-phone", said).status_code == 303
    assert (state_of(county, answered), state_of(county, old)) == ("closed", "withdrawn")


def test_who_received_it_takes_back_what_nobody_has_in_hand_yet(county: County) -> None:
    letter, zhou = letter_in(county.app, "posted"), county.zhou()
    zhou.get(f"/letters/{letter}/by-phone")
    assert zhou.post(f"/letters/{letter}/by-phone", {"do": "withdraw", "text": "修好了"}).status_code == 303
    assert one(county, "SELECT note FROM events WHERE action = 'withdraw'") == "电话里说的：修好了"


def test_who_does_not_handle_it_takes_nothing_down_for_it(county: County) -> None:
    letter = letter_in(county.app, "answered", public=True)
    for browser, expected in ((county.wang(), 403), (county.sun(), 403), (county.zhou(), 200), (county.chen(), 200)):
        assert browser.get(f"/letters/{letter}/by-phone").status_code == expected
    private = letter_in(county.app, "answered")
    assert county.wang().get(f"/letters/{private}/by-phone").status_code == 404
    zhao = county.zhao()
    zhao.get(f"/letters/{private}/by-phone")
    assert zhao.post(f"/letters/{private}/by-phone", {"do": "burn"}).status_code == 404
    assert zhao.post(f"/letters/{private}/by-phone", {"do": "supply", "text": "啊"}).status_code == 409
