"""What the letters of the sample county are about: stories with places, people and days to be filled in."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from wdj.config import ROOT

STORIES = ROOT / "wdj" / "data" / "sample" / "stories" / "letters.toml"
_NAME = re.compile(r"\{([^{}]+)\}")
_DAYS = re.compile(r"[+-][0-9]+")
_CLAUSE = re.compile("[，。？：]")
_RANGE = re.compile(r"([0-9]+)-([0-9]+)")
GIVES_TITLE = 0.6


@dataclass(frozen=True)
class Story:
    """A trouble, a question, a thought: how it is told, who handles it (`to`), and what the answer is."""

    key: str
    kind: str
    to: str
    say: Sequence[str]
    answer: Sequence[str]
    months: Sequence[int] = tuple(range(1, 13))
    weight: int = 1


@cache
def words() -> dict[str, Any]:
    """The lists that stories draw from."""
    return tomllib.loads(STORIES.read_text(encoding="utf-8"))


@cache
def stories() -> dict[str, Story]:
    """Every story by its key."""
    return {row["key"]: Story(**row) for row in words()["story"]}


def in_season(day: date) -> list[Story]:
    """What may happen on that day."""
    return [each for each in stories().values() if day.month in each.months]


class Teller:
    """Fills the names of one letter; a name means the same throughout it. {3-9} is a number, {-2} a date."""

    def __init__(self, chance: Random, given: Mapping[str, str]) -> None:
        self.chance = chance
        phone = f"0917-000-00{chance.randrange(1, 100):02}"
        self.given = {"group": self.one("groups"), "who": self.one("who"), "phone": phone, **given}

    def one(self, name: str) -> str:
        """One of the words of that list."""
        return str(self.chance.choice(words()[name]))

    def letter(self, story: Story, day: date) -> tuple[str, str]:
        """A title, which most give, and the words of whoever writes."""
        words = self.fill(self.chance.choice(story.say), day)
        title = _CLAUSE.split(words, maxsplit=1)[0] if self.chance.random() < GIVES_TITLE else ""
        return title, self.one("opens") + words + self.one("closes")

    def answer(self, story: Story, day: date) -> str:
        """The words of the unit."""
        return self.fill(self.chance.choice(story.answer), day)

    def fill(self, text: str, day: date) -> str:
        def said(match: re.Match[str]) -> str:
            if _DAYS.fullmatch(match[1]):
                then = day + timedelta(days=int(match[1]))
                return f"{then.month}月{then.day}日"
            if numbers := _RANGE.fullmatch(match[1]):
                return str(self.chance.randrange(int(numbers[1]), int(numbers[2]) + 1))
            return self.given[match[1]]

        return _NAME.sub(said, text)
