"""A must-read notice: one tap of who has read it, and in the end a list of the doors still to be knocked at."""

import csv
import io
import re
from typing import Any

import pytest

from tests.browser import Browser
from tests.conftest import County
from tests.floor import change, every, one
from tests.modules.posts import published

HOUSES = (("3-1", "王示例", "三组"), ("3-2", "赵示例", "三组"), ("1-1", "钱示例", "一组"), ("1-2", "孙示例", "一组"))
ACKED = "SELECT count(*) FROM acknowledgements"


def register(county: County, village: str, houses: Any = HOUSES, kind: str = "household") -> None:
    for number, name, group in houses:
        change(
            county.app,
            "INSERT INTO register (org_id, kind, number, name, group_name, phone, note, added_at)"
            " VALUES (:org, :kind, :number, :name, :group_name, '13800000001', '', '2026-01-01 00:00:00')",
            org=county.org(village), kind=kind, number=number, name=name, group_name=group,
        )  # fmt: skip


def notice(county: County, *villages: str) -> int:
    """The id of a published must-read notice of 留凤关镇 to these villages."""
    return published(county, "留凤关镇", must_read="y", aims=[str(county.org(each)) for each in villages])


def tap(county: County, post: int, who: str, village: str = "沙江寺村", phone: Browser | None = None) -> Browser:
    phone = phone or county.visitor()
    phone.get(f"/feed/{post}")
    answer = phone.post(f"/feed/{post}/ack", {"who": who, "place": str(county.org(village))})
    assert answer.status_code == 303, answer.text
    phone.get(answer.headers["Location"])
    return phone


def list_of(county: County, post: int, village: str = "沙江寺村", tail: str = "") -> str:
    return f"/feed/{post}/acks/{county.org(village)}{tail}"


def test_a_notice_to_three_villages_and_its_door_visit_list(county: County) -> None:
    """周 of the town asks three villages to read it; two households do, 李 visits one, and prints who is left."""
    register(county, "沙江寺村")
    register(county, "费家庄村", (("1", "冯示例", ""),))
    post = notice(county, "沙江寺村", "费家庄村", "酒铺村")
    assert "✓ 您点过了，村上记着呢" in tap(county, post, "王示例").text
    tap(county, post, "3-2")
    tap(county, post, "1", "费家庄村")
    tap(county, post, "我是老钱")

    zhou = county.zhou()
    zhou.get(f"/feed/{post}/acks")
    assert "一共登记 5 户，看过 3 户，还差 2 户" in zhou.text
    assert re.search(r"沙江寺村 4 2 2 50% 1", zhou.text)
    assert re.search(r"费家庄村 1 1 0 100% 0", zhou.text)
    assert "酒铺村 还没有名册" in zhou.text

    li = county.li()
    li.get(f"/feed/{post}/acks")
    assert "费家庄村" not in li.text
    li.get(list_of(county, post))
    assert "钱示例" in li.text
    assert "王示例" not in li.text
    sun = one(county.app, "SELECT id FROM register WHERE name = '孙示例'")
    li.post(list_of(county, post, tail="/visited"), {"entry": str(sun)}, follow=True)
    assert "孙示例" not in li.text
    li.get(list_of(county, post, tail="?show=done"))
    assert "上门说过" in li.text
    assert one(county.app, f"{ACKED} WHERE entry_id = :id AND recorder_id IS NOT NULL", id=sun) == 1

    li.get(list_of(county, post, tail="/print"))
    assert "登记 4 户，还有 1 户没看" in li.text
    assert "□ 1-1 钱示例" in li.text
    for words in ("王示例", "赵示例", "孙示例", "1380000"):
        assert words not in li.text


def test_the_answer_never_tells_whether_a_name_is_on_the_register(county: County) -> None:
    register(county, "沙江寺村")
    post = notice(county, "沙江寺村")
    pages = [tap(county, post, who).html for who in ("王示例", "没有这个人")]
    assert pages[0] == pages[1]
    assert every(county.app, "SELECT entry_id IS NULL FROM acknowledgements ORDER BY id") == [False, True]


def test_a_signed_in_person_counts_once(county: County) -> None:
    post = notice(county, "沙江寺村")
    li = county.li()
    for _ in range(2):
        li.get(f"/feed/{post}")
        assert li.post(f"/feed/{post}/ack").status_code == 303
    assert one(county.app, ACKED) == 1


def test_two_of_one_name_are_left_to_the_clerk(county: County) -> None:
    register(county, "沙江寺村", (*HOUSES, ("4-1", "王示例", "四组")))
    post = notice(county, "沙江寺村")
    tap(county, post, "王示例")
    li = county.li()
    li.get(list_of(county, post, tail="?show=waiting"))
    row = one(county.app, "SELECT id FROM acknowledgements")
    assert li.post(list_of(county, post, tail="/match"), {"ack": str(row), "who": "王示例"}).status_code == 422
    assert "不止一个" in li.text
    assert li.post(list_of(county, post, tail="/match"), {"ack": str(row), "who": "4-1"}).status_code == 303
    assert every(county.app, "SELECT said FROM acknowledgements") == ["王示例"], "the words stay as they were"
    li.get(list_of(county, post, tail="?show=done"))
    assert "4-1" in li.text
    li.post(list_of(county, post, tail="/undo"), {"ack": str(row)})
    li.get(list_of(county, post, tail="?show=waiting"))
    assert "王示例" in li.text


