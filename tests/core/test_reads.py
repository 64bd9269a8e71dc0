"""How often something was read: people are counted and programs not, and counting never costs an answer."""

import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from tests.conftest import County
from tests.floor import change, published
from tests.live import Live, wait_for
from wdj.core.reads import Reads, is_robot

PHONE = "Mozilla/5.0 (Linux; Android 4.4.4; HM NOTE) MicroMessenger/6.5.8 Mobile Safari/537.36"
PEOPLE = [
    PHONE,
    "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/5.0 (Linux; Android 7.0; CUBOT_X18) AppleWebKit/537.36 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 9_3) AppleWebKit/601.1 Mobile baiduboxapp/0_11.0",
    "Mozilla/5.0 (Linux; U; Android 5.1) AppleWebKit/537.36 SogouMSE,SogouMobileBrowser/5.9",
    "Mozilla/5.0 (Linux; U; Android 6.0) UCBrowser/11.6 Mobile",
    "w3m/0.5.3+git20230121",
]
ROBOTS = [
    "",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Sogou web spider/4.0",
    "Mozilla/5.0 (compatible; YisouSpider/5.0)",
    "Mozilla/5.0 (Linux; Android 5.0) Mobile Safari/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)",
    "curl/7.88.1",
    "Wget/1.21.3",
    "python-requests/2.31.0",
    "Go-http-client/1.1",
    "Java/1.8.0_151",
    "okhttp/3.12.1",
    "Mozilla/5.0 HeadlessChrome/120.0",
    "facebookexternalhit/1.1",
    "TelegramBot (like TwitterBot)",
    "DingTalkBot-LinkService/1.0",
]


def reads_of(app: Flask) -> Reads:
    found: Reads = app.extensions["reads"]
    return found


def counted(app: Flask, item_id: int) -> int:
    """How often it was read, as the file says after everything is written."""
    reads_of(app).write()
    return reads_of(app).totals([item_id]).get(item_id, 0)


