"""名册: a village's clerks keep it, everybody else meets telephones nowhere, and each one shown is noted."""

import csv
import io
from typing import Any

import pytest

from tests.conftest import County
from tests.floor import every, one

WANG = {"kind": "household", "name": "王示例", "number": "3-12", "group_name": "三组", "phone": "138 0000 0001",
        "people": "4", "note": "住坡上"}  # fmt: skip


def add(county: County, browser: Any, org: str = "沙江寺村", **more: str) -> int:
    browser.get(f"/register/new?org={county.org(org)}")
    response = browser.post(f"/register/new?org={county.org(org)}", {**WANG, **more})
    assert response.status_code == 303, browser.text
    return int(one(county.app, "SELECT max(id) FROM register"))


def test_a_clerk_writes_a_household_down_and_finds_it_again(county: County) -> None:
    li = county.li()
    add(county, li)
    li.get("/register")
    for words in ("王示例", "3-12", "三组", "138****0001", "住坡上"):
        assert words in li.text
    assert "13800000001" not in li.html
    for query in ("王", "3-1"):
        assert "王示例" in li.get(f"/register?q={query}").text
    assert "没有找到" in li.get("/register?q=赵").text


def test_a_telephone_is_shown_once_and_noted(county: County) -> None:
    li = county.li()
    entry = add(county, li)
    li.get(f"/register/{entry}")
    assert "13800000001" not in li.html
    shown = li.post(f"/register/{entry}/phone")
    assert "13800000001" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    event = "SELECT note FROM events WHERE action = 'register_phone' AND person_id IS NOT NULL AND org_id = :org"
    assert one(county.app, event, org=county.org("沙江寺村")) == f"第 {entry} 号"


def test_an_edit_that_leaves_the_telephone_empty_keeps_it(county: County) -> None:
    li = county.li()
    entry = add(county, li)
    li.get(f"/register/{entry}")
    li.post(f"/register/{entry}", {**WANG, "name": "王新", "phone": ""})
    assert every(county.app, "SELECT name || phone FROM register") == ["王新13800000001"]
    li.get(f"/register/{entry}")
    li.post(f"/register/{entry}", {**WANG, "phone": "", "no_phone": "y"})
    assert one(county.app, "SELECT phone FROM register") == ""


def edited_by_two(county: County, entry: int, first: dict[str, str], second: dict[str, str]) -> tuple[Any, Any]:
    """Both open the entry, then both save; returns the second and their answer."""
    li, zhou = county.li(), county.zhou()
    for clerk in (li, zhou):
        clerk.get(f"/register/{entry}")
    assert li.post(f"/register/{entry}", {**WANG, "phone": "", **first}).status_code == 303
    return zhou, zhou.post(f"/register/{entry}", {**WANG, "phone": "", **second})


def test_the_second_of_two_clerks_sees_the_first_and_keeps_their_own(county: County) -> None:
    entry = add(county, county.li())
    first = {"note": "搬到坡下", "phone": "13900000002"}
    zhou, answer = edited_by_two(county, entry, first, {"name": "王新", "phone": "13700000003"})
    assert answer.status_code == 409
    for words in ("别人改过这一户", "备注：名册里现在是“搬到坡下”", "电话：名册里现在是“139****0002”"):
        assert words in zhou.text
    assert "13900000002" not in zhou.html, "a telephone is shown where that is noted, and nowhere else"
    assert 'value="王新"' in zhou.html
    assert every(county.app, "SELECT name || note FROM register") == ["王示例搬到坡下"]
    again = {**WANG, "name": "王新", "note": "搬到坡下", "phone": "13700000003"}
    assert zhou.post(f"/register/{entry}", again).status_code == 303, "the same words count anew: they were told"
    assert every(county.app, "SELECT name || note || phone FROM register") == ["王新搬到坡下13700000003"]


def test_two_clerks_who_write_the_same_are_both_right(county: County) -> None:
    entry = add(county, county.li())
    same = {"note": "搬到坡下"}
    assert edited_by_two(county, entry, same, same)[1].status_code == 303


def test_a_clerk_who_sends_the_same_words_once_more_overrules_the_first(county: County) -> None:
    entry = add(county, county.li())
    mine = {"name": "王新"}
    zhou, answer = edited_by_two(county, entry, {"note": "搬到坡下"}, mine)
    assert answer.status_code == 409
    assert zhou.post(f"/register/{entry}", {**WANG, "phone": "", **mine}).status_code == 303
    assert every(county.app, "SELECT name || note || phone FROM register") == ["王新住坡上13800000001"]


@pytest.mark.parametrize(
    ("field", "typed", "answer"),
    [
        ("phone", "1380000000", "手机号少 1 位"),
        ("phone", "138000000011", "手机号多 1 位"),
        ("phone", "打老李家", "不是数字"),
        ("name", "", "请写姓名"),
        ("name", "王" * 21, "20"),
        ("people", "四口", "人数请写数字"),
    ],
)
def test_a_mistake_is_named_at_its_field(county: County, field: str, typed: str, answer: str) -> None:
    li = county.li()
    address = f"/register/new?org={county.org('沙江寺村')}"
    li.get(address)
    assert li.post(address, {**WANG, field: typed}).status_code == 422
    assert answer in li.text
    assert typed in li.html
    assert one(county.app, "SELECT count(*) FROM register") == 0


