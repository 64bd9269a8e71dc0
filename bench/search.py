"""Search over 100,000 posts: is every word found, nothing else, how soon, and what does the index weigh?

The posts are made of the sample's sentences and of new ones, in which each character follows another as it does there
or, one time in fifteen, by chance: so words of any rarity occur. What is found is compared with the texts themselves.
"""

import re
import time
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import text

from bench.items import FIRST, found_county
from bench.servers import ROOT, site_environ
from wdj import create_app
from wdj.core import search
from wdj.core.db import db

PAGE, ROUNDS, WORDS = 20, 5, 60
ITEMS = """
INSERT INTO items (id, type, kind, org_id, state, version, is_public, title, text, public_title, public_text,
                   created_at, published_at, like_count, comment_count)
VALUES (:id, 'post', 'news', (SELECT min(id) FROM orgs), 'published', 1, true, :title, :text, :title, :text,
        :at, :at, 0, 0)"""


@dataclass
class Found:
    """Of all words of one length: what was found rightly, wrongly, not; and the time of a page of each."""

    length: int
    right: int = 0
    wrong: int = 0
    missed: int = 0
    milliseconds: tuple[float, ...] = ()

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed)

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong)


def sentences(chance: Random) -> list[str]:
    """Those of the sample, and five thousand that were never written."""
    sample = (ROOT / "wdj/data/sample/posts.toml").read_text(encoding="utf-8")
    known = [each for words in _strings(tomllib.loads(sample)) for each in re.findall(r"[^。\n]{4,}[。]?", words)]
    follows = defaultdict(list)
    whole = "".join(known)
    for first, second in pairwise(whole):
        follows[first].append(second)
    made = []
    for _ in range(5_000):
        run = [chance.choice(whole)]
        for _ in range(chance.randrange(8, 40)):
            run.append(chance.choice(whole if chance.random() < 1 / 15 else follows[run[-1]] or whole))
        made.append("".join(run) + "。")
    return known + made


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)


def texts(count: int) -> list[str]:
    """`count` texts of some 250 characters; the same ones each time."""
    chance = Random(85)
    pool = sentences(chance)
    return ["".join(chance.choices(pool, k=chance.randrange(5, 18))) for _ in range(count)]


@contextmanager
def filled(folder: Path, written: list[str], database: str | None = None) -> Iterator[tuple[Flask, float, float]]:
    """A site with these posts; what its index weighs against their text, and the seconds that it took to make."""
    found_county(folder, database)
    app = create_app(site_environ(folder, database))
    with app.app_context():
        connection = db.session.connection()
        for start in range(0, len(written), 5_000):
            rows = [_item(start + each, words) for each, words in enumerate(written[start : start + 5_000])]
            connection.execute(text(ITEMS), rows)
        db.session.commit()
        before, begun = _bytes(), time.perf_counter()
        search.rebuild(db.session.connection())
        db.session.commit()
        seconds = time.perf_counter() - begun
        weight = (_bytes() - before) / sum(len(each.encode()) for each in written)
        if database:
            db.session.execute(text("ANALYZE"))
            db.session.commit()
        yield app, weight, seconds
        db.session.remove()
        db.engine.dispose()
    app.extensions["freshness"].close()


def _item(number: int, words: str) -> dict[str, Any]:
    at = time.strftime("%Y-%m-%d %H:%M:%S.000000", time.gmtime(FIRST + number * 40))
    return {"id": number + 1, "title": "", "text": words, "at": at}


def _bytes() -> int:
    """What the whole database weighs on the disk."""
    if db.engine.dialect.name == "postgresql":
        return int(db.session.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    names = ("page_count", "freelist_count", "page_size")
    pages, free, size = (db.session.execute(text(f"PRAGMA {each}")).scalar_one() for each in names)
    return int((pages - free) * size)


def ask(written: list[str], length: int) -> Found:
    """Ask for words of this length, those that occur and those put together by chance."""
    chance, asked = Random(length), set()
    while len(asked) < WORDS:
        words = chance.choice(written)
        start = chance.randrange(len(words) - length)
        word = words[start : start + length] if chance.random() < 0.7 else "".join(chance.sample(words, length))
        asked |= {word} if word.isalnum() else set()
    found = Found(length)
    plain_texts = [_as_read(words) for words in written]
    for word in sorted(asked):
        plain = _as_read(word)
        held = {number + 1 for number, words in enumerate(plain_texts) if plain in words}
        got = {item for _, item in search.found(search.words_of(word), None, None, len(written))}
        found.right, found.wrong = found.right + len(got & held), found.wrong + len(got - held)
        found.missed += len(held - got)
        newest = [item for _, item in _page(word)]
        found.wrong += newest != sorted(held, reverse=True)[:PAGE]
        found.milliseconds += (min(_timed(word) for _ in range(ROUNDS)),)
    return found


def _as_read(words: str) -> str:
    """How a reader takes it: wide and small forms, capitals and lower case are the same."""
    return unicodedata.normalize("NFKC", words).casefold()


def _page(word: str) -> list[Any]:
    return search.found(search.words_of(word), None, None, PAGE)


def _timed(word: str) -> float:
    begun = time.perf_counter()
    _page(word)
    return (time.perf_counter() - begun) * 1000
