"""The way up: what a village writes goes to its town, the county and everybody, and its author sees each step."""

from datetime import UTC, datetime, timedelta

import time_machine
from sqlalchemy import select

from tests.browser import Browser
from tests.conftest import County
from tests.floor import change, every, one
from tests.modules.posts import published, write
from wdj.core.db import db
from wdj.modules.feed.models import Post

TITLE = "三组便道明天通车了"
MORNING = datetime(2026, 4, 20, 1, 0, tzinfo=UTC)


def step(clerk: Browser, post: int, action: str, note: str = "") -> int:
    clerk.get(f"/feed/{post}/{action}")
    return clerk.post(f"/feed/{post}/{action}", {"note": note}).status_code


def shown_on(county: County, url: str) -> bool:
    visitor = county.visitor()
    visitor.get(url)
    return TITLE in visitor.text


def due(county: County) -> datetime | None:
    with county.app.app_context():
        return db.session.scalar(select(Post.due_at))


def test_a_villages_experience_reaches_the_countys_front_page_and_its_author_sees_each_step(county: County) -> None:
    post = published(county, kind="experience")
    assert not shown_on(county, "/")
    zhou, chen, li = county.zhou(), county.chen(), county.li()
    assert step(zhou, post, "recommend", "出工记账的办法，别的村用得上") == 303
    assert county.visitor().get(f"/feed/{post}").status_code == 200, "it stays public on its way"
    chen.get("/desk")
    assert TITLE in chen.text
    assert step(chen, post, "feature") == 303
    assert shown_on(county, "/")
    assert shown_on(county, f"/orgs/{county.org('平木镇')}")
    li.get(f"/feed/{post}")
    for words in ("交上去审", "发布", "荐到县上", "出工记账的办法，别的村用得上", "全县都看"):
        assert words in li.text
    assert every(county.app, "SELECT action FROM events WHERE item_id = :id ORDER BY id", id=post) == [
        "submit", "publish", "recommend", "feature",
    ]  # fmt: skip


def test_the_county_says_no_with_a_reason_and_it_stays_where_it_was(county: County) -> None:
    post = published(county)
    zhou, chen, li = county.zhou(), county.chen(), county.li()
    assert step(zhou, post, "recommend") == 303
    assert step(chen, post, "decline") == 422
    assert step(chen, post, "decline", "照片里看不出是哪条路") == 303
    li.get(f"/feed/{post}")
    assert "照片里看不出是哪条路" in li.text
    assert shown_on(county, f"/orgs/{county.org('留凤关镇')}")
    assert not shown_on(county, "/")
    chen.get("/desk")
    assert TITLE not in chen.text


def test_what_the_county_no_longer_shows_stands_on_its_own_pages_again(county: County) -> None:
    post = published(county)
    chen = county.chen()
    assert step(chen, post, "feature") == 303
    assert step(chen, post, "unfeature", "过了时候") == 303
    assert shown_on(county, f"/orgs/{county.org('沙江寺村')}")
    assert shown_on(county, f"/orgs/{county.org('留凤关镇')}")
    assert not shown_on(county, "/")
    assert not shown_on(county, f"/orgs/{county.org('平木镇')}")


def test_what_the_county_no_longer_shows_stays_in_the_subjects_it_was_put_in(county: County) -> None:
    post = published(county)
    chen, li = county.chen(), county.li()
    chen.get("/subjects/new")
    words = {"title": "路修通了", "text": "各村的便道。", "org": str(county.org("凤县"))}
    subject = chen.post("/subjects/new", words).headers["Location"].partition("?")[0]
    chen.get(f"/feed/{post}")
    assert chen.post(f"{subject}/items", {"item": str(post)}).status_code == 303
    step(chen, post, "feature")
    assert step(chen, post, "unfeature", "过了时候") == 303
    assert not shown_on(county, "/")
    assert shown_on(county, subject)
    assert step(li, post, "withdraw", "数字写错了") == 303
    assert every(county.app, "SELECT org_id FROM placements") == [], "what is withdrawn is gone from them too"


