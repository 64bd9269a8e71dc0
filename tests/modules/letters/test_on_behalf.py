"""代录: a clerk writes down what came by telephone, at the counter or on paper, and the receipt is printed at once."""

import io
from datetime import timedelta
from typing import Any

import pytest

from tests.browser import Browser
from tests.conftest import County
from tests.modules.letters.asked import FROST, letter, receiver
from tests.modules.letters.made import FARMING, TOWN, VILLAGE, one
from tests.screen.things import small_photo
from wdj.core.clock import today
from wdj.core.items import SOURCES

FRIDAY = "2026-04-17"


def told(county: County, org: str = VILLAGE, village: str = VILLAGE, **more: Any) -> dict[str, Any]:
    """What the form is sent with."""
    who = {"name": "老王", "phone": "13800000001", "address": "二组"}
    how = {"source": "telephone", "received_on": today().isoformat(), "kind": "question", "door": "board"}
    places = {"org": str(county.org(org)), "village": str(county.org(village)) if village else "0"}
    return {"text": FROST, **who, **how, **places, **more}


def write_down(clerk: Browser, county: County, **more: Any) -> str:
    """Let the clerk send the form; returns where that leads."""
    clerk.get("/letters/new")
    response = clerk.post("/letters/new", told(county, **more))
    assert response.status_code == 303, clerk.text
    return response.headers["Location"]


def test_a_telephone_call_is_written_down_and_its_slip_is_there_to_print(county: County) -> None:
    li = county.li()
    slip = write_down(li, county)
    number = one(county, "SELECT number FROM receipts")
    assert slip == f"/r/{number}/slip"
    assert li.get(slip).status_code == 200
    assert f"{number[:4]}-{number[4:]}" in li.text
    assert county.zhou().get(slip).status_code == 404, "the slip is lent to who wrote it down"
    assert receiver(county) == TOWN, "as if it had come by the web"
    person = one(county, "SELECT id FROM people WHERE login = 'sjs'")
    assert [letter(county, each) for each in ("source", "recorder_id", "author_id")] == ["telephone", person, None]
    assert one(county, "SELECT address FROM contacts") == "二组"
    assert one(county, "SELECT note FROM events WHERE action = 'record'") == "电话"
    assert li.get(f"/letters/{letter(county, 'letters.id')}").status_code == 200, "who wrote it down sees it"


@pytest.mark.parametrize("source", SOURCES)
def test_each_way_by_which_it_came_is_kept(county: County, source: str) -> None:
    write_down(county.li(), county, source=source)
    assert letter(county, "source") == source


def test_a_clerk_may_keep_it_for_the_own_unit(county: County) -> None:
    write_down(county.li(), county, keeps="y")
    assert receiver(county) == VILLAGE


def test_a_department_writes_down_for_every_village_and_the_town_gets_it(county: County) -> None:
    write_down(county.zhao(), county, org=FARMING)
    assert receiver(county) == TOWN
    write_down(county.zhao(), county, org=FARMING, door="mailbox", text="另一件事：三组没有路灯")
    assert receiver(county) == "凤县"


def test_what_was_on_the_desk_for_days_has_lost_them(county: County) -> None:
    write_down(county.li(), county, received_on=FRIDAY)
    started, due = (
        one(county, f"SELECT {each} FROM deadlines WHERE name = 'whole'") for each in ("started_on", "due_on")
    )
    assert str(started) == FRIDAY
    assert str(due) == "2026-04-22", "Friday is day nought, the weekend does not count"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"text": ""}, "写一写是什么事"),
        ({"source": ""}, "请选一下是怎么来的"),
        ({"source": "pigeon"}, "请选一下是怎么来的"),
        ({"received_on": ""}, "请写上哪天收到的"),
        ({"received_on": "昨天"}, "日期请写成"),
        ({"received_on": (today() + timedelta(days=1)).isoformat()}, "收到的日子不能在今天以后"),
        ({"phone": "1380000001"}, "手机号少 1 位，请查一下"),
        ({"kind": ""}, "请选一类"),
    ],
)
def test_each_mistake_has_its_sentence(county: County, wrong: dict[str, str], sentence: str) -> None:
    li = county.li()
    li.get("/letters/new")
    assert li.post("/letters/new", told(county) | wrong).status_code == 422
    assert li.text.count(sentence) == 2
    assert 'value="二组"' in li.html
    assert one(county, "SELECT count(*) FROM letters") == 0


