"""Letters that tell of the same trouble: those that share rare pairs of characters, or other words for one matter.

How often a pair occurs is counted in the newest letters, and remembered by each process. The index is asked for the
rarest pairs alone, as many as it can answer at once; what it finds is weighed here.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from functools import cache
from heapq import nlargest
from itertools import combinations, pairwise
from math import log, sqrt
from time import monotonic
from typing import NamedTuple

from flask import current_app
from sqlalchemy import func, select

from wdj.config import ROOT
from wdj.core import search
from wdj.core.db import db
from wdj.core.items import Item
from wdj.core.orgs import Kind, Org
from wdj.core.people import Me
from wdj.modules.letters.models import Letter, State

MATTERS = ROOT / "wdj" / "data" / "matters.toml"
COUNTED, COUNT_AGAIN = 2000, 3600  # so many letters are counted; after so many seconds anew
REACHED, ASKED = 4000, 32  # terms are asked for that stand in about so many letters, and no more terms than that
CANDIDATES, WEIGHED = 200, 15  # so many are found, and so many of them compared in full
ENOUGH, WITHOUT = 0.18, 0.22  # how alike two letters must be that are about one thing, and without one
SURE = 0.3  # of the labelled pairs 84 % are found by it, and nothing else
COMMON, FEW = 0.25, 20  # what stands in more letters than that says nothing, once there are more than a few
MATTER, TROUBLE, LOOSE = 3.0, 1.0, 0.5  # what these weigh, and a pair that seldom is a word, against another pair
GONE = (State.withdrawn, State.merged)
"""What leads to no answer of its own."""


class Counts(NamedTuple):
    """In how many of `letters` letters each token stands, as of the letter `newest`, at `made_at`."""

    letters: int
    newest: int
    made_at: float
    held: Counter[str]
    places: list[str]
    """Names of where people live: many letters share them that share nothing else."""

    def weight(self, token: str) -> float:
        """What it says of a text to hold this token: much for a rare one, nothing for a common one."""
        share = (self.held[token] + 0.5) / (self.letters + 1)
        if share > COMMON and self.letters > FEW:
            return 0.0
        return log(1 + 1 / share) * _factor(token)

    def expected(self, pair: str, letters: int) -> float:
        """In how many of so many letters the pair may stand."""
        return (self.held[pair] + 0.5) / (self.letters + 1) * letters


def similar_to(text: str, me: Me | None, *, most: int = 3, but: int | None = None) -> list[int]:
    """Ids of the letters that `me` may see and that tell of what `text` does, the likest first.

    `but` is left out: the letter itself.
    """
    counts = _counts()
    asked = Weighed.of(search.normal(text), counts)
    pairs = _to_ask(asked, counts)
    found = search.holding(pairs, Letter, me, CANDIDATES, Item.state.not_in(GONE)) if pairs else []
    near = nlargest(WEIGHED, (each for each in found if each[0] != but), key=lambda one: asked.held_by(one[1]))
    likeness = [(asked.likeness(Weighed.of(words, counts)), item_id) for item_id, words in near]
    return [item_id for like, item_id in nlargest(most, likeness) if like]


def alike(words: Mapping[int, str]) -> set[int]:
    """The ids of those texts of one list that tell of the same as another one there."""
    counts = current_app.extensions.get("letter tokens") or _counts()
    weighed = [(item_id, Weighed.of(search.normal(text), counts)) for item_id, text in words.items()]
    near = ((one, other) for (one, x), (other, y) in combinations(weighed, 2) if x.likeness(y) >= SURE)
    return {item_id for pair in near for item_id in pair}


class Weighed(NamedTuple):
    """The tokens of a text with what each says, and what they say together."""

    tokens: dict[str, float]
    whole: float

    @classmethod
    def of(cls, words: str, counts: Counts) -> "Weighed":
        said = tokens(_bare(words, counts.places))
        weights = {token: weight for token in said if (weight := counts.weight(token))}
        return cls(weights, sum(weights.values()))

    def held_by(self, words: str) -> float:
        """How much of it those words hold, for their length: soon said, of many."""
        patterns = _words().patterns
        held = 0.0
        for token, weight in self.tokens.items():
            if token in words or (token[0] == "#" and patterns[int(token[1:])].search(words)):
                held += weight
        return held / sqrt(len(words) + 1)

    def likeness(self, other: "Weighed") -> float:
        """From 0 to 1: how much of both is the same; 0 for what is too little to show."""
        shared = self.tokens.keys() & other.tokens.keys()
        if not shared:
            return 0.0
        like = sum(self.tokens[token] for token in shared) / sqrt(self.whole * other.whole)
        return like if like >= (ENOUGH if any(map(_is_thing, shared)) else WITHOUT) else 0.0


def _factor(token: str) -> float:
    """How much a token weighs against a pair as rare."""
    if token[0] == "#":
        return MATTER if _is_thing(token) else TROUBLE
    return LOOSE if _is_loose(token) else 1


def _is_thing(token: str) -> bool:
    """True for a matter that is no trouble."""
    return token[0] == "#" and int(token[1:]) < _words().things


def _is_loose(token: str) -> bool:
    """True for a pair that holds a character which says nothing: it seldom is a word."""
    return len(token) == 2 and not _words().empty.isdisjoint(token)


def courtesy() -> list[str]:
    """What is said in any letter."""
    return _words().courtesy


def names_with(pair: str) -> list[str]:
    """The words for things that hold this pair."""
    return [name for name, matters in _words().matters_of.items() if pair in name and any(map(_is_thing, matters))]


def _bare(words: str, places: list[str]) -> str:
    """What is left of normal words without the names of places and without what is said in any letter."""
    for said in (*places, *_words().courtesy):
        words = words.replace(said, " ")
    return words


def tokens(words: str) -> set[str]:
    """The characters of normal words that say something, the pairs of neighbours, and the matters, each as #n."""
    pairs = {first + second for first, second in pairwise(words) if " " not in (first, second)}
    known = _words()
    found = {*pairs, *(set(words) - known.empty)}
    for place, first in enumerate(words):
        for name in known.names.get(first, ()):
            if words.startswith(name, place):
                found.update(known.matters_of[name])
    return found


