"""The desk and its comments: what is public can be taken away and brought back, and lists say where they stop."""

from collections.abc import Iterator

import pytest

from tests.browser import Browser
from tests.databases import Database
from tests.stage import VILLAGE, Stage, furnish
from wdj.portal.desk import PAGE_ROWS


@pytest.fixture
def stage(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    yield from furnish(county_template, tmp_path_factory.mktemp("desk"))


def count_of(stage: Stage, post: int) -> int:
    return int(stage.one("SELECT comment_count FROM items WHERE id = :id", id=post))


def said_by_visitor(stage: Stage, words: str) -> tuple[int, int]:
    """A comment that its clerk let through, under a post: both ids."""
    post = stage.post("published")
    stage.county.visitor().post(f"/feed/{post}/comments", {"text": words})
    said = int(stage.one("SELECT max(id) FROM comments"))
    stage.browsers["镇干部"].get("/desk/comments")
    assert stage.browsers["镇干部"].post(f"/desk/comments/{said}/show").status_code == 303
    return post, said


def test_a_clerk_takes_a_public_comment_away_by_the_link_under_it_and_can_bring_it_back(stage: Stage) -> None:
    post, said = said_by_visitor(stage, "卖化肥，便宜，加微信")
    clerk, reader = stage.browsers["村干部"], stage.county.visitor()
    clerk.get(f"/feed/{post}")
    assert f'href="/desk/comments/{said}"' in clerk.html
    clerk.get(f"/desk/comments/{said}")
    clerk.post(f"/desk/comments/{said}/refuse", {"reason": "像是广告"}, follow=True)
    assert "没有公开 像是广告" in clerk.text
    reader.get(f"/feed/{post}")
    assert "卖化肥" not in reader.text
    assert count_of(stage, post) == 0
    clerk.post(f"/desk/comments/{said}/show", follow=True)
    reader.get(f"/feed/{post}")
    assert "卖化肥" in reader.text
    assert count_of(stage, post) == 1
    actions = "SELECT count(*) FROM events WHERE item_id = :id AND action IN ('comment_shown', 'comment_refused')"
    assert stage.one(actions, id=post) == 3


@pytest.mark.parametrize("first", ["村干部", "访客"])
def test_only_who_may_take_a_comment_away_is_shown_the_way(stage: Stage, first: str) -> None:
    """Whoever reads first: what is remembered for one reader is not another's."""
    post, said = said_by_visitor(stage, "路修得好，谢谢大家")
    shown = {"村干部": True, "镇干部": True, "县委办公室": True, "支部书记": True}
    for who in (first, *stage.browsers, first):
        page = stage.browsers[who].get(f"/feed/{post}").text
        assert "路修得好" in page
        assert (f"/desk/comments/{said}" in page) is shown.get(who, False), who


def test_own_drafts_are_newest_first_and_a_list_that_stops_says_so(stage: Stage) -> None:
    clerk = stage.browsers["村干部"]
    for number in range(PAGE_ROWS):
        stage.post("draft", title=f"第 {number} 号草稿")
    clerk.get("/desk")
    assert "还有更多" not in clerk.text
    stage.post("draft", title="刚刚写的草稿")
    clerk.get("/desk")
    assert clerk.text.index("刚刚写的草稿") < clerk.text.index("第 1 号草稿")
    assert "第 0 号草稿" not in clerk.text
    assert f"还有更多，这里先列 {PAGE_ROWS} 条" in clerk.text
    assert f"{PAGE_ROWS}+ 在写的" in clerk.text


def test_what_waits_for_the_town_is_oldest_first_and_says_when_there_is_more(stage: Stage) -> None:
    for number in range(PAGE_ROWS + 1):
        stage.post("submitted", title=f"第 {number} 号来稿")
    clerk = stage.browsers["镇干部"]
    clerk.get("/desk")
    assert clerk.text.index("第 0 号来稿") < clerk.text.index("第 1 号来稿")
    assert f"第 {PAGE_ROWS} 号来稿" not in clerk.text
    assert f"{PAGE_ROWS}+ 等我审" in clerk.text
    assert "还有更多" in clerk.text


def test_the_queue_of_comments_is_counted_and_says_when_there_is_more(stage: Stage) -> None:
    post, clerk = stage.post("published", VILLAGE), stage.browsers["镇干部"]
    for _ in range(PAGE_ROWS):
        stage.comment("pending", post=post)
    clerk.get("/desk/comments")
    assert "还有更多" not in clerk.text
    stage.comment("pending", post=post)
    clerk.get("/desk/comments")
    assert "还有更多" in clerk.text
    clerk.get("/desk")
    assert f"{PAGE_ROWS + 1} 等审核的评论" in clerk.text


def looks(browser: Browser, url: str) -> str:
    browser.get(url)
    return browser.text


def test_who_signed_in_to_speak_sees_what_became_of_it_from_any_device(stage: Stage) -> None:
    post, member = stage.post("published"), stage.browsers["党员"]
    member.get(f"/feed/{post}")
    sent = member.post(f"/feed/{post}/comments", {"text": "我是党员，我来说两句"})
    assert "我来说两句" in looks(member, sent.headers["Location"]), "it waits, and its author sees it"
    assert "我来说两句" not in looks(stage.browsers["别镇干部"], sent.headers["Location"])
    said = stage.one("SELECT max(id) FROM comments")
    elsewhere = stage.browser_of(stage.ids["党员"])
    assert "等审核" in looks(elsewhere, "/me")
    clerk = stage.browsers["村干部"]
    clerk.get("/desk/comments")
    clerk.post(f"/desk/comments/{said}/refuse", {"reason": "与本篇无关"})
    assert "与本篇无关" in looks(elsewhere, "/me")
    assert "我来说两句" not in looks(stage.browsers["信息技术"], "/me")
    assert "我来说两句" not in looks(stage.county.visitor(), "/me")


@pytest.mark.parametrize(
    ("who", "official"),
    [
        ("村干部", True),
        ("镇干部", True),
        ("县委办公室", True),
        ("党员", False),
        ("别镇干部", False),
        ("信息技术", False),
    ],
)
def test_only_a_clerk_of_the_post_s_own_org_or_above_speaks_officially(stage: Stage, who: str, official: bool) -> None:
    post, browser = stage.post("published"), stage.browsers[who]
    browser.get(f"/feed/{post}")
    assert browser.post(f"/feed/{post}/comments", {"text": f"我说的是 {who} 的话"}).status_code == 303
    stage.change("UPDATE comments SET state = 'shown'")
    page = looks(stage.county.visitor(), f"/feed/{post}")
    assert f"我说的是 {who} 的话" in page
    assert ("官方" in page) is official


def test_the_count_in_the_answer_to_htmx_has_the_comment_in_it(stage: Stage) -> None:
    post, clerk = stage.post("published"), stage.browsers["村干部"]
    for number in (1, 2):
        clerk.get(f"/feed/{post}")
        answer = clerk.post(f"/feed/{post}/comments", {"text": f"第 {number} 句话"}, HX_Request="true").text
        assert f"第 {number} 句话" in answer
        assert f'<h2 id="comments">评论 {number}</h2>' in answer
