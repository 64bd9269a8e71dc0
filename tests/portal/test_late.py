"""超期清单: what is late below me, by unit and by how much; the reminder to print; what the desk says."""

from typing import Any

import pytest

from tests.conftest import County
from tests.floor import change, one
from tests.modules.letters.made import letter_in, receipt_of
from tests.portal.test_calendar import on
from wdj.core import deadlines
from wdj.core.db import db
from wdj.core.items import Item
from wdj.core.reminders import tell
from wdj.portal import late

NOW = "2026-11-20"


def letters(county: County) -> dict[str, int]:
    """Letters of 留凤关镇 at 县农业农村局, each in five working days: five days late, one day late, due, fresh."""
    with on(NOW):
        days = {"old": 18, "late": 8, "due": 7, "fresh": 1}
        return {name: letter_in(county.app, "in_hand", kind="help", words=f"{name}：椒园冻了。", days_ago=ago)
                for name, ago in days.items()}  # fmt: skip


def titles(text: str) -> list[str]:
    return [each for each in ("old", "late", "due", "fresh") if f"{each}：" in text]


def look(county: County, name: str, url: str = "/late") -> str:
    with on(NOW):
        clerk = getattr(county, name)()
        answer = clerk.get(url)
        assert answer.status_code == 200, answer.status_code
        return str(clerk.text)


def test_the_list_shows_what_is_late_oldest_first_with_its_days(county: County) -> None:
    letters(county)
    text = look(county, "zhou")
    assert titles(text) == ["old", "late"]
    assert text.index("old：") < text.index("late：")
    assert "超期 9 个工作日" in text
    assert "超期 1 个工作日" in text
    assert titles(look(county, "zhou", "/late?view=five")) == ["old"]
    assert titles(look(county, "zhou", "/late?view=soon")) == ["due"]


def test_who_has_it_who_received_it_and_the_county_see_it_and_nobody_else(county: County) -> None:
    letters(county)
    for name in ("zhou", "zhao", "chen"):
        assert titles(look(county, name)) == ["old", "late"], name
    for name in ("wang", "li"):
        assert titles(look(county, name)) == [], name
    with on(NOW):
        assert county.sun().get("/late").status_code == 403


def test_the_list_can_be_asked_for_one_unit(county: County) -> None:
    letters(county)
    with on(NOW):
        letter_in(county.app, "accepted", words="fresh：镇上的事。", days_ago=30)
    text = look(county, "chen")
    assert "县农业农村局 2 件" in text
    assert "留凤关镇 1 件" in text
    assert titles(look(county, "chen", f"/late?org={county.org('留凤关镇')}")) == ["fresh"]
    with on(NOW):
        assert county.zhou().get(f"/late?org={county.org('平木镇')}").status_code == 404


def test_a_long_list_goes_on_where_it_stopped(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "PAGE_ROWS", 2)
    with on(NOW):
        for number in range(5):
            letter_in(county.app, "in_hand", words=f"第{number}封：椒园冻了。", days_ago=20)
        zhou, seen = county.zhou(), []
        url: Any = "/late"
        while url:
            zhou.get(url)
            seen += [number for number in range(5) if f"第{number}封" in zhou.text]
            links = [attrs["href"] for tag, attrs in zhou.page.elements if tag == "a" and "after=" in attrs["href"]]
            url = links[0] if links else None
    assert seen == [0, 1, 2, 3, 4]


def test_what_it_waited_for_others_is_not_late(county: County) -> None:
    made = letters(county)["old"]
    with county.app.app_context(), on("2026-11-13"):
        deadlines.pause(db.session.get_one(Item, made))
        db.session.commit()
    text = look(county, "zhou")
    assert "超期 4 个工作日" in text
    assert titles(look(county, "zhou", "/late?view=five")) == []


def test_the_reminder_says_all_that_its_unit_must_know_and_no_private_word(county: County) -> None:
    with on(NOW):
        letter = letter_in(county.app, "in_hand", kind="help", words="电话13912345678，椒园冻了。", days_ago=18)
    with county.app.app_context():
        item = db.session.get_one(Item, letter)
        with on("2026-11-04"):
            deadlines.pause(item)
        with on("2026-11-06"):
            deadlines.resume(item)
            deadlines.extend(item, 2)
            db.session.commit()
    with on(NOW):
        zhou = county.zhou()
        assert zhou.get(f"/late/{letter}/print").status_code == 200
    for words in (
        "催办单", "留凤关镇", "农业农村局", "收到 2026年11月2日", "5 个工作日，延期 2 个工作日",
        "2026年11月13日， 超期 5 个工作日",
               "2026年11月4日至2026年11月6日", "签收人", "负责人签字", "2026年11月20日",
    ):  # fmt: skip
        assert words in zhou.text, words
    number, _ = receipt_of(county.app, letter)
    assert f"回执号 {number[:4]}-{number[4:]}" in zhou.text
    assert "139****5678，椒园冻了。" in zhou.text, "the whole letter, masked"
    assert "13912345678" not in zhou.html
    assert "13800000001" not in zhou.html


def test_there_is_a_reminder_only_of_what_runs_and_only_for_who_reads_for_it(county: County) -> None:
    made = letters(county)
    with on(NOW):
        done = letter_in(county.app, "answered")
        zhou = county.zhou()
        assert zhou.get(f"/late/{done}/print").status_code == 404
        assert "没有在走的时限" in zhou.text
        assert county.wang().get(f"/late/{made['old']}/print").status_code == 404
        change(county.app, "UPDATE items SET is_public = true WHERE id = :id", id=made["old"])
        assert county.wang().get(f"/late/{made['old']}/print").status_code == 403


def test_the_desk_says_how_much_is_late_and_leads_there(county: County) -> None:
    letters(county)
    with on(NOW):
        zhou = county.zhou()
        zhou.get("/desk")
        assert "超期 2 件，其中 5 个工作日以上 1 件" in zhou.text
        for url in ("/late", "/calendar", "/limits"):
            assert f'href="{url}"' in zhou.html
        wang = county.wang()
        wang.get("/desk")
        assert "没有超期的" in wang.text


def test_what_the_chore_told_stands_on_the_letter(county: County) -> None:
    made = letters(county)
    with on(NOW), county.app.app_context():
        tell()
        db.session.commit()
    labels = "SELECT count(*) FROM events WHERE item_id = :id AND action = :action"
    assert one(county.app, labels, id=made["old"], action="escalated") == 1
    assert one(county.app, labels, id=made["due"], action="warned") == 1
    assert one(county.app, labels, id=made["fresh"], action="warned") == 0
