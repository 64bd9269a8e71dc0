"""Letters: board, thread and desk over 1,000 and 100,000 of them, and in the larger county search and what is similar.

The 1,000 newest are the same in both, with all their states; the rest are those of earlier years, all put away. So the
desk has the same work, and what it costs must not grow with what lies behind it.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from random import Random

from flask import Flask
from sqlalchemy import text

from bench import client
from bench.items import ROUNDS
from bench.run import VILLAGE, log_in
from bench.servers import Server, prepare, serving, site_environ
from wdj import create_app
from wdj.core import search
from wdj.core.clock import zone
from wdj.core.db import db
from wdj.modules.letters.models import BOARD
from wdj.modules.letters.sample_filing import file
from wdj.modules.letters.sample_years import likes_of, plan
from wdj.modules.letters.similar import similar_to

NEWEST, OLDER = 1_000, 4_000
END, BEFORE = datetime(2026, 4, 18, tzinfo=zone()), datetime(2025, 4, 10, tzinfo=zone())
WORDS = ("花椒", "停水", "低保", "路灯", "沙江寺", "补贴", "霜", "养老金", "野猪", "烘干机", "便道", "不亮")
# What is copied for each letter of earlier years, with the column that holds its id.
HANGS_ON = {"placements": "item_id", "deadlines": "item_id", "letter_messages": "letter_id", "events": "item_id"}


def compare(folder: Path, many: int, requests: int) -> Iterator[tuple[str, float, float]]:
    """(page, CPU µs with few letters, with many), each request after a commit that emptied the memory."""
    sites = [folder / "few", folder / "many"]
    for instance, count in zip(sites, (NEWEST, many), strict=True):
        prepare(site_environ(instance))
        fill(instance, count)
    with ExitStack() as stack:
        servers = [stack.enter_context(serving("wsgi:app", site_environ(each))) for each in sites]
        cookies = [log_in(each.port) for each in servers]
        for name, paths, signed_in in _pages(sites):
            best = [float("inf"), float("inf")]
            headers = [{"Cookie": each} if signed_in else {} for each in cookies]
            asked = [client.request(path, **more) for path, more in zip(paths, headers, strict=True)]
            for _ in range(ROUNDS):
                for which, (server, instance) in enumerate(zip(servers, sites, strict=True)):
                    best[which] = min(best[which], _cold(server, instance, asked[which], requests // ROUNDS))
            yield name, best[0], best[1]


def _pages(sites: list[Path]) -> Iterator[tuple[str, list[str], bool]]:
    """(name, its path in each site, whether a clerk asks for it)."""
    village = _one(sites[0], f"SELECT id FROM orgs WHERE short_name = '{VILLAGE}'")
    newest = f"SELECT max(item_id) FROM placements WHERE list = '{BOARD}' AND org_id = {village}"
    letters = [f"/letters/{_one(each, newest)}" for each in sites]
    yield "board", ["/letters"] * 2, False
    yield "board of a village", [f"/letters?org={village}"] * 2, False
    yield "a letter and its answer", letters, False
    yield "a letter, its clerk", letters, True
    yield "desk", ["/desk"] * 2, True


def _one(instance: Path, query: str) -> int:
    connection = sqlite3.connect(instance / "wdj.db")
    found = connection.execute(query).fetchone()[0]
    connection.close()
    return int(found)


def _cold(server: Server, instance: Path, data: bytes, requests: int) -> float:
    """CPU µs per answer where every request meets an empty memory."""
    change = client.changer(f"sqlite:///{instance}/wdj.db", 1)
    connection = client.Connection(server.port)
    before = server.cpu()
    for number in range(requests):
        change(number)
        connection.send(data)
        head, body = connection.receive()
        assert head.startswith(b"HTTP/1.1 200"), head
        assert body
    return (server.cpu() - before) / requests * 1e6


@contextmanager
def opened(instance: Path) -> Iterator[Flask]:
    """The site of that folder, asked from within."""
    app = create_app(site_environ(instance))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    app.extensions["freshness"].close()


def fill(instance: Path, count: int) -> None:
    """Add letters to the sample county until `count` of the bench's own lie there; the same ones each time."""
    with opened(instance):
        chance = Random(610330)
        lives = plan(chance, END, NEWEST)
        if count > NEWEST:
            older = plan(Random(7), BEFORE, OLDER)
            file(older, chance, [likes_of(life, chance) for life in older])
            _put_away([life.id for life in older])
            _copy(min(life.id for life in older), OLDER, count - NEWEST - OLDER)
        file(lives, chance, [likes_of(life, chance) for life in lives])
        search.rebuild(db.session.connection())
        db.session.commit()


def _put_away(ids: list[int]) -> None:
    first, last = min(ids), max(ids)
    db.session.execute(text(f"UPDATE items SET state = 'archived', due_at = NULL WHERE id BETWEEN {first} AND {last}"))
    stopped = "UPDATE deadlines SET stopped_on = coalesce(stopped_on, due_on, started_on), told = 0"
    db.session.execute(text(f"{stopped} WHERE item_id BETWEEN {first} AND {last}"))
    db.session.execute(text("DELETE FROM jobs WHERE name = 'letters.close'"))


def _copy(first: int, size: int, missing: int) -> None:
    """Add that many letters more: those from `first` on again and again, a year older each time."""
    for number in range(1, -(-missing // size) + 1):
        only = f"BETWEEN {first} AND {first + min(size, missing - (number - 1) * size) - 1}"
        _copy_table("items", "id", only, number)
        _copy_table("letters", "id", only, number)
        for table, column in HANGS_ON.items():
            _copy_table(table, column, only, number)


def _copy_table(table: str, column: str, only: str, number: int) -> None:
    rows = db.session.execute(text(f"PRAGMA table_info({table})")).all()
    own_key = table in ("letter_messages", "events")
    names = [row[1] for row in rows if not (own_key and row[1] == "id")]
    made = ", ".join(_made(name, column, number) for name in names)
    db.session.execute(
        text(f"INSERT INTO {table} ({', '.join(names)}) SELECT {made} FROM {table} WHERE {column} {only}")
    )


def _made(name: str, column: str, number: int) -> str:
    if name == column:
        return f"{name} + {number * OLDER}"
    if name == "merged_into_id":
        return "NULL"
    if name.endswith("_at") or name == "at":
        return f"strftime('%Y-%m-%d %H:%M:%S.000000', {name}, '-{number * 40} days')"
    return name


def found_within(instance: Path) -> Iterator[tuple[str, list[float]]]:
    """(what is asked, milliseconds of each time), among many letters."""
    with opened(instance):
        letters = db.session.execute(
            text("SELECT text FROM items WHERE type = 'letter' AND is_public ORDER BY id DESC LIMIT 200")
        ).scalars()
        told = letters.all()[::4]
        similar_to(told[0], None)
        yield "search, newest 20", [_timed(lambda word=word: search.found([word], None, None, 20)) for word in WORDS]
        yield "similar letters", [_timed(lambda words=words: similar_to(words, None)) for words in told]


def _timed(work: Callable[[], object]) -> float:
    """Milliseconds of processor time, the best of three."""
    times = []
    for _ in range(3):
        begun = time.process_time()
        work()
        times.append((time.process_time() - begun) * 1000)
    return min(times)
