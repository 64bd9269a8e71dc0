"""Two taps, a resend after a lost answer, the Back button: one thing, and no word lost."""

import pytest

from tests.browser import Browser
from tests.conftest import County
from tests.modules.posts import TEXT, published, words, write
from wdj.core.comments import Comment
from wdj.core.db import db
from wdj.core.people import Person
from wdj.modules.feed.models import Post


def count(county: County, model: type) -> int:
    with county.app.app_context():
        return db.session.query(model).count()


def test_who_saves_goes_back_and_writes_on_has_one_post_with_all_words(county: County) -> None:
    li = county.li()
    li.get("/feed/new")
    form = dict(li.page.forms[0]["fields"]) if li.page else {}
    first = li.post("/feed/new", words(county, then="preview", once=form["once"]))
    more = words(county, text=TEXT + "\n\n又加了一段。", then="preview", once=form["once"])
    second = li.post("/feed/new", more)
    assert first.headers["Location"].partition("?")[0] == second.headers["Location"].partition("?")[0]
    assert count(county, Post) == 1
    assert "又加了一段" in li.get("/feed/1/preview").text


def test_who_goes_back_after_handing_in_keeps_the_words_and_is_told(county: County) -> None:
    li = county.li()
    li.get("/feed/new")
    once = li.page.forms[0]["fields"]["once"] if li.page else ""
    li.post("/feed/new", words(county, then="submit", once=once))
    late = li.post("/feed/new", words(county, text=TEXT + "\n\n又加了一段。", then="preview", once=once))
    assert late.status_code == 409
    assert "又加了一段" in li.html
    assert "等上级审" in li.text


def test_a_post_that_moved_on_gives_the_words_back(county: County) -> None:
    li, zhou = county.li(), county.zhou()
    post = write(li, county, then="save")
    li.get(f"/feed/{post}/edit")
    zhou.get(f"/feed/{post}")
    assert zhou.post(f"/feed/{post}/publish").status_code == 303
    late = li.post(f"/feed/{post}/edit", words(county, text=TEXT + "\n\n我又写了一段。"))
    assert late.status_code == 409
    assert "我又写了一段" in li.html
    assert "已发布" in li.text


@pytest.mark.parametrize("who", ["visitor", "li"])
def test_another_comment_from_the_same_page_is_another_comment(county: County, who: str) -> None:
    post = published(county)
    speaker: Browser = getattr(county, who)()
    speaker.get(f"/feed/{post}")
    once = {"once": speaker.page.forms[-1]["fields"].get("once", "")} if speaker.page else {}
    for text in ("路修得好", "路灯也该装了", "路修得好"):
        assert speaker.post(f"/feed/{post}/comments", {"text": text, **once}).status_code == 303
    assert count(county, Comment) == 2


def test_a_new_phones_double_tap_is_one_comment_and_one_like(county: County) -> None:
    post = published(county)
    for _ in range(2):
        new_phone = county.visitor()  # its cookie has not come yet
        new_phone.post(f"/feed/{post}/comments", {"text": "路修得好", "name": "老王"})
        new_phone = county.visitor()
        new_phone.post(f"/feed/{post}/like")
    assert count(county, Comment) == 1
    with county.app.app_context():
        assert db.session.get_one(Post, post).like_count == 1


def test_the_second_tap_with_the_cookie_of_the_first_is_the_same(county: County) -> None:
    post = published(county)
    phone = county.visitor()
    for _ in range(2):
        phone.post(f"/feed/{post}/comments", {"text": "路修得好", "name": "老王"})
        phone.post(f"/feed/{post}/like")
    assert count(county, Comment) == 1
    with county.app.app_context():
        assert db.session.get_one(Post, post).like_count == 1


def test_neighbours_with_phones_of_their_own_say_the_same_and_both_are_heard(county: County) -> None:
    post = published(county)
    phones = [county.visitor(), county.visitor()]
    for number, phone in enumerate(phones):
        phone.post(f"/feed/{post}/comments", {"text": f"我是第 {number} 家"})
    for phone in phones:
        phone.post(f"/feed/{post}/comments", {"text": "支持"})
    assert count(county, Comment) == 4


def test_an_account_asked_for_twice_is_one_account(county: County) -> None:
    zhou = county.zhou()
    zhou.get("/people/new")
    once = zhou.page.forms[0]["fields"]["once"] if zhou.page else ""
    person = {"name": "何小平", "login": "fjz-he", "phone": "", "role": "village_clerk", "once": once}
    person["org"] = str(county.org("费家庄村"))
    before = count(county, Person)
    assert zhou.post("/people/new", person).status_code == 200
    assert zhou.post("/people/new", person).status_code == 303
    assert count(county, Person) == before + 1


def test_a_clerk_whose_login_is_over_does_not_speak_as_a_villager(county: County) -> None:
    post = published(county)
    zhou = county.zhou()
    zhou.get(f"/feed/{post}")
    zhou.client.delete_cookie("wdj_s")
    answer = zhou.post(f"/feed/{post}/comments", {"text": "镇上明天来看"})
    assert answer.status_code == 403
    assert "镇上明天来看" in zhou.html
    assert "登录过期" in zhou.text
    assert count(county, Comment) == 0


def test_taking_the_time_away_does_not_let_a_post_out(county: County) -> None:
    zhou = county.zhou()
    post = write(zhou, county, "留凤关镇", then="publish", publish_at="2099-04-18 10:00")
    zhou.get(f"/feed/{post}")
    assert "4月18日 10:00" in zhou.text
    zhou.get(f"/feed/{post}/edit")
    assert 'value="2099-04-18T10:00"' in zhou.html
    zhou.post(f"/feed/{post}/edit", words(county, "留凤关镇", then="preview", publish_at=""), follow=True)
    assert "不再定时发布" in zhou.text
    assert county.visitor().get(f"/feed/{post}").status_code == 404


def test_publishing_a_timed_post_now_is_said_and_done(county: County) -> None:
    li, zhou = county.li(), county.zhou()
    post = write(li, county, then="submit", publish_at="2099-04-18 10:00")
    zhou.get(f"/feed/{post}")
    assert "现在就发布" in zhou.text
    assert "定时发布" in zhou.text
    zhou.post(f"/feed/{post}/schedule")
    assert county.visitor().get(f"/feed/{post}").status_code == 404
    zhou.get(f"/feed/{post}")
    zhou.post(f"/feed/{post}/publish")
    assert county.visitor().get(f"/feed/{post}").status_code == 200
