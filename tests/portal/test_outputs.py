"""One entry, many outputs: a clerk finds the words written, changes them, sends them on, and all know it was done."""

import re
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


def save(clerk: Browser, post: int, then: str = "save", wanted: list[str] | None = None, **changed: str) -> int:
    sent = texts(clerk, post) | changed | {"then": then}
    return clerk.post(f"/outputs/{post}", {**sent, "wanted": wanted or []}, follow=False).status_code


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
    with county.app.app_context():
        db.session.execute(db.text("UPDATE items SET public_text = '改到后天通车。' WHERE id = :id"), {"id": post})
        db.session.commit()
    assert "原文后来改过" in li.get(f"/outputs/{post}").text


def test_a_clerk_finds_the_outputs_on_the_post_and_a_visitor_does_not(county: County) -> None:
    post, li, visitor = published(county), county.li(), county.visitor()
    assert f"/outputs/{post}" in li.get(f"/feed/{post}").text
    assert "/outputs" not in visitor.get(f"/feed/{post}").text
