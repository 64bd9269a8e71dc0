"""A table into the register: it is read and compared, nothing changes until 收下, and twice is as once."""

import io
from typing import Any

import pytest
from openpyxl import Workbook

from tests.conftest import County
from tests.floor import change, every, one

HEAD = ["门牌号", "姓名", "组", "手机号", "人口", "备注"]
WANG = ["3-12", "王示例", "三组", "13800000001", 4, "住坡上"]
ZHAO = ["3-13", "赵示例", "三组", 13800000002, 2, None]
COUNT = "SELECT count(*) FROM register"


def table(*rows: list[Any], head: list[Any] | None = None) -> bytes:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (head or HEAD, *rows):
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def send(county: County, browser: Any, data: bytes, *, kind: str = "household", status: int = 303) -> str:
    """Choose a table; returns the address of the page that compares it."""
    address = f"/register/import?org={county.org('沙江寺村')}"
    browser.get(address)
    answer = browser.post(address, {"table": (io.BytesIO(data), "名册.xlsx"), "kind": kind})
    assert answer.status_code == status, answer.text
    if status == 303:
        browser.get(answer.headers["Location"])
    return answer.headers.get("Location", "")


def take(browser: Any, url: str) -> Any:
    seen = next(form["fields"]["seen"] for form in browser.page.forms if "seen" in form["fields"])
    return browser.post(url, {"seen": seen})


def test_a_table_is_looked_at_first_and_then_taken_in(county: County) -> None:
    li = county.li()
    url = send(county, li, table(WANG, ZHAO))
    assert "2 新加的" in li.text
    assert one(county.app, COUNT) == 0, "nothing is stored before 收下"
    assert "13800000001" not in li.html
    assert take(li, url).status_code == 303
    found = every(county.app, "SELECT number || name || phone || people FROM register ORDER BY id")
    assert found == ["3-12王示例138000000014", "3-13赵示例138000000022"]
    assert one(county.app, "SELECT note FROM events WHERE action = 'register_import'") == "农户，新加 2，改动 0"


def test_the_same_table_twice_changes_nothing(county: County) -> None:
    li = county.li()
    take(li, send(county, li, table(WANG, ZHAO)))
    send(county, li, table(WANG, ZHAO))
    assert "一模一样，不用收" in li.text
    assert "2 一样的" in li.text
    assert "seen" not in li.html


def test_what_was_exported_without_telephones_comes_back_and_changes_nothing(county: County) -> None:
    li = county.li()
    take(li, send(county, li, table(WANG, ZHAO)))
    for form in ("xlsx", "csv"):
        li.get("/register")
        data = li.post("/register/export", {"org": county.org("沙江寺村"), "form": form}).get_data()
        send(county, li, data)
        assert "一模一样，不用收" in li.text


def test_changes_are_told_in_words_and_empty_cells_leave_what_is_there(county: County) -> None:
    li = county.li()
    take(li, send(county, li, table(WANG, ZHAO)))
    changed = ["3-12", "王小示例", None, "13800000003", None, None]
    url = send(county, li, table(changed, ZHAO))
    assert "1 有改动" in li.text
    assert "姓名 王示例 → 王小示例" in li.text
    assert "电话 138****0001 → 138****0003" in li.text
    take(li, url)
    stands = "SELECT name || group_name || phone || people || note FROM register WHERE number = '3-12'"
    assert one(county.app, stands) == "王小示例三组138000000034住坡上"


def test_each_wrong_row_is_named_and_the_others_can_be_taken(county: County) -> None:
    li = county.li()
    rows = [
        WANG, ZHAO, [], ["3-15", "钱示例", "", "1380000000"], ["3-16", "", "", ""], ["3-12", "孙示例"],
        ["", "周示例"], ["", "周示例"], ["3-17", "吴示例", "", "", "四口人"], ["3-18", "郑" * 21],
        ["3-19", "冯示例", "", "138****0009"], ["3-20", "陈示例", "", "0917-000-0021", "3人"],
    ]  # fmt: skip
    url = send(county, li, table(*rows))
    for words in (
        "第 5 行：手机号少 1 位", "第 6 行：没有姓名", "第 7 行：和第 2 行的门牌号一样", "第 9 行：和第 8 行同名",
        "第 10 行：人数请写数字", "第 11 行：姓名太长", "第 12 行：电话里有星号",
    ):  # fmt: skip
        assert words in li.text
    assert "要改的 7 行先不收" in li.text
    take(li, url)
    names = every(county.app, "SELECT name FROM register ORDER BY id")
    assert names == ["王示例", "赵示例", "周示例", "陈示例"]
    assert one(county.app, "SELECT phone || people FROM register WHERE name = '陈示例'") == "091700000213"


