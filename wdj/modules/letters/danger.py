"""Finds words of present danger, so that whoever writes is told which number to call at once. It stops no letter."""

import re
import tomllib
import unicodedata
from functools import cache
from typing import NamedTuple

from wdj.config import ROOT

WORDS = ROOT / "wdj" / "data" / "danger.toml"

# What is said above the form, and the number that its large button calls.
NUMBERS = {
    "life": ("您先别急。身边有人就叫一声；打 110，马上有人来；打 12356，有人听您说。", "110"),
    "poison": ("吃错了药、煤气中毒，先打 120。", "120"),
    "rescue": ("有人被困、落水，先打 119。", "119"),
    "crime": ("有人要伤人、抢东西、骗钱，先打 110。", "110"),
    "missing": ("人找不见了，先打 110，再叫乡亲。", "110"),
    "fire": ("着火、漏气，先离开屋子，再打 119。", "119"),
    "injury": ("人伤了、人不对劲，先打 120。", "120"),
}

_SENTENCE = re.compile(r"[。！？!?；;\n]+")
_CLAUSE = re.compile(r"[，,、：:]+")
_BETWEEN = re.compile(r"[\W_]+")


def danger_in(text: str) -> str:
    """The kind of danger that the words tell of as happening now, a key of NUMBERS; empty for none."""
    sentences = [_plain(each) for each in _SENTENCE.split(unicodedata.normalize("NFKC", text))]
    return next((kind for kind, words in _words().kinds.items() if any(map(words.search, sentences))), "")


def _plain(sentence: str) -> str:
    """What is left of a sentence without gaps in words, without harmless words and clauses of another time."""
    words = _words()
    clauses = [words.harmless.sub("，", _BETWEEN.sub("", each)) for each in _CLAUSE.split(sentence)]
    return "，".join(each for each in clauses if not words.not_now.search(each))


class _Words(NamedTuple):
    harmless: re.Pattern[str]
    not_now: re.Pattern[str]
    kinds: dict[str, re.Pattern[str]]


@cache
def _words() -> _Words:
    """The words of wdj/data/danger.toml, ready to be looked for."""
    read = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    lists = {f"<{name}>": f"(?:{'|'.join(parts)})" for name, parts in read["lists"].items()}

    def one(parts: list[str]) -> re.Pattern[str]:
        return re.compile(re.sub("<[a-z]+>", lambda name: lists[name[0]], "|".join(parts)))

    return _Words(one(read["harmless"]), one(read["not_now"]), {kind: one(read["kinds"][kind]) for kind in NUMBERS})