def look(app: Flask, path: str, method: str = "GET", agent: str = PHONE, **headers: str) -> TestResponse:
    sent = {"User-Agent": agent, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Client(app, TestResponse).open(path, method=method, headers=sent, buffered=True)


@pytest.mark.parametrize("agent", PEOPLE)
def test_people_are_counted_whatever_their_phone_is_called(agent: str) -> None:
    assert not is_robot(agent)


@pytest.mark.parametrize("agent", ROBOTS)
def test_programs_are_known(agent: str) -> None:
    assert is_robot(agent)


def test_each_reading_counts_also_of_a_page_that_is_kept_or_has_not_changed(county: County) -> None:
    post = published(county)
    first = look(county.app, f"/feed/{post}")
    look(county.app, f"/feed/{post}?from=singlemessage")
    again = look(county.app, f"/feed/{post}", If_None_Match=first.headers["ETag"])
    assert again.status_code == 304
    assert counted(county.app, post) == 3
    assert "Wdj-Read" not in first.headers


def test_only_people_who_read_are_counted(county: County) -> None:
    post = published(county)
    path = f"/feed/{post}"
    for _ in range(2):  # drawn, and kept
        look(county.app, path, agent="Baiduspider/2.0")
        look(county.app, path, method="HEAD")
        look(county.app, path, Sec_Purpose="prefetch;prerender")
        look(county.app, path, Purpose="prefetch")
        look(county.app, path, X_Moz="prefetch")
        look(county.app, path, HX_Request="true")
        look(county.app, f"{path}?ok=liked")
        look(county.app, f"{path}?before=3")
        look(county.app, "/")
    assert counted(county.app, post) == 0


def test_who_works_here_is_not_counted_and_drafts_are_not(county: County) -> None:
    post = published(county)
    for name in ("zhou", "wang", "chen", "sun"):
        getattr(county, name)().get(f"/feed/{post}", User_Agent=PHONE)
    assert counted(county.app, post) == 0


def test_the_count_stands_on_the_page_and_in_lists(county: County) -> None:
    post = published(county)
    visitor = county.visitor(User_Agent=PHONE)
    visitor.get(f"/feed/{post}")
    assert "阅" not in visitor.text
    with closing(sqlite3.connect(county.app.config["WDJ_INSTANCE"] / "reads.db")) as file:
        reads_of(county.app).write()
        file.execute("UPDATE totals SET count = 1286")
        file.commit()
    change(county.app, "UPDATE items SET like_count = 2")  # the memory is emptied
    for path in (f"/feed/{post}", f"/orgs/{county.org('留凤关镇')}"):
        visitor.get(path)
        assert "阅 1,286" in visitor.text


def test_a_page_that_differs_in_its_count_alone_is_not_sent_again(county: County) -> None:
    post = published(county)
    reads = reads_of(county.app)
    etags = set()
    for number in (1, 2, 3):
        reads.count(post)
        reads.write()
        change(county.app, f"UPDATE people SET phone = '{number}'")
        page = look(county.app, f"/feed/{post}", agent="curl")
        assert f"阅 {number}" in page.get_data(as_text=True)
        etags.add(page.headers["ETag"])
    assert len(etags) == 1


def test_counting_empties_no_memory(county: County) -> None:
    post = published(county)
    memory = county.app.extensions["freshness"].memory()
    before = time.time() // 60
    look(county.app, f"/feed/{post}")
    assert counted(county.app, post) == 1
    after = county.app.extensions["freshness"].memory()
    assert after is memory or time.time() // 60 > before
    assert len(after) > 0


def test_each_day_is_a_row_of_its_own(county: County) -> None:
    reads = reads_of(county.app)
    for item_id in (7, 7, 8):
        reads.count(item_id)
    reads.write()
    reads.count(7)
    reads.write()
    with closing(sqlite3.connect(county.app.config["WDJ_INSTANCE"] / "reads.db")) as file:
        rows = file.execute("SELECT item_id, day, count FROM reads ORDER BY item_id").fetchall()
    assert [(item_id, count) for item_id, _, count in rows] == [(7, 3), (8, 1)]
    assert all(len(day) == 10 for _, day, _ in rows)
    assert reads.totals([7, 8, 9]) == {7: 3, 8: 1}


@pytest.fixture
def reads(tmp_path: Path) -> Iterator[Reads]:
    counting = Reads(tmp_path / "reads.db", "Asia/Shanghai")
    yield counting
    counting.close()


def test_while_somebody_holds_the_file_counts_wait_and_come_in_later(reads: Reads, tmp_path: Path) -> None:
    reads.count(1)
    reads.write()
    with closing(sqlite3.connect(tmp_path / "reads.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        reads.count(1)
        reads.write()
        assert reads.totals([1]) == {1: 1}
        holder.execute("ROLLBACK")
    reads.count(1)
    reads.write()
    assert reads.totals([1]) == {1: 3}


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 999])
def test_a_file_that_is_none_costs_no_answer(county: County, content: bytes) -> None:
    post = published(county)
    (county.app.config["WDJ_INSTANCE"] / "reads.db").write_bytes(content)
    assert look(county.app, f"/feed/{post}").status_code == 200
    assert counted(county.app, post) == (0 if content else 1)
    assert look(county.app, f"/feed/{post}").status_code == 200


def test_a_folder_that_cannot_be_written_costs_no_answer(tmp_path: Path) -> None:
    reads = Reads(tmp_path / "nowhere" / "reads.db", "Asia/Shanghai")
    reads.count(1)
    reads.write()
    assert reads.totals([1]) == {}


def test_the_thread_writes_by_itself_and_ends(reads: Reads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wdj.core.reads.SECONDS", 0.05)
    for _ in range(3):
        reads.count(5)
    wait_for(lambda: reads.totals([5]) == {5: 3})
    wait_for(lambda: not reads._is_writing)
    reads.count(5)
    wait_for(lambda: reads.totals([5]) == {5: 4})


def test_counting_costs_next_to_nothing(county: County, capsys: pytest.CaptureFixture[str]) -> None:
    from wdj.core.reads import is_person

    reads, environ = reads_of(county.app), {"REQUEST_METHOD": "GET", "HTTP_USER_AGENT": PHONE}
    reads.count(1)
    best = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(10_000):
            if is_person(environ):
                reads.count(1)
        best = min(best, (time.perf_counter() - began) / 10_000)
    with capsys.disabled():
        print(f"\n  counting a read: {best * 1e6:.2f} µs")
    assert best < 5e-6


@pytest.fixture
def live(county: County) -> Iterator[Live]:
    site = Live(county.app)
    yield site
    site.close()


def test_two_processes_count_together_and_a_kill_loses_seconds_only(county: County, live: Live) -> None:
    post = published(county)
    server = live.start()
    read_by_many(live, post, 40)
    wait_for(lambda: reads_of(county.app).totals([post]) == {post: 40})
    read_by_many(live, post, 5)
    live.kill(server)  # these five may be lost
    server = live.start()
    read_by_many(live, post, 10)
    server.send_signal(signal.SIGTERM)
    assert server.wait(30) == 0
    assert 50 <= reads_of(county.app).totals([post])[post] <= 55, "what was counted is written when the server stops"


def read_by_many(live: Live, post: int, times: int) -> None:
    from tests.live import at_once

    answers = at_once([lambda: live._ask("GET", f"/feed/{post}", None, {"User-Agent": PHONE})] * times, hands=4)
    assert {each.status for each in answers} == {200}
