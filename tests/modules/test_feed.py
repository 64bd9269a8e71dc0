"""The feed: who writes, who lets out, who is told what, and what the villager may do with it."""

import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from PIL import Image
from sqlalchemy import select

from tests.browser import Browser
from tests.conftest import County
from wdj.core.db import db
from wdj.core.jobs import run_due
from wdj.core.orgs import Org
from wdj.core.placements import Placement
from wdj.modules.feed.models import Post

TEXT = "村上的便道从三组修到了椒园门口，明天通车。\n\n谢谢出工的乡亲，农用车先走。"


def words(county: County, org: str = "沙江寺村", **more: str) -> dict[str, str]:
    return {"org": str(county.org(org)), "kind": "news", "title": "三组便道明天通车了", "text": TEXT, **more}


def write(writer: Browser, county: County, org: str = "沙江寺村", **more: str) -> int:
    """Let `writer` send the form; returns the post's id."""
    writer.get("/feed/new")
    response = writer.post("/feed/new", words(county, org, **more))
    assert response.status_code == 303, response.get_data(as_text=True)
    return int(response.headers["Location"].split("/")[2].partition("?")[0])


def published(county: County, org: str = "沙江寺村", by: str = "zhou", **more: str) -> int:
    clerk: Browser = getattr(county, by)()
    if org == "沙江寺村":
        post = write(county.li(), county, org, then="submit", **more)
        clerk.get(f"/feed/{post}")
        assert clerk.post(f"/feed/{post}/publish").status_code == 303
        return post
    return write(clerk, county, org, then="publish", **more)


def a_picture() -> tuple[io.BytesIO, str]:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "#9d1f1a").save(out, "JPEG")
    out.seek(0)
    return out, "photo.jpg"


def test_a_draft_is_missing_for_strangers_and_for_everybody_without_an_account(county: County) -> None:
    post = write(county.li(), county, then="save")
    assert county.visitor().get(f"/feed/{post}").status_code == 404
    for stranger in (county.wang(), county.zhao()):
        for page in ("", "/edit", "/preview", "/submit"):
            assert stranger.get(f"/feed/{post}{page}").status_code == 404
    assert county.sun().get(f"/feed/{post}").status_code == 404


def test_a_stranger_reads_what_is_published_but_may_not_change_it(county: County) -> None:
    post = published(county)
    wang = county.wang()
    assert wang.get(f"/feed/{post}").status_code == 200
    assert wang.get(f"/feed/{post}/edit").status_code == 403
    assert wang.post(f"/feed/{post}/withdraw", {"note": "不是我们镇的"}).status_code == 403
    assert wang.post(f"/feed/{post}/nonsense").status_code == 404


def test_a_village_cannot_let_its_own_post_out(county: County) -> None:
    li = county.li()
    post = write(li, county, then="save")
    assert li.post(f"/feed/{post}/publish").status_code == 403


def test_a_clerk_writes_for_their_own_org_only(county: County) -> None:
    li = county.li()
    li.get("/feed/new")
    assert li.post("/feed/new", words(county, "平木镇")).status_code == 422
    assert TEXT.splitlines()[0] in li.text


@pytest.mark.parametrize(
    ("org", "by", "shown", "not_shown"),
    [
        ("沙江寺村", "zhou", ["沙江寺村", "留凤关镇"], ["凤县", "平木镇", "费家庄村"]),
        ("留凤关镇", "zhou", ["留凤关镇", "沙江寺村", "费家庄村"], ["凤县", "平木镇"]),
        ("凤县", "chen", ["凤县", "留凤关镇", "沙江寺村", "平木镇"], []),
    ],
)
def test_a_post_stands_on_the_pages_of_its_org_its_town_and_everything_below(
    county: County, org: str, by: str, shown: list[str], not_shown: list[str]
) -> None:
    published(county, org, by)
    visitor = county.visitor()
    for place in shown + not_shown:
        visitor.get(f"/orgs/{county.org(place)}")
        assert ("三组便道明天通车了" in visitor.text) == (place in shown), place


def test_a_department_asks_the_county(county: County) -> None:
    zhao, chen = county.zhao(), county.chen()
    post = write(zhao, county, "县农业农村局", then="submit")
    chen.get("/desk")
    assert "三组便道明天通车了" in chen.text
    chen.get(f"/feed/{post}")
    chen.post(f"/feed/{post}/publish")
    visitor = county.visitor()
    for place in ("凤县", "平木镇", "沙江寺村", "县农业农村局"):
        visitor.get(f"/orgs/{county.org(place)}")
        assert "三组便道明天通车了" in visitor.text


