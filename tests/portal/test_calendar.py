"""工作日历: everyone who works here looks at it; the county writes a day or takes in a table, and what runs follows."""

import io
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from openpyxl import Workbook

from tests.browser import Browser
from tests.conftest import County
from tests.core.test_working_days import CHINA
from tests.floor import every, one
from tests.modules.letters.made import letter_in
from wdj.core import jobs

SOURCE = "国务院办公厅关于2027年部分节假日安排的通知（示例）"
HEAD = ["日期", "上班还是放假", "说明"]
# Invented, for nobody has said yet how 2027 is worked.
ROWS: list[list[Any]] = [
    [date(2027, 1, 1), "放假", "元旦"], ["2027年1月2日", "放假", "元旦"], ["1月3日（周日）", "放假", "元旦"],
    ["2027/1/9", "上班", "元旦调休"], ["20270205", "休", "春节"], ["2026-12-31", "放假", "元旦"],
]  # fmt: skip
DAYS = "SELECT day || ' ' || is_workday || ' ' || name FROM calendar_days ORDER BY day"
DUE = "SELECT due_on FROM deadlines WHERE item_id = :id AND name = 'whole'"


def on(day: str) -> Any:
    return time_machine.travel(datetime.fromisoformat(f"{day} 10:00").replace(tzinfo=CHINA), tick=False)


def xlsx(*rows: list[Any]) -> tuple[io.BytesIO, str]:
    book = Workbook()
    assert book.active is not None
    for row in (HEAD, *rows):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return io.BytesIO(out.getvalue()), "放假.xlsx"


def csv(text: str, encoding: str = "utf-8") -> tuple[io.BytesIO, str]:
    return io.BytesIO(text.encode(encoding)), "放假.csv"


def send(chen: Browser, table: Any, year: str = "2027", status: int = 200) -> str:
    """Choose a table on the page of its year; the words of what comes."""
    chen.get(f"/calendar?year={year}")
    answer = chen.post("/calendar/import", {"t-year": year, "t-source": SOURCE, "table": table})
    assert answer.status_code == status, answer.text
    return chen.text


def take(chen: Browser) -> Any:
    assert chen.page
    return chen.post("/calendar/take", chen.page.form("/calendar/take")["fields"])


def bools(app: Any) -> list[str]:
    """The written days; the databases say true and 1."""
    return [each.replace(" true ", " 1 ").replace(" false ", " 0 ") for each in every(app, DAYS)]


def test_a_year_is_told_with_words_and_not_by_colour_alone(county: County) -> None:
    li = county.li()
    li.get("/calendar?year=2026")
    for words in ("2026 年工作日历", "一共上班 248 天", "2 月 春节", "14 班 15 休", "28 班", "10 月 国庆", "10 班"):
        assert words in li.text, words
    assert "改一天" not in li.text
    assert li.get("/calendar?year=1999").status_code == 404
    assert county.visitor().get("/calendar").headers["Location"].startswith("/login")


def test_a_year_that_nobody_has_spoken_of_says_so(county: County) -> None:
    chen = county.chen()
    chen.get("/calendar?year=2027")
    assert "2027 年的放假安排还没有收进来" in chen.text
    assert "休" not in chen.text.partition("1 月")[2].partition("怎么用")[0].replace("休息", "")


def test_the_county_writes_one_day_and_what_runs_follows(county: County) -> None:
    with on("2026-11-20"):
        letter, chen = letter_in(county.app, "in_hand"), county.chen()
        assert str(one(county.app, DUE, id=letter)) == "2026-11-25"
        chen.get("/calendar?year=2026")
        data = {"day": "2026年11月24日", "what": "off", "name": "停水"}
        assert chen.post("/calendar/day", data, follow=True).status_code == 200
        assert "11月24日 星期二： 放假 停水" in chen.text
        with county.app.app_context():
            jobs.run_due()
        assert str(one(county.app, DUE, id=letter)) == "2026-11-26"
        assert one(county.app, "SELECT note FROM events WHERE action = 'calendar'") == "2026-11-24 放假 停水"
        chen.get("/calendar?year=2026&day=2026-11-24")
        assert chen.page
        assert chen.page.form("/calendar/day")["fields"]["day"] == "2026-11-24"
        chen.post("/calendar/day", {"day": "11月24日", "what": "usual"})
        with county.app.app_context():
            jobs.run_due()
        assert str(one(county.app, DUE, id=letter)) == "2026-11-25"
        assert every(county.app, DAYS) == []


def test_a_day_that_is_none_is_sent_back_with_its_words(county: County) -> None:
    chen = county.chen()
    for typed in ("2月30日", "后天", "1999-01-01", ""):
        chen.get("/calendar?year=2026")
        answer = chen.post("/calendar/day", {"day": typed, "what": "off", "name": "停水"})
        assert answer.status_code == 422, typed
        assert "像 2027-02-05 这样" in chen.text
        assert f'value="{typed}"' in chen.html
        assert 'value="停水"' in chen.html
    assert every(county.app, DAYS) == []


