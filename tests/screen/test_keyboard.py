"""A person who has no mouse and no touch screen: everything is reached with Tab and done with Enter, and is seen."""

from collections.abc import Callable

import pytest

from tests.screen.device import Device

Devices = Callable[..., Device]

_HERE = """
() => {
  const node = document.activeElement, style = getComputedStyle(node), box = node.getBoundingClientRect();
  return {
    words: (node.innerText || node.id || node.outerHTML.slice(0, 80)).trim(),
    ring: style.outlineStyle == 'solid' && parseFloat(style.outlineWidth) >= 3,
    seen: box.top < innerHeight && box.bottom > 0 && box.left >= 0 && box.right <= innerWidth,
  };
}
"""


def tab_to(screen: Device, words: str) -> list[str]:
    """Press Tab until the control with these words has the focus; returns the words of all on the way."""
    way: list[str] = []
    screen.wait_until("document.readyState == 'complete' && document.hasFocus()")
    for _ in range(80):
        screen.page.keyboard.press("Tab")
        screen.wait_until("document.activeElement != document.body")
        here = screen.page.evaluate(_HERE)
        way.append(here["words"])
        assert here["ring"], f"no ring on {here['words']}"
        assert here["seen"], f"out of sight: {here['words']}"
        if here["words"].startswith(words):
            return way
    raise AssertionError(f"never came to {words}: {way}")


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_like_and_comment_are_reached_and_sent_by_keys_alone(device: Devices, js: bool) -> None:
    screen = device(js=js, width=360)
    # Not the same one: two phones that are new here and do the same pass for one.
    post = screen.site.post("中蜂春繁" if js else "烘干房怎么用")
    screen.go(f"/feed/{post}")
    if js:
        screen.wait_for_htmx()
    assert tab_to(screen, "跳到正文") == ["跳到正文"]
    screen.page.keyboard.press("Enter")
    way = tab_to(screen, "赞")
    assert "我的" not in way, "the skip link did not skip the head"
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_selector(f"#like-{post} :text('✓'), .toast:has-text('谢谢您的赞')")
    if js:
        screen.wait_until("document.activeElement.innerText.startsWith('✓')")
    else:
        screen.go(f"/feed/{post}#like-{post}")
    way = tab_to(screen, "text")
    assert not js or way[0].startswith("说两句"), "the focus was lost with the swapped button"
    screen.page.keyboard.type("只用键盘写的")
    assert tab_to(screen, "发表")[0] == "name"
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_selector(".toast:has-text('收到了')")
    assert "只用键盘写的" in screen.text or js
    screen.go("/me")
    assert "只用键盘写的" in screen.text


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_a_town_clerk_publishes_by_keys_alone(device: Devices, js: bool) -> None:
    screen = device("liufengguan", js=js, width=1280)
    screen.go("/feed/new")
    screen.page.fill("#title", f"键盘上写的，{'有' if js else '没有'}脚本")
    screen.page.fill("#text", "只用键盘也能把一篇发出去。")
    screen.page.click("button[value=preview]")
    screen.page.wait_for_selector("text=这是手机上的样子")
    tab_to(screen, "跳到正文")
    screen.page.keyboard.press("Enter")
    tab_to(screen, "发布")
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_selector(".toast:has-text('发布了')")


def test_a_village_is_chosen_by_keys_alone(device: Devices) -> None:
    screen = device(js=False)
    screen.go("/places")
    tab_to(screen, "留凤关镇")
    screen.page.keyboard.press("Enter")
    tab_to(screen, "沙江寺村")
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_selector(".crumb b:text-is('沙江寺村')")


def test_the_keyboard_of_a_phone_leaves_a_login_as_it_was_typed(device: Devices) -> None:
    screen = device()
    screen.go("/login")
    assert screen.page.get_attribute("#login", "autocapitalize") == "off"
    assert screen.page.get_attribute("#login", "autocorrect") == "off"
