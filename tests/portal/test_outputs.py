"""One entry, many outputs: a clerk finds the words written, changes them, sends them on, and all know it was done."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser import Browser
from tests.conftest import County
from tests.modules.posts import published, write
from wdj.core.db import db
from wdj.core.items import Event
from wdj.core.outputs import Output


def texts(clerk: Browser, post: int) -> dict[str, str]:
    """What stands in the boxes of the page, by channel."""
    assert clerk.get(f"/outputs/{post}").status_code == 200
    return typed_in(clerk)


def typed_in(clerk: Browser) -> dict[str, str]:
    found = re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\r?\n?(.*?)</textarea>', clerk.html, re.DOTALL)
    return {name: text.replace("&#34;", '"') for name, text in found}


def opened(clerk: Browser, post: int) -> dict[str, Any]:
    """All that the page of the item would send, as the clerk has it before them."""
    assert clerk.get(f"/outputs/{post}").status_code == 200
    return as_shown(clerk, post)


def as_shown(clerk: Browser, post: int) -> dict[str, Any]:
    assert clerk.page
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', clerk.html))
    ticked = [each["value"] for _, each in clerk.page.elements if each.get("name") == "wanted" and "checked" in each]
    return hidden | typed_in(clerk) | {"wanted": ticked}


def send(clerk: Browser, post: int, form: dict[str, Any], then: str = "save", **changed: Any) -> int:
    return clerk.post(f"/outputs/{post}", form | changed | {"then": then}).status_code


def save(clerk: Browser, post: int, then: str = "save", wanted: list[str] | None = None, **changed: str) -> int:
    return send(clerk, post, opened(clerk, post), then, wanted=wanted or [], **changed)


def mend(county: County, post: int, text: str) -> None:
    """Somebody mends the post; the script is made of these words now."""
    with county.app.app_context():
        db.session.execute(db.text("UPDATE items SET public_text = :text WHERE id = :id"), {"id": post, "text": text})
        db.session.commit()


def rows(county: County, post: int) -> dict[str, Output]:
    with county.app.app_context():
        return {each.channel: each for each in db.session.query(Output).filter_by(item_id=post)}


def test_the_words_are_there_before_anybody_has_typed_one(county: County) -> None:
    post = published(county)
    found = texts(county.li(), post)
    assert found["script"].startswith("乡亲们注意了：三组便道明天通车了。村上的便道从三组修到了椒园门口")
    assert found["wechat"].startswith("【三组便道明天通车了】")
    for name in ("wechat", "weibo"):
        assert found[name].endswith(f"http://127.0.0.1:8000/feed/{post}")


def test_what_a_clerk_changes_stays_and_what_they_leave_follows_the_post(county: County) -> None:
    post, li = published(county), county.li()
    assert save(li, post, script="乡亲们注意了：明天通车，慢点开。") == 303
    assert texts(li, post)["script"] == "乡亲们注意了：明天通车，慢点开。"
    assert {name: row.text is None for name, row in rows(county, post).items()} == {"script": False}


def test_the_automatic_words_come_back_at_a_press(county: County) -> None:
    post, li = published(county), county.li()
    before = texts(li, post)
    save(li, post, script="乡亲们注意了：明天通车，慢点开。")
    assert save(li, post, "auto-script", script="字" * 200) == 303
    assert texts(li, post) == before


@pytest.mark.parametrize(("name", "most", "words"), [("script", 150, "大喇叭稿"), ("weibo", 140, "微博文字")])
def test_what_is_too_long_is_said_by_how_much_and_stays_in_its_box(
    county: County, name: str, most: int, words: str
) -> None:
    post, li = published(county), county.li()
    assert save(li, post, **{name: "字" * (most + 12)}) == 422
    assert f"{words}多了 12 个字" in li.text
    assert typed_in(li)[name] == "字" * (most + 12)
    assert rows(county, post) == {}


def test_private_numbers_leave_the_house_starred(county: County) -> None:
    post, li = published(county, text="报名找张三 13912345678，快来报名吧。"), county.li()
    assert all("13912345678" not in each for each in texts(li, post).values())
    save(li, post, script="乡亲们注意了：报名打 13912345678。")
    assert texts(li, post)["script"] == "乡亲们注意了：报名打 139****5678。"
    li.get(f"/outputs/{post}/script")
    assert "139****5678" in li.text


def test_ticks_in_the_editor_are_a_list_to_work_off_once_it_is_out(county: County) -> None:
    li, zhou = county.li(), county.zhou()
    post = write(li, county, wanted="script", then="submit")
    li.get("/outputs")
    assert "三组便道" not in li.text
    zhou.get(f"/feed/{post}")
    zhou.post(f"/feed/{post}/publish")
    li.get("/outputs")
    assert "三组便道明天通车了" in li.text
    assert "大喇叭" in li.text
    assert save(li, post, "sent-script", ["script"]) == 303
    li.get("/outputs")
    assert "三组便道" not in li.text


def test_who_sent_it_and_when_is_kept_and_seen_by_everyone_at_the_desk(county: County) -> None:
    post, li, zhou = published(county), county.li(), county.zhou()
    save(li, post, "sent-script")
    assert re.search(r"已经发了.*今天 \d+:\d\d \S+", zhou.get(f"/outputs/{post}").text, re.DOTALL)
    with county.app.app_context():
        labels = [each.label for each in db.session.query(Event).filter_by(item_id=post)]
    assert labels[-1] == "发到大喇叭"
    save(li, post, "unsent-script")
    assert rows(county, post)["script"].sent_at is None


def test_two_taps_on_sent_are_one_event(county: County) -> None:
    post, li = published(county), county.li()
    li.get(f"/outputs/{post}")
    hidden = li.page.form(f"/outputs/{post}")["fields"] if li.page else {}
    sent = typed_in(li) | {"then": "sent-script", "once": hidden["once"], "csrf": hidden["csrf"]}
    answers = [li.post(f"/outputs/{post}", sent) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 303]
    with county.app.app_context():
        assert db.session.query(Event).filter_by(item_id=post, action="sent").count() == 1


def test_what_goes_out_by_its_time_stands_there_with_it(county: County) -> None:
    zhou = county.zhou()
    write(zhou, county, "留凤关镇", publish_at="2030-04-20 07:30", wanted="weibo", then="publish")
    zhou.get("/outputs")
    for words in ("到时间自动发布", "4月20日 7:30", "微博"):
        assert words in zhou.text


def test_what_is_withdrawn_waits_for_nobody(county: County) -> None:
    post, li, zhou = published(county), county.li(), county.zhou()
    save(li, post, wanted=["wechat"])
    zhou.get(f"/feed/{post}/withdraw")
    zhou.post(f"/feed/{post}/withdraw", {"note": "日期写错了"})
    li.get("/outputs")
    assert "三组便道" not in li.text


def test_a_draft_can_be_got_ready_but_not_marked_sent(county: County) -> None:
    li = county.li()
    post = write(li, county)
    assert save(li, post, wanted=["script"], script="乡亲们注意了：明天通车。") == 303
    assert save(li, post, "sent-script") == 409


def test_the_foreign_clerk_finds_nothing_or_may_not(county: County) -> None:
    post, li, wang = published(county), county.li(), county.wang()
    draft = write(li, county, title="三组便道后天通车")
    assert [wang.get(f"/outputs/{each}").status_code for each in (post, draft)] == [403, 404]
    assert [wang.post(f"/outputs/{each}", {"then": "sent-script"}).status_code for each in (post, draft)] == [403, 404]
    assert rows(county, post) == {}


def test_weibos_own_page_gets_the_words_and_the_link_once(county: County) -> None:
    post, li = published(county), county.li()
    words = texts(li, post)["weibo"]
    share = next(
        each["href"] for tag, each in (li.page.elements if li.page else []) if "weibo.com" in each.get("href", "")
    )
    asked = parse_qs(urlsplit(share).query)
    assert asked["url"] == [f"http://127.0.0.1:8000/feed/{post}"]
    assert asked["title"][0] == words.replace(asked["url"][0], "").strip()


def test_the_clerk_is_told_when_the_post_was_changed_under_their_words(county: County) -> None:
    post, li = published(county), county.li()
    save(li, post, script="乡亲们注意了：明天通车，慢点开。")
    mend(county, post, "改到后天通车。")
    assert "原文后来改过" in li.get(f"/outputs/{post}").text


def test_a_clerk_finds_the_outputs_on_the_post_and_a_visitor_does_not(county: County) -> None:
    post, li, visitor = published(county), county.li(), county.visitor()
    assert f"/outputs/{post}" in li.get(f"/feed/{post}").text
    assert "/outputs" not in visitor.get(f"/feed/{post}").text


def test_what_a_colleague_wrote_and_ticked_outlives_a_page_that_was_opened_before(county: County) -> None:
    post, li, zhou = published(county), county.li(), county.zhou()
    before = opened(zhou, post)
    save(li, post, wanted=["script"], wechat="【明天通车】请走三组。")
    assert send(zhou, post, before, "sent-weibo") == 303
    now = opened(li, post)
    assert now["wechat"] == "【明天通车】请走三组。"
    assert now["wanted"] == ["script"]
    assert rows(county, post)["weibo"].text is None
    assert rows(county, post)["weibo"].sent_at


def test_a_tick_taken_away_is_gone_and_the_others_stay(county: County) -> None:
    post, li, zhou = published(county), county.li(), county.zhou()
    save(li, post, wanted=["script", "weibo"])
    before = opened(zhou, post)
    save(li, post, wanted=["script", "weibo", "notice"])
    assert send(zhou, post, before, wanted=["weibo"]) == 303
    assert sorted(opened(li, post)["wanted"]) == ["notice", "weibo"]


def test_words_that_came_by_themselves_stay_so_when_the_post_is_mended_under_an_open_page(county: County) -> None:
    post, li = published(county), county.li()
    before = opened(li, post)
    mend(county, post, "山上落石，便道明天不通车。")
    assert send(li, post, before, "sent-script") == 303
    assert rows(county, post)["script"].text is None
    assert "明天不通车" in texts(li, post)["script"]


def test_both_texts_stay_where_two_clerks_wrote_the_same_words_and_the_second_decides(county: County) -> None:
    post, li, zhou = published(county), county.li(), county.zhou()
    before = opened(zhou, post)
    save(li, post, script="乡亲们注意了：明天通车，慢点开。")
    mine = "乡亲们注意了：明天通车，走三组。"
    assert send(zhou, post, before, "sent-script", script=mine) == 409
    assert "明天通车，慢点开" in zhou.text
    assert typed_in(zhou)["script"] == mine
    assert rows(county, post)["script"].text == "乡亲们注意了：明天通车，慢点开。"
    assert rows(county, post)["script"].sent_at is None
    assert send(zhou, post, as_shown(zhou, post), "sent-script") == 303
    assert rows(county, post)["script"].text == mine


@pytest.mark.parametrize("own", ["", "乡亲们注意了：三组便道明天通车，慢点开。"], ids=["automatic", "own"])
def test_who_wrote_on_while_the_post_was_mended_is_shown_it_first(county: County, own: str) -> None:
    post, li = published(county), county.li()
    if own:
        save(li, post, script=own)
    before = opened(li, post)
    mend(county, post, "山上落石，便道明天不通车。")
    assert send(li, post, before, script="乡亲们注意了：明天通车，走三组。") == 409
    assert "别人改了这里的字，或者改了原文" in li.text
    assert rows(county, post).keys() == ({"script"} if own else set())


def test_a_mistake_first_does_not_hide_what_a_colleague_wrote_meanwhile(county: County) -> None:
    post, li, zhou = published(county), county.li(), county.zhou()
    before = opened(zhou, post)
    save(li, post, wanted=["script"], wechat="【明天通车】请走三组。")
    assert send(zhou, post, before, weibo="字" * 200) == 422
    assert send(zhou, post, as_shown(zhou, post), weibo="明天通车。") == 303
    found = opened(li, post)
    assert (found["wechat"], found["weibo"], found["wanted"]) == ("【明天通车】请走三组。", "明天通车。", ["script"])
