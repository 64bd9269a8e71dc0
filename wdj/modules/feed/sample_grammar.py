"""Writes the posts of the two-year sample: stories of many parts, filled with places, seasons, people and sums."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from wdj.core.lunar import TERMS, lunar, lunar_day
from wdj.modules.feed.sample_texts import SAMPLE

STORIES = SAMPLE / "stories"
_NAME = re.compile(r"\{([^{}]+)\}")
_DAYS = re.compile(r"[+-][0-9]+")
_RANGE = re.compile(r"(-?[0-9]+)-([0-9]+)(?:/([0-9]+))?")
_TERM = re.compile(r"([+-]?)([^+-]+)")
# Lunar days on which a festival falls; 清明 is a solar term. Its stories are told on these days before and after it.
FESTIVALS = {
    "正月初一": "春节", "正月十五": "元宵节", "五月初五": "端午节", "八月十五": "中秋节", "九月初九": "重阳节",
    "清明": "清明",
}  # fmt: skip
LONG = {"春节": (12, 5), "清明": (5, 0)}
# How often a part is told in two of its ways.
MORE = 0.6
SEASONS = "冬冬春春春夏夏夏秋秋秋冬"


@dataclass(frozen=True)
class Story:
    """What may be told: by whom, when, under which titles, in which parts, each of them in one of several ways."""

    key: str
    by: Sequence[str]
    titles: Sequence[str]
    text: Sequence[Sequence[str]]
    months: Sequence[int] = tuple(range(1, 13))
    festivals: Sequence[str] = ()
    weight: int = 1
    rest: int = 45
    """Days before the same org tells it again."""
    numbers: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    period: str = ""
    lines: Sequence[tuple[str, str]] = ()

    def fits(self, day: date) -> bool:
        """True if it can happen on that day."""
        if self.festivals:
            return festival_near(day) in self.festivals
        return day.month in self.months


@dataclass(frozen=True)
class Words:
    """The lists that names are looked up in: for every month, and those of each month."""

    always: Mapping[str, Sequence[str]]
    monthly: Mapping[str, Mapping[str, Sequence[str]]]
    numbers: Mapping[str, str]


@cache
def stories(column: str) -> list[Story]:
    return [Story(**row) for row in _read(column)["story"]]


@cache
def words() -> Words:
    read = _read("words")
    return Words(read["words"], read["month"], read["numbers"])


@cache
def talk() -> dict[str, list[str]]:
    """What is said under posts, by column, and the names of who says it."""
    return _read("talk")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((STORIES / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def festival_near(day: date) -> str:
    """The festival that is prepared or kept on that day; empty on most."""
    for away in range(-5, 13):
        found = day + timedelta(days=away)
        name = FESTIVALS.get(lunar_day(found)) or FESTIVALS.get(lunar(found), "")
        before, after = LONG.get(name, (1, 1))
        if name and -after <= away <= before:
            return name
    return ""


class Teller:
    """Fills the names of one post; a name means the same throughout it.

    `{crop}` is a word of that list, `{a}` a number of the story, `{-3}` the date three days before, and the rest is
    what `given` says. A list asked for as `{village2}` gives another word than `{village}`.
    """

    def __init__(self, chance: Random, day: date, given: Mapping[str, str]) -> None:
        self.chance, self.day = chance, day
        self.known = {**_of_day(day), **given, "tel": f"0917-000-{chance.randrange(11, 60):04}"}
        self.numbers: dict[str, int] = {}
        self.own: Mapping[str, Sequence[str]] = {}
        self._count(words().numbers)

    def begin(self, story: Story) -> None:
        """Draw the story's numbers."""
        self.own = story.words
        self._count(story.numbers)

    def _count(self, numbers: Mapping[str, str]) -> None:
        for name, given in numbers.items():
            self.numbers[name] = self.sum(given[1:]) if given.startswith("=") else self._draw(given)

    def _draw(self, given: str) -> int:
        found = _RANGE.fullmatch(given)
        assert found, given  # noqa: S101
        least, most, step = int(found[1]), int(found[2]), int(found[3] or 1)
        return self.chance.randrange(least, most + 1, step)

    def sum(self, expression: str) -> int:
        """a*50+b*100-c, with numbers and the names of numbers."""
        total = 0
        for sign, product in _TERM.findall(expression):
            value = 1
            for factor in product.split("*"):
                value *= int(factor) if factor.isdecimal() else self.numbers[factor]
            total += -value if sign == "-" else value
        return total

    def tell(self, pattern: str, within: str = "") -> str:
        """`pattern` with all its names filled; `within` is the name whose word it is."""
        return _NAME.sub(lambda match: self._fill(match[1], within), pattern)

    def _fill(self, name: str, within: str) -> str:
        if name in self.numbers:
            return str(self.numbers[name])
        if _DAYS.fullmatch(name):
            day = self.day + timedelta(days=int(name))
            return f"{day.month}月{day.day}日"
        if name in self.known:
            return self.known[name]
        place = within + name
        if place not in self.known:
            self.known[place] = self._word(name, place + ".")
        return self.known[place]

    def _word(self, name: str, within: str) -> str:
        listed = name.rstrip("0123456789")
        monthly = words().monthly.get(listed, {}).get(str(self.day.month))
        choices = self.own.get(listed) or monthly or words().always[listed]
        return self.tell(self.chance.choice(choices), within)

    def parts(self, story: Story) -> str:
        """The text, part by part."""
        last = len(story.text) - 1
        return "\n\n".join(self._part(part, 0 < number < last) for number, part in enumerate(story.text))

    def _part(self, ways: Sequence[str], is_inner: bool) -> str:
        """One way, or within the text sometimes two, one after the other."""
        several = is_inner and len(ways) > 1 and not ways[0].startswith("一、") and self.chance.random() < MORE
        return "".join(self.tell(way) for way in self.chance.sample(list(ways), 1 + several))


def _of_day(day: date) -> dict[str, str]:
    before = day.replace(day=1) - timedelta(days=1)
    quarter = (day.month - 1) // 3
    last = f"{day.year}年第{'一二三'[quarter - 1]}季度" if quarter else f"{day.year - 1}年第四季度"
    return {
        "year": str(day.year), "month": f"{day.month}月", "season": SEASONS[day.month - 1], "lunar": lunar_day(day),
        "term": _last_term(day), "lastmonth": f"{before.month}月", "quarter": last,
        "lastmonth_full": f"{before.year}年{before.month}月",
    }  # fmt: skip


@cache
def _last_term(day: date) -> str:
    """The solar term that the day belongs to."""
    return next(name for away in range(17) if (name := lunar(day - timedelta(days=away))) in TERMS)
