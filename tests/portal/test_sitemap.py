"""The map for search engines: all that is public, nothing else, in parts that stay small."""

import re
from xml.etree import ElementTree

import pytest

from tests.browser import Browser
from tests.conftest import County
from tests.modules.posts import published, write
from wdj.portal import sitemap

SITE = "http://127.0.0.1:8000"


def places(browser: Browser, url: str = "/sitemap.xml") -> list[str]:
    response = browser.get(url)
    assert response.mimetype == "application/xml"
    return [each.text or "" for each in ElementTree.fromstring(response.data).iterfind(".//{*}loc")]


def test_every_public_page_is_on_the_map(county: County) -> None:
    post, draft, visitor = published(county), write(county.li(), county), county.visitor()
    found = places(visitor)
    assert {f"{SITE}/", f"{SITE}/orgs/{county.org('沙江寺村')}", f"{SITE}/feed/{post}"} <= set(found)
    assert f"{SITE}/feed/{draft}" not in found
    assert all(visitor.get(each.removeprefix(SITE)).status_code == 200 for each in found[-3:])


def test_what_was_withdrawn_is_not(county: County) -> None:
    post, zhou = published(county), county.zhou()
    zhou.get(f"/feed/{post}/withdraw")
    zhou.post(f"/feed/{post}/withdraw", {"note": "日期写错了"})
    assert f"{SITE}/feed/{post}" not in places(county.visitor())


def test_a_long_map_comes_in_parts_that_together_are_the_whole(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    posts = [published(county, title=f"第 {number} 次通车") for number in range(5)]
    visitor = county.visitor()
    whole = places(visitor)
    monkeypatch.setattr(sitemap, "NUMBERS", 2)
    parts = places(visitor)
    assert parts[0] == f"{SITE}/sitemap-0.xml"
    found = [each for part in parts for each in places(visitor, part.removeprefix(SITE))]
    assert found == whole
    assert {f"{SITE}/feed/{post}" for post in posts} <= set(found)
    assert visitor.get("/sitemap-99.xml").status_code == 404


@pytest.mark.parametrize("numbers", [2, 3, 6])
def test_the_list_of_parts_names_none_that_is_not_there(
    county: County, monkeypatch: pytest.MonkeyPatch, numbers: int
) -> None:
    li, visitor = county.li(), county.visitor()
    assert [write(li, county, title=f"第 {number} 次通车") for number in range(6)][-1] == 6
    monkeypatch.setattr(sitemap, "NUMBERS", numbers)
    found = places(visitor)
    parts = [each for each in found if "sitemap-" in each]
    assert len(parts) == (6 // numbers if numbers < 6 else 0)
    assert all(places(visitor, each.removeprefix(SITE)) == [] for each in parts[1:])
    assert visitor.get(f"/sitemap-{6 // numbers}.xml").status_code == 404


def test_robots_are_told_where_they_have_no_business(county: County) -> None:
    said = county.visitor().get("/robots.txt").text.splitlines()
    assert f"Sitemap: {SITE}/sitemap.xml" in said
    assert {"Disallow: /desk", "Disallow: /people", "Disallow: /me/", "Disallow: /print"} <= set(said)


@pytest.mark.parametrize(
    ("path", "is_open"),
    [("/", True), ("/feed/1", True), ("/media/k/s.jpg", True), ("/me", False), ("/me/logins", False),
     ("/search?q=x", False), ("/comments/3/report", False), ("/desk", False)],
)  # fmt: skip
def test_robots_may_see_pictures_and_pages_and_no_searches(county: County, path: str, is_open: bool) -> None:
    said = county.visitor().get("/robots.txt").text.splitlines()
    shut = [each.removeprefix("Disallow: ") for each in said if each.startswith("Disallow")]
    assert any(re.match(re.escape(each).replace(r"\$", "$"), path) for each in shut) is not is_open
