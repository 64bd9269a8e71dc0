"""Words typed and not handed in: they come back to who typed them, to nobody else, and go when they have arrived."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.screen.device import Device
from tests.screen.site import Site

Devices = Callable[..., Device]
ARTICLE = "这七天该怎么管"
TEXT = "水管明天上午修，大家先存一点水。"
MORE = TEXT + "修好了再说一声。"
BACK = "您上次没交上的还在"
# What anybody can put behind one of our addresses.
LINKS = (
    "/?ok=done&clear=post-new", "/?ok=done&clear=post/new", "/?ok=out", "/me?ok=forgotten", "/desk?ok=saved",
    "/feed/{post}?ok=said&said=1", "/feed/{post}?ok=submitted",
)  # fmt: skip

QUICK_HAND = """
new MutationObserver((_, watch) => {
  let text = document.getElementById('text');
  if (!text || !document.querySelector('.foot')) return;
  text.value = '先写的';
  watch.disconnect();
}).observe(document, {childList: true, subtree: true});
"""


def drafts(phone: Device) -> list[str]:
    """The names of the drafts that lie on this phone."""
    found: list[str] = phone.page.evaluate("Object.keys(localStorage).filter(key => /^d:/.test(key))")
    return found


def words(phone: Device, name: str = "text") -> str:
    return phone.page.input_value(f"#{name}")


def save(phone: Device) -> None:
    phone.page.click("button:text-is('存草稿，看看样子')")
    phone.page.wait_for_selector("text=这是手机上的样子")


def write(phone: Device, title: str) -> str:
    """Save a post of this clerk; returns the path of 改一改."""
    phone.go("/feed/new")
    phone.page.fill("#title", title)
    phone.page.fill("#text", TEXT)
    save(phone)
    return f"/feed/{phone.site.post(title)}/edit"


def text_of(site: Site, path: str) -> Any:
    return site.one("SELECT text FROM items WHERE id = :id", id=int(path.split("/")[2]))


def test_a_dead_battery_loses_nothing_of_what_was_changed(device: Devices, site: Site) -> None:
    li = device("sjs")
    path = write(li, "电池没电了")
    li.go(path)
    li.page.fill("#text", MORE)
    li.page.reload()
    assert words(li) == MORE
    assert words(li, "title") == "电池没电了"
    assert BACK in li.page.inner_text(".f:has(#text) .told")
    assert BACK in li.page.inner_text("#say")
    li.page.fill("#title", "电池又没电了")
    li.page.reload()
    assert (words(li), words(li, "title")) == (MORE, "电池又没电了")
    save(li)
    assert text_of(site, path) == MORE
    assert drafts(li) == []
    li.go(path)
    assert words(li) == MORE
    assert li.page.locator(".told").count() == 0


def test_what_was_emptied_stays_empty_and_what_was_typed_before_the_script_came_stays(device: Devices) -> None:
    li = device("sjs")
    path = write(li, "脚本来得晚")
    li.go(path)
    li.page.fill("#text", MORE)
    li.page.fill("#title", "")
    li.page.reload()
    assert (words(li), words(li, "title")) == (MORE, "")
    li.page.add_init_script(QUICK_HAND)
    li.go(path)
    li.wait_until("document.getElementById('title').value == ''")
    assert words(li) == "先写的"


def test_an_old_draft_never_lies_over_what_somebody_else_has_written_since(device: Devices, site: Site) -> None:
    li, zhou = device("sjs"), device("liufengguan")
    path = write(li, "两个人都在改")
    li.go(path)
    li.page.fill("#text", MORE)
    li.go("/desk")
    zhou.go(path)
    zhou.page.fill("#text", TEXT + "镇上补充：下午三点通水。")
    save(zhou)
    li.go(path)
    assert words(li) == TEXT + "镇上补充：下午三点通水。"
    assert li.page.locator(".told").count() == 0
    save(li)
    assert drafts(li) == []


def test_the_next_person_at_the_same_computer_sees_none_of_it(device: Devices) -> None:
    computer = device()
    computer.sign_in("sjs")
    computer.go("/feed/new")
    computer.page.fill("#text", "还没想好要不要说的事")
    computer.sign_in("liufengguan")
    computer.go("/feed/new")
    assert words(computer) == ""
    computer.page.fill("#text", "镇上的事")
    computer.sign_in("sjs")
    computer.go("/feed/new")
    assert words(computer) == "还没想好要不要说的事"


def test_a_comment_begun_by_a_clerk_is_not_shown_to_who_comes_without_a_login(device: Devices, site: Site) -> None:
    computer = device()
    post = f"/feed/{site.post(ARTICLE)}"
    computer.go(post)
    computer.page.fill("#text", "群众写了一半")
    computer.sign_in("sjs")
    computer.go(post)
    assert words(computer) == ""
    computer.page.fill("#text", "干部写了一半")
    computer.context.clear_cookies(name="wdj_s")
    computer.go(post)
    assert words(computer) == "群众写了一半"


@pytest.mark.parametrize(("page", "way"), [("/me", "退出"), ("/me/forget", "忘掉")])
def test_leaving_or_forgetting_takes_every_draft_along(device: Devices, site: Site, page: str, way: str) -> None:
    computer = device()
    post = f"/feed/{site.post(ARTICLE)}"
    computer.go(post)
    computer.page.fill("#text", "没登录时写的")
    computer.sign_in("sjs")
    computer.go("/feed/new")
    computer.page.fill("#text", "登录以后写的")
    assert len(drafts(computer)) == 2
    computer.go(page)
    computer.page.click(f"button:text-is('{way}')")
    computer.page.wait_for_selector(".toast")
    assert drafts(computer) == []
    computer.go(post)
    assert words(computer) == ""


def test_no_link_deletes_a_draft(device: Devices, site: Site) -> None:
    li = device("sjs")
    post = site.post(ARTICLE)
    for path in ("/feed/new", f"/feed/{post}"):
        li.go(path)
        li.page.fill("#text", "谁发来的链接都动不了")
    for link in LINKS:
        li.go(link.format(post=post))
        assert len(drafts(li)) == 2, link
    for path in ("/feed/new", f"/feed/{post}"):
        li.go(path)
        assert words(li) == "谁发来的链接都动不了"


def test_a_draft_goes_when_its_words_have_arrived_and_no_sooner(device: Devices, site: Site) -> None:
    li = device("sjs")
    li.go("/feed/new")
    li.page.fill("#text", MORE)
    li.page.click("button:text-is('存草稿，看看样子')")
    li.page.wait_for_selector(".err:has-text('请写个标题')")
    assert len(drafts(li)) == 1
    li.page.fill("#title", "先忙后好的水管")
    with site.busy():
        li.page.click("button:text-is('存草稿，看看样子')")
        li.page.wait_for_selector("#again")
    assert len(drafts(li)) == 1
    li.page.click("button:text-is('再交一次')")
    li.page.wait_for_selector("text=这是手机上的样子")
    assert drafts(li) == []
    li.go("/feed/new")
    assert words(li) == ""


def test_going_back_after_sending_neither_revives_the_old_words_nor_kills_new_ones(device: Devices) -> None:
    li = device("sjs")
    write(li, "交完又往回走")
    li.go("/feed/new")
    assert words(li) == ""
    li.page.fill("#text", "下一篇写了一半")
    li.page.go_back()
    li.page.wait_for_selector("text=这是手机上的样子")
    assert len(drafts(li)) == 1
    li.go("/feed/new")
    assert words(li) == "下一篇写了一半"


def test_a_comment_sent_without_htmx_takes_its_draft_along_and_leaves_the_others(device: Devices, site: Site) -> None:
    phone = device()
    phone.go("/look?lite=1&to=/help")
    post, other = site.post(ARTICLE), site.post("苍术怎么种")
    phone.go(f"/feed/{other}")
    phone.page.fill("#text", "另一篇下面的话")
    phone.go(f"/feed/{post}")
    phone.page.fill("#text", "省着流量说的话")
    assert len(drafts(phone)) == 2
    phone.page.click("button:text-is('发表')")
    phone.page.wait_for_selector(".toast:has-text('收到了')")
    assert drafts(phone) == [f"d:0/comment/{other}/"]
