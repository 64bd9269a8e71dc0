"""Finds words of present danger, so that whoever writes is told which number to call at once. It stops no letter.

First the words of wdj/data/danger.toml are looked for. What they miss is held against the labelled sentences of
wdj/data/danger-sentences.txt: a sentence whose characters stand more in those of danger than in the others tells of
danger too. Recall matters more here than precision: a number too many does no harm.
"""

import re
import tomllib
import unicodedata
from collections import Counter
from functools import cache
from itertools import pairwise
from math import log, sqrt
from typing import NamedTuple

from wdj.config import ROOT

WORDS = ROOT / "wdj" / "data" / "danger.toml"
SENTENCES = ROOT / "wdj" / "data" / "danger-sentences.txt"

# What is said above the form, and its large buttons: the number that each calls, and what stands on it. First stands
# what can wait the least.
NUMBERS = {
    "poison": ("吃错了药、煤气中毒，先打 120。", {"120": "打 120，叫救护车"}),
    "injury": ("人伤了、人不对劲，先打 120。", {"120": "打 120，叫救护车"}),
    "fire": ("着火、漏气，先离开屋子，再打 119。", {"119": "打 119，叫消防"}),
    "rescue": ("有人被困、落水，房要倒、线断了，别靠近，先打 119。", {"119": "打 119，叫消防"}),
    "life": ("您先别急。身边有人就叫一声。", {"110": "打 110，马上有人来", "12356": "打 12356，有人听您说"}),
    "crime": ("有人要伤人、抢东西、骗钱，先打 110。", {"110": "打 110，报警"}),
    "missing": ("人找不见了，先打 110，再叫乡亲。", {"110": "打 110，报警"}),
    "unsure": (
        "听着像有危险，先打电话。",
        {"120": "人不好了打 120", "119": "着火、被困打 119", "110": "有人要害您打 110"},
    ),
}

# What is said, and the numbers to call with what stands on their buttons.
Advice = tuple[str, dict[str, str]]

ALARM = 0.5  # what a sentence must speak for danger, for its length

_SENTENCE = re.compile(r"[。！？!?；;\n]+")
_CLAUSE = re.compile(r"[，,、：:]+")
_BETWEEN = re.compile(r"[\W_]+")


def danger_in(text: str) -> str:
    """The most urgent danger that the words tell of as happening now, a key of NUMBERS; empty for none."""
    return next(iter(dangers_in(text)), "")


def dangers_in(text: str) -> list[str]:
    """All kinds of it, the most urgent first; `unsure` alone where it is of no kind that is known."""
    sentences = _SENTENCE.split(unicodedata.normalize("NFKC", text))
    named = _named(sentences)
    alarming = bool(named) or any(alarm(each, _taught()) > ALARM for each in sentences)
    return [each for each in named if each != "unsure"] or ["unsure"] * alarming


def warning(text: str) -> Advice | None:
    """What is said to who writes so, and the buttons of all the numbers to call; None where there is no danger."""
    kinds = dangers_in(text)
    numbers: dict[str, str] = {}
    for kind in kinds:
        numbers |= {number: words for number, words in NUMBERS[kind][1].items() if number not in numbers}
    said = "".join(NUMBERS[kind][0] for kind in kinds if kind in ("life", kinds[0]))
    return (said, numbers) if kinds else None


def _named(sentences: list[str]) -> list[str]:
    """The kinds that words of the list tell of."""
    plain = [_plain(each) for each in sentences]
    return [kind for kind, words in _words().kinds.items() if any(map(words.search, plain))]


def _plain(sentence: str) -> str:
    """What is left of a sentence without gaps in words, without harmless words and clauses of another time."""
    words = _words()
    said = (words.said_in_one_way(_BETWEEN.sub("", each)) for each in _CLAUSE.split(sentence))
    clauses = [words.harmless.sub("，", each) for each in said]
    return "，".join(each for each in clauses if not words.not_now.search(each))


class _Words(NamedTuple):
    said: dict[str, re.Pattern[str]]
    harmless: re.Pattern[str]
    not_now: re.Pattern[str]
    kinds: dict[str, re.Pattern[str]]

    def said_in_one_way(self, words: str) -> str:
        """Those words with the usual one for what the county says otherwise, or a telephone has misheard."""
        for usual, ways in self.said.items():
            words = ways.sub(usual, words)
        return words


@cache
def _words() -> _Words:
    """The words of wdj/data/danger.toml, ready to be looked for."""
    read = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    lists = {f"<{name}>": f"(?:{'|'.join(parts)})" for name, parts in read["lists"].items()}

    def one(parts: list[str]) -> re.Pattern[str]:
        return re.compile(re.sub("<[a-z]+>", lambda name: lists[name[0]], "|".join(parts)))

    said = {usual: one(ways) for usual, ways in read["said"].items()}
    kinds = {kind: one(read["kinds"][kind]) for kind in NUMBERS}
    return _Words(said, one(read["harmless"]), one(read["not_now"]), kinds)


def taught_by(sentences: list[tuple[str, str]]) -> dict[str, float]:
    """What each character and each pair says for danger, as (kind, sentence) teach it; an empty kind is none."""
    wild, calm = Counter[str](), Counter[str]()
    for kind, sentence in sentences:
        (wild if kind else calm).update(_marks(sentence))
    dangers = sum(bool(kind) for kind, _ in sentences)
    others = len(sentences) - dangers
    often = (mark for mark in wild | calm if wild[mark] + calm[mark] > 1)
    return {mark: log((wild[mark] + 0.5) / (dangers + 1) / (calm[mark] + 0.5) * (others + 1)) for mark in often}


def alarm(sentence: str, taught: dict[str, float]) -> float:
    """How much the sentence speaks for danger, for its length; below 0 for calm."""
    return sum(taught.get(mark, 0) for mark in _marks(sentence)) / sqrt(len(sentence) + 1)


def _marks(sentence: str) -> set[str]:
    """Its characters and the pairs of neighbours, said in one way."""
    words = _words().said_in_one_way(_BETWEEN.sub("", sentence))
    return {*words, *(first + second for first, second in pairwise(words))}


def read_sentences(lines: str) -> list[tuple[str, str]]:
    """(kind, sentence) of lines that hold the kind, - for none, a tab, and the sentence."""
    rows = (line.split("\t") for line in lines.splitlines())
    return [("" if kind == "-" else kind, sentence) for kind, sentence in rows]


@cache
def _taught() -> dict[str, float]:
    return taught_by(read_sentences(SENTENCES.read_text(encoding="utf-8")))
