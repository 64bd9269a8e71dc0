"""List pages over 1,000 and 1,000,000 items: keyset paging must cost the same at any size and any depth.

The spread is that of a county that has written for years: 92 of 100 posts are a village's (shown there and by its
town), 5 a town's (there and in its villages), 3 a department's (on all 81 public pages). More from above would make
ten million placements and say nothing new: with 3 in 100 every village's list already holds 30,000 of them. Texts are
two sentences, because no list reads them.
"""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench import client
from bench.servers import ROOT, Server, serving, site_environ
from wdj import create_app
from wdj.core.db import db
from wdj.core.orgs import Org
from wdj.core.placements import NEWS, read_mark
from wdj.modules.feed.rules import pages_for

ROUNDS = 5
FIRST = 1_700_000_000  # when the first item was published; one follows every 40 seconds
TEXT = "冻后三天内看不准，先别急着剪。一、海拔一千一百米以上的园子，今晚盖草熏烟；二、拿不准的，打村上电话问。"

ITEMS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO items (id, type, kind, org_id, state, version, is_public, title, text, public_title, public_text,
                   created_at, published_at, like_count, comment_count)
SELECT i, 'post',
       CASE WHEN i % 5 < 2 THEN 'policy' ELSE 'farming' END,
       (SELECT w.org_id FROM writers w WHERE w.kind = CASE WHEN i % 100 < 3 THEN 'department' WHEN i % 100 < 8
           THEN 'town' ELSE 'village' END AND w.number = (i / 7 * 31) % w.many),
       'published', 1, 1, '第' || printf('%07d', i) || '号：' || :title, :text,
       '第' || printf('%07d', i) || '号：' || :title, :text,
       strftime('%Y-%m-%d %H:%M:%S.000000', :first + i * 40, 'unixepoch'),
       strftime('%Y-%m-%d %H:%M:%S.000000', :first + i * 40, 'unixepoch'), i % 130, i % 9
