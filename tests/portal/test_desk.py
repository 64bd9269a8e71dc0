"""The desk and its comments: what is public can be taken away and brought back, and lists say where they stop."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.areas import campaigns
from tests.browser import Browser
from tests.databases import Database
from tests.stage import TOWN, VILLAGE, Stage, furnish
from wdj.core.assets import gzip
from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.items import Item
from wdj.core.people import Role
from wdj.portal import worklist
from wdj.portal.worklist import PAGE_ROWS


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


def list_of(browser: Browser, url: str = "/desk") -> list[str]:
    """The titles of the list, in its order."""
    browser.get(url)
    return re.findall(r'data-hx-get="[^"]+">([^<]+)</a>', browser.html)


def due(stage: Stage, post: int, hours: float) -> int:
    """Let the post be due in so many hours."""
    with stage.app.app_context():
        db.session.get_one(Item, post).due_at = now() + timedelta(hours=hours)
        db.session.commit()
    return post


def test_one_list_of_everything_in_hand_soonest_due_first_and_what_is_late_says_so(stage: Stage) -> None:
    late = due(stage, stage.post("submitted", title="前天就该审的"), -50)
    stage.post("draft", TOWN, title="镇上自己的草稿")
    due(stage, stage.post("submitted", title="过一会儿到期的"), 3)
    stage.post("submitted", title="没有期限的")
    clerk = stage.browsers["镇干部"]
    assert list_of(clerk) == ["前天就该审的", "过一会儿到期的", "镇上自己的草稿", "没有期限的"]
    assert "超期 2 天" in clerk.text
    assert "1 已超期" in clerk.text
    assert "3 等我办" in clerk.text
    assert "1 在写的" in clerk.text
    due(stage, late, -5)
    assert "超期 5 小时" in looks(clerk, "/desk")


def test_what_waits_for_me_what_i_handed_in_and_what_we_write_are_apart(stage: Stage) -> None:
    stage.post("submitted", title="村上交的")
    stage.post("returned", title="退回村上的")
    stage.post("published", title="已经发布的")
    village, town = stage.browsers["村干部"], stage.browsers["镇干部"]
    assert list_of(village) == ["村上交的", "退回村上的"]
    assert list_of(village, "/desk?view=mine") == []
    assert list_of(village, "/desk?view=sent") == ["村上交的"]
    assert list_of(village, "/desk?view=own") == ["退回村上的"]
    assert list_of(village, "/desk?view=news") == ["已经发布的"]
    assert list_of(town) == ["村上交的"], "what a village has in its own hands is not the town's"
    assert list_of(town, "/desk?view=mine") == ["村上交的"]
    assert list_of(town, "/desk?view=sent") == []
    assert list_of(stage.browsers["别镇干部"]) == []
    assert list_of(stage.browsers["别镇干部"], "/desk?view=news") == []
    assert list_of(stage.browsers["党员"]) == []


def test_the_filters_narrow_the_list_and_stay_chosen(stage: Stage) -> None:
    stage.post("submitted", title="沙江寺村的农技", kind="farming")
    stage.post("submitted", title="沙江寺村的动态", kind="news")
    stage.post("submitted", "留凤关村", title="留凤关村的农技", kind="farming")
    stage.post("draft", TOWN, title="镇上的草稿", kind="farming")
    clerk = stage.browsers["镇干部"]
    village = stage.org(VILLAGE)
    assert list_of(clerk, f"/desk?org={village}") == ["沙江寺村的农技", "沙江寺村的动态"]
    assert f'<option value="{village}" selected>' in clerk.html
    assert list_of(clerk, f"/desk?org={village}&kind=news") == ["沙江寺村的动态"]
    assert list_of(clerk, "/desk?state=draft") == ["镇上的草稿"]
    assert list_of(clerk, "/desk?view=own&state=submitted") == []
    assert len(list_of(clerk, "/desk?kind=nonsense&state=nonsense&view=nonsense&after=nonsense")) == 4


def test_the_orgs_of_others_are_no_filter(stage: Stage) -> None:
    for org in (stage.org(VILLAGE), 999_999):
        assert stage.browsers["别镇干部"].get(f"/desk?org={org}").status_code == 404
    assert stage.browsers["县委办公室"].get(f"/desk?org={stage.org(VILLAGE)}").status_code == 200


def test_pages_of_fifty_follow_each_other_without_a_gap(stage: Stage) -> None:
    for number in range(PAGE_ROWS + 7):
        post = stage.post("submitted", title=f"第 {number} 号来稿")
        due(stage, post, number % 3 + 1) if number % 4 else None
    for view in ("", "mine"):
        clerk = stage.browsers["镇干部"]
        first = list_of(clerk, f"/desk?view={view}")
        assert len(first) == PAGE_ROWS
        further = re.search(r'href="([^"]*after=[^"]*)">看后面的', clerk.html)
        assert further
        second = list_of(clerk, further[1].replace("&amp;", "&"))
        assert len(second) == 7
        assert len({*first, *second}) == PAGE_ROWS + 7
    clerk.get("/desk")
    assert f"{PAGE_ROWS + 7} 等我办" in clerk.text


def test_own_drafts_are_newest_first_and_their_pages_too(stage: Stage) -> None:
    for number in range(PAGE_ROWS + 1):
        stage.post("draft", title=f"第 {number} 号草稿")
    clerk = stage.browsers["村干部"]
    assert list_of(clerk, "/desk?view=own")[0] == f"第 {PAGE_ROWS} 号草稿"
    further = re.search(r'href="([^"]*after=[^"]*)">看后面的', clerk.html)
    assert further
    assert list_of(clerk, further[1].replace("&amp;", "&")) == ["第 0 号草稿"]


def test_what_waits_for_me_is_found_behind_any_number_that_does_not(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of old the oldest fifty were read and asked: behind fifty of others nothing was ever seen."""
    for number in range(12):
        stage.post("submitted", title=f"村上交的第 {number} 篇")
    person = stage.browser_of(stage.person(Role.village_clerk, VILLAGE, Role.town_clerk, "平木镇"))
    stage.post("submitted", "平木村", title="等这个人审的")
    monkeypatch.setattr(worklist, "BATCH", 5)
    assert list_of(person, "/desk?view=mine") == ["等这个人审的"]
    monkeypatch.setattr(worklist, "MOST_ASKED", 10)
    stage.post("draft", title="别人存的")  # after anybody's commit the list is read anew
    assert list_of(person, "/desk?view=mine") == [], "a page asks so many and no more"
    further = re.search(r'href="([^"]*after=[^"]*)">接着往后找', person.html)
    assert further, "and goes on where it stopped"
    assert list_of(person, further[1].replace("&amp;", "&")) == ["等这个人审的"]