def test_only_the_county_office_changes_it(county: County) -> None:
    for clerk in (county.li(), county.zhou(), county.zhao(), county.sun()):
        assert clerk.get("/calendar").status_code == 200
        for url in ("/calendar/day", "/calendar/import", "/calendar/take", "/calendar/2027/enter"):
            assert clerk.post(url, {"day": "2027-01-01", "what": "off"}).status_code == 403
    assert every(county.app, DAYS) == []


def test_a_table_is_looked_at_first_then_taken_in_and_what_runs_is_reckoned_anew(county: County) -> None:
    with on("2026-12-29"):
        letter, chen = letter_in(county.app, "in_hand", kind="help"), county.chen()
        assert str(one(county.app, DUE, id=letter)) == "2027-01-05"
        words = send(chen, xlsx(*ROWS))
        for said in ("4 放假的日子", "1 周末要上班", "6 和现在不一样", "1月1日至1月3日（3 天），2月5日", "1月9日"):
            assert said in words, said
        assert every(county.app, DAYS) == [], "nothing is stored before 收下"
        assert take(chen).status_code == 303
        assert bools(county.app)[:2] == ["2026-12-31 0 元旦", "2027-01-01 0 元旦"]
        assert one(county.app, "SELECT source FROM calendar_years WHERE year = 2027") == SOURCE
        with county.app.app_context():
            assert jobs.run_due() >= 1
        assert str(one(county.app, DUE, id=letter)) == "2027-01-07"  # 30, then 4, 5, 6, 7
        due_at = one(county.app, "SELECT due_at FROM items WHERE id = :id", id=letter)
        assert str(due_at).startswith("2027-01-07 16:00"), "the end of the day in the county"
        chen.get("/calendar?year=2027")
        assert SOURCE in chen.text
        assert "还没有收进来" not in chen.text
        note = one(county.app, "SELECT note FROM events WHERE action = 'calendar'")
        assert note == f"2027：{SOURCE}；放假 4 天，调休上班 1 天；2026 年的 1 天"


def test_two_taps_take_it_in_once(county: County) -> None:
    chen = county.chen()
    send(chen, xlsx(*ROWS))
    page = chen.page
    for _ in range(2):
        chen.page = page
        assert take(chen).status_code == 303
    assert one(county.app, "SELECT count(*) FROM events WHERE action = 'calendar'") == 1


def test_each_wrong_row_is_named_and_then_nothing_is_taken(county: County) -> None:
    rows = (
        "日期,安排,说明\n2027-01-01,放假,元旦\n2027-02-30,放假,\n2028-01-01,放假,\n2027-01-01,上班,\n2027-02-06,调休,\n"
    )
    rows += "2027-02-07,,\n,放假,\n1月1日至3日,放假,\n2027-03-01,放假,一二三四五六七八九十一二三四五六七八九十一\n"
    words = send(chen := county.chen(), csv(rows, "gbk"), status=422)
    for said in (
        "有 8 行要改", "第 3 行：“2027-02-30”不是日期",
        "第 4 行：2028-01-01不是 2027 年的，请从表里去掉，或者改选 2028 年",
        "第 5 行：和第 2 行是同一天",
               "第 6 行：“调休”看不懂", "第 7 行：没有写“上班”还是“放假”", "第 8 行：没有写日期",
        "第 9 行：“1月1日至3日”不是日期",
        "第 10 行：说明太长",
    ):  # fmt: skip
        assert said in words, said
    assert "/calendar/take" not in chen.html
    forged = {"t-year": "2027", "t-source": SOURCE, "t-rows": "2027-01-01 放假 元旦\n2027-01-01 上班"}
    assert chen.post("/calendar/take", forged).status_code == 422
    assert every(county.app, DAYS) == []


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (None, "请先选一张表"),
        (csv(""), "这个文件是空的"),
        (csv("姓名,电话\n王,1"), "没找到写着“日期”的那一行"),
        (csv("日期,安排\n"), "表头下面没有一行字"),
        (csv("日期,安排\n" + "2027-01-01,放假\n" * 500), "太长了"),
    ],
)
def test_what_is_no_table_of_days_is_refused_in_words(county: County, table: Any, words: str) -> None:
    if table:
        table[0].seek(0)
    assert words in send(county.chen(), table or (io.BytesIO(b""), ""), status=422)


