"""Letters on the desk: what stands on whose list, what is seen of it, and what is done to many at once."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.browser import Browser
from tests.databases import Database
from tests.modules.letters.made import NAME, PHONE, letter_in
from tests.stage import DEPARTMENT, TOWN, VILLAGE, Stage, furnish
from wdj.core import deadlines
from wdj.core.assets import gzip
from wdj.core.clock import end_of, today
from wdj.core.db import db
from wdj.core.items import Item
from wdj.core.people import Role
from wdj.core.working_days import workdays_between
from wdj.portal.worklist import PAGE_ROWS

OTHER = "县民政局"
STREET = "我家电话 13900000002，院子后头的坡塌了"


@pytest.fixture
def stage(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    yield from furnish(county_template, tmp_path_factory.mktemp("letters"))


def letter(stage: Stage, state: str = "posted", **how: Any) -> int:
    return letter_in(stage.app, state, **how)


def list_of(browser: Browser, url: str = "/desk") -> list[str]:
    """The titles of the list, in its order."""
    browser.get(url)
    return re.findall(r'data-hx-get="[^"]+">([^<]+)</a>', browser.html)


def late_by(stage: Stage, letter_id: int, working_days: int) -> None:
    """Let the letter have been due so many working days ago."""
    with stage.app.app_context():
        day = today()
        while workdays_between(day, today()) < working_days or day == today():
            day -= timedelta(days=1)
        whole = db.session.get_one(deadlines.Deadline, (letter_id, deadlines.WHOLE))
        whole.started_on, whole.days = day - timedelta(days=60), workdays_between(day - timedelta(days=60), day)
        deadlines.reckon(db.session.get_one(Item, letter_id))
        db.session.commit()


def clerk_of(stage: Stage, org: str, role: Role = Role.department_clerk) -> Browser:
    return stage.browser_of(stage.person(role, org))


def test_a_letter_stands_on_the_list_of_its_town_and_of_no_other(stage: Stage) -> None:
    letter(stage, words="三组停水四天了")
    lists = {who: list_of(browser) for who, browser in stage.browsers.items() if who != "访客"}
    assert {who for who, titles in lists.items() if titles} == {"镇干部", "县委办公室", "领导"}
    assert lists["镇干部"] == ["三组停水四天了"]
    assert list_of(stage.browsers["镇干部"], "/desk?view=mine") == ["三组停水四天了"]
    assert list_of(stage.browsers["县委办公室"], "/desk?view=mine") == [], "it asks its town first"


def test_a_department_has_exactly_what_was_given_to_it(stage: Stage) -> None:
    letter(stage, "assigned", words="花椒受冻以后咋管")
    letter(stage, "in_hand", words="低保怎么停了", handler=OTHER)
    letter(stage, "posted", words="还没有转给谁的")
    farming, civil = stage.browsers["部门干部"], clerk_of(stage, OTHER)
    assert list_of(farming) == list_of(farming, "/desk?view=mine") == ["花椒受冻以后咋管"]
    assert list_of(civil) == ["低保怎么停了"]
    assert list_of(stage.browsers["镇干部"], "/desk?view=mine") == ["还没有转给谁的"], "what others have asks them"
    assert len(list_of(stage.browsers["镇干部"])) == 3


def test_the_figure_of_what_waits_for_a_town_leaves_out_what_departments_have_until_it_is_late(stage: Stage) -> None:
    given = letter(stage, "in_hand")
    letter(stage, "assigned")
    letter(stage, "drafted")
    letter(stage, "posted")
    town = stage.browsers["镇干部"]
    assert "<b>1</b> 等我办" in town.get("/desk").text
    late_by(stage, given, 1)
    assert "<b>2</b> 等我办" in town.get("/desk").text


def test_days_that_an_overdue_letter_waited_for_its_writer_do_not_bring_it_to_the_county(stage: Stage) -> None:
    late = letter(stage, "in_hand", words="花椒受冻以后咋管", handler=VILLAGE)
    late_by(stage, late, 6)
    county = stage.browsers["县委办公室"]
    assert list_of(county, "/desk?view=mine") == ["花椒受冻以后咋管"]
    with stage.app.app_context():
        due = db.session.get_one(deadlines.Deadline, (late, deadlines.WHOLE)).due_on
        assert due
        db.session.add(deadlines.Pause(item_id=late, from_on=due, to_on=today() - timedelta(days=1)))
        deadlines.reckon(db.session.get_one(Item, late))
        db.session.commit()
    assert list_of(county, "/desk?view=mine") == []
    assert list_of(stage.browsers["镇干部"], "/desk?view=mine") == ["花椒受冻以后咋管"]


def test_a_village_has_what_was_given_to_it_alone(stage: Stage) -> None:
    letter(stage, "assigned", words="村口的路灯坏了", handler=VILLAGE)
    letter(stage, "posted", words="村干部不知道的事")
    assert list_of(stage.browsers["村干部"]) == ["村口的路灯坏了"]
    assert list_of(clerk_of(stage, "留凤关村", Role.village_clerk)) == []


BOTH = {"镇干部", "县委办公室"}


@pytest.mark.parametrize(("days", "asked"), [(0, set()), (1, {"镇干部"}), (4, {"镇干部"}), (5, BOTH)])
def test_what_a_village_has_too_long_asks_its_town_and_then_the_county(
    stage: Stage, days: int, asked: set[str]
) -> None:
    late = letter(stage, "in_hand", words="村口的路灯坏了", handler=VILLAGE)
    if days:
        late_by(stage, late, days)
    mine = {who for who in ("镇干部", "县委办公室") if list_of(stage.browsers[who], "/desk?view=mine")}
    assert mine == asked
    assert list_of(stage.browsers["村干部"], "/desk?view=mine") == ["村口的路灯坏了"]
    assert list_of(stage.browsers["领导"], "/desk?view=mine") == [], "who only reads is asked for nothing"


def test_what_a_department_has_too_long_asks_who_gave_it_and_the_county_over_it(stage: Stage) -> None:
    late_by(stage, letter(stage, "in_hand", words="花椒受冻以后咋管"), 1)
    for who in ("部门干部", "镇干部", "县委办公室"):
        assert list_of(stage.browsers[who], "/desk?view=mine") == ["花椒受冻以后咋管"], who


def test_more_days_that_are_asked_for_wait_for_who_decides_on_them(stage: Stage) -> None:
    letter(stage, "in_hand", words="花椒受冻以后咋管", extension_days=5)
    letter(stage, "in_hand", words="镇上自己办的", handler=TOWN, extension_days=5)
    assert list_of(stage.browsers["镇干部"], "/desk?view=mine") == ["花椒受冻以后咋管", "镇上自己办的"]
    assert list_of(stage.browsers["县委办公室"], "/desk?view=mine") == ["镇上自己办的"]


def test_what_waits_for_its_writer_waits_on_no_desk(stage: Stage) -> None:
    letter(stage, "waiting", words="请补充在哪个组")
    for who in ("部门干部", "镇干部"):
        assert list_of(stage.browsers[who], "/desk?view=mine") == []
        assert list_of(stage.browsers[who]) == ["请补充在哪个组"]
        assert "时间停着" in stage.browsers[who].text


def test_the_list_says_in_working_days_how_late_and_who_has_it_and_how_it_came(stage: Stage) -> None:
    late_by(stage, letter(stage, "in_hand", words="花椒受冻以后咋管", source="telephone"), 2)
    letter(stage, "posted", words="后山冒黑烟", danger="fire", kind="suggestion")
    clerk = stage.browsers["镇干部"]
    clerk.get("/desk")
    words_of_both = ("超期 2 个工作日", "还剩 10 个工作日", "代录·电话", "危险")
    for words in (*words_of_both, DEPARTMENT, f"{TOWN}收", VILLAGE, "办理中"):
        assert words in clerk.text, words
    assert "1 已超期" in clerk.text
    assert "今天新到 2 件" in clerk.text


def test_letters_of_the_same_trouble_are_marked_in_the_list_and_named_beside_it(stage: Stage) -> None:
    first = letter(stage, words="三组停水四天了，抽水泵是不是坏了，老人娃娃都等着用水。")
    letter(stage, words="三组停水四天了，抽水泵是不是坏了，娃娃都等着用水。")
    letter(stage, words="娃在宝鸡上学，医保在哪边交合适？")
    clerk = stage.browsers["镇干部"]
    clerk.get(f"/desk?open={first}")
    assert clerk.html.count(">相似<") == 2
    assert "说的像是一件事" in clerk.text
    assert f'href="/letters/{first}/merge"' in clerk.html


def test_the_filters_find_what_is_late_due_today_and_in_the_hands_of_a_unit(stage: Stage) -> None:
    late_by(stage, letter(stage, "in_hand", words="花椒受冻以后咋管"), 2)
    letter(stage, "posted", words="不急的事", kind="suggestion")
    letter(stage, "in_hand", words="村口的路灯坏了", handler=VILLAGE, kind="help")
    clerk, village = stage.browsers["县委办公室"], stage.org(VILLAGE)
    assert list_of(clerk, "/desk?due=late") == ["花椒受冻以后咋管"]
    assert list_of(clerk, f"/desk?org={stage.org(DEPARTMENT)}") == ["花椒受冻以后咋管"]
    assert list_of(clerk, f"/desk?org={village}") == ["村口的路灯坏了"]
    assert list_of(clerk, "/desk?kind=suggestion") == ["不急的事"]
    assert list_of(clerk, "/desk?state=in_hand&kind=help") == ["村口的路灯坏了"]
    assert list_of(clerk, "/desk?due=soon") == []


def test_what_is_due_today_is_due_until_the_day_is_over(stage: Stage) -> None:
    due = letter(stage, "in_hand", words="今天要答复的")
    with stage.app.app_context():
        db.session.get_one(Item, due).due_at = end_of(today())
        db.session.commit()
    clerk = stage.browsers["镇干部"]
    assert list_of(clerk, "/desk?due=today") == ["今天要答复的"]
    assert "今天到期" in clerk.text
    assert "1 今天到期" in clerk.text
    assert "0 已超期" in clerk.text
    assert list_of(clerk, "/desk?due=late") == []


def test_what_is_answered_is_found_newest_first_and_said_to_be_so(stage: Stage) -> None:
    letter(stage, "answered", words="先答复的")
    letter(stage, "closed", words="后办结的")
    letter(stage, "posted", words="还在办的")
    clerk = stage.browsers["镇干部"]
    assert list_of(clerk, "/desk?view=done") == ["后办结的", "先答复的"]
    assert list_of(clerk, "/desk?state=answered") == ["先答复的"]
    assert list_of(stage.browsers["别镇干部"], "/desk?view=done") == []


@pytest.mark.parametrize("who", ["镇干部", "部门干部", "县委办公室"])
def test_who_handles_it_reads_its_own_words_beside_the_list_and_the_number_masked(stage: Stage, who: str) -> None:
    opened = letter(stage, "in_hand", words=STREET)
    clerk = stage.browsers[who]
    clerk.get(f"/desk?open={opened}", HX_Request="true")
    assert "13900000002" in clerk.html, "the words as they came"
    assert "138****0001" in clerk.html
    assert PHONE not in clerk.html
    assert NAME not in clerk.html
    assert f'action="/contacts/{opened}/open"' in clerk.html


def test_a_leader_reads_the_masked_words_and_nobody_s_number(stage: Stage) -> None:
    opened = letter(stage, "in_hand", words=STREET)
    leader = stage.browsers["领导"]
    assert leader.get(f"/desk?open={opened}").status_code == 200
    assert "院子后头的坡塌了" in leader.text
    for secret in ("13900000002", "138****0001", NAME, "/contacts/"):
        assert secret not in leader.html, secret


def test_a_leader_s_desk_has_what_is_late_and_the_digest_and_nothing_that_waits_for_them(stage: Stage) -> None:
    letter(stage, "in_hand")
    leader = stage.browsers["领导"]
    leader.get("/desk")
    for words in ("已超期", "今天到期", "决策参考", "超期清单"):
        assert words in leader.text
    for words in ("等我办", "在写的", "等审核的评论", "代录", "交上去"):
        assert words not in leader.text, words


@pytest.mark.parametrize("who", ["别镇干部", "村干部", "党员", "信息技术"])
def test_who_has_nothing_to_do_with_it_opens_nothing(stage: Stage, who: str) -> None:
    opened = letter(stage, "in_hand")
    for headers in ({}, {"HX_Request": "true"}):
        assert stage.browsers[who].get(f"/desk?open={opened}", **headers).status_code == 404
    public = letter(stage, "in_hand", public=True)
    assert stage.browsers[who].get(f"/desk?open={public}").status_code == 403


def test_a_desk_of_fifty_letters_and_an_opened_one_weighs_less_than_twelve_kilobytes(stage: Stage) -> None:
    words = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈"
    kinds = ("question", "help", "suggestion", "dispute")
    for number in range(PAGE_ROWS + 1):
        text = "".join(words[(number * 7 + each * (number + 1)) % len(words)] for each in range(70))
        how = {"kind": kinds[number % 4], "days_ago": number % 20}
        last = letter(stage, ("in_hand", "posted", "assigned")[number % 3], words=text, **how)
    html = stage.browsers["县委办公室"].get(f"/desk?open={last}").get_data(as_text=True)
    bare = re.sub("<style>.*?</style>", "", html, flags=re.DOTALL)
    assert html.count("<tr data-row") == PAGE_ROWS
    assert len(gzip(bare.encode(), 6)) <= 12 * 1024
