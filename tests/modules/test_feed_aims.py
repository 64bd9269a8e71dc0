"""Notices for chosen villages: they stand there and nowhere else, and say whom they are for."""

import pytest

from tests.browser import Browser
from tests.conftest import County
from tests.modules.posts import published, words
from wdj.core.db import db
from wdj.modules.feed.aims import villages_of
from wdj.modules.feed.models import Post

TITLE = "三组便道明天通车了"


def aimed(county: County, by: str, org: str, *places: str, **more: str) -> int:
    clerk: Browser = getattr(county, by)()
    clerk.get("/feed/new")
    sent = words(county, org, then="publish", **more) | {"aims": [str(county.org(place)) for place in places]}
    answer = clerk.post("/feed/new", sent)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return int(answer.headers["Location"].split("/")[2].partition("?")[0])


def shown_on(county: County, place: str) -> bool:
    visitor = county.visitor()
    visitor.get(f"/orgs/{county.org(place)}")
    return TITLE in visitor.text


def names_of(county: County, post: int) -> list[str]:
    with county.app.app_context():
        return [org.short_name for org in villages_of(db.session.get_one(Post, post))]


@pytest.mark.parametrize(
    ("by", "org", "aims", "shown", "not_shown"),
    [
        ("zhou", "留凤关镇", ["沙江寺村"], ["留凤关镇", "沙江寺村"], ["费家庄村", "凤县", "平木镇"]),
        ("chen", "凤县", ["留凤关镇"], ["凤县", "留凤关镇", "沙江寺村", "费家庄村"], ["平木镇"]),
        ("chen", "凤县", ["沙江寺村", "平木镇"], ["凤县", "沙江寺村", "平木镇"], ["留凤关镇", "费家庄村"]),
    ],
)
def test_a_notice_stands_on_the_pages_it_is_aimed_at_and_on_its_own(
    county: County, by: str, org: str, aims: list[str], shown: list[str], not_shown: list[str]
) -> None:
    post = aimed(county, by, org, *aims)
    assert {place for place in shown + not_shown if shown_on(county, place)} == set(shown)
    visitor = county.visitor()
    visitor.get(f"/feed/{post}")
    assert f"发给：{'、'.join(aims)}" in visitor.text.replace(" ", "") or len(aims) > 1
    assert all(place in visitor.text for place in aims)


def test_a_notice_without_aims_is_for_every_village_below(county: County) -> None:
    town = published(county, "留凤关镇")
    assert "沙江寺村" in names_of(county, town)
    assert "费家庄村" in names_of(county, town)
    assert names_of(county, published(county)) == ["沙江寺村"]
    one = aimed(county, "zhou", "留凤关镇", "费家庄村")
    assert names_of(county, one) == ["费家庄村"]
    whole_town = aimed(county, "chen", "凤县", "留凤关镇")
    assert names_of(county, whole_town) == names_of(county, town)


def test_nobody_aims_at_what_does_not_stand_below_them(county: County) -> None:
    zhou, li = county.zhou(), county.li()
    zhou.get("/feed/new")
    assert "平木镇" not in zhou.page.text
    sent = words(county, "留凤关镇", then="publish") | {"aims": [str(county.org("平木镇"))]}
    assert zhou.post("/feed/new", sent).status_code == 422
    li.get("/feed/new")
    assert "发给哪些村" not in li.text


def test_the_editor_shows_again_whom_a_draft_is_for(county: County) -> None:
    zhou = county.zhou()
    zhou.get("/feed/new")
    sent = words(county, "留凤关镇", then="save", must_read="y") | {"aims": [str(county.org("费家庄村"))]}
    post = zhou.post("/feed/new", sent).headers["Location"].split("/")[2]
    zhou.get(f"/feed/{post}/edit")
    ticked = [each["value"] for tag, each in zhou.page.elements if each.get("name") == "aims" and "checked" in each]
    assert ticked == [str(county.org("费家庄村"))]
    assert any(each.get("name") == "must_read" and "checked" in each for _, each in zhou.page.elements)