def test_a_withdrawn_post_is_gone_from_every_page(county: County) -> None:
    post = published(county)
    li, visitor = county.li(), county.visitor()
    assert li.get(f"/feed/{post}/withdraw").status_code == 200
    assert li.post(f"/feed/{post}/withdraw", {"note": "日期写错了"}).status_code == 303
    assert visitor.get(f"/feed/{post}").status_code == 404
    visitor.get(f"/orgs/{county.org('沙江寺村')}")
    assert "三组便道明天通车了" not in visitor.text
    li.get(f"/feed/{post}")
    assert "日期写错了" in li.text
    with county.app.app_context():
        assert db.session.scalars(select(Placement)).all() == []


def test_a_post_goes_out_at_its_time_and_not_before(county: County) -> None:
    morning = datetime(2026, 4, 18, 1, 0, tzinfo=UTC)
    with time_machine.travel(morning, tick=False) as clock:
        zhou, visitor = county.zhou(), county.visitor()
        post = write(zhou, county, "留凤关镇", then="publish", publish_at="2026-04-18 11:30")
        clock.shift(timedelta(hours=2, minutes=29))
        with county.app.app_context():
            run_due()
        assert visitor.get(f"/feed/{post}").status_code == 404
        clock.shift(timedelta(minutes=2))
        with county.app.app_context():
            run_due()
        assert visitor.get(f"/feed/{post}").status_code == 200


def test_a_post_put_off_goes_out_at_its_new_time(county: County) -> None:
    with time_machine.travel(datetime(2026, 4, 18, 1, 0, tzinfo=UTC), tick=False) as clock:
        zhou, visitor = county.zhou(), county.visitor()
        post = write(zhou, county, "留凤关镇", then="publish", publish_at="2026-04-18 10:00")
        zhou.get(f"/feed/{post}/edit")
        later = words(county, "留凤关镇", then="publish", publish_at="2026-04-18 12:00")
        assert zhou.post(f"/feed/{post}/edit", later).status_code == 303
        for hours, status in ((1.5, 404), (2, 200)):
            clock.shift(timedelta(hours=hours))
            with county.app.app_context():
                run_due()
            assert visitor.get(f"/feed/{post}").status_code == status


def test_a_time_that_has_passed_is_refused_at_its_field(county: County) -> None:
    zhou = county.zhou()
    zhou.get("/feed/new")
    for typed, answer in (("2020-01-01 10:00", "已经过了"), ("下午三点", "时间请写成")):
        assert zhou.post("/feed/new", words(county, "留凤关镇", publish_at=typed)).status_code == 422
        assert answer in zhou.text
        assert "三组便道明天通车了" in zhou.html


def test_a_mistake_in_the_text_loses_no_picture(county: County) -> None:
    li = county.li()
    li.get("/feed/new")
    first = li.post("/feed/new", {**words(county, title=""), "pictures": a_picture()})
    assert first.status_code == 422
    assert "请写个标题" in li.text
    second = li.post("/feed/new", words(county, then="preview"))
    assert second.status_code == 303
    with county.app.app_context():
        assert run_due() == 1
    li.get(second.headers["Location"])
    assert any(tag == "img" and "/media/" in attributes["src"] for tag, attributes in li.page.elements)


def test_a_picture_of_a_draft_is_missing_for_others(county: County) -> None:
    li = county.li()
    li.get("/feed/new")
    answer = li.post("/feed/new", {**words(county, then="preview"), "pictures": a_picture()})
    with county.app.app_context():
        run_due()
    li.get(answer.headers["Location"])
    source = next(attributes["src"] for tag, attributes in li.page.elements if tag == "img")
    assert li.get(source).status_code == 200
    assert county.visitor().get(source).status_code == 404
    assert county.wang().get(source).status_code == 404


def test_the_second_of_two_writers_sees_the_firsts_words_and_keeps_their_own(county: County) -> None:
    li, zhou = county.li(), county.zhou()
    post = write(li, county, then="submit")
    first, second = county.zhou(), county.chen()
    for each in (first, second):
        assert each.get(f"/feed/{post}/edit").status_code == 200
    assert first.post(f"/feed/{post}/edit", words(county, text=TEXT + "\n\n镇上加的一段。")).status_code == 303
    late = second.post(f"/feed/{post}/edit", words(county, text=TEXT + "\n\n县上加的一段。"))
    assert late.status_code == 409
    assert "镇上加的一段" in second.text
    assert "县上加的一段" in second.text
    assert second.post(f"/feed/{post}/edit", words(county, text=TEXT + "\n\n县上加的一段。")).status_code == 303
    zhou.get(f"/feed/{post}")
    assert "县上加的一段" in zhou.text


def test_sending_the_editor_twice_makes_one_post(county: County) -> None:
    li = county.li()
    li.get("/feed/new")
    sent = {**words(county), "once": "the-same-key"}
    assert len({li.post("/feed/new", sent).headers["Location"] for _ in range(2)}) == 1
    with county.app.app_context():
        assert len(db.session.scalars(select(Post)).all()) == 1


