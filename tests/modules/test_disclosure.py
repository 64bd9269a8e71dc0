"""村务公开: what was typed or pasted is exact to the fen, adds up, and stands open to questions."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.conftest import County
from tests.floor import every
from tests.modules.posts import words, write
from wdj.modules.feed.disclosure import TOTALS, Line, as_typed, fen_of, read, say

ITEMS = "路灯电费 2,300.50\n三组便道水泥 20 袋，10,000"


def account(county: County, org: str = "沙江寺村", **more: str) -> dict[str, str]:
    sent = {"kind": "disclosure", "title": "第三季度收支都在这里", "period": "2026年第三季度", "items": ITEMS}
    return words(county, org, **sent | more)


def post_of(location: str) -> int:
    return int(location.split("/")[2].partition("?")[0])


@pytest.mark.parametrize(
    ("typed", "label", "fen"),
    [
        ("路灯电费 2,300.50", "路灯电费", 230050),
        ("水泥 20 袋，300", "水泥 20 袋", 30000),
        ("水泥,20,300.50", "水泥", 2030050),
        ('水泥,"12,300.50"', "水泥", 1230050),
        ("便道\t３，３００元", "便道", 330000),
        ("1\t水泥\t12.5", "水泥", 1250),
        ("1\t水泥\t12.5\t已付清", "水泥（已付清）", 1250),
        ("水泥\t20\t30\t600", "水泥 20 30", 60000),
        ("高速征迁补偿 3.5万元", "高速征迁补偿", 3500000),
        ("退回押金 -300", "退回押金", -30000),
        ("退回押金（300.00）", "退回押金", -30000),
        ("退回押金\t－３００", "退回押金", -30000),
        ("电费：￥300.5", "电费", 30050),
        ("会议餐费 300元整", "会议餐费", 30000),
    ],
)
def test_one_item_is_read_as_people_write_it(typed: str, label: str, fen: int) -> None:
    found = read(typed)
    assert found.errors == []
    assert [(line.label, line.fen) for line in found.lines] == [(label, fen)]


@pytest.mark.parametrize(
    "typed",
    [
        "水泥 12,3456",
        "电费 12.345",
        "水泥\t20\t12.345",
        "就没有金额",
        "餐费 12.30.1",
        "水费-300",
        "押金 (300",
        "x" * 400,
    ],
)
def test_an_amount_that_may_mean_two_things_is_asked_about_and_not_guessed(typed: str) -> None:
    assert read(f"电费 1\n\n{typed}").errors == ["第 3 行：金额看不懂"]


def test_rows_pasted_from_a_sheet_bring_their_heading_and_their_total() -> None:
    found = read("序号\t项目\t金额（元）\n1\t水费\t300\n2\t电费\t40.20\n\t合 计\t340.20")
    assert [(line.label, line.fen) for line in found.lines] == [("水费", 30000), ("电费", 4020)]
    assert (found.total, found.sum) == (34020, 34020)


LABELS = some.text("水电费路灯便道ab（）·1２ ", min_size=1, max_size=30).map(
    lambda text: " ".join(text.split()).strip()
)
FEN = some.integers(-(10**14), 10**14)


@given(some.lists(some.tuples(LABELS.filter(lambda text: text and text not in TOTALS), FEN), min_size=1, max_size=5))
def test_what_the_editor_shows_is_read_back_as_it_was(items: list[tuple[str, int]]) -> None:
    lines = [Line(label, fen) for label, fen in items]
    assert read(as_typed(lines)).lines == lines


@given(FEN)
def test_an_amount_is_exact_however_large(fen: int) -> None:
    assert fen_of(say(fen)) == fen


def test_a_total_that_does_not_fit_is_refused_with_the_difference_and_nothing_is_lost(county: County) -> None:
    li = county.li()
    li.get("/feed/new")
    assert li.post("/feed/new", account(county, total="12,400.00", then="submit")).status_code == 422
    assert "各项加起来是 12,300.50 元，合计写的是 12,400.00 元，差 99.50 元。" in li.text
    assert "三组便道水泥 20 袋" in li.text
    assert every(county.app, "SELECT id FROM items") == []
    sent = li.post("/feed/new", account(county, total="12,300.50", then="submit"))
    assert sent.status_code == 303
    assert every(county.app, "SELECT fen FROM disclosure_lines ORDER BY position") == [230050, 1000000]


def test_a_total_row_among_the_items_is_held_against_them_too(county: County) -> None:
    li = county.li()
    li.get("/feed/new")
    assert li.post("/feed/new", account(county, items=f"{ITEMS}\n合计 12,000")).status_code == 422
    assert "差 300.50 元" in li.text


def test_each_line_that_cannot_be_read_is_named(county: County) -> None:
    li = county.li()
    li.get("/feed/new")
    assert li.post("/feed/new", account(county, items="电费 300\n水费\n餐费 1,2")).status_code == 422
    assert "第 2 行：金额看不懂；第 3 行：金额看不懂" in li.text


def test_a_draft_may_wait_for_its_figures_but_is_not_handed_in_without_them(county: County) -> None:
    li = county.li()
    post = write(li, county, kind="disclosure", title="第三季度收支先起个头", then="save")
    li.get(f"/feed/{post}")
    assert li.post(f"/feed/{post}/submit").status_code == 422
    assert "哪段时间" in li.text
    li.get(f"/feed/{post}/edit")
    assert li.post(f"/feed/{post}/edit", account(county, period="", items="", then="submit")).status_code == 422
    assert "请写上是哪段时间的" in li.text
    assert "请一行一行写上名称和金额" in li.text
    assert li.post(f"/feed/{post}/edit", account(county, then="submit")).status_code == 303
    zhou = county.zhou()
    zhou.get(f"/feed/{post}/edit")
    assert zhou.post(f"/feed/{post}/edit", account(county, items="", then="save")).status_code == 422


def test_everybody_reads_the_table_and_may_ask_about_it(county: County) -> None:
    zhou = county.zhou()
    zhou.get("/feed/new")
    items = "路灯电费 2,300.50\n付 13800000001 工钱 500\n退回押金 -300"
    sent = zhou.post("/feed/new", account(county, "留凤关镇", items=items, then="publish"))
    post = post_of(sent.headers["Location"])
    villager = county.visitor()
    villager.get(f"/feed/{post}")
    assert "收支明细：2026年第三季度" in villager.text
    assert "2,300.50" in villager.text
    assert "-300.00" in villager.text
    assert "合计 2,500.50" in villager.text
    assert "138****0001" in villager.text
    assert "13800000001" not in villager.html
    asks = [each["href"] for tag, each in villager.page.elements if tag == "a" and "about=" in each.get("href", "")]
    assert asks == [f"/letters/ask?about={post}"]
    villager.get("/search?q=路灯电费")
    assert "第三季度收支都在这里" in villager.text


def test_another_column_keeps_no_figures(county: County) -> None:
    li = county.li()
    li.get("/feed/new")
    assert (
        li.post("/feed/new", account(county, kind="news", items="看不懂的", total="1", then="save")).status_code == 303
    )
    assert every(county.app, "SELECT fen FROM disclosure_lines") == []
    assert every(county.app, "SELECT period FROM posts") == [""]
