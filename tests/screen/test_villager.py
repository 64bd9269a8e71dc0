"""What a villager does, with scripts and without: read, choose a village, like, speak, and lose the line."""

from collections.abc import Callable

import pytest

from tests.screen.audit import faults_of
from tests.screen.device import Device
from tests.screen.site import Site

Devices = Callable[..., Device]
ARTICLE = "这七天该怎么管"


@pytest.fixture(params=[True, False], ids=["js", "no-js"])
def js(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def open_post(phone: Device, words: str = ARTICLE) -> int:
    """Open the post with these words in its title; returns its id."""
    post = phone.site.post(words)
    phone.go(f"/feed/{post}")
    if phone.js:
        phone.wait_for_htmx()
    return post


def test_a_link_from_a_friend_shows_the_text_and_large_print_stays(device: Devices, js: bool) -> None:
    phone = device(js=js, width=320)
    phone.go(f"/feed/{phone.site.post(ARTICLE)}")
    first = phone.page.locator(".art p").first.bounding_box()
    assert first is not None
    assert first["y"] + 30 < 568
    phone.page.click(".top .pill a")
    assert "这七天" in phone.page.inner_text("h1")
    assert phone.page.locator("html.big").count() == 1
    phone.page.click(".crumb a >> nth=0")
    assert phone.page.locator("html.big #home").count() == 1
    phone.page.click(".top .pill a")
    assert phone.page.locator("html.huge #home").count() == 1


def test_a_village_is_chosen_from_the_list_and_remembered_after_a_restart(device: Devices, js: bool) -> None:
    phone = device(js=js)
    phone.go("/")
    phone.page.click("text=选我的村")
    phone.page.click("summary:has-text('留凤关镇')")
    phone.page.click("button:text-is('沙江寺村')")
    phone.page.wait_for_selector(".crumb b:text-is('沙江寺村')")
    state = phone.context.storage_state()
    state["cookies"] = [each for each in state["cookies"] if each["expires"] > 0]
    again = device(js=js, storage_state=state)
    again.go("/")
    assert again.page.inner_text(".crumb b") == "沙江寺村"
    assert "选我的村" not in again.text


def test_a_village_is_found_by_half_its_name(device: Devices, js: bool) -> None:
    phone = device(js=js)
    phone.go("/")
    phone.page.click("text=换一个村")
    phone.page.fill("#q", "沙江")
    phone.page.keyboard.press("Enter")
    phone.page.click("button:text-is('沙江寺村')")
    phone.page.wait_for_selector(".crumb b:text-is('沙江寺村')")
    assert "沙江寺村：本季度低保复核结果公示" in phone.text


def test_a_like_counts_once_however_often_it_is_tapped(device: Devices, site: Site, js: bool) -> None:
    phone = device(js=js)
    # Not the same one: two phones that are new here and tap at the same moment pass for one.
    words = ARTICLE if js else "苹果疏花疏果"
    post = open_post(phone, words)
    before = site.one("SELECT like_count FROM items WHERE id = :id", id=post)
    phone.page.dblclick(f"#like-{post}-button")
    phone.page.wait_for_selector(f"#like-{post}-button:has-text('{before + 1}')")
    open_post(phone, words)
    phone.page.click(f"#like-{post}-button")
    phone.page.wait_for_selector(f"#like-{post}-button:has-text('{before + 1}')")
    phone.page.reload()
    assert str(before + 1) in phone.page.inner_text(f"#like-{post}-button")
    assert site.one("SELECT like_count FROM items WHERE id = :id", id=post) == before + 1
    assert site.one("SELECT count(*) FROM likes WHERE item_id = :id", id=post) == before + 1


def test_an_empty_comment_is_explained_at_its_field_and_the_name_stays(device: Devices, js: bool) -> None:
    phone = device(js=js)
    open_post(phone)
    phone.page.fill("#name", "老王")
    with phone.page.expect_response("**/comments") as answer:
        phone.page.click("button:text-is('发表')")
    assert answer.value.status == 422
    phone.page.wait_for_selector(".err:has-text('有 1 处要补')")
    assert phone.page.input_value("#name") == "老王"
    assert phone.page.get_attribute("#text", "aria-invalid") == "true"
    assert phone.page.inner_text("#text-e") == "请先写上想说的话"
    if js:
        phone.wait_until("document.activeElement.className == 'card err'")
    else:
        assert phone.page.evaluate("document.querySelector('.main').firstElementChild.className") == "card err"
    assert not faults_of(phone.page)
    phone.page.click(".err a")
    assert phone.page.evaluate("document.querySelector('#text:focus') !== null")


def test_a_comment_waits_where_only_its_own_phone_sees_it(device: Devices, js: bool) -> None:
    phone = device(js=js)
    post = open_post(phone)
    words = f"高处的先别剪，{'有' if js else '没有'}脚本"
    phone.page.fill("#text", words)
    phone.page.fill("#name", "老王")
    phone.page.fill("#village", "沙江寺村")
    phone.page.click("button:text-is('发表')")
    phone.page.wait_for_selector(".toast:has-text('收到了')")
    phone.go("/me")
    assert words in phone.text
    assert "等审核" in phone.text
    assert not faults_of(phone.page)
    stranger = device(js=js)
    stranger.go(f"/feed/{post}")
    assert words not in stranger.text
    stranger.go("/me")
    assert words not in stranger.text


def test_words_typed_before_a_dead_battery_are_there_again(device: Devices) -> None:
    phone = device()
    post = open_post(phone)
    phone.page.fill("#text", "写了一半的话")
    assert "存在这部手机里" in phone.page.inner_text(".told")
    phone.page.reload()
    assert phone.page.input_value("#text") == "写了一半的话"
    assert "您上次没交上的还在" in phone.page.inner_text(".told")
    phone.wait_for_htmx()
    phone.page.fill("#text", "写完了的话")
    phone.page.click("button:text-is('发表')")
    phone.page.wait_for_selector(".toast:has-text('收到了')")
    phone.go(f"/feed/{post}")
    assert phone.page.input_value("#text") == ""


def test_without_a_signal_nothing_typed_is_lost(device: Devices, site: Site) -> None:
    phone = device()
    open_post(phone)
    phone.page.fill("#text", "山沟里没信号也要说")
    phone.cut_line()
    phone.page.click("button:text-is('发表')")
    phone.page.wait_for_selector(".told:has-text('没送到，字还在')")
    assert phone.page.inner_text("#say") == "没送到，字还在，过会儿再试。"
    assert phone.page.input_value("#text") == "山沟里没信号也要说"
    phone.mend_line()
    phone.page.click("button:text-is('发表')")
    phone.page.wait_for_selector(".toast:has-text('收到了')")
    assert site.one("SELECT count(*) FROM comments WHERE text = '山沟里没信号也要说'") == 1


def test_a_busy_server_gives_the_words_back_to_be_sent_again(device: Devices, site: Site, js: bool) -> None:
    phone = device(js=js)
    open_post(phone)
    words = f"忙的时候说的话，{'有' if js else '没有'}脚本"
    phone.page.fill("#text", words)
    phone.page.fill("#name", "老王")
    with site.busy(), phone.page.expect_response("**/comments") as answer:
        phone.page.click("button:text-is('发表')")
    assert answer.value.status == 503
    phone.page.wait_for_selector("#again")
    assert phone.page.input_value("#again [name=text]") == words
    assert phone.page.input_value("#again [name=name]") == "老王"
    assert not faults_of(phone.page)
    phone.page.click("button:text-is('再交一次')")
    phone.page.wait_for_selector(".toast:has-text('收到了')")
    assert site.one("SELECT count(*) FROM comments WHERE text = :words", words=words) == 1


def test_older_posts_are_one_tap_away(device: Devices, js: bool) -> None:
    phone = device(js=js)
    phone.go(f"/orgs/{phone.site.org('沙江寺村')}")
    if js:
        phone.wait_for_htmx()
        phone.mark()
    first = phone.page.locator("#rows h3").all_inner_texts()
    phone.page.click("text=看更早的")
    if js:
        phone.wait_until("document.querySelectorAll('#rows h3').length == 20")
        assert phone.same_page
        assert phone.page.locator("#rows h3").all_inner_texts()[:10] == first
        assert phone.page.locator("text=看更早的").count() == 1
    else:
        phone.page.wait_for_url("**?before=*")
        assert not set(first) & set(phone.page.locator("#rows h3").all_inner_texts())
    assert not faults_of(phone.page)


def test_pictures_stay_away_when_data_is_dear(device: Devices, js: bool) -> None:
    phone = device(js=js)
    phone.go("/")
    phone.page.click("text=省流版")
    phone.asked.clear()
    phone.go(f"/feed/{phone.site.post(ARTICLE)}")
    assert "看照片" in phone.text
    assert not [url for url in phone.asked if "/media/" in url or "htmx" in url]
    assert not faults_of(phone.page)


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_enter_in_the_form_of_a_letter_sends_it_and_never_joins_one_like_it(
    device: Devices, site: Site, js: bool
) -> None:
    like = "SELECT like_count FROM items WHERE title = '椒园受冻能领补贴吗'"
    before = site.one(like)
    phone = device(js=js)
    phone.go("/letters/ask")
    phone.page.fill("#text", f"椒园受冻了，能不能领补贴{'？' if js else '。'}")
    phone.page.click("button:text-is('看看有没有现成答案')")
    phone.page.wait_for_selector("button:text-is('我也遇到')")
    phone.page.press("#phone", "Enter")
    phone.page.wait_for_selector("h1:has-text('交上了')")
    assert site.one(like) == before