def test_nobody_writes_down_for_a_unit_or_a_village_that_is_not_theirs(county: County) -> None:
    for clerk, foreign in (
        (county.li(), {"village": "东庄村"}),
        (county.zhou(), {"org": "平木镇"}),
        (county.wang(), {}),
    ):
        clerk.get("/letters/new")
        own = TOWN if foreign.get("village") is None else VILLAGE
        assert clerk.post("/letters/new", told(county, **{"org": own, **foreign})).status_code == 422
    assert one(county, "SELECT count(*) FROM letters") == 0
    assert county.sun().get("/letters/new").status_code == 403
    assert county.visitor().get("/letters/new").headers["Location"].startswith("/login")


def test_nine_scans_of_a_paper_are_kept_and_a_tenth_is_too_many(county: County) -> None:
    li = county.li()
    scans = [(io.BytesIO(small_photo(number)), f"{number}.jpg") for number in range(10)]
    li.get("/letters/new")
    assert li.post("/letters/new", told(county, source="paper", pictures=scans)).status_code == 422
    assert "照片最多 9 张" in li.text
    assert li.post("/letters/new", told(county, source="paper")).status_code == 303
    assert one(county, "SELECT count(*) FROM media WHERE item_id IS NOT NULL") == 9


def test_danger_is_said_to_the_clerk_too(county: County) -> None:
    li = county.li()
    li.get("/letters/new")
    urgent = told(county, text="村东头房子着火了，老人还在里面")
    assert li.post("/letters/new", urgent).status_code == 422
    assert 'href="tel:119"' in li.html
    assert "接着交上去" not in li.text
    assert "接着存" in li.text
    assert li.post("/letters/new", urgent | {"called": "1"}).status_code == 303
    assert letter(county, "danger")


def test_two_taps_are_one_letter_and_both_lead_to_the_slip(county: County) -> None:
    li = county.li()
    li.get("/letters/new")
    page = li.page
    first = li.post("/letters/new", told(county)).headers["Location"]
    li.page = page
    assert li.post("/letters/new", told(county)).headers["Location"] == first
    assert li.get(first).status_code == 200
    assert 'href="/letters/new">再代录一封信' in li.html
    assert one(county, "SELECT count(*) FROM letters") == 1


def test_who_goes_back_and_mends_a_word_mends_the_letter_until_somebody_has_it_in_hand(county: County) -> None:
    li = county.li()
    li.get("/letters/new")
    page = li.page
    slip = li.post("/letters/new", told(county)).headers["Location"]
    li.page = page
    mended = told(county, text="不是二组，是三组冻得厉害", phone="13800000002", door="mailbox")
    assert li.post("/letters/new", mended).headers["Location"] == slip
    assert one(county, "SELECT count(*) FROM letters") == 1
    assert letter(county, "text") == "不是二组，是三组冻得厉害"
    assert receiver(county) == "凤县"
    assert one(county, "SELECT phone FROM contacts") == "13800000002"
    assert one(county, "SELECT days FROM deadlines WHERE name = 'whole'") == 10
    chen, id = county.chen(), letter(county, "letters.id")
    chen.get(f"/letters/{id}")
    assert chen.post(f"/letters/{id}/accept").status_code == 303
    li.page = page
    assert li.post("/letters/new", told(county, text="还是二组")).status_code == 409
    assert "已经有人在办" in li.text
    assert "还是二组" in li.html


def test_a_number_that_was_not_to_be_written_down_is_gone_after_the_correction(county: County) -> None:
    li = county.li()
    li.get("/letters/new")
    page = li.page
    li.post("/letters/new", told(county))
    li.page = page
    assert li.post("/letters/new", told(county, name="", phone="", address="")).status_code == 303
    assert one(county, "SELECT count(*) FROM letters") == 1
    assert one(county, "SELECT count(*) FROM contacts") == 0


def test_consent_is_only_what_was_given_and_never_for_trouble_with_neighbours(county: County) -> None:
    write_down(county.li(), county)
    assert not letter(county, "may_publish")
    write_down(county.li(), county, may_publish="y", text="另一件：三组没有路灯")
    assert letter(county, "may_publish")
    write_down(county.li(), county, may_publish="y", kind="dispute", text="又一件：地界争了两年")
    assert not letter(county, "may_publish")
