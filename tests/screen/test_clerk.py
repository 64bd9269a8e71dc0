"""What clerks do, with scripts and without: a post goes from the village to the town and out; comments; people."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.screen.audit import faults_of
from tests.screen.device import Device
from tests.screen.site import Site
from tests.screen.things import NEEDS_FFMPEG, photo, recording

Devices = Callable[..., Device]
TEXT = "三组的便道昨天通了。\n\n一、怎么走\n[图1]\n从老碾子上坡，三轮车能过。\n\n谢谢出工的乡亲。"


@pytest.fixture(params=[True, False], ids=["js", "no-js"])
def js(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def press(page: Page, words: str) -> None:
    """Press the button or link with exactly these words."""
    page.click(f"button:text-is('{words}'), a.btn:text-is('{words}')")


@NEEDS_FFMPEG
def test_a_post_goes_from_the_village_through_the_town_to_the_villager(
    device: Devices, site: Site, tmp_path: Path, js: bool
) -> None:
    title = f"三组便道通了，{'有' if js else '没有'}脚本"
    li, zhou = device("sjs", js=js), device("liufengguan", js=js, width=1280)
    write(li, title, photo(tmp_path), recording(tmp_path))
    assert "还在处理" in li.text
    assert site.work() == 2
    look_at_preview(li)
    press(li.page, "交上去审")
    li.page.wait_for_selector(".toast:has-text('交上去了')")

    zhou.go("/desk")
    open_item(zhou, title)
    send_back(zhou, "请写上从哪天起能走")
    mend(li, title)

    zhou.go("/desk")
    open_item(zhou, title)
    press(zhou.page, "发布")
    zhou.page.wait_for_selector(".toast:has-text('发布了')")
    villager = device(js=js)
    villager.go("/")
    villager.go(f"/orgs/{site.org('沙江寺村')}")
    villager.page.click(f"#rows a:text-is('{title}')")
    read(villager)


def open_item(clerk: Device, title: str) -> None:
    """Open it from the list, beside it, and go on to its own page."""
    clerk.page.click(f"#list a:text-is('{title}')")
    clerk.page.wait_for_selector(f"#opened h2:text-is('{title}')")
    clerk.page.click("#opened a:text-is('单独打开')")
    clerk.page.wait_for_url("**/feed/*")


def write(li: Device, title: str, picture: Path, sound: Path) -> None:
    li.go("/desk")
    press(li.page, "写一篇")
    li.page.fill("#title", title)
    li.page.set_input_files("#pictures", picture)
    li.page.set_input_files("#sound", sound)
    if li.js:
        li.wait_until("document.querySelector('#pictures').files[0].type == 'image/jpeg'")
        li.wait_until(f"document.querySelector('#pictures').files[0].size < {picture.stat().st_size} / 2")
    press(li.page, "存草稿，看看样子")
    li.page.wait_for_selector(".err:has-text('请写正文')")
    assert li.page.input_value("#title") == title
    assert "收到了" in li.text
    assert not faults_of(li.page)
    li.page.fill("#text", TEXT)
    li.page.locator("input[name^=caption-]").fill("新修的便道")
    li.page.locator("textarea[name^=transcript-]").fill("便道通了，谢谢大家。")
    press(li.page, "存草稿，看看样子")
    li.page.wait_for_selector("text=这是手机上的样子")


def look_at_preview(li: Device) -> None:
    li.page.reload()
    assert "还在处理" not in li.text
    assert li.page.evaluate("document.querySelector('figure img').naturalWidth") == 640
    assert li.page.locator("audio").count() == 1
    assert not faults_of(li.page)
    assert li.page.evaluate("Object.keys(localStorage).filter(key => /^d:/.test(key)).length") == 0


def send_back(zhou: Device, reason: str) -> None:
    press(zhou.page, "退回")
    press(zhou.page, "退回")
    zhou.page.wait_for_selector(".err:has-text('请写上原因')")
    assert not faults_of(zhou.page)
    zhou.page.fill("#note", reason)
    press(zhou.page, "退回")
    zhou.page.wait_for_selector(".toast:has-text('退回去了')")


def mend(li: Device, title: str) -> None:
    li.go("/desk")
    assert "退回修改" in li.text
    open_item(li, title)
    li.page.click("summary:has-text('退回')")
    assert "请写上从哪天起能走" in li.text
    press(li.page, "改一改")
    li.page.fill("#text", TEXT + "\n\n明天起就能走。")
    press(li.page, "交上去审")
    li.page.wait_for_selector(".toast:has-text('交上去了')")


def read(villager: Device) -> None:
    assert "明天起就能走" in villager.text
    assert villager.page.inner_text("figcaption") == "新修的便道"
    villager.wait_until("document.querySelector('figure img').naturalWidth == 640")
    sound = villager.page.get_attribute("audio", "src")
    assert sound is not None
    played = villager.context.request.get(sound, headers={"Range": "bytes=0-99"})
    assert (played.status, played.headers["content-type"], len(played.body())) == (206, "audio/mp4", 100)
    villager.page.click("summary:has-text('看文字稿')")
    assert "便道通了，谢谢大家" in villager.text
    if villager.js:
        villager.page.evaluate(
            "document.querySelector('audio').load(), document.querySelector('audio').preload = 'auto'"
        )
        villager.wait_until("document.querySelector('audio').duration > 1.5")
    assert not faults_of(villager.page)


def test_a_comment_is_let_through_and_another_is_refused_with_a_reason(device: Devices, site: Site, js: bool) -> None:
    post = site.post("本季度低保复核结果公示")
    phone, li = device(js=js), device("sjs", js=js)
    good, bad = (f"{words}，{'有' if js else '没有'}脚本" for words in ("公示得明白", "卖化肥找我 13800000001"))
    for words in (good, bad):
        phone.go(f"/feed/{post}")
        phone.page.fill("#text", words)
        press(phone.page, "发表")
        phone.page.wait_for_selector(".toast:has-text('收到了')")
    li.go("/desk")
    li.page.click(".kpi a:has-text('等审核的评论')")
    assert "138****0001" in li.text
    card = li.page.locator(f".card:has(.txt:has-text('{good}'))")
    card.locator("button:text-is('通过')").click()
    li.page.wait_for_selector(".toast:has-text('办好了')")
    card = li.page.locator(f".card:has(.txt:has-text('{bad}'))")
    card.locator("select").select_option("像是广告")
    card.locator("button:text-is('不显示')").click()
    li.page.wait_for_selector(".toast:has-text('办好了')")
    phone.go("/me")
    assert "✓ 已公开" in phone.text
    assert "像是广告" in phone.text
    stranger = device(js=js)
    stranger.go(f"/feed/{post}")
    assert good in stranger.text
    assert "卖化肥" not in stranger.text


def test_a_new_clerk_is_made_and_must_choose_a_password(device: Devices, site: Site, js: bool) -> None:
    zhou, login = device("liufengguan", js=js), f"kongjia-{'a' if js else 'b'}"
    make_person(zhou, site, login)
    first = zhou.page.inner_text(".code")
    press(zhou.page, "记下了")
    assert "等本人改密码" not in zhou.text
    clerk = device(js=js)
    clerk.sign_in(login, first)
    assert "请先换成自己的" in clerk.text
    clerk.go("/feed/new")
    assert "请先换成自己的" in clerk.text
    fill(clerk, password_now=first, password_new="短", password_again="短")
    press(clerk.page, "改好了")
    clerk.page.wait_for_selector(".err:has-text('密码要 12 到 128 个字符')")
    assert not faults_of(clerk.page)
    fill(clerk, password_now=first, password_new="qiutian-shou-jiao", password_again="qiutian-shou-jiao")
    press(clerk.page, "改好了")
    clerk.page.wait_for_selector("text=密码改好了")
    assert "孔小雨" in clerk.text
    clerk.go("/me")
    press(clerk.page, "退出")
    clerk.page.wait_for_selector("text=您已退出登录")
    clerk.sign_in(login, first)
    assert "账号或密码不对" in clerk.text
    clerk.sign_in(login, "qiutian-shou-jiao")
    assert "工作台" in clerk.text


def make_person(zhou: Device, site: Site, login: str) -> None:
    zhou.go("/people")
    press(zhou.page, "加一个人")
    zhou.page.fill("#login", "孔小雨")
    press(zhou.page, "建账号")
    zhou.page.wait_for_selector(".err:has-text('有 2 处要补')")
    assert not faults_of(zhou.page)
    fill(zhou, name="孔小雨", login=login)
    zhou.page.select_option("#org", str(site.org("孔家庄村")))
    zhou.page.select_option("#role", label="村干部")
    press(zhou.page, "建账号")
    zhou.page.wait_for_selector("text=只显示这一次")
    assert not faults_of(zhou.page)


def fill(device: Device, **fields: Any) -> None:
    for name, value in fields.items():
        device.page.fill(f"#{name}", value)
