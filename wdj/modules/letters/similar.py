"""Letters that tell of the same trouble: those that share rare pairs of characters, or other words for one matter.

How often a pair occurs is counted in the newest letters, and remembered by each process. The index is asked for the
rarest pairs alone, as many as it can answer at once; what it finds is weighed here.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping
from functools import cache
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
from wdj.core.people import Me
from wdj.modules.letters.models import Letter, State

MATTERS = ROOT / "wdj" / "data" / "matters.toml"
COUNTED, COUNT_AGAIN = 2000, 3600  # so many letters are counted; after so many seconds anew
REACHED, ASKED = 3000, 16  # pairs are asked for that stand in about so many letters, and no more pairs than that
CANDIDATES = 150
ENOUGH = 0.2
SURE = 0.3  # of the labelled pairs 84 % are found by it, and nothing else
COMMON = 0.2  # what stands in more letters than that says nothing
MATTER = 3.0  # what a matter weighs against a pair as rare
GONE = (State.withdrawn, State.merged)
"""What leads to no answer of its own."""


class Counts(NamedTuple):
    """In how many of `letters` letters each token stands, as of the letter `newest`, at `made_at`."""

    letters: int
    newest: int
    made_at: float
    held: Counter[str]

    def weight(self, token: str) -> float:
        """What it says of a text to hold this token: much for a rare one, nothing for a common one."""
        share = (self.held[token] + 0.5) / (self.letters + 1)
        return 0.0 if share > COMMON and self.letters > 20 else log(1 + 1 / share) * (MATTER if token[0] == "#" else 1)

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
    likeness = [(asked.likeness(Weighed.of(words, counts)), item_id) for item_id, words in found if item_id != but]
    return [item_id for like, item_id in sorted(likeness, reverse=True)[:most] if like >= ENOUGH]


def alike(words: Mapping[int, str]) -> set[int]:
    """The ids of those texts of one list that tell of the same as another one there."""
    counts = _counts()
    weighed = [(item_id, Weighed.of(search.normal(text), counts)) for item_id, text in words.items()]
    near = ((one, other) for (one, x), (other, y) in combinations(weighed, 2) if x.likeness(y) >= SURE)
    return {item_id for pair in near for item_id in pair}


class Weighed(NamedTuple):
    """The tokens of a text with what each says, and the length of that vector."""

    tokens: dict[str, float]
    length: float

    @classmethod
    def of(cls, words: str, counts: Counts) -> "Weighed":
        weights = {token: weight for token in tokens(words) if (weight := counts.weight(token))}
        return cls(weights, sqrt(sum(weight * weight for weight in weights.values())))

    def likeness(self, other: "Weighed") -> float:
        """From 0 to 1: the cosine between them."""
        if not self.length or not other.length:
            return 0.0
        shared = self.tokens.keys() & other.tokens.keys()
        return sum(self.tokens[token] ** 2 for token in shared) / (self.length * other.length)


def tokens(words: str) -> set[str]:
    """The pairs of neighbours of normal words, and the matters that they speak of, each as #n."""
    pairs = {first + second for first, second in pairwise(words) if " " not in (first, second)}
    return pairs | {f"#{number}" for number, names in _matters() if any(name in words for name in names)}


@cache
def _matters() -> list[tuple[int, list[str]]]:
    """(number, its words) of every matter."""
    return list(enumerate(tomllib.loads(MATTERS.read_text(encoding="utf-8"))["matters"]))


def _to_ask(asked: Weighed, counts: Counts) -> list[str]:
    """The pairs by which the index finds candidates: the rarest of the text, and other words for its matters."""
    said = {token for token in asked.tokens if token[0] != "#"}
    others = {name[:2] for number, names in _matters() if f"#{number}" in asked.tokens for name in names}
    letters, reached = max(counts.newest, 1), 0.0
    pairs: list[str] = []
    for pair in sorted(said | others, key=lambda one: (counts.held[one], one)):
        reached += counts.expected(pair, letters)
        if len(pairs) >= ASKED or (pairs and reached > REACHED):
            break
        pairs.append(pair)
    return pairs


def _counts() -> Counts:
    """How often tokens occur, counted anew after an hour or once there are many more letters."""
    newest = db.session.scalar(select(func.max(Letter.id))) or 0
    known: Counts | None = current_app.extensions.get("letter tokens")
    if known is None or newest > known.newest * 1.25 + 20 or monotonic() > known.made_at + COUNT_AGAIN:
        known = current_app.extensions["letter tokens"] = _count(newest)
    return known


def _count(newest: int) -> Counts:
    texts = search.texts_of(Letter, COUNTED)
    return Counts(len(texts), newest, monotonic(), Counter(token for words in texts for token in tokens(words)))
