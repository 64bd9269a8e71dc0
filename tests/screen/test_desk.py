"""The desk in a real browser: its keys, what is opened beside the list, many at once; all of it without scripts too."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from tests.screen.audit import faults_of
from tests.screen.device import Device
from tests.screen.site import Site
from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.orgs import Org
from wdj.modules.letters import asking

Devices = Callable[..., Device]


@pytest.fixture
def posts(site: Site) -> list[int]:
    """Four that 沙江寺村 has just handed in, first in the list; what earlier tests made is out of the way."""
    site.write("UPDATE items SET state = 'draft' WHERE state = 'submitted'")
    org, author = site.org("沙江寺村"), site.one("SELECT id FROM people WHERE login = 'sjs'")
    add = (
        "INSERT INTO items (type, kind, org_id, state, version, is_public, author_id, title, text, public_title, "
        "public_text, created_at, due_at, like_count, comment_count) VALUES ('post', 'news', :org, 'submitted', 1, "
        ":no, :author, :title, :text, :title, :text, :at, :due, 0, 0) RETURNING id"
    )
    made = []
    for number in range(4):
        words = {"title": f"第 {number} 篇来稿", "text": f"这是第 {number} 篇的正文，说的是便道。"}
        at = {"at": "2026-04-10 08:00:00.000000", "due": f"2026-04-1{number + 1} 09:00:00.000000"}
        with site.engine.begin() as connection:
            made.append(
                connection.execute(text(add), {"org": org, "no": False, "author": author, **at, **words}).scalar_one()
            )
            own = text("INSERT INTO posts (id, period, must_read) VALUES (:id, '', :no)")
            connection.execute(own, {"id": made[-1], "no": False})
    return made


def desk(device: Devices, **how: object) -> Device:
    screen = device("liufengguan", width=how.pop("width", 1280), **how)
    screen.go("/desk?view=mine&kind=news")
    screen.wait_until("document.readyState == 'complete'")
    return screen


def state_of(site: Site, post: int) -> str:
    return str(site.one("SELECT state FROM items WHERE id = :id", id=post))


def focused(screen: Device) -> str:
    return str(screen.page.evaluate("document.activeElement.innerText || document.activeElement.value || ''"))


def keys(screen: Device, *pressed: str) -> None:
    for key in pressed:
        screen.page.keyboard.press(key)


def test_j_and_k_walk_the_rows_and_the_place_is_seen(device: Devices, posts: list[int]) -> None:
    screen = desk(device)
    keys(screen, "j")
    assert focused(screen) == "第 0 篇来稿"
    keys(screen, "j", "j")
    assert focused(screen) == "第 2 篇来稿"
    keys(screen, "k")
    assert focused(screen) == "第 1 篇来稿"
    assert screen.page.locator("tr.cur").count() == 1
    ring = "getComputedStyle(document.activeElement).outlineStyle == 'solid'"
    assert screen.page.evaluate(ring)
    keys(screen, *"kkkk")
    assert focused(screen) == "第 0 篇来稿"


def test_x_ticks_enter_opens_beside_and_the_list_stays_where_it_is(device: Devices, posts: list[int]) -> None:
    screen = desk(device)
    screen.wait_for_htmx()
    screen.mark()
    keys(screen, "j", "x", "j", "x", "x")
    assert screen.page.locator("[name=id]:checked").count() == 1
    with screen.page.expect_response("**/desk?*open=*") as answer:
        keys(screen, "Enter")
    assert "<html" not in answer.value.text()
    screen.page.wait_for_selector("#opened h2:text-is('第 1 篇来稿')")
    assert "这是第 1 篇的正文" in screen.text
    assert screen.same_page
    assert screen.page.locator("[name=id]:checked").count() == 1, "what was ticked stays ticked"
    keys(screen, "j")
    assert focused(screen) == "第 2 篇来稿"
    assert not faults_of(screen.page)


def test_t_passes_the_row_on_and_r_asks_for_the_reason(device: Devices, site: Site, posts: list[int]) -> None:
    screen = desk(device)
    keys(screen, "j", "t")
    screen.page.wait_for_selector(".toast:has-text('办好 1 件')")
    assert [state_of(site, post) for post in posts] == ["published", "submitted", "submitted", "submitted"]
    screen.wait_until("document.readyState == 'complete'")
    keys(screen, "j", "j", "r")
    screen.page.wait_for_selector("h1:has-text('退回 1 件')")
    screen.page.fill("#note", "请写清楚")
    screen.page.click("button:text-is('退回')")
    screen.page.wait_for_selector(".toast:has-text('办好 1 件')")
    assert state_of(site, posts[2]) == "returned"


def test_with_ticks_t_passes_on_what_is_ticked(device: Devices, site: Site, posts: list[int]) -> None:
    screen = desk(device)
    keys(screen, "j", "x", "j", "x", "j", "t")
    screen.page.wait_for_selector(".toast:has-text('办好 2 件')")
    assert [state_of(site, post) for post in posts] == ["published", "published", "submitted", "submitted"]


def test_keys_never_fire_while_somebody_types_or_holds_ctrl_or_alt(
    device: Devices, site: Site, posts: list[int]
) -> None:
    screen = desk(device)
    keys(screen, "j", "/")
    screen.page.keyboard.type("jxtr/?")
    assert screen.page.input_value("#q") == "jxtr/?"
    screen.page.focus("select[name=view]")
    keys(screen, "t")
    keys(screen, "Alt+t")
    screen.page.focus("button:text-is('筛选')")
    keys(screen, "Alt+x", "Control+x")
    assert screen.page.locator("[name=id]:checked").count() == 0
    assert [state_of(site, post) for post in posts] == ["submitted"] * 4
    assert screen.page.url.endswith("view=mine&kind=news")


def test_without_a_place_no_key_does_anything(device: Devices, site: Site, posts: list[int]) -> None:
    screen = desk(device)
    keys(screen, "t", "r", "x")
    assert screen.page.locator("[name=id]:checked").count() == 0
    assert [state_of(site, post) for post in posts] == ["submitted"] * 4


def test_the_question_mark_shows_the_help_that_stands_on_the_page(device: Devices, posts: list[int]) -> None:
    screen = desk(device)
    assert "下一行" not in screen.text
    keys(screen, "j", "j")
    before = screen.page.evaluate("window.scrollY")
    for shut in ("?", "Escape"):
        keys(screen, "?")
        assert "下一行" in screen.text
        assert focused(screen) == "用键盘更快"
        assert screen.page.evaluate("window.scrollY") == before, "the list stays where it is"
        keys(screen, shut)
        assert "下一行" not in screen.text
        assert focused(screen) == "第 1 篇来稿", "and so does one's place in it"


def test_the_keys_of_comments_let_through_and_walk(device: Devices, site: Site) -> None:
    said = site.one(
        "SELECT max(comments.id) FROM comments JOIN items ON items.id = item_id JOIN orgs ON orgs.id = org_id "
        "WHERE short_name = '沙江寺村'"
    )
    site.write("UPDATE comments SET state = 'shown' WHERE state = 'pending'")
    site.write("UPDATE comments SET state = 'pending' WHERE id = :id", id=said)
    screen = device("liufengguan", width=1280)
    screen.go("/desk/comments")
    screen.wait_until("document.readyState == 'complete'")
    keys(screen, "j", "t")
    screen.page.wait_for_selector(".toast:has-text('办好了')")
    assert site.one("SELECT state FROM comments WHERE id = :id", id=said) == "shown"


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_many_are_published_on_a_phone(device: Devices, site: Site, posts: list[int], js: bool) -> None:
    screen = desk(device, js=js, width=320)
    for post in posts[:3]:
        screen.page.check(f"[name=id][value='{post}']")
    screen.page.click("#list button:text-is('发布')")
    screen.page.wait_for_selector(".toast:has-text('办好 3 件')")
    assert [state_of(site, post) for post in posts] == ["published"] * 3 + ["submitted"]
    screen.page.click("a:text-is('全选')")
    screen.page.wait_for_url("**all=1*")
    assert screen.page.locator("[name=id]:checked").count() == 1


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
@pytest.mark.parametrize("width", [320, 1280])
def test_an_item_is_opened_and_returned_from_beside_the_list(
    device: Devices, site: Site, posts: list[int], js: bool, width: int
) -> None:
    screen = desk(device, js=js, width=width)
    if js:
        screen.wait_for_htmx()
    screen.page.click("#list a:text-is('第 3 篇来稿')")
    screen.page.wait_for_selector("#opened h2:text-is('第 3 篇来稿')")
    pane, first = (screen.page.locator(each).bounding_box() for each in ("#opened", "#list"))
    assert pane
    assert first
    assert pane["y"] < first["y"] if width == 320 else pane["x"] > first["x"] + first["width"] - 1
    assert not faults_of(screen.page)
    screen.page.click("#opened button:has-text('退回')")
    screen.page.fill("#note", "请写清楚")
    screen.page.click("button:text-is('退回')")
    screen.page.wait_for_selector(".toast:has-text('办好 1 件')")
    assert state_of(site, posts[3]) == "returned"


@pytest.fixture
def letters(site: Site) -> list[int]:
    """Three that 留凤关镇 has just received, first in its list."""
    with site.app.app_context():
        orgs = {org.short_name: org for org in db.session.scalars(select(Org))}
        made = []
        for number in range(3):
            words = {"text": f"第 {number} 封信，说的是停水。", "kind": "question", "door": "board"}
            posted = asking.post(
                **words, village=orgs["沙江寺村"], to=orgs["留凤关镇"], contact={"phone": "13800000001"}
            )
            posted.due_at = now() + timedelta(minutes=number + 1)
            made.append(posted)
        db.session.commit()
        return [each.id for each in made]


def test_the_keys_work_on_letters_as_on_posts(device: Devices, site: Site, letters: list[int]) -> None:
    screen = device("liufengguan", width=1280)
    screen.go("/desk?view=mine&kind=question&due=today")
    screen.wait_until("document.readyState == 'complete'")
    screen.wait_for_htmx()
    keys(screen, "j", "Enter")
    screen.page.wait_for_selector("#opened h2:has-text('第 0 封信')")
    assert "138****0001" in screen.text
    assert not faults_of(screen.page)
    keys(screen, "t")
    screen.page.wait_for_selector(".toast:has-text('办好 1 件')")
    assert state_of(site, letters[0]) == "accepted"
    screen.wait_until("document.readyState == 'complete'")
    keys(screen, "j", "j", "r")
    screen.page.wait_for_url(f"**/letters/{letters[1]}/decline")
    assert state_of(site, letters[1]) == "posted", "the key leads to the form, and no further"


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_letters_are_given_to_a_unit_together_on_a_phone(
    device: Devices, site: Site, letters: list[int], js: bool
) -> None:
    screen = device("liufengguan", js=js, width=320)
    screen.go("/desk?view=mine&kind=question&due=today")
    for each in letters[:2]:
        screen.page.check(f"[name=id][value='{each}']")
    screen.page.click("#list button:has-text('转办')")
    screen.page.wait_for_selector("h1:has-text('转办 2 件')")
    assert not faults_of(screen.page)
    screen.page.select_option("#org", label="县水利局")
    screen.page.click("#bulk button:text-is('转办')")
    screen.page.wait_for_selector(".toast:has-text('办好 2 件')")
    assert [state_of(site, each) for each in letters] == ["assigned", "assigned", "posted"]
    assert "kind=question" in screen.page.url


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_the_list_comes_as_a_file(device: Devices, posts: list[int], js: bool) -> None:
    screen = desk(device, js=js)
    with screen.page.expect_download() as got:
        screen.page.click("button:text-is('导出 Excel')")
    assert got.value.suggested_filename.endswith(".xlsx")


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_a_reader_reports_a_comment_on_the_phone(device: Devices, site: Site, js: bool) -> None:
    said, post = site.one("SELECT max(id) FROM comments WHERE state = 'shown'"), 0
    post = site.one("SELECT item_id FROM comments WHERE id = :id", id=said)
    before = site.one("SELECT report_count FROM comments WHERE id = :id", id=said)
    reader = device(js=js, width=320)
    reader.go(f"/feed/{post}")
    reader.page.click(f"#comment-{said} a:text-is('举报')")
    reader.page.click("button:text-is('举报')")
    reader.page.wait_for_selector(".err:has-text('请选一条')")
    assert not faults_of(reader.page)
    reader.page.check("input[value='说法不实']")
    reader.page.click("button:text-is('举报')")
    reader.page.wait_for_selector(".toast:has-text('干部会再看一遍')")
    assert site.one("SELECT report_count FROM comments WHERE id = :id", id=said) == before + 1
