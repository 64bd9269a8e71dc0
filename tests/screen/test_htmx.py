"""htmx is a comfort that comes late: after the page, only where it is of use, and never with an untrue status."""

from collections.abc import Callable

import pytest

from tests.screen.device import Device
from tests.screen.site import Site

Devices = Callable[..., Device]
_TIMES = """
() => ({
  loaded: performance.getEntriesByType('navigation')[0].loadEventStart,
  asked: performance.getEntriesByType('resource').filter(each => /htmx/.test(each.name)).map(each => each.startTime),
})
"""


def open_post(screen: Device, words: str = "这七天该怎么管") -> int:
    """Open a post, wait for htmx and mark the page; returns the id of the post."""
    post = screen.site.post(words)
    screen.go(f"/feed/{post}")
    screen.wait_for_htmx()
    screen.mark()
    return post


def stays_away(screen: Device, path: str) -> bool:
    """True if the page is whole and htmx was not asked for, nor is a moment later."""
    screen.asked.clear()
    screen.go(path)
    screen.page.wait_for_timeout(250)
    return not [url for url in screen.asked if "htmx" in url]


def test_it_comes_after_the_page_and_only_where_something_uses_it(device: Devices, site: Site) -> None:
    screen = device()
    open_post(screen)
    times = screen.page.evaluate(_TIMES)
    assert len(times["asked"]) == 1
    assert times["asked"][0] >= times["loaded"] > 0
    for path in ("/help", "/places", "/me", "/login", "/nowhere"):
        assert stays_away(screen, path), path


def test_it_stays_away_where_data_is_dear_or_the_browser_too_old(device: Devices, site: Site) -> None:
    path = f"/feed/{site.post('这七天该怎么管')}"
    lite = device()
    lite.go("/look?lite=1&to=/help")
    assert stays_away(lite, path)
    for missing in (
        "Object.defineProperty(navigator, 'connection', {value: {saveData: true}})",
        "delete window.DOMParser",
        "DOMParser.prototype.parseFromString = () => null",
    ):
        screen = device()
        screen.context.add_init_script(missing)
        assert stays_away(screen, path), missing
        screen.page.fill("#text", "没有它也能说")
        screen.page.click("button:text-is('发表')")
        screen.page.wait_for_selector("#main > .toast:has-text('收到了')")


def test_what_is_liked_and_said_is_swapped_in_place(device: Devices) -> None:
    screen = device()
    post = open_post(screen)
    with screen.page.expect_response("**/like") as answer:
        screen.page.click(f"#like-{post}-button")
    assert answer.value.status == 200
    assert "<html" not in answer.value.text()
    screen.page.wait_for_selector(f"#like-{post} :text('✓ 已赞')")
    screen.page.fill("#text", "换上来的")
    with screen.page.expect_response("**/comments") as answer:
        screen.page.click("button:text-is('发表')")
    assert answer.value.status == 200
    screen.page.wait_for_selector(f"#comments-{post} .toast:has-text('收到了')")
    screen.wait_until("document.activeElement.className == 'toast'")
    assert screen.same_page
    assert screen.page.locator(f"#comments-{post}").count() == 1
    assert screen.page.locator("[aria-live]").count() == 1
    screen.page.fill("#text", "接着说第二句")
    screen.page.click("button:text-is('发表')")
    screen.wait_until("document.querySelector('#text').value == ''")
    assert screen.same_page


def test_a_mistake_is_swapped_in_with_its_true_status(device: Devices) -> None:
    screen = device()
    open_post(screen)
    with screen.page.expect_response("**/comments") as answer:
        screen.page.click("button:text-is('发表')")
    assert answer.value.status == 422
    screen.page.wait_for_selector(".err:has-text('有 1 处要补')")
    assert screen.same_page
    screen.page.fill("#text", "补上了")
    screen.page.click("button:text-is('发表')")
    screen.page.wait_for_selector(".toast:has-text('收到了')")
    assert screen.same_page


def test_what_was_withdrawn_meanwhile_says_so_in_place(device: Devices, site: Site) -> None:
    screen = device()
    post = open_post(screen, "流动图书车下乡")
    site.write(
        "UPDATE items SET is_public = :no, state = 'withdrawn', version = version + 1 WHERE id = :id", no=False, id=post
    )
    with screen.page.expect_response("**/like") as answer:
        screen.page.click(f"#like-{post}-button")
    assert answer.value.status == 404
    screen.page.wait_for_selector("text=没有这一页")
    assert screen.same_page
    assert "流动图书车下乡" in screen.page.inner_text("h1 >> nth=0")


def test_a_clerk_who_likes_what_was_withdrawn_reads_why_not(device: Devices, site: Site) -> None:
    screen = device("xian")
    post = open_post(screen, "院坝夜话")
    site.write(
        "UPDATE items SET is_public = :no, state = 'withdrawn', version = version + 1 WHERE id = :id", no=False, id=post
    )
    with screen.page.expect_response("**/like") as answer:
        screen.page.click(f"#like-{post}-button")
    assert answer.value.status == 409
    screen.page.wait_for_selector("text=别人刚办过了")
    assert screen.same_page


def test_a_busy_server_says_so_in_place_and_the_second_try_counts(device: Devices, site: Site) -> None:
    screen = device()
    post = open_post(screen, "高龄补贴")
    before = site.one("SELECT like_count FROM items WHERE id = :id", id=post)
    with site.busy(), screen.page.expect_response("**/like") as answer:
        screen.page.click(f"#like-{post}-button")
    assert answer.value.status == 503
    screen.page.wait_for_selector("text=这会儿没存上")
    assert screen.same_page
    screen.page.click("button:text-is('再交一次')")
    screen.page.wait_for_selector(".toast:has-text('谢谢您的赞')")
    assert site.one("SELECT like_count FROM items WHERE id = :id", id=post) == before + 1


def test_a_link_that_fails_is_simply_followed(device: Devices, site: Site) -> None:
    screen = device()
    screen.go(f"/orgs/{site.org('沙江寺村')}")
    screen.wait_for_htmx()
    screen.page.evaluate("document.querySelector('.pager a').setAttribute('data-hx-get', '/nowhere')")
    screen.page.evaluate("document.querySelector('.pager a').setAttribute('href', '/help')")
    screen.page.evaluate("htmx.process(document.querySelector('.pager'))")
    screen.page.click(".pager a")
    screen.page.wait_for_url("**/help")


@pytest.mark.parametrize("swapped", [True, False], ids=["after-a-swap", "plain"])
def test_back_leads_back_to_the_list(device: Devices, site: Site, swapped: bool) -> None:
    screen = device()
    village = f"/orgs/{site.org('沙江寺村')}"
    screen.go(village)
    screen.wait_for_htmx()
    if swapped:
        screen.page.click("text=看更早的")
        screen.wait_until("document.querySelectorAll('#rows h3').length == 20")
    screen.page.click("#rows h3 a >> nth=3")
    screen.page.wait_for_url("**/feed/*")
    screen.page.go_back()
    screen.page.wait_for_url(f"**{village}")
    assert screen.page.locator(".top").count() == 1
    assert screen.page.locator("#rows h3").count() >= 10
