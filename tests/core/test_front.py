"""Kept pages: never staler than one commit, never another reader's, never more than their memory."""

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from random import random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, event, text
from werkzeug.test import Client, TestResponse

from tests.conftest import County, _copy
from tests.databases import Database
from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.fresh import Freshness, Memory
from wdj.core.front import Kept
from wdj.core.orgs import Org
from wdj.core.placements import NEWS, place
from wdj.core.site import Fact
from wdj.modules.feed.models import Post
from wdj.modules.feed.rules import pages_for

VILLAGE, OTHER_VILLAGE, TITLE = "沙江寺村", "长坪村", "花椒受冻之后怎么管"


def publish(county: County, short_name: str = VILLAGE, title: str = TITLE) -> int:
    """A post that is out; returns its id."""
    with county.app.app_context():
        org = db.session.query(Org).filter_by(short_name=short_name).one()
        post = Post(
            org=org, org_id=org.id, kind="farming", state="published", is_public=True, title=title, public_title=title,
            text="先别急着剪。", public_text="先别急着剪。", published_at=now(),
        )  # fmt: skip
        db.session.add(post)
        db.session.flush()
        place(post, pages_for(org), NEWS, now())
        db.session.commit()
        return post.id


def rename(app: Flask, post_id: int, title: str) -> None:
    """Another process changes the title: on a connection of its own, past the app."""
    engine = create_engine(app.config["WDJ_DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE items SET public_title = :title WHERE id = :id"), {"title": title, "id": post_id}
        )
    engine.dispose()


