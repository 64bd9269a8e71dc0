"""Who is in danger sees whom to call before anything else, and clerks see whose letter cannot wait."""

import re

import pytest

from tests.browser import Browser
from tests.conftest import County
from tests.modules.letters.asked import letter, said
from tests.modules.letters.made import TOWN, letter_in, one
from wdj.portal import figures

CRY = "我不想活了，喝了农药也没人管"


def alerts(browser: Browser) -> list[str]:
    """The headings of what the page says first, in their order."""
    return re.findall(r'role="alert"[^>]*><h2>([^<]*)', browser.html)


def told(county: County, **more: object) -> dict[str, object]:
    """What the form of 代录 is sent with."""
    given = {"source": "telephone", "received_on": "2026-11-20", "org": str(county.org(TOWN)), "text": CRY}
    return said(county, **(given | more))


def test_a_cry_for_help_is_answered_first_whatever_else_is_wrong(county: County) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    assert phone.post("/letters/ask", said(county, text=CRY, phone="123")).status_code == 422
    first, then = alerts(phone)
    assert "120" in first
    assert "还差 1 处" in then
    assert re.findall(r'class="btn p w" href="tel:(\d+)"', phone.html) == ["120", "110", "12356"]


def test_a_wrong_number_of_somebody_in_danger_stops_no_letter(county: County) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    in_danger = said(county, text=CRY, phone="123", kind="help")
    assert phone.post("/letters/ask", in_danger).status_code == 422
    assert phone.post("/letters/ask", in_danger | {"called": "1"}).status_code == 303
    assert one(county, "SELECT phone FROM contacts") == "123"
    assert letter(county, "danger") == "poison"


def test_called_lets_a_wrong_number_through_for_nobody_else(county: County) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    assert phone.post("/letters/ask", said(county, phone="123", called="1")).status_code == 422


def test_what_is_wrong_besides_the_number_leaves_the_warning_where_it_stands(county: County) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    wrong = said(county, text=CRY, name="王" * 21, called="1")
    assert phone.post("/letters/ask", wrong).status_code == 422
    assert "120" in alerts(phone)[0]


def test_who_looks_for_answers_in_danger_sees_whom_to_call(county: County) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    phone.post("/letters/ask", said(county, text=CRY, look="1"))
    assert "120" in alerts(phone)[0]


def test_the_clerk_who_writes_it_down_sees_it_first_too(county: County) -> None:
    zhou = county.zhou()
    zhou.get("/letters/new")
    wrong = told(county, phone="123")
    assert zhou.post("/letters/new", wrong).status_code == 422
    assert "120" in alerts(zhou)[0]
    assert zhou.post("/letters/new", wrong | {"called": "1"}).status_code == 303
    assert one(county, "SELECT phone FROM contacts") == "123"


def test_what_is_written_down_is_of_no_kind_until_one_is_chosen(county: County) -> None:
    zhou = county.zhou()
    kinds = r'name="kind" value="[a-z]+" checked'
    assert not re.search(kinds, zhou.get("/letters/new").text)
    without = {name: words for name, words in told(county, text="路灯坏了").items() if name != "kind"}
    assert zhou.post("/letters/new", without).status_code == 422
    assert '<p class="e">请选一类' in zhou.html


def test_the_page_of_a_letter_that_tells_of_danger_says_to_call_first(county: County) -> None:
    urgent = letter_in(county.app, words=CRY, danger="poison")
    calm = letter_in(county.app)
    zhou = county.zhou()
    assert "先打电话问" in zhou.get(f"/letters/{urgent}").text
    assert "先打电话问" not in zhou.get(f"/letters/{calm}").text


def test_danger_that_nobody_has_taken_up_lies_under_no_forty_others(county: County) -> None:
    for number in range(3):
        letter_in(county.app, words=f"第 {number} 封，路灯坏了")
    urgent = letter_in(county.app, words=CRY, danger="poison")
    letter_in(county.app, "in_hand", words="着火了", danger="fire")
    zhou = county.zhou()
    assert "1 件说有危险，还没人接" in zhou.get("/desk").text
    listed = zhou.get("/desk?due=danger").text
    assert re.findall(r'name="id" value="(\d+)"', listed) == [str(urgent)]
    assert county.wang().get("/desk").text.count("说有危险") == 0
    zhou.post(f"/letters/{urgent}/accept")
    zhou.post(f"/letters/{urgent}/take")
    assert "说有危险" not in zhou.get("/desk").text


def test_danger_behind_all_that_is_looked_at_is_counted_too(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "BATCH", 2)
    for number in range(2):
        letter_in(county.app, days_ago=3, words=f"第 {number} 封，路灯坏了")
    letter_in(county.app, words=CRY, danger="poison")
    assert "1 件说有危险，还没人接" in county.zhou().get("/desk").text
