"""专题: one page gathers what belongs to one piece of work, and shows nothing that its reader may not see."""

import csv
import io
from typing import Any

import pytest

from tests.browser import Browser
from tests.conftest import County
from tests.floor import every, one
from tests.modules.posts import published, write
from wdj.core.db import db
from wdj.core.orgs import Org
from wdj.core.subjects import Subject, gather
from wdj.modules.feed.models import Post

WORDS = {"title": "花椒受冻", "text": "冻后怎么管，找谁，都在这里。"}


def begin(clerk: Browser, county: County, org: str, **more: str) -> int:
    """Let the clerk make a subject of `org`; returns its id."""
    clerk.get("/subjects/new")
    done = clerk.post("/subjects/new", {**WORDS, "org": str(county.org(org)), **more})
    assert done.status_code == 303, clerk.text
    return int(done.headers["Location"].split("/")[2].partition("?")[0])


def put_in(clerk: Browser, subject: int, item: int, **more: str) -> Any:
    clerk.get(f"/feed/{item}")
    return clerk.post(f"/subjects/{subject}/items", {"item": str(item), **more})


def test_a_village_gathers_its_posts_and_everybody_finds_them(county: County) -> None:
    li, visitor = county.li(), county.visitor()
    post, village = published(county), county.org("沙江寺村")
    subject = begin(li, county, "沙江寺村")
    li.get(f"/feed/{post}")
    assert "放进专题 花椒受冻" in li.text
    put_in(li, subject, post)
    assert "移出专题：花椒受冻" in li.get(f"/feed/{post}").get_data(as_text=True)
    for path in ("/subjects", f"/orgs/{village}"):
        visitor.get(path)
        assert "花椒受冻" in visitor.text
    visitor.post("/places", {"org": village}, follow=True)
    assert "花椒受冻" in visitor.text
    visitor.get(f"/subjects/{subject}")
    assert "三组便道明天通车了" in visitor.text
    assert WORDS["text"] in visitor.text
    assert "拿出去" not in visitor.text
    put_in(li, subject, post, do="remove")
    visitor.get(f"/subjects/{subject}")
    assert "三组便道" not in visitor.text
    assert visitor.get(f"/feed/{post}").status_code == 200, "everywhere else it stays"


def test_the_county_gathers_what_villages_and_others_wrote(county: County) -> None:
    chen, visitor = county.chen(), county.visitor()
    subject = begin(chen, county, "凤县")
    mine, theirs = published(county), published(county, "平木镇", by="wang", title="平木镇的椒园看过了")
    for post in (mine, theirs):
        assert put_in(chen, subject, post).status_code == 303
    visitor.get(f"/subjects/{subject}")
    newest, older = visitor.html.index("平木镇的椒园看过了"), visitor.html.index("三组便道明天通车了")
    assert newest < older


def test_what_is_withdrawn_vanishes_and_a_draft_never_comes_in(county: County) -> None:
    zhou, visitor = county.zhou(), county.visitor()
    subject = begin(zhou, county, "留凤关镇")
    draft = write(zhou, county, "留凤关镇", title="还没写完的农事提醒")
    assert put_in(zhou, subject, draft).status_code == 422
    post = published(county)
    put_in(zhou, subject, post)
    zhou.get(f"/feed/{post}/withdraw")
    zhou.post(f"/feed/{post}/withdraw", {"note": "日期写错了"})
    visitor.get(f"/subjects/{subject}")
    assert "三组便道" not in visitor.text


def test_what_is_not_public_is_not_shown_even_where_it_is_still_placed(county: County) -> None:
    with county.app.app_context():
        org = db.session.get_one(Org, county.org("留凤关镇"))
        words = {"title": "草稿标题", "text": "草稿正文", "public_title": "草稿标题", "public_text": "草稿正文"}
        post = Post(org_id=org.id, state="draft", kind="news", **words)
        subject = Subject(org_id=org.id, org=org, **WORDS)
        db.session.add_all([post, subject])
        db.session.flush()
        gather(subject, post)
        db.session.commit()
        subject_id = subject.id
    zhou = county.zhou()
    zhou.get(f"/subjects/{subject_id}")
    assert "草稿标题" not in zhou.text


def test_who_writes_for_the_org_looks_after_its_subjects_and_nobody_else(county: County) -> None:
    post = published(county)
    subject = begin(county.zhou(), county, "留凤关镇")
    for name, status in (("li", 403), ("wang", 403), ("chen", 303)):
        clerk = getattr(county, name)()
        assert put_in(clerk, subject, post).status_code == status
        clerk.get(f"/subjects/{subject}")
        assert ("管这个专题" in clerk.text) is (status == 303)
    li = county.li()
    li.get("/subjects/new")
    assert li.post("/subjects/new", {**WORDS, "org": str(county.org("留凤关镇"))}).status_code == 422


def test_a_subject_that_is_ended_takes_nothing_more_and_can_begin_again(county: County) -> None:
    zhou, post = county.zhou(), published(county)
    subject = begin(zhou, county, "留凤关镇")
    zhou.get(f"/subjects/{subject}")
    zhou.post(f"/subjects/{subject}/close", follow=True)
    assert "办完了" in zhou.text
    assert put_in(zhou, subject, post).status_code == 409
    visitor = county.visitor()
    visitor.get("/subjects")
    assert "花椒受冻" not in visitor.text
    visitor.get("/subjects?kind=closed")
    assert "花椒受冻" in visitor.text
    zhou.get(f"/subjects/{subject}")
    zhou.post(f"/subjects/{subject}/reopen")
    assert put_in(zhou, subject, post).status_code == 303