def test_a_double_tap_on_a_button_does_it_once_and_answers_the_same(county: County) -> None:
    zhou = county.zhou()
    post = write(county.li(), county, then="submit")
    zhou.get(f"/feed/{post}")
    same = {"once": "tapped-twice"}
    places = {zhou.post(f"/feed/{post}/publish", same).headers["Location"] for _ in range(2)}
    assert places == {f"/feed/{post}?ok=published"}
    assert zhou.post(f"/feed/{post}/publish", {"once": "another tap"}).status_code == 409


def test_the_second_tap_of_handing_in_is_no_refusal(county: County) -> None:
    li = county.li()
    post = write(li, county, then="save")
    li.get(f"/feed/{post}/edit")
    sent = {**words(county, then="submit"), "once": "tapped-twice", "version": "1"}
    answers = [li.post(f"/feed/{post}/edit", sent) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]


def test_a_like_counts_once_for_a_device_and_once_for_a_person(county: County) -> None:
    post = published(county)
    visitor, li = county.visitor(), county.li()
    for liker in (visitor, visitor, li, li):
        liker.get(f"/feed/{post}")
        assert liker.post(f"/feed/{post}/like").status_code == 303
    with county.app.app_context():
        assert db.session.get_one(Post, post).like_count == 2


def test_a_comment_sent_twice_is_one_comment(county: County) -> None:
    post = published(county)
    visitor = county.visitor()
    said = {"text": "路修得好，谢谢大家", "name": "老王"}
    places = {visitor.post(f"/feed/{post}/comments", said).headers["Location"] for _ in range(2)}
    assert len(places) == 1


def test_a_refused_comment_tells_its_author_why_and_nobody_else(county: County) -> None:
    post = published(county)
    visitor, zhou = county.visitor(), county.zhou()
    visitor.post(f"/feed/{post}/comments", {"text": "卖化肥，便宜，加微信", "name": "某某"})
    zhou.get("/desk/comments")
    assert zhou.post("/desk/comments/1/refuse", {"reason": "胡说"}).status_code == 422
    assert zhou.post("/desk/comments/1/refuse", {"reason": "像是广告"}).status_code == 303
    visitor.get("/me")
    assert "像是广告" in visitor.text
    assert "卖化肥" not in county.visitor().get(f"/feed/{post}").text
    other = county.visitor()
    other.get("/me")
    assert "卖化肥" not in other.text


def test_a_stranger_does_not_moderate(county: County) -> None:
    post = published(county)
    county.visitor().post(f"/feed/{post}/comments", {"text": "路修得好，谢谢大家"})
    wang = county.wang()
    wang.get("/desk/comments")
    assert "路修得好" not in wang.text
    assert wang.post("/desk/comments/1/show").status_code == 403


def test_a_flood_of_one_device_is_stopped_and_what_it_typed_comes_back(county: County) -> None:
    post = published(county)
    visitor, neighbour = county.visitor(), county.visitor()
    answers = [visitor.post(f"/feed/{post}/comments", {"text": f"第 {n} 句话，说得很快"}).status_code for n in range(6)]
    assert answers == [303] * 5 + [429]
    assert "第 5 句话" in visitor.html
    assert neighbour.post(f"/feed/{post}/comments", {"text": "我是邻居，同一个网"}).status_code == 303


def test_forgetting_the_device_cuts_every_tie(county: County) -> None:
    post = published(county)
    visitor = county.visitor()
    visitor.post(f"/feed/{post}/comments", {"text": "路修得好，谢谢大家"})
    visitor.get("/me")
    assert "路修得好" in visitor.text
    visitor.post("/me/forget", follow=True)
    assert "路修得好" not in visitor.text


def test_an_org_that_wants_names_says_so_at_the_field(county: County) -> None:
    post = published(county)
    village = county.org("沙江寺村")
    with county.app.app_context():
        db.session.get_one(Org, village).anonymous_comments = False
        db.session.commit()
    visitor = county.visitor()
    assert visitor.post(f"/feed/{post}/comments", {"text": "路修得好，谢谢大家"}).status_code == 422
    assert "请写上称呼和村名" in visitor.text
    assert "路修得好" in visitor.text


def test_htmx_gets_the_changed_part_and_its_true_status(county: County) -> None:
    post = published(county)
    visitor = county.visitor()
    liked = visitor.post(f"/feed/{post}/like", HX_Request="true")
    assert liked.status_code == 200
    assert liked.get_data(as_text=True).startswith(f'<form id="like-{post}"')
    empty = visitor.post(f"/feed/{post}/comments", {"text": ""}, HX_Request="true")
    assert empty.status_code == 422
    assert f'id="comments-{post}"' in empty.get_data(as_text=True)
    said = visitor.post(f"/feed/{post}/comments", {"text": "路修得好，谢谢大家"}, HX_Request="true")
    assert "收到了" in said.get_data(as_text=True)
