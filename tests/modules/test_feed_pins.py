"""Pins: what an org wants seen first stands first on its page, once, and three at most."""

from tests.browser import Browser
from tests.conftest import County
from tests.modules.posts import published


def several(county: County, count: int) -> list[int]:
    """Posts of 留凤关镇, the oldest first."""
    return [published(county, "留凤关镇", title=f"镇上的第 {number:02} 篇消息") for number in range(1, count + 1)]


def pin(clerk: Browser, county: County, post: int, org: str = "留凤关镇", what: str = "pin") -> int:
    clerk.get(f"/feed/{post}")
    return clerk.post(f"/feed/{post}/{what}/{county.org(org)}").status_code


def titles(county: County, url: str) -> list[str]:
    visitor = county.visitor()
    visitor.get(url)
    links = [each for tag, each in visitor.page.elements if tag == "a" and each["href"].startswith("/feed/")]
    return list(dict.fromkeys(each["href"] for each in links))


def test_a_pinned_post_stands_first_on_that_page_once_and_says_so(county: County) -> None:
    posts, zhou = several(county, 12), county.zhou()
    assert pin(zhou, county, posts[0]) == 303
    town, village = (f"/orgs/{county.org(name)}" for name in ("留凤关镇", "沙江寺村"))
    first = titles(county, town)
    assert first == [f"/feed/{post}" for post in [posts[0], *posts[:2:-1]]], "the oldest is first, nine follow"
    visitor = county.visitor()
    visitor.get(town)
    assert visitor.text.count("置顶") == 1
    older = next(each["href"] for tag, each in visitor.page.elements if "before=" in each.get("href", ""))
    assert titles(county, older) == [f"/feed/{post}" for post in posts[2:0:-1]], "and not again on the next page"
    assert titles(county, village)[0] == f"/feed/{posts[-1]}", "another org's page keeps its own order"


def test_the_last_pinned_comes_first_and_a_fourth_is_refused_with_a_sentence(county: County) -> None:
    posts, zhou = several(county, 5), county.zhou()
    for post in posts[:3]:
        assert pin(zhou, county, post) == 303
    assert titles(county, f"/orgs/{county.org('留凤关镇')}")[:3] == [f"/feed/{post}" for post in posts[2::-1]]
    assert pin(zhou, county, posts[3]) == 422
    assert "已经置顶了 3 篇" in zhou.text
    assert "镇上的第 01 篇消息" in zhou.text
    assert pin(zhou, county, posts[0], what="unpin") == 303
    assert pin(zhou, county, posts[3]) == 303
    assert titles(county, f"/orgs/{county.org('留凤关镇')}")[0] == f"/feed/{posts[3]}"


def test_each_org_pins_on_its_own_page_what_stands_there(county: County) -> None:
    post = published(county, "留凤关镇")
    li, wang = county.li(), county.wang()
    li.get(f"/feed/{post}")
    assert "置顶：沙江寺村" in li.text
    assert pin(li, county, post, "沙江寺村") == 303
    assert pin(li, county, post, "留凤关镇") == 403
    assert pin(wang, county, post, "留凤关镇") == 403
    assert pin(wang, county, post, "平木镇") == 409
    li.get(f"/feed/{post}")
    assert "取消置顶：沙江寺村" in li.text
    county.zhou().get(f"/feed/{post}")


def test_a_withdrawn_post_is_pinned_nowhere(county: County) -> None:
    posts, zhou = several(county, 2), county.zhou()
    pin(zhou, county, posts[0])
    zhou.get(f"/feed/{posts[0]}/withdraw")
    assert zhou.post(f"/feed/{posts[0]}/withdraw", {"note": "日期写错了"}).status_code == 303
    assert titles(county, f"/orgs/{county.org('留凤关镇')}") == [f"/feed/{posts[1]}"]
    assert pin(zhou, county, posts[0]) == 409