def get(app: Flask, path: str, **headers: str) -> TestResponse:
    """A request without a cookie jar: only what it says here."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client(app, TestResponse, use_cookies=False).get(path, headers=sent)


def kept_in(app: Flask) -> Memory:
    freshness: Freshness = app.extensions["freshness"]
    return freshness.memory()


def kept_pages(app: Flask) -> list[Kept]:
    return [each for each in kept_in(app).values() if isinstance(each, Kept)]


@contextmanager
def after_the_first_question(app: Flask, do: Any) -> Iterator[list[str]]:
    """Call `do` once, right after the next request has read a title from the database."""
    done: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "public_title" in statement and not done:
            done.append(statement)
            do()

    with app.app_context():
        engine = db.engine
    event.listen(engine, "after_cursor_execute", note)
    try:
        yield done
    finally:
        event.remove(engine, "after_cursor_execute", note)


@pytest.mark.parametrize("path", ["/", "/orgs/{village}", "/feed/{post}"])
def test_the_next_visitor_sees_what_another_process_committed(county: County, path: str) -> None:
    post = publish(county)
    village = county.org(VILLAGE)
    path = path.format(village=village, post=post)
    for number in range(5):
        assert get(county.app, path, Cookie=f"v={village}").status_code == 200
        assert kept_pages(county.app), "the page is kept"
        rename(county.app, post, f"{TITLE}，第 {number} 稿")
        assert f"第 {number} 稿" in get(county.app, path, Cookie=f"v={village}").get_data(as_text=True)


def test_the_next_page_of_a_clerk_shows_what_another_process_committed(county: County) -> None:
    post, zhou = publish(county), county.zhou()
    zhou.client.set_cookie("v", str(county.org(VILLAGE)))
    for number in range(3):
        for path in ("/", f"/feed/{post}"):
            zhou.get(path)
        rename(county.app, post, f"{TITLE}，第 {number} 稿")
        for path in ("/", f"/feed/{post}"):
            zhou.get(path)
            assert f"第 {number} 稿" in zhou.text


def test_a_right_that_was_taken_is_gone_with_the_next_request(county: County) -> None:
    zhou = county.zhou()
    assert zhou.get("/feed/new").status_code == 200
    engine = create_engine(county.app.config["WDJ_DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(
            text("DELETE FROM grants WHERE person_id = (SELECT id FROM people WHERE login = 'liufengguan')")
        )
    engine.dispose()
    assert zhou.get("/feed/new").status_code == 403


@pytest.mark.parametrize("who", ["visitor", "clerk"])
def test_a_page_begun_before_a_commit_is_not_kept_after_it(county: County, who: str) -> None:
    post = publish(county)
    browser = county.visitor() if who == "visitor" else county.zhou()
    with after_the_first_question(county.app, lambda: rename(county.app, post, "改过的题目")) as hit:
        browser.get(f"/feed/{post}")
    assert hit, "the commit fell between reading and keeping"
    assert TITLE in browser.text
    browser.get(f"/feed/{post}")
    assert "改过的题目" in browser.text
    assert TITLE not in browser.text


def test_no_way_of_asking_is_answered_with_the_page_of_another(county: County) -> None:
    post = publish(county)
    publish(county, OTHER_VILLAGE, "长坪村的事")
    here, there = county.org(VILLAGE), county.org(OTHER_VILLAGE)
    ways = [
        {}, {"Cookie": f"v={here}"}, {"Cookie": f"v={there}"}, {"Cookie": "size=big"}, {"Cookie": "size=huge"},
        {"Cookie": "lite=1"}, {"Cookie": "lite=1; size=big"}, {"HX_Request": "true"}, {"Cookie": f"v={here}; lite=1"},
    ]  # fmt: skip
    alone = []
    for way in ways:
        rename(county.app, post, TITLE)  # a commit: drawn anew, for this way only
        alone.append(get(county.app, "/", **way).data)
    for order in (ways, ways[::-1]):
        rename(county.app, post, TITLE)
        together = {str(way): get(county.app, "/", **way).data for way in order}
        assert [together[str(way)] for way in ways] == alone
    assert all(one != other for one, other in combinations(alone, 2))


@pytest.mark.parametrize(
    "cookie",
    [
        'v="{village}"; size="huge"; lite="1"',
        "size=big; size=huge; v={village}; v=1",
        "__Host-v={village}",
        "v={village}.",
    ],
)
def test_a_strange_cookie_changes_nobody_elses_page(county: County, cookie: str) -> None:
    before = get(county.app, "/").data
    change_something(county)
    strange = get(county.app, "/", Cookie=cookie.format(village=county.org(VILLAGE)))
    assert strange.status_code == 200
    assert get(county.app, "/").data == before
    for way in ({"Cookie": "size=big"}, {"Cookie": "size=huge"}, {"Cookie": f"v={county.org(VILLAGE)}"}):
        kept = get(county.app, "/", **way).data
        change_something(county)
        assert get(county.app, "/", **way).data == kept


def change_something(county: County) -> None:
    with county.app.app_context():
        db.session.add(Fact(name=f"changed {random()}", value=""))
        db.session.commit()


def test_a_query_that_names_a_thing_twice_is_nobodys_page(county: County) -> None:
    publish(county)
    get(county.app, "/?kind=policy&kind=news")
    assert get(county.app, "/?kind=news&kind=policy").data == get(county.app, "/?kind=news&kind=policy&x=1").data


def test_each_coding_and_style_of_one_kept_page_is_its_own(county: County) -> None:
    css = get(county.app, "/").get_data(as_text=True)
    known = get(county.app, _sheet(county.app)).headers["Set-Cookie"].partition(";")[0]
    assert "<style>" in css
    for cookie, inlined in (("", True), (known, False)):
        plain = get(county.app, "/", Cookie=cookie)
        packed = get(county.app, "/", Cookie=cookie, Accept_Encoding="gzip")
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert zlib.decompress(packed.data, 31) == plain.data
        assert (b"<style>" in plain.data) is inlined
        assert get(county.app, "/", Cookie=cookie, Accept_Encoding="br").headers["Content-Encoding"] == "br"
    assert len(kept_pages(county.app)) == 1


def _sheet(app: Flask) -> str:
    return next(url for url in app.wsgi_app._assets.by_url if url.endswith(".css"))  # type: ignore[attr-defined]


def test_a_page_first_asked_for_by_head_is_kept_whole(county: County) -> None:
    head = Client(county.app, TestResponse).head("/")
    page = get(county.app, "/")
    assert head.data == b""
    assert b"</html>" in page.data
    assert head.headers["ETag"] == page.headers["ETag"]
    assert head.headers["Content-Length"] == page.headers["Content-Length"]


def test_a_page_of_somebody_signed_in_is_never_kept(county: County) -> None:
    post, zhou = publish(county), county.zhou()
    rename(county.app, post, TITLE)
    for path in ("/", f"/feed/{post}", "/desk", "/help", "/me"):
        zhou.get(path)
        assert kept_pages(county.app) == []
    visitor = county.visitor()
    for path in ("/", f"/feed/{post}", "/help"):
        visitor.get(path)
        assert "工作台" not in visitor.text
        zhou.get(path)
        assert "工作台" in zhou.text, "what is kept for visitors is not for her"


def test_a_clerks_unchanged_page_is_not_sent_again(county: County) -> None:
    zhou, post = county.zhou(), publish(county)
    first = zhou.get(f"/feed/{post}")
    again = zhou.get(f"/feed/{post}", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")


def test_two_clerks_share_what_is_remembered_but_no_token_key_or_button(county: County) -> None:
    post = publish(county)
    zhou, wang = county.zhou(), county.wang()
    rename(county.app, post, TITLE)
    first, second, again = (each.get(f"/feed/{post}").get_data(as_text=True) for each in (zhou, wang, zhou))
    tokens = [set(_values(page, "csrf")) for page in (first, second, again)]
    keys = [_values(page, "once") for page in (first, second, again)]
    assert tokens[0] == tokens[2] != tokens[1]
    assert all(len(each) == 1 for each in tokens)
    assert len({key for each in keys for key in each}) == sum(map(len, keys)) >= 6
    assert "撤下" in first
    assert "撤下" not in second
    zhou.post(f"/feed/{post}/like")
    assert "✓ 已赞" in zhou.get(f"/feed/{post}").get_data(as_text=True)
    assert "✓ 已赞" not in wang.get(f"/feed/{post}").get_data(as_text=True)


def _values(html: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]+)"', html)


@pytest.fixture
def small(county_template: Database, tmp_path: Path) -> Iterator[County]:
    """The county with the least memory that can be set: one megabyte."""
    for app in _copy(county_template, tmp_path, WDJ_CACHE_MB="1"):
        yield County(app=app)


def test_a_strangers_queries_do_not_fill_the_memory(small: County) -> None:
    post = publish(small)
    get(small.app, "/help")
    for number in range(120):
        for url in (
            f"/?before=17000000000000{number:02}-{number}",
            f"/feed/{post}?before={number}",
            f"/feed/9{number}",
        ):
            get(small.app, url)
        get(small.app, "/", Cookie=f"v={number}", Accept_Encoding="gzip")
    memory = kept_in(small.app)
    weighed = sum(len(each.body) + sum(len(data) for _, data in each.packed.values()) for each in kept_pages(small.app))
    text_kept = sum(2 * len(each) for each in memory.values() if isinstance(each, str))
    assert memory.bytes >= weighed + text_kept
    assert memory.bytes < 1.1 * 2**20
    assert len(memory) < 500
    assert not memory.drawing


def test_a_full_memory_still_answers_and_still_keeps_the_front_page(small: County) -> None:
    post = publish(small)
    get(small.app, "/", Cookie=f"v={small.org(VILLAGE)}")
    for number in range(300):
        get(small.app, f"/?before=17000000000000{number % 100:02}-{number}")
    assert kept_in(small.app).bytes < 2**20, "queries get half, so this is not full"
    before = len(kept_pages(small.app))
    get(small.app, "/help")
    assert len(kept_pages(small.app)) == before + 1
    kept_in(small.app).bytes = 2**21
    assert TITLE in get(small.app, f"/feed/{post}?before=1").get_data(as_text=True)
    assert len(kept_pages(small.app)) == before + 1