FROM n"""
PLACEMENTS = """
INSERT INTO placements (org_id, list, item_id, kind, placed_at)
SELECT s.page_id, :list, i.id, i.kind, i.published_at
FROM shows s JOIN items i ON i.org_id = s.org_id ORDER BY s.page_id, i.id"""


def compare(folder: Path, few: int, many: int, requests: int) -> Iterator[tuple[str, float, float]]:
    """(page, CPU µs with few items, with many), each request after a commit that emptied the memory."""
    empty = folder / "empty"
    found_county(empty)
    sites = [_copy(empty, folder / str(count)) for count in (few, many)]
    for instance, count in zip(sites, (few, many), strict=True):
        fill(instance, count)
    with ExitStack() as stack:
        servers = [stack.enter_context(serving("wsgi:app", site_environ(each))) for each in sites]
        for name, paths in _pages(sites):
            best = [float("inf"), float("inf")]
            for _ in range(ROUNDS):
                for which, (server, instance) in enumerate(zip(servers, sites, strict=True)):
                    best[which] = min(best[which], _cold(server, instance, paths[which], requests // ROUNDS))
            yield name, best[0], best[1]


def found_county(instance: Path, database: str | None = None) -> None:
    """A county without a single post."""
    data = ROOT / "wdj" / "data"
    argv = [sys.executable, "-m", "flask", "--app", "wsgi", "wdj", "init", "--admin", "基准"]
    argv += ["--county", str(data / "fengxian-divisions.json"), "--offices", str(data / "fengxian-offices.json")]
    subprocess.run(argv, cwd=ROOT, env=site_environ(instance, database), check=True, stdout=subprocess.DEVNULL)


def _copy(empty: Path, instance: Path) -> Path:
    instance.mkdir()
    for each in ("wdj.db", "secret_key"):
        shutil.copy(empty / each, instance / each)
    return instance


def fill(instance: Path, count: int) -> None:
    """Add `count` published posts and their placements; the same ones each time."""
    shown = _shown(instance)
    connection = sqlite3.connect(instance / "wdj.db", isolation_level=None)
    for pragma in ("synchronous=OFF", "cache_size=-200000", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    # Indexes are made afterwards: sorting once is many times faster than a million places in a tree.
    names = "tbl_name IN ('items', 'placements') AND type = 'index' AND sql IS NOT NULL"
    indexes = connection.execute(f"SELECT name, sql FROM sqlite_master WHERE {names}").fetchall()
    connection.execute("BEGIN")
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    _write(connection, shown, count)
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _shown(instance: Path) -> list[tuple[str, int, list[int]]]:
    """(kind, id, ids of the pages that show what it publishes) of every org that writes here, by the real rule."""
    app = create_app(site_environ(instance))
    with app.app_context():
        orgs = db.session.query(Org).filter(Org.kind.in_(("department", "town", "village"))).order_by(Org.id)
        found = [(org.kind, org.id, pages_for(org)) for org in orgs]
        db.session.remove()
        db.engine.dispose()
    app.extensions["freshness"].close()
    return found


def _write(connection: sqlite3.Connection, shown: list[tuple[str, int, list[int]]], count: int) -> None:
    connection.execute("CREATE TEMP TABLE writers (kind, number, many, org_id, PRIMARY KEY (kind, number))")
    connection.execute("CREATE TEMP TABLE shows (org_id, page_id)")
    for wanted in ("department", "town", "village"):
        ids = [org_id for kind, org_id, _ in shown if kind == wanted]
        rows = [(wanted, number, len(ids), org_id) for number, org_id in enumerate(ids)]
        connection.executemany("INSERT INTO writers VALUES (?, ?, ?, ?)", rows)
    pairs = [(org_id, page_id) for _, org_id, pages in shown for page_id in pages]
    connection.executemany("INSERT INTO shows VALUES (?, ?)", pairs)
    connection.execute(ITEMS, {"count": count, "title": "花椒受冻之后该怎么管", "text": TEXT, "first": FIRST})
    connection.execute("INSERT INTO posts (id) SELECT id FROM items")
    connection.execute("CREATE INDEX by_org_now ON items (org_id, id, kind, published_at)")
    connection.execute(PLACEMENTS, {"list": NEWS})
    connection.execute("DROP INDEX by_org_now")


def _pages(sites: list[Path]) -> Iterator[tuple[str, list[str]]]:
    """(name, its path in each site): the deep page begins in the middle of the list."""
    village = _one(sites[0], "SELECT id FROM orgs WHERE kind = 'village' ORDER BY id LIMIT 1")
    middles = []
    for instance in sites:
        half = _one(instance, f"SELECT count(*) FROM placements WHERE org_id = {village}") // 2
        rows = f"FROM placements WHERE org_id = {village} ORDER BY placed_at DESC, item_id DESC LIMIT 1 OFFSET {half}"
        stamp = _one(instance, f"SELECT strftime('%s', placed_at) || '000000-' || item_id {rows}")
        assert read_mark(stamp), stamp
        middles.append(f"/orgs/{village}?before={stamp}")
    yield "county's home", ["/", "/"]
    yield "village page", [f"/orgs/{village}"] * 2
    yield "village page, half way down", middles
    yield "one column", ["/?kind=policy"] * 2


def _one(instance: Path, query: str) -> Any:
    connection = sqlite3.connect(instance / "wdj.db")
    found = connection.execute(query).fetchone()[0]
    connection.close()
    return found


def _cold(server: Server, instance: Path, path: str, requests: int) -> float:
    """CPU µs per answer where every request meets an empty memory."""
    change = client.changer(f"sqlite:///{instance}/wdj.db", 1)
    connection, data = client.Connection(server.port), client.request(path)
    before = server.cpu()
    for number in range(requests):
        change(number)
        connection.send(data)
        head, body = connection.receive()
        assert head.startswith(b"HTTP/1.1 200"), head
        assert body
    return (server.cpu() - before) / requests * 1e6