def test_days_that_do_not_stand_in_the_table_stay_and_are_named(county: County) -> None:
    chen = county.chen()
    chen.get("/calendar?year=2027")
    chen.post("/calendar/day", {"day": "2027-06-01", "what": "off", "name": "停水"})
    words = send(chen, xlsx(*ROWS))
    assert "照样留着 2027-06-01 放假 停水" in words
    take(chen)
    assert "2027-06-01 0 停水" in bools(county.app)
    send(chen, xlsx(*ROWS))
    assert "0 和现在不一样" in chen.text


def test_a_year_written_day_by_day_is_made_official_and_that_can_be_taken_back(county: County) -> None:
    chen = county.chen()
    chen.get("/calendar?year=2027")
    assert chen.post("/calendar/2027/enter", {"y-source": ""}).status_code == 422
    assert chen.post("/calendar/2027/enter", {"y-source": SOURCE}, follow=True).status_code == 200
    assert SOURCE in chen.text
    chen.post("/calendar/2027/take_back", follow=True)
    assert "还没有收进来" in chen.text
    labels = every(county.app, "SELECT label FROM events WHERE action = 'calendar' ORDER BY id")
    assert labels == ["工作日历：定为正式的", "工作日历：不再算正式的"]


def test_the_empty_table_can_be_filled_in_and_sent(county: County) -> None:
    from openpyxl import load_workbook

    chen = county.chen()
    book = load_workbook(io.BytesIO(chen.get("/calendar/template").get_data()))
    assert book.active is not None
    book.active.append(["2027-01-01", "放假", "元旦"])
    out = io.BytesIO()
    book.save(out)
    assert "1 放假的日子" in send(chen, (io.BytesIO(out.getvalue()), "放假安排.xlsx"))


def test_the_desk_warns_of_a_year_that_nobody_has_spoken_of(county: County) -> None:
    words = "2027 年的放假安排还没有收进来"
    with on("2026-11-02"):
        for clerk in (county.chen(), county.zhou()):
            clerk.get("/desk")
            assert words not in clerk.text, "nothing reaches into it yet"
    with on("2026-12-29"):
        letter_in(county.app, "in_hand", kind="help")
        for clerk, told in (
            (county.chen(), True),
            (county.zhou(), True),
            (county.zhao(), True),
            (county.wang(), False),
        ):
            clerk.get("/desk")
            assert (words in clerk.text) == told
        chen = county.chen()
        send(chen, xlsx(*ROWS))
        take(chen)
        chen.get("/desk")
        assert words not in chen.text


def test_the_county_comes_from_the_top_to_what_it_fills_in_below_the_months(county: County) -> None:
    chen, li = county.chen(), county.li()
    chen.get("/calendar")
    top = chen.html.index('class="month"')
    for place in ("one-day", "one-table"):
        assert 0 < chen.html.index(f'href="#{place}"') < top
        assert chen.html.index(f'id="{place}"') > top
    li.get("/calendar")
    assert 'href="#one-day"' not in li.html


def test_a_holiday_on_a_saturday_is_marked_as_one_whoever_wrote_it(county: County) -> None:
    chen = county.chen()
    send(chen, xlsx(*ROWS))
    take(chen)
    chen.get("/calendar?year=2027")
    assert "1 休 2 休 3 休 4 5 6 7 8 9 班 10" in chen.text


def test_feasts_that_a_table_has_no_day_for_are_asked_about_before_it_is_taken(county: County) -> None:
    chen = county.chen()
    assert "这张表里没有清明、劳动节、端午、中秋、国庆，是不是还没抄完？" in send(chen, xlsx(*ROWS))
    assert take(chen).status_code == 303
    rest = "2027-04-05,放假,\n2027-05-01,放假,五一\n2027-06-09,放假,\n2027-10-04,放假,国庆节、中秋节\n"
    words = send(chen, csv("日期,安排,说明\n" + rest))
    assert "还没抄完" not in words, "what was written before stays and counts"


def test_days_of_the_year_before_are_told_and_counted_apart(county: County) -> None:
    words = send(county.chen(), xlsx(*ROWS))
    assert "2027 年放假 1月1日" in words
    assert "2026 年的日子 2026-12-31 放假 元旦 。不算在 2027 年里，收下以后写进 2026 年的日历" in words


@pytest.mark.parametrize(
    ("table", "words"),
    [("姓名,电话\n王,1", "没找到写着“日期”的那一行"), ("日期,安排\n后天,放假", "有 1 行要改，第 2 行")],
)
def test_a_wrong_table_and_a_missing_source_are_both_named_at_once(county: County, table: str, words: str) -> None:
    chen = county.chen()
    chen.get("/calendar?year=2027")
    answer = chen.post("/calendar/import", {"t-year": "2027", "t-source": "", "table": csv(table)})
    assert answer.status_code == 422
    for said in ("请写是哪个文件定的", words):
        assert chen.text.count(said) == 2, "above, and at its field"