def test_a_featured_post_that_its_village_takes_back_is_gone_from_every_page(county: County) -> None:
    post = published(county)
    chen, li = county.chen(), county.li()
    step(chen, post, "feature")
    chen.get(f"/feed/{post}")
    chen.post(f"/feed/{post}/pin/{county.org('凤县')}")
    assert step(li, post, "withdraw", "数字写错了") == 303
    for place in ("凤县", "留凤关镇", "沙江寺村", "平木镇"):
        assert not shown_on(county, f"/orgs/{county.org(place)}")
    assert not shown_on(county, "/")
    assert not shown_on(county, "/search?q=三组便道")
    for page in ("", "/revisions", "/mend"):
        assert county.visitor().get(f"/feed/{post}{page}").status_code in (404, 303)
    assert county.visitor().get(f"/feed/{post}").status_code == 404
    assert every(county.app, "SELECT org_id FROM placements") == []
    li.get(f"/feed/{post}")
    assert "数字写错了" in li.text


def test_the_town_takes_its_recommendation_back_and_a_village_recommends_nothing(county: County) -> None:
    post = published(county)
    zhou, li = county.zhou(), county.li()
    assert step(li, post, "recommend") == 403
    assert step(zhou, post, "recommend") == 303
    assert step(zhou, post, "unrecommend") == 303
    county_post = published(county, "凤县", "chen")
    chen = county.chen()
    chen.get(f"/feed/{county_post}")
    assert "全县都看" not in chen.text, "what the county writes stands everywhere already"


def test_what_waits_above_has_a_time_by_which_it_should_be_looked_at(county: County) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        li, zhou, chen = county.li(), county.zhou(), county.chen()
        post = write(li, county, then="submit")
        assert due(county) == MORNING + timedelta(hours=24)
        step(zhou, post, "return_to", "请写上海拔")
        assert due(county) is None
        li.get(f"/feed/{post}")
        li.post(f"/feed/{post}/submit")
        clock.shift(timedelta(minutes=20))
        zhou.get(f"/feed/{post}")
        zhou.post(f"/feed/{post}/publish")
        assert due(county) is None
        step(zhou, post, "recommend")
        assert due(county) == MORNING + timedelta(hours=24, minutes=20)
        step(chen, post, "feature")
        assert due(county) is None


def test_what_wants_to_go_out_sooner_is_due_sooner(county: County) -> None:
    with time_machine.travel(MORNING, tick=False):
        write(county.li(), county, then="submit", publish_at="2026-04-20 11:30")
        assert due(county) == datetime(2026, 4, 20, 3, 30, tzinfo=UTC)


def test_nothing_waits_for_a_time_that_is_not_ahead(county: County) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        li, zhou = county.li(), county.zhou()
        post = write(li, county, then="submit")
        assert step(zhou, post, "schedule") == 422
        assert "先定一个还没到的时间" in zhou.text
        late = write(li, county, then="submit", publish_at="2026-04-20 11:30")
        clock.shift(timedelta(hours=5))
        assert step(county.zhou(), late, "schedule") == 422
        assert every(county.app, "SELECT state FROM items") == ["submitted"] * 2
        assert every(county.app, "SELECT id FROM jobs WHERE name = 'feed.publish'") == []


def test_what_goes_out_before_its_time_waits_for_it_no_more(county: County) -> None:
    with time_machine.travel(MORNING, tick=False):
        li, zhou, chen = county.li(), county.zhou(), county.chen()
        post = write(li, county, then="submit", publish_at="2026-04-25 11:30")
        assert step(zhou, post, "publish") == 303
        assert step(zhou, post, "recommend") == 303
        chen.get(f"/desk?open={post}")
        assert "4月25日" not in chen.text
        answer = chen.post("/desk/bulk", {"action": "feature", "id": str(post)})
        assert answer.status_code == 303, chen.text
        assert one(county.app, "SELECT state FROM items") == "featured"
        assert step(zhou, post, "withdraw", "日期写错了") == 303
        zhou.get(f"/feed/{post}")
        assert "定在" not in zhou.text


def test_the_town_is_asked_first_and_the_county_once_it_is_late(county: County) -> None:
    write(county.li(), county, then="submit")
    zhou, chen = county.zhou(), county.chen()
    asked = [TITLE in clerk.get("/desk?view=mine").text for clerk in (zhou, chen)]
    assert asked == [True, False]
    change(county.app, "UPDATE items SET due_at = '2026-01-01 00:00:00.000000'")
    assert TITLE in chen.get("/desk?view=mine").text