def test_a_page_that_comes_from_the_browsers_own_store_still_does_what_its_button_says(county: County) -> None:
    """Ended and begun again, a subject looks as before, but the keys of the old page are used up."""
    zhou = county.zhou()
    address = f"/subjects/{begin(zhou, county, '留凤关镇')}"
    stored = zhou.get(address)
    old = zhou.page
    assert zhou.get(address, If_None_Match=stored.headers["ETag"]).status_code == 304, "nothing was sent since"
    for action in ("close", "reopen"):
        zhou.post(f"{address}/{action}", follow=True)
    if zhou.get(address, If_None_Match=stored.headers["ETag"]).status_code == 304:
        zhou.page = old
    zhou.post(f"{address}/close")
    assert one(county.app, "SELECT state FROM subjects") == "closed"


def test_who_is_signed_in_and_sends_a_form_gets_a_mark_until_the_browser_is_closed(county: County) -> None:
    """It makes each page a new one for this browser: the keys in the forms that it has stored are used up."""
    zhou, marks = county.zhou(), []
    sent = {**WORDS, "org": str(county.org("留凤关镇"))}
    for title, status in (("", 422), ("花椒受冻", 303), ("花椒剪枝", 303)):
        zhou.get("/subjects/new")
        answer = zhou.post("/subjects/new", {**sent, "title": title})
        assert answer.status_code == status
        marks += [line.split("; ") for line in answer.headers.getlist("Set-Cookie") if line.startswith("wdj_t=")]
    assert [signs for _, *signs in marks] == [["HttpOnly", "Path=/", "SameSite=Lax"]] * 2, "none where it was refused"
    assert marks[0][0] != marks[1][0]


def test_twice_sent_makes_one_subject(county: County) -> None:
    zhou = county.zhou()
    zhou.get("/subjects/new")
    sent = {**WORDS, "org": str(county.org("留凤关镇"))}
    urls = {zhou.post("/subjects/new", sent).headers["Location"] for _ in range(2)}
    assert len(urls) == 1
    assert one(county.app, "SELECT count(*) FROM subjects") == 1


@pytest.mark.parametrize(("field", "typed", "answer"), [("title", "椒", "2 到 30"), ("text", "长" * 1001, "1000")])
def test_a_mistake_is_named_at_its_field_and_keeps_what_was_typed(
    county: County, field: str, typed: str, answer: str
) -> None:
    zhou = county.zhou()
    zhou.get("/subjects/new")
    assert zhou.post("/subjects/new", {**WORDS, "org": str(county.org("留凤关镇")), field: typed}).status_code == 422
    assert answer in zhou.text
    assert typed in zhou.html


def test_the_second_of_two_writers_sees_the_first_and_keeps_their_own(county: County) -> None:
    zhou, chen = county.zhou(), county.chen()
    subject = begin(zhou, county, "留凤关镇")
    sent = {"title": WORDS["title"], "org": str(county.org("留凤关镇"))}
    for clerk in (zhou, chen):
        clerk.get(f"/subjects/{subject}/edit")
    assert zhou.post(f"/subjects/{subject}/edit", {**sent, "text": "镇上改的：找农技站。"}).status_code == 303
    mine = {**sent, "text": "县上改的：找农业局。"}
    assert chen.post(f"/subjects/{subject}/edit", mine).status_code == 409
    for words in ("别人改过这个专题", "镇上改的：找农技站。", "县上改的：找农业局。"):
        assert words in chen.text
    assert one(county.app, "SELECT text FROM subjects") == "镇上改的：找农技站。"
    assert chen.post(f"/subjects/{subject}/edit", mine).status_code == 303, "whoever was told may overrule"
    assert one(county.app, "SELECT text FROM subjects") == "县上改的：找农业局。"


def test_private_numbers_in_its_words_are_masked_for_readers(county: County) -> None:
    zhou = county.zhou()
    subject = begin(zhou, county, "留凤关镇", text="打 13800000001 找老周。")
    visitor = county.visitor()
    visitor.get(f"/subjects/{subject}")
    assert "138****0001" in visitor.text
    zhou.get(f"/subjects/{subject}/edit")
    assert "13800000001" in zhou.html


def test_a_long_subject_has_further_pages_and_loses_none(county: County) -> None:
    zhou = county.zhou()
    subject = begin(zhou, county, "留凤关镇")
    titles = [f"第 {number} 篇农事提醒" for number in range(12)]
    for title in titles:
        put_in(zhou, subject, write(zhou, county, "留凤关镇", title=title, then="publish"))
    visitor, seen, path = county.visitor(), "", f"/subjects/{subject}"
    for _ in range(2):
        visitor.get(path)
        seen += visitor.text
        older = [
            each["href"] for tag, each in visitor.page.elements if tag == "a" and "before=" in each.get("href", "")
        ]
        path = older[0] if older else ""
    assert path == ""
    assert all(title in seen for title in titles)


def test_its_items_go_out_as_a_table_and_that_is_noted(county: County) -> None:
    zhou, post = county.zhou(), published(county)
    subject = begin(zhou, county, "留凤关镇")
    put_in(zhou, subject, post)
    zhou.get(f"/subjects/{subject}")
    answer = zhou.post(f"/subjects/{subject}/table", {"form": "csv"})
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert rows[0][1] == "标题"
    assert rows[1][:4] == [str(post), "三组便道明天通车了", "动态", "沙江寺村"]
    assert rows[1][-1].endswith(f"/feed/{post}")
    assert zhou.post(f"/subjects/{subject}/table", {"form": "xlsx"}).data[:2] == b"PK"
    assert every(county.app, "SELECT label FROM events WHERE action = 'export'") == ["导出专题“花椒受冻”"] * 2
