"""走访 and 座谈会: recorded by clerks, linked to many letters, noted on each, read by who handles letters there."""

from typing import Any

from tests.conftest import County
from tests.modules.letters.made import letter_in, one, receipt_of
from wdj.core.clock import today

TEXT = "看了二组十一户的椒园，冻得最重的三户先报灾，农技员周四再来。"


def record(clerk: Any, county: County, org: str = "留凤关镇", **more: Any) -> str:
    """A visit as the clerk has sent the form; returns its address."""
    clerk.get("/letters/forums/new")
    words = {"org": county.org(org), "kind": "visit", "held_on": today().isoformat(), "title": "二组花椒受冻"}
    response = clerk.post("/letters/forums/new", {**words, "place": "二组", "people": "包村干部", "text": TEXT, **more})
    assert response.status_code == 303, clerk.text
    return str(response.headers["Location"]).partition("?")[0]


def visits(county: County, letter: int) -> int:
    return int(one(county, "SELECT count(*) FROM events WHERE item_id = :id AND action = 'visit'", id=letter))


def test_one_forum_serves_many_letters_and_is_noted_on_each_once(county: County) -> None:
    clerk, letters = county.zhou(), [letter_in(county.app, "in_hand"), letter_in(county.app, "posted")]
    number, _ = receipt_of(county.app, letters[1])
    url = record(clerk, county, kind="forum", pick=[str(letters[0])], number=f"{number[:4]}-{number[4:]}".lower())
    clerk.get(url)
    assert "座谈会：二组花椒受冻" in clerk.text
    assert "这 2 封信" in clerk.text
    assert [visits(county, each) for each in letters] == [1, 1]
    clerk.get(f"{url}/edit")
    again = {"org": county.org("留凤关镇"), "kind": "forum", "held_on": today().isoformat(), "title": "二组花椒受冻"}
    clerk.post(f"{url}/edit", {**again, "text": TEXT, "pick": [str(each) for each in letters]})
    assert [visits(county, each) for each in letters] == [1, 1]


def test_it_is_read_at_its_org_and_above_and_is_missing_for_others(county: County) -> None:
    url = record(county.zhou(), county)
    statuses = {name: getattr(county, name)().get(url).status_code for name in ("zhou", "chen", "li", "wang", "zhao")}
    assert statuses == {"zhou": 200, "chen": 200, "li": 404, "wang": 404, "zhao": 404}
    assert county.sun().get(url).status_code == 403
    stranger = county.wang()
    stranger.get("/letters/forums")
    assert "二组花椒受冻" not in stranger.text


def test_no_letter_is_linked_that_its_clerk_does_not_handle(county: County) -> None:
    letter = letter_in(county.app, "posted")
    number, _ = receipt_of(county.app, letter)
    stranger = county.wang()
    stranger.get("/letters/forums/new")
    words = {"org": county.org("平木镇"), "kind": "visit", "held_on": today().isoformat(), "title": "别处的事"}
    response = stranger.post("/letters/forums/new", {**words, "text": TEXT, "number": number})
    assert response.status_code == 422
    assert "不归您这里办" in stranger.text
    assert "别处的事" in stranger.html
    stranger.get("/letters/forums/new")
    assert stranger.post("/letters/forums/new", {**words, "text": TEXT, "pick": [str(letter)]}).status_code == 403
    assert visits(county, letter) == 0


def test_a_letter_leads_to_the_form_in_which_it_is_ticked(county: County) -> None:
    letter = letter_in(county.app, "answered")
    clerk = county.zhou()
    clerk.get(str(clerk.get(f"/letters/{letter}/visit").headers["Location"]))
    ticks = [each for tag, each in clerk.page.elements if each.get("name") == "pick"]  # type: ignore[union-attr]
    assert [(each["value"], "checked" in each) for each in ticks] == [(str(letter), True)]
    assert county.wang().get(f"/letters/{letter}/visit").status_code == 404


def test_a_day_to_come_is_refused_and_what_was_typed_stays(county: County) -> None:
    clerk = county.zhou()
    clerk.get("/letters/forums/new")
    words = {"org": county.org("留凤关镇"), "kind": "visit", "held_on": "2099-01-01", "title": "将来的事", "text": TEXT}
    assert clerk.post("/letters/forums/new", words).status_code == 422
    assert "还没有到这一天" in clerk.text
    assert "将来的事" in clerk.html


def test_the_second_of_two_writers_sees_what_the_first_wrote(county: County) -> None:
    url = record(county.zhou(), county)
    first, second = county.zhou(), county.chen()
    for each in (first, second):
        each.get(f"{url}/edit")
    words = {"org": county.org("留凤关镇"), "kind": "visit", "held_on": today().isoformat(), "title": "二组花椒受冻"}
    assert first.post(f"{url}/edit", {**words, "text": "补记：三户都报了灾。"}).status_code == 303
    assert second.post(f"{url}/edit", {**words, "text": "我写的在这里。"}).status_code == 409
    assert "三户都报了灾" in second.text
    assert "我写的在这里" in second.html


def test_the_page_of_a_letter_leads_its_clerks_to_the_record_and_its_writer_reads_only_the_day(county: County) -> None:
    letter = letter_in(county.app, "in_hand")
    url = record(county.zhou(), county, pick=[str(letter)])
    clerk, department = county.zhou(), county.zhao()
    clerk.get(f"/letters/{letter}")
    assert url in clerk.html
    department.get(f"/letters/{letter}")
    assert url not in department.html
    number, code = receipt_of(county.app, letter)
    phone = county.visitor()
    phone.get(str(phone.get(f"/r/{number}/{code}").headers["Location"]))
    assert "走访、座谈" in phone.text
    assert "冻得最重的三户" not in phone.text


def test_the_desk_leads_there(county: County) -> None:
    clerk = county.zhou()
    clerk.get("/desk")
    for url in ("/letters/forums", "/letters/consultations", "/letters/digest"):
        assert f'href="{url}"' in clerk.html