def test_who_stood_there_without_a_number_gets_one(county: County) -> None:
    li = county.li()
    take(li, send(county, li, table(["", "周示例"])))
    take(li, send(county, li, table(["3-21", "周示例"])))
    assert every(county.app, "SELECT number || name FROM register") == ["3-21周示例"]


def test_two_taps_take_in_once(county: County) -> None:
    li = county.li()
    url = send(county, li, table(WANG))
    page = li.page
    for _ in range(2):
        li.page = page
        assert take(li, url).status_code == 303
    assert one(county.app, COUNT) == 1
    assert li.get(url).status_code == 303


def test_a_register_that_changed_meanwhile_is_shown_again(county: County) -> None:
    li, zhou = county.li(), county.zhou()
    take(li, send(county, li, table(WANG)))
    url = send(county, li, table([*WANG[:4], 5, "住坡下"], ZHAO))
    page = li.page
    other = send(county, zhou, table([*WANG[:4], 6]))
    take(zhou, other)
    li.page = page
    assert take(li, url).status_code == 409
    assert "名册刚有人改过" in li.text
    assert one(county.app, "SELECT people FROM register") == 6
    assert take(li, url).status_code == 303
    assert one(county.app, "SELECT people FROM register WHERE name = '王示例'") == 5


def test_rows_that_wait_belong_to_who_sent_them_and_go_after_a_day(county: County) -> None:
    li = county.li()
    url = send(county, li, table(WANG))
    for other in (county.zhou(), county.wang(), county.chen()):
        other.get("/me")
        assert other.get(url).status_code == 404
        assert other.post(url, {"seen": "x"}).status_code == 404
    change(county.app, "UPDATE register_imports SET made_at = '2026-01-01 00:00:00'")
    from wdj.core.db import db
    from wdj.core.register import forget_old_imports

    with county.app.app_context():
        forget_old_imports()
        db.session.commit()
    assert li.get(url).status_code == 404
    assert "请重新选一次" in li.text
    assert one(county.app, COUNT) == 0


def test_taken_rows_are_not_kept_twice(county: County) -> None:
    li = county.li()
    take(li, send(county, li, table(WANG)))
    assert "王示例" not in str(every(county.app, "SELECT rows FROM register_imports"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "先选一张表|空的"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "另存为 xlsx"),
        (table(head=["甲", "乙"]), "没找到写着“姓名”"),
        (table(), "没有一行字"),
    ],
)
def test_what_is_no_register_is_refused_in_words(county: County, data: bytes, words: str) -> None:
    li = county.li()
    send(county, li, data, status=422)
    assert any(each in li.text for each in words.split("|"))
    assert one(county.app, "SELECT count(*) FROM register_imports") == 0


def test_the_empty_table_can_be_filled_in_and_sent(county: County) -> None:
    from openpyxl import load_workbook

    li = county.li()
    book = load_workbook(io.BytesIO(li.get("/register/template").get_data()))
    book.worksheets[0].append(["3-12", "王示例", "三组", "13800000001", 4, ""])
    out = io.BytesIO()
    book.save(out)
    take(li, send(county, li, out.getvalue()))
    assert one(county.app, COUNT) == 1


def test_members_have_a_list_of_their_own(county: County) -> None:
    li = county.li()
    take(li, send(county, li, table(["1", "党示例", "", "13800000009"]), kind="member"))
    assert "党示例" not in li.get("/register").text
    assert "党示例" in li.get("/register?kind=member").text
