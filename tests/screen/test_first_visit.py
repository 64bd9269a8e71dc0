"""What goes over a slow line: one request before anything is seen, then less with every page. Counted, never timed."""

from collections.abc import Callable
from typing import Any

from tests.screen.device import Device
from tests.screen.site import Site

Devices = Callable[..., Device]
HEADERS = 300  # what the browser counts for the headers of one answer
_ASKED = """
() => performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource')).map(each => ({
  url: each.name,
  path: new URL(each.name).pathname.replace(/[.][0-9a-f]{10}[.]/, '.'),
  bytes: each.transferSize,
  blocks: each.renderBlockingStatus == 'blocking',
  begun: each.startTime,
}))
"""


def asked_for(screen: Device) -> dict[str, Any]:
    """What the open page asked for, by path without hash."""
    screen.page.wait_for_load_state("networkidle")
    found: list[dict[str, Any]] = screen.page.evaluate(_ASKED)
    return {each["path"]: each for each in found}


def css_from(screen: Device) -> str:
    """Where the page has its look from."""
    inline = screen.page.locator("head style").count()
    linked = screen.page.locator("head link[rel=stylesheet]").count()
    assert inline + linked == 1
    return "the page" if inline else "a file"


def test_one_request_before_anything_is_seen(device: Devices, site: Site) -> None:
    for path in ("/", f"/feed/{site.post('这七天该怎么管')}", f"/orgs/{site.org('沙江寺村')}", "/places", "/login"):
        screen = device()
        screen.go(path)
        asked = asked_for(screen)
        assert css_from(screen) == "the page"
        assert screen.page.evaluate("performance.getEntriesByName('first-contentful-paint').length") == 1
        assert not [each for each in asked.values() if each["blocks"]], path
        assert screen.page.evaluate("[...document.scripts].every(each => each.async)")
        assert "/static/wdj.css" not in asked
        assert asked[path.partition("?")[0]]["bytes"] + asked["/static/wdj.js"]["bytes"] <= 14_600
        assert sum(each["bytes"] for name, each in asked.items() if "/media/" not in name) <= 30_000


def test_data_saving_costs_eight_kilobytes_at_most(device: Devices, site: Site) -> None:
    screen = device()
    screen.context.add_cookies([{"name": "lite", "value": "1", "url": site.url}])
    for path in ("/", f"/feed/{site.post('一周天气')}", "/help"):
        screen.context.clear_cookies(name="css")
        screen.go(path)
        asked = asked_for(screen)
        assert set(asked) == {path, "/static/wdj.js"}
        assert asked[path]["bytes"] <= 8_000


def test_the_second_page_fetches_the_look_for_the_third(device: Devices, site: Site) -> None:
    screen = device()
    screen.go("/")
    asked_for(screen)
    with screen.page.expect_navigation():
        screen.page.click("#rows h3 a >> nth=1")
    second = asked_for(screen)
    assert css_from(screen) == "the page"
    assert second["/static/wdj.css"]["bytes"] > HEADERS
    assert not second["/static/wdj.css"]["blocks"]
    assert second["/static/wdj.js"]["bytes"] == 0
    with screen.page.expect_navigation():
        screen.page.click(".crumb a >> nth=1")
    third = asked_for(screen)
    assert css_from(screen) == "a file"
    static = {name: each["bytes"] for name, each in third.items() if name.startswith("/static/")}
    assert {"/static/wdj.css", "/static/wdj.js"} <= set(static)
    assert not any(static.values())
    assert (
        screen.page.evaluate("getComputedStyle(document.querySelector('.top')).backgroundColor") == "rgb(157, 31, 26)"
    )


def test_an_unchanged_page_is_not_sent_again(device: Devices, site: Site) -> None:
    screen, post = device(), site.post("一周天气")
    for path in ("/", f"/feed/{post}", "/help"):
        screen.go(path)
        first = asked_for(screen)
        screen.go(path)
        again = asked_for(screen)
        assert first[path]["bytes"] > HEADERS
        assert sum(each["bytes"] for each in again.values()) <= HEADERS
    etag = screen.go("/help").headers["etag"]
    assert screen.context.request.get("/help", headers={"If-None-Match": etag}).status == 304
