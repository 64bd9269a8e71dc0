"""Letters: board, thread and desk over 1,000 and 100,000 of them, and in the larger county search and what is similar.

The 1,000 newest are the same in both, with all their states; the rest are those of earlier years, all put away. So the
desk has the same work, and what it costs must not grow with what lies behind it.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import Column, Date, text

from bench import client
from bench.items import ROUNDS
from bench.run import VILLAGE, first, log_in
from bench.servers import Server, prepare, seconds, serving, site_environ
from wdj import create_app
from wdj.core import search
from wdj.core.clock import zone
from wdj.core.db import Model, UtcDateTime, db
from wdj.modules.letters.models import BOARD
from wdj.modules.letters.sample_filing import file
from wdj.modules.letters.sample_years import likes_of, plan
from wdj.modules.letters.similar import similar_to

NEWEST, OLDER = 1_000, 4_000
END, BEFORE = datetime(2026, 4, 18, tzinfo=zone()), datetime(2025, 4, 10, tzinfo=zone())
WORDS = ("花椒", "停水", "低保", "路灯", "沙江寺", "补贴", "霜", "养老金", "野猪", "烘干机", "便道", "不亮")
# What is copied for each letter of earlier years, with the column that holds its id.
HANGS_ON = {"placements": "item_id", "deadlines": "item_id", "letter_messages": "letter_id", "events": "item_id"}


@dataclass(frozen=True)
class Site:
    """A county with letters: its folder, and its database on a server; None: SQLite in the folder."""

    folder: Path
    database: str | None = None

    @property
    def url(self) -> str:
        return self.database or f"sqlite:///{self.folder}/wdj.db"

    @property
    def environ(self) -> dict[str, str]:
        return site_environ(self.folder, self.database)

    def one(self, query: str) -> int:
        """The number that the query finds first."""
        connection, _ = client.connect(self.url)
        found = first(connection, query)
        connection.close()
        return found

    def backends(self) -> dict[int, float]:
        """Seconds of processor time of each process of the database server that works for this site."""
        if not self.database:
            return {}
        connection, _ = client.connect(self.url)
        found = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()").fetchall()
        connection.close()
        return {pid: seconds(pid) for (pid,) in found if Path(f"/proc/{pid}").exists()}


def compare(few: Site, many: Site, count: int, requests: int) -> Iterator[tuple[str, float, float]]:
    """(page, CPU µs with few letters, with many), each request after a commit that emptied the memory.

    What the database's own processes use is counted too, where they run on this machine.
    """
    sites = [few, many]
    for site, letters in zip(sites, (NEWEST, count), strict=True):
        prepare(site.environ)
        fill(site, letters)
    with ExitStack() as stack:
        servers = [stack.enter_context(serving("wsgi:app", each.environ)) for each in sites]
        cookies = [log_in(each.port) for each in servers]
        for name, paths, signed_in in _pages(sites):
            best = [float("inf"), float("inf")]
            headers = [{"Cookie": each} if signed_in else {} for each in cookies]
            asked = [client.request(path, **more) for path, more in zip(paths, headers, strict=True)]
            for _ in range(ROUNDS):
                for which, (server, site) in enumerate(zip(servers, sites, strict=True)):
                    best[which] = min(best[which], _cold(server, site, asked[which], requests // ROUNDS))
            yield name, best[0], best[1]


def _pages(sites: list[Site]) -> Iterator[tuple[str, list[str], bool]]:
    """(name, its path in each site, whether a clerk asks for it)."""
    village = sites[0].one(f"SELECT id FROM orgs WHERE short_name = '{VILLAGE}'")
    newest = f"SELECT max(item_id) FROM placements WHERE list = '{BOARD}' AND org_id = {village}"
    letters = [f"/letters/{each.one(newest)}" for each in sites]
    yield "board", ["/letters"] * 2, False
    yield "board of a village", [f"/letters?org={village}"] * 2, False
    yield "a letter and its answer", letters, False
    yield "a letter, its clerk", letters, True
    yield "desk", ["/desk"] * 2, True


def _cold(server: Server, site: Site, data: bytes, requests: int) -> float:
    """CPU µs per answer where every request meets an empty memory."""
    change = client.changer(site.url, 1)
    connection = client.Connection(server.port)
    behind, before = site.backends(), server.cpu()
    for number in range(requests):
        change(number)
        connection.send(data)
        head, body = connection.receive()
        assert head.startswith(b"HTTP/1.1 200"), head
        assert body
    own = server.cpu() - before
    return (own + _since(behind, site.backends())) / requests * 1e6


def _since(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """The seconds that those who are still there have used."""
    return sum(after[pid] - used for pid, used in before.items() if pid in after)


@contextmanager
def opened(site: Site) -> Iterator[Flask]:
    """The site, asked from within."""
    app = create_app(site.environ)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    app.extensions["freshness"].close()


def fill(site: Site, count: int) -> None:
    """Add letters to the sample county until `count` of the bench's own lie there; the same ones each time."""
    with opened(site):
        chance = Random(610330)
        lives = plan(chance, END, NEWEST)
        if count > NEWEST:
            older = plan(Random(7), BEFORE, OLDER)
            file(older, chance, [likes_of(life, chance) for life in older])
            _put_away([life.id for life in older])
            _copy(min(life.id for life in older), OLDER, count - NEWEST - OLDER)
        file(lives, chance, [likes_of(life, chance) for life in lives])
        search.rebuild(db.session.connection())
        db.session.execute(text("ANALYZE" if site.database else "SELECT 1"))
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
    own_key = table in ("letter_messages", "events")
    columns = [each for each in Model.metadata.tables[table].columns if not (own_key and each.name == "id")]
    made = ", ".join(_made(each, column, number) for each in columns)
    names = ", ".join(each.name for each in columns)
    db.session.execute(text(f"INSERT INTO {table} ({names}) SELECT {made} FROM {table} WHERE {column} {only}"))
    if table == "items" and db.engine.dialect.name == "postgresql":
        db.session.execute(text("SELECT setval(pg_get_serial_sequence('items', 'id'), (SELECT max(id) FROM items))"))


