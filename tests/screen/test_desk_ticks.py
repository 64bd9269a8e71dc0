"""What is ticked on the desk in a real browser: the keys, the bar that stays in sight, the rows on the first screen."""

import pytest

from tests.screen.device import Device
from tests.screen.site import Site
from tests.screen.test_desk import Devices, desk, keys, state_of
from tests.screen.test_desk import letters as letters
from tests.screen.test_desk import posts as posts


def letters_of(device: Devices) -> Device:
    screen = device("liufengguan", width=1280)
    screen.go("/desk?view=mine&kind=question&due=today")
    screen.wait_until("document.readyState == 'complete'")
    return screen


def tick(screen: Device, *ids: int) -> None:
    for each in ids:
        screen.page.click(f"[name=id][value='{each}']")


def said(screen: Device) -> str:
    return str(screen.page.text_content("#say"))


def test_the_keys_do_what_was_ticked_with_the_mouse(device: Devices, site: Site, letters: list[int]) -> None:
    screen = letters_of(device)
    tick(screen, *letters[:2])
    screen.page.evaluate("document.activeElement.blur()")
    keys(screen, "t")
    screen.page.wait_for_selector(".toast:has-text('办好 2 件')")
    assert [state_of(site, each) for each in letters] == ["accepted", "accepted", "posted"]


def test_r_leads_the_one_ticked_letter_to_its_form_and_says_why_not_of_two(device: Devices, letters: list[int]) -> None:
    screen = letters_of(device)
    tick(screen, *letters[:2])
    keys(screen, "r")
    assert "请一件一件打开" in said(screen)
    told = "getComputedStyle(document.querySelector('.stick'), '::before').content"
    assert "请一件一件打开" in screen.page.evaluate(told), "it is seen too"
    tick(screen, letters[0])
    assert said(screen) == ""
    keys(screen, "r")
    screen.page.wait_for_url(f"**/letters/{letters[1]}/decline")


def test_t_says_so_where_what_is_ticked_waits_for_different_steps(
    device: Devices, site: Site, letters: list[int]
) -> None:
    town = site.org("留凤关镇")
    site.write("UPDATE items SET state = 'assigned', handler_org_id = :org WHERE id = :id", org=town, id=letters[1])
    screen = letters_of(device)
    tick(screen, *letters[:2])
    keys(screen, "t")
    assert "这样办不了" in said(screen)
    assert [state_of(site, each) for each in letters[:2]] == ["posted", "assigned"]


def test_the_row_one_stands_on_is_never_under_the_bar(device: Devices, posts: list[int]) -> None:
    screen = desk(device)
    keys(screen, "j", "x")
    for _ in posts[1:]:
        keys(screen, "j")
        row, bar = (screen.page.locator(each).bounding_box() for each in ("tr.cur", ".stick"))
        assert row
        assert bar
        assert row["y"] + row["height"] <= bar["y"] + 1


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
@pytest.mark.parametrize(("width", "size"), [(1280, ""), (360, "")])
def test_the_first_letter_stands_on_the_first_screen(
    device: Devices, letters: list[int], js: bool, width: int, size: str
) -> None:
    screen = device("liufengguan", js=js, width=width, size=size)
    screen.go("/desk")
    seen = [each.bounding_box() for each in screen.page.locator("[data-row] b a").all()[:4]]
    least = 4 if width == 1280 else 1
    height = {320: 568, 360: 740}.get(width, 800)
    assert sum(bool(each) and each["y"] < height for each in seen) >= least, seen
    if width < 800:
        assert not screen.page.is_visible("select[name=view]")
        screen.page.click("a:text-is('筛选')")
        screen.page.select_option("select[name=view]", label="等我办的")
        screen.page.click("button:text-is('筛选')")
        screen.page.wait_for_url("**view=mine*")
        assert screen.page.is_visible("select[name=view]"), "what is on is seen"
