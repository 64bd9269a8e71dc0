"""What pages weigh and ask, as counts, which are the same on every machine; bench/ measures the times."""

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.test import Client, TestResponse

from tests.browser import ORIGIN, Page
from tests.conftest import County, _copy, _template
from tests.databases import Database
from tests.modules.letters.made import letter_in, receipt_of
from wdj.core import jobs
from wdj.core.db import db
from wdj.core.items import Item
from wdj.portal import sample

FIRST_VISIT, LITE_VISIT, REPEAT_VISIT, LIKE = 14_600, 8_192, 1_024, 600
CSS, JS, HTML, DESK_HTML = 6_144, 2_048, 6_144, 12_288
# What gunicorn adds to an answer: Server, Date and Connection with their line ends.
SERVER_HEADERS = 90


@dataclass(frozen=True)
class Budget:
    """The most that one page may cost: bytes of HTML, gzip, without its style; queries when nothing is remembered
    and when everything is."""

    name: str
    path: str
    html: int
    cold: int
    warm: int = 0
    signed_in: bool = False


# Measured 2026-11-22 with the forty sample posts: first visits 8.6 to 9.8 KB with the script, lite pages 2.1 to 3.3 KB,
# HTML 1.5 to 2.7 KB, a repeat 226 bytes. The queries are exactly as many as now: more need a reason, here.
# On a page with letters two for the county's calendar; on a letter two for others like it, and their rows.
# One for what is pinned on a page; on a post one for whom it is aimed at, and one for where its reader may pin it.
# On the board one for what the county asks everybody. On the desk one for the marks of letters, one for their pauses,
# two for the calendar, four for what is late in the county and what it lacks.
# fmt: off
BUDGETS = [
    #      name             path               html       cold  warm
    Budget("home",          "/",               HTML,      9),
    Budget("village page",  "/orgs/{village}", HTML,      12),
    Budget("post",          "/feed/{post}",    HTML,      9),
    Budget("places",        "/places",         HTML,      3),
    Budget("help",          "/help",           HTML,      2),
    Budget("login",         "/login",          HTML,      2),
    Budget("letters board", "/letters",        HTML,      9),
    Budget("letter",        "/letters/{letter}", HTML,    13),
    Budget("ask",           "/letters/ask",    HTML,      3),
    Budget("home, clerk",   "/",               HTML,      11,   0, signed_in=True),
    Budget("post, clerk",   "/feed/{post}",    HTML,      14,   0, signed_in=True),
    Budget("desk, clerk",   "/desk",           DESK_HTML, 17,   0, signed_in=True),
]
# fmt: on
each_page = pytest.mark.parametrize("budget", BUDGETS, ids=lambda budget: budget.name)
each_open_page = pytest.mark.parametrize("budget", BUDGETS[:8], ids=lambda budget: budget.name)


def _fill() -> None:
    sample.load()
    db.session.commit()
    jobs.run_due()


@dataclass
class Site:
    """The sample county, and the post of a village that has the most text and comments."""

    app: Flask
    village: int
    post: int
    letter: int
    cookie: str

    def visit(self, path: str, *, signed_in: bool = False, **headers: str) -> TestResponse:
        """One GET of a phone on plain http, that has no cookie but its login and those of `headers`."""
        cookies = [self.cookie] if signed_in else []
        cookies += [headers.pop("cookie")] if "cookie" in headers else []
        sent = {"Accept-Encoding": "gzip, deflate", **{name.replace("_", "-"): text for name, text in headers.items()}}
        if cookies:
            sent["Cookie"] = "; ".join(cookies)
        client = Client(self.app, TestResponse, use_cookies=False)
        return client.get(path.format(village=self.village, post=self.post, letter=self.letter), headers=sent)

    def forget(self) -> None:
        """Somebody commits, so that nothing is remembered."""
        with self.app.app_context():
            db.session.query(Item).filter_by(id=self.post).update({"like_count": Item.like_count + 1})
            db.session.commit()


@pytest.fixture(scope="module")
def sample_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    yield from _template(tmp_path_factory, "sample", _fill)