def _made(column: Column[Any], key: str, number: int) -> str:
    """What stands in that column of a copy: a number of its own, and times of an earlier year."""
    name, days = column.name, number * 40
    if name == key:
        return f"{name} + {number * OLDER}"
    if name == "merged_into_id":
        return "NULL"
    if not isinstance(column.type, Date | UtcDateTime):
        return name
    if db.engine.dialect.name == "postgresql":
        return f"{name} - {days}" if isinstance(column.type, Date) else f"{name} - interval '{days} days'"
    shape = "%Y-%m-%d" if isinstance(column.type, Date) else "%Y-%m-%d %H:%M:%S.000000"
    return f"strftime('{shape}', {name}, '-{days} days')"


def found_within(site: Site) -> Iterator[tuple[str, list[float]]]:
    """(what is asked, milliseconds of each time), among many letters."""
    # What a database server does is no processor time of ours.
    clock = time.perf_counter if site.database else time.process_time
    with opened(site):
        letters = db.session.execute(
            text("SELECT text FROM items WHERE type = 'letter' AND is_public ORDER BY id DESC LIMIT 200")
        ).scalars()
        told = letters.all()[::4]
        similar_to(told[0], None)
        for name, asked, ask in (
            ("search, newest 20", WORDS, lambda word: search.found([word], None, None, 20)),
            ("similar letters", told, lambda words: similar_to(words, None)),
        ):
            yield name, [_timed(clock, lambda ask=ask, each=each: ask(each)) for each in asked]


def _timed(clock: Callable[[], float], work: Callable[[], object]) -> float:
    """Milliseconds by that clock, the best of three."""
    times = []
    for _ in range(3):
        begun = clock()
        work()
        times.append((clock() - begun) * 1000)
    return min(times)