class Words(NamedTuple):
    """What matters.toml says; a matter has its number, as a token #n."""

    empty: frozenset[str]
    courtesy: list[str]
    things: int
    """So many of the matters are things, the others troubles."""
    matters: list[list[str]]
    matters_of: dict[str, list[str]]
    names: dict[str, list[str]]
    """Their words by the character that each begins with."""
    patterns: list[re.Pattern[str]]


@cache
def _words() -> Words:
    read = tomllib.loads(MATTERS.read_text(encoding="utf-8"))
    matters: list[list[str]] = read["matters"] + read["troubles"]
    matters_of: dict[str, list[str]] = {}
    for number, one in enumerate(matters):
        for name in one:
            matters_of.setdefault(name, []).append(f"#{number}")
    names: dict[str, list[str]] = {}
    for name in matters_of:
        names.setdefault(name[0], []).append(name)
    patterns = [re.compile("|".join(one)) for one in matters]
    return Words(
        frozenset(read["empty"] + " "), read["courtesy"], len(read["matters"]), matters, matters_of, names, patterns
    )


def _to_ask(asked: Weighed, counts: Counts) -> list[str]:
    """The pairs by which the index finds candidates: other words for its matters, and the rarest of the text.

    What no counted letter holds comes last.
    """
    said = {token for token in asked.tokens if token[0] != "#"}
    others = {name[:2] for token in asked.tokens if token[0] == "#" for name in _words().matters[int(token[1:])]}
    letters, reached = max(counts.newest, 1), 0.0
    pairs: list[str] = []
    for pair in sorted(said | others, key=lambda one: (not counts.held[one], _is_loose(one), counts.held[one], one)):
        reached += counts.expected(pair, letters)
        if len(pairs) >= ASKED or (pairs and reached > REACHED):
            break
        pairs.append(pair)
    return pairs


def _counts() -> Counts:
    """How often tokens occur, counted anew after an hour or once there are many more letters."""
    newest = db.session.scalar(select(func.max(Letter.__table__.c.id)).limit(1)) or 0  # of one table: no scan
    known: Counts | None = current_app.extensions.get("letter tokens")
    if known is None or newest > known.newest * 1.25 + 20 or monotonic() > known.made_at + COUNT_AGAIN:
        known = current_app.extensions["letter tokens"] = _count(newest)
    return known


def _count(newest: int) -> Counts:
    places = _places()
    texts = [_bare(words, places) for words in search.texts_of(Letter, COUNTED)]
    held = Counter(token for words in texts for token in tokens(words))
    return Counts(len(texts), newest, monotonic(), held, places)


def _places() -> list[str]:
    """The names of villages and towns, the longest first, with 镇 and 村, and without where that is no word itself."""
    names = db.session.scalars(select(Org.short_name).where(Org.kind.in_([Kind.village, Kind.town]))).all()
    short = {full[:-1] for full in names if not any(full[:-1] in word for word in _words().matters_of)}
    return sorted((name for name in {*names, *short} if len(name) > 1), key=len, reverse=True)