def test_a_tick_at_the_door_can_be_taken_back_and_counts_once(county: County) -> None:
    register(county, "沙江寺村")
    post = notice(county, "沙江寺村")
    li = county.li()
    entry = one(county.app, "SELECT id FROM register WHERE name = '王示例'")
    for _ in range(2):
        li.get(list_of(county, post))
        li.post(list_of(county, post, tail="/visited"), {"entry": str(entry)})
    assert one(county.app, ACKED) == 1
    li.get(list_of(county, post, tail="?show=done"))
    li.post(list_of(county, post, tail="/undo"), {"ack": str(one(county.app, "SELECT id FROM acknowledgements"))})
    assert one(county.app, ACKED) == 0
    li.get(list_of(county, post))
    assert "王示例" in li.text


def test_a_clerk_ticks_no_door_of_another_village(county: County) -> None:
    register(county, "沙江寺村")
    register(county, "费家庄村", (("1", "冯示例", ""),))
    post = notice(county, "沙江寺村", "费家庄村")
    li = county.li()
    li.get(list_of(county, post))
    foreign = one(county.app, "SELECT id FROM register WHERE name = '冯示例'")
    li.post(list_of(county, post, tail="/visited"), {"entry": str(foreign)})
    assert one(county.app, ACKED) == 0
    assert li.get(list_of(county, post, "费家庄村")).status_code == 403
    assert li.get(list_of(county, post, "酒铺村")).status_code == 404


def test_a_member_of_the_village_needs_one_tap(county: County) -> None:
    register(county, "沙江寺村", (("7", "刘示例", ""),), kind="member")
    post = notice(county, "沙江寺村")
    change(county.app, "UPDATE people SET name = '刘示例' WHERE login = 'sjs'")
    li = county.li()
    li.get(f"/feed/{post}")
    assert 'name="who"' not in li.html
    li.post(f"/feed/{post}/ack", follow=True)
    assert "✓ 您点过了，沙江寺村记着呢" in li.text
    li.get(list_of(county, post, tail="?kind=member&show=done"))
    assert "刘示例" in li.text


def test_a_member_who_heads_a_household_has_read_as_both(county: County) -> None:
    register(county, "沙江寺村")
    register(county, "沙江寺村", (("7", "王示例", ""), ("8", "别示例", "")), kind="member")
    post = notice(county, "沙江寺村")
    tap(county, post, "王示例")
    li = county.li()
    li.get(list_of(county, post, tail="?kind=member"))
    assert "别示例" in li.text
    assert "王示例" not in li.text


@pytest.mark.parametrize(
    ("who", "village", "answer"),
    [("", "沙江寺村", "请写姓名或门牌号"), ("王示例", "", "请选您是哪个村的"), ("王示例", "平木村", "请选您是哪个村的"),
     ("王" * 21, "沙江寺村", "最多写 20 个字")],
)  # fmt: skip
def test_what_is_missing_is_asked_for_and_what_was_typed_stays(
    county: County, who: str, village: str, answer: str
) -> None:
    post = notice(county, "沙江寺村", "费家庄村")
    phone = county.visitor()
    phone.get(f"/feed/{post}")
    org = str(county.org(village)) if village else "0"
    assert phone.post(f"/feed/{post}/ack", {"who": who, "place": org}).status_code == 422
    assert answer in phone.text
    assert who in phone.html
    assert one(county.app, ACKED) == 0


def test_the_remembered_village_is_chosen_already_and_the_page_is_kept(county: County) -> None:
    post = notice(county, "沙江寺村", "费家庄村")
    phone, village = county.visitor(), county.org("费家庄村")
    phone.get("/places")
    phone.post("/places", {"org": str(village)})
    answer = phone.get(f"/feed/{post}")
    assert f'<option value="{village}" selected>' in phone.html
    assert "csrf" not in phone.html
    assert answer.status_code == 200
    county.visitor().get(f"/feed/{post}")
    other = county.visitor()
    other.get(f"/feed/{post}")
    assert "selected" not in other.html


def test_a_post_that_does_not_ask_has_no_card_and_no_list(county: County) -> None:
    post = published(county, "留凤关镇")
    phone = county.visitor()
    phone.get(f"/feed/{post}")
    assert "我看过了" not in phone.text
    assert phone.post(f"/feed/{post}/ack", {"who": "王示例"}).status_code == 404
    assert county.zhou().get(f"/feed/{post}/acks").status_code == 404


def test_a_village_writes_the_list_out_without_telephones(county: County) -> None:
    register(county, "沙江寺村")
    post = notice(county, "沙江寺村")
    tap(county, post, "王示例")
    li = county.li()
    li.get(list_of(county, post))
    answer = li.post(list_of(county, post, tail="/export"), {"form": "csv"})
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert [row[:3] + row[4:5] + row[6:] for row in rows[1:]] == [
        ["一组", "1-1", "钱示例", "还没看", ""], ["一组", "1-2", "孙示例", "还没看", ""],
        ["三组", "3-1", "王示例", "看过了", "自己点的"], ["三组", "3-2", "赵示例", "还没看", ""],
    ]  # fmt: skip
    assert "1380000" not in answer.get_data(as_text=True)
    assert one(county.app, "SELECT count(*) FROM events WHERE action = 'ack_export'") == 1
