"""Likes and comments: once each, checked by a clerk, forgotten on wish."""

from tests.conftest import County
from tests.modules.posts import published
from wdj.core.db import db
from wdj.core.orgs import Org
from wdj.modules.feed.models import Post


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
    assert wang.post("/desk/comments/1/show").status_code == 404


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
    assert "路修得好，谢谢大家" in said.get_data(as_text=True)
    assert "路修得好" not in county.visitor().get(f"/feed/{post}").get_data(as_text=True)
    assert "收到了" in said.get_data(as_text=True)
