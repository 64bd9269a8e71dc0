"""The map for search engines: all that is public, nothing else, in parts that stay small."""

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


def test_robots_are_told_where_they_have_no_business(county: County) -> None:
    said = county.visitor().get("/robots.txt").text.splitlines()
    assert f"Sitemap: {SITE}/sitemap.xml" in said
    assert {"Disallow: /desk", "Disallow: /people", "Disallow: /me", "Disallow: /print"} <= set(said)