def test_the_queue_of_comments_is_counted_and_its_pages_follow(stage: Stage) -> None:
    post, clerk = stage.post("published", VILLAGE), stage.browsers["镇干部"]
    for _ in range(PAGE_ROWS):
        stage.comment("pending", post=post)
    clerk.get("/desk/comments")
    assert "看后面的" not in clerk.text
    last = stage.comment("pending", post=post)
    clerk.get("/desk/comments")
    assert "看后面的" in clerk.text
    assert f'id="comment-{last}"' not in clerk.html
    clerk.get(re.search(r'href="([^"]*after=[^"]*)">看后面的', clerk.html)[1].replace("&amp;", "&"))  # type: ignore[index]
    assert f'id="comment-{last}"' in clerk.html
    clerk.get("/desk")
    assert f"{PAGE_ROWS + 1} 等审核的评论" in clerk.text


def test_a_desk_of_fifty_rows_and_an_opened_item_weighs_less_than_twelve_kilobytes(stage: Stage) -> None:
    words = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出昆冈"
    for number in range(PAGE_ROWS + 1):
        title = "".join(words[(number * 7 + each * (number + 1)) % len(words)] for each in range(24))
        due(stage, stage.post("submitted", title=f"{title}{number}"), number - 20)
    post = stage.one("SELECT max(id) FROM items")
    html = stage.browsers["县委办公室"].get(f"/desk?open={post}&org={stage.org(TOWN)}").get_data(as_text=True)
    bare = re.sub("<style>.*?</style>", "", html, flags=re.DOTALL)
    assert html.count("<tr data-row") == PAGE_ROWS
    assert len(gzip(bare.encode(), 6)) <= 12 * 1024


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


def test_what_people_sent_in_is_masked_beside_the_list(stage: Stage) -> None:
    call = campaigns.campaign_in(stage, "open", VILLAGE)
    sent = campaigns.contribution_in(stage, campaigns.Step.waiting, call)
    raw, masked = "打我的电话 13912345678", "打我的电话 139****5678"
    stage.change("UPDATE items SET title = :raw, text = :raw, public_title = :masked, public_text = :masked "
                 "WHERE id = :id", raw=raw, masked=masked, id=sent)  # fmt: skip
    for who in ("领导", "镇干部"):
        browser = stage.browsers[who]
        assert browser.get(f"/desk?open={sent}").status_code == 200
        assert browser.html.count(masked) >= 2
        assert "13912345678" not in browser.html


BESIDE = {
    "村干部": {"代录一封信", "走访和座谈会", "问计于民", "决策参考", "答复模板", "本村名册"},
    "镇干部": {"代录一封信", "走访和座谈会", "问计于民", "决策参考", "答复模板", "各村名册", "人员和岗位"},
    "部门干部": {"代录一封信", "走访和座谈会", "问计于民", "决策参考", "答复模板"},
    "县委办公室": {"代录一封信", "走访和座谈会", "问计于民", "决策参考", "答复模板", "人员和岗位"},
    "领导": {"走访和座谈会", "问计于民", "决策参考"},
    "信息技术": {"我的账号"},
}


@pytest.mark.parametrize("who", BESIDE)
def test_beside_the_list_stand_the_ways_that_are_open_to_who_works_here_and_each_leads_somewhere(
    stage: Stage, who: str
) -> None:
    browser = stage.browsers[who]
    browser.get("/desk")
    ways = {words: url for url, words in re.findall(r'<a class="btn[^"]*" href="([^"#]+)">([^<]+)</a>', browser.html)}
    assert BESIDE[who] <= ways.keys()
    if who == "领导":
        assert "答复模板" not in ways
    for words, url in ways.items():
        assert browser.get(url.replace("&amp;", "&")).status_code == 200, words