def test_the_same_house_is_not_written_down_twice(county: County) -> None:
    li = county.li()
    add(county, li)
    address = f"/register/new?org={county.org('沙江寺村')}"
    li.get(address)
    assert li.post(address, {**WANG, "name": "别人"}).status_code == 422
    assert "王示例" in li.text
    add(county, li, number="", name="无门牌")
    li.get(address)
    assert li.post(address, {**WANG, "number": "", "name": "无门牌"}).status_code == 422
    other = add(county, li, number="3-13", name="李示例")
    li.get(f"/register/{other}")
    assert li.post(f"/register/{other}", {**WANG, "name": "李示例", "phone": ""}).status_code == 422
    assert one(county.app, "SELECT number FROM register WHERE id = :id", id=other) == "3-13"


def test_a_double_tap_adds_one(county: County) -> None:
    li = county.li()
    address = f"/register/new?org={county.org('沙江寺村')}"
    li.get(address)
    page = li.page
    for _ in range(2):
        li.page = page
        assert li.post(address, WANG).status_code == 303
    assert one(county.app, "SELECT count(*) FROM register") == 1


def test_who_moved_away_leaves_the_list_and_can_come_back(county: County) -> None:
    li = county.li()
    entry = add(county, li)
    li.get(f"/register/{entry}")
    li.post(f"/register/{entry}/leave", follow=True)
    assert "已经移出名册" in li.text
    assert "王示例" not in li.get("/register").text
    li.get(f"/register/{entry}")
    li.post(f"/register/{entry}/stay")
    li.get("/register")
    assert "王示例" in li.text


def test_a_town_keeps_the_registers_of_its_villages_and_no_others(county: County) -> None:
    entry = add(county, county.li())
    zhou, wang, chen, zhao = county.zhou(), county.wang(), county.chen(), county.zhao()
    village = county.org("沙江寺村")
    assert "王示例" in zhou.get(f"/register?org={village}").text
    assert "王示例" in chen.get(f"/register?org={village}").text
    for stranger in (wang, zhao):
        stranger.get("/me")
        assert stranger.get(f"/register?org={village}").status_code == 403
        assert stranger.get(f"/register/{entry}").status_code == 404
        assert stranger.post(f"/register/{entry}/phone").status_code == 404
        assert stranger.post("/register/export", {"org": village}).status_code == 403
    assert county.sun().get("/register").status_code == 403


def test_who_keeps_many_registers_chooses_a_village_by_its_figures(county: County) -> None:
    village, zhou, chen = county.org("沙江寺村"), county.zhou(), county.chen()
    add(county, county.li())
    add(county, zhou, org="费家庄村")
    add(county, zhou, org="费家庄村", number="4-1", name="赵示例")
    zhou.get("/register")
    for words in ("沙江寺村 1", "费家庄村 2", "酒铺村 0"):
        assert words in zhou.text
    assert f'href="/register?org={village}' in zhou.html
    assert "平木村" not in zhou.text
    zhou.get("/places")
    zhou.post("/places", {"org": str(village)})
    assert "王示例" in zhou.get("/register").get_data(as_text=True), "the village of this device comes first"
    zhou.get("/register?villages=1")
    assert "费家庄村 2" in zhou.text
    chen.get("/register")
    assert "留凤关镇" in chen.text
    assert "平木村 0" in chen.text
    li = county.li()
    li.get("/register")
    assert "各村名册" not in li.text


def test_an_export_hides_telephones_unless_they_are_asked_for(county: County) -> None:
    li = county.li()
    add(county, li)
    village = county.org("沙江寺村")
    li.get("/register")
    for asked, phone in (({}, "138****0001"), ({"phones": "y"}, "13800000001")):
        li.get("/register")
        answer = li.post("/register/export", {"org": village, "form": "csv", **asked})
        rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
        assert rows[1] == ["3-12", "王示例", "三组", phone, "4", "住坡上"]
        assert answer.headers["Cache-Control"] == "no-store"
    notes = every(county.app, "SELECT note FROM events WHERE action = 'register_export' ORDER BY id")
    assert notes == ["农户，不带电话", "农户，带电话"]


def test_a_long_register_goes_on_page_by_page(county: County) -> None:
    li, village = county.li(), county.org("沙江寺村")
    add_many = "INSERT INTO register (org_id, kind, number, name, group_name, phone, note, added_at) VALUES "
    rows = ", ".join(
        f"({village}, 'household', 'n{n}', '户{n:03}', '', '', '', '2026-01-01 00:00:00')" for n in range(120)
    )
    from tests.floor import change

    change(county.app, add_many + rows)
    seen: list[str] = []
    url = "/register"
    while url:
        li.get(url)
        assert li.page is not None
        seen += [f"户{n:03}" for n in range(120) if f"户{n:03}" in li.text]
        links = [each["href"] for tag, each in li.page.elements if tag == "a" and "after=" in each.get("href", "")]
        url = links[0] if links else ""
    assert seen == [f"户{n:03}" for n in range(120)]