@pytest.fixture(scope="module")
def site(sample_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    for app in _copy(sample_template, tmp_path_factory.mktemp("budgets")):
        county = County(app=app)
        with app.app_context():
            public = db.session.query(Item).filter_by(is_public=True)
            post = max(public, key=lambda item: (item.comment_count, len(item.public_text)))
        login = county.zhou().client.get_cookie("wdj_s")
        assert login is not None
        letters = [letter_in(app, "answered" if each % 2 else "in_hand", public=True) for each in range(12)]
        yield Site(app, county.org("沙江寺村"), post.id, letters[-1], f"wdj_s={login.value}")


def headers_of(response: TestResponse) -> int:
    """Bytes of status line and headers as they go over the wire."""
    lines = [f"HTTP/1.1 {response.status}", *(f"{name}: {value}" for name, value in response.headers)]
    return sum(len(line) + 2 for line in lines) + 2 + SERVER_HEADERS


def size_of(response: TestResponse) -> int:
    return headers_of(response) + len(response.data)


def html_of(response: TestResponse) -> str:
    assert response.status_code == 200
    assert response.headers["Content-Encoding"] == "gzip"
    return zlib.decompress(response.data, 31).decode()


def gzipped(text: str) -> int:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return len(packer.compress(text.encode()) + packer.flush())


@contextmanager
def questions(app: Flask) -> Iterator[list[str]]:
    """Every statement sent to the database meanwhile, but for those that begin a transaction or set it up."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SET ")):
            asked.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


@each_page
def test_a_first_visit_with_its_script_fits_one_tcp_window(site: Site, budget: Budget) -> None:
    page = site.visit(budget.path, signed_in=budget.signed_in)
    scripts = re.findall(r'<script src="([^"]+)" async>', html_of(page))
    assert size_of(page) + sum(size_of(site.visit(script)) for script in scripts) <= FIRST_VISIT


@each_page
def test_a_first_visit_saving_data_is_half_of_that(site: Site, budget: Budget) -> None:
    page = site.visit(budget.path, signed_in=budget.signed_in, cookie="lite=1; css=unknown")
    html = re.sub("<style>.*?</style>", "", html_of(page), flags=re.DOTALL)
    assert headers_of(page) + gzipped(html) <= LITE_VISIT


@each_page
def test_the_html_of_a_page_is_light(site: Site, budget: Budget) -> None:
    html = html_of(site.visit(budget.path, signed_in=budget.signed_in))
    bare = re.sub("<style>.*?</style>", "", html, flags=re.DOTALL)
    assert len(bare) < len(html), "the first visit has the style inside"
    assert gzipped(bare) <= budget.html


@each_page
def test_the_first_paint_waits_for_nothing_but_the_page(site: Site, budget: Budget) -> None:
    page = Page(html_of(site.visit(budget.path, signed_in=budget.signed_in)))
    sheets = [each for tag, each in page.elements if tag == "link" and each.get("rel") == "stylesheet"]
    scripts = [each for tag, each in page.elements if tag == "script"]
    assert sheets == []
    assert len(scripts) == (2 if budget.path == "/desk" else 1), "the desk alone has its keys"
    assert all("async" in each for each in scripts)


def test_style_and_script_are_light(site: Site) -> None:
    html = html_of(site.visit("/"))
    [style] = re.findall("<style>(.*?)</style>", html, flags=re.DOTALL)
    [script] = re.findall(r'<script src="([^"]+)"', html)
    assert gzipped(style) <= CSS
    assert len(site.visit(script).data) <= JS


@each_open_page
def test_an_unchanged_page_is_not_sent_again(site: Site, budget: Budget) -> None:
    tag = site.visit(budget.path).headers["ETag"]
    again = site.visit(budget.path, If_None_Match=tag, cookie="css=whatever")
    assert again.status_code == 304
    assert again.data == b""
    assert headers_of(again) <= REPEAT_VISIT


def test_a_like_by_htmx_answers_with_little_besides_its_button(site: Site) -> None:
    client = Client(site.app, TestResponse)
    sent = {"HX-Request": "true", "Origin": ORIGIN, "Accept-Encoding": "gzip"}
    answer = client.post(f"/feed/{site.post}/like", headers=sent)
    assert answer.status_code == 200
    assert "✓ 已赞" in zlib.decompress(answer.data, 31).decode()
    assert headers_of(answer) <= LIKE


def test_the_page_behind_a_receipt_is_as_light_as_any(site: Site) -> None:
    number, code = receipt_of(site.app, site.letter)
    opened = Client(site.app, TestResponse).get(f"/r/{number}/{code}")
    page = site.visit(f"/r/{number}", cookie=opened.headers["Set-Cookie"].partition(";")[0])
    html = html_of(page)
    scripts = re.findall(r'<script src="([^"]+)" async>', html)
    assert size_of(page) + sum(size_of(site.visit(script)) for script in scripts) <= FIRST_VISIT
    assert gzipped(re.sub("<style>.*?</style>", "", html, flags=re.DOTALL)) <= HTML


def test_me_too_by_htmx_answers_with_little_besides_its_button(site: Site) -> None:
    sent = {"HX-Request": "true", "Origin": ORIGIN, "Accept-Encoding": "gzip"}
    answer = Client(site.app, TestResponse).post(f"/letters/{site.letter}/me-too", headers=sent)
    assert answer.status_code == 200
    assert "✓ 记下了" in zlib.decompress(answer.data, 31).decode()
    assert headers_of(answer) <= LIKE


@each_page
def test_a_page_asks_the_database_little_and_once_remembered_nothing(site: Site, budget: Budget) -> None:
    site.forget()
    with questions(site.app) as cold:
        site.visit(budget.path, signed_in=budget.signed_in)
    assert 0 < len(cold) <= budget.cold, cold
    for _ in range(3):  # the minute may turn meanwhile, and a server's own housekeeping may commit
        with questions(site.app) as warm:
            site.visit(budget.path, signed_in=budget.signed_in)
        if len(warm) <= budget.warm:
            return
    assert len(warm) <= budget.warm, warm
