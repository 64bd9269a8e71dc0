"""What people do with a post of the two-year sample: they read it, like it, say something under it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from wdj.modules.feed.sample_grammar import Teller, talk
from wdj.modules.feed.sample_plan import Told

READS = 604_000
# How far a post of a village, a town, and one for the whole county is read, and how the interest wanes day by day.
REACH = {"village": 1.0, "community": 1.0, "town": 2.2}
WANES = (0.34, 0.22, 0.13, 0.09, 0.07, 0.05, 0.04, 0.03, 0.02, 0.01)
TALK, MOST_SAID = 0.009, 14
RUDE, ANSWERED, UNCHECKED = 0.06, 0.4, 0.6
FRESH = timedelta(days=8)


@dataclass(frozen=True)
class Said:
    """A comment as its writer typed it, and what became of it."""

    state: str
    name: str
    village: str
    text: str
    at: datetime
    reason: str = ""
    official: bool = False

    @property
    def is_checked(self) -> bool:
        """True if a clerk has decided on it."""
        return self.state != "pending" and not self.official


@dataclass(frozen=True)
class Filed:
    """A post of the years as it lies in the database, with what came to it."""

    id: int
    told: Told
    reads: int
    likes: int
    said: Sequence[Said]


def reads_of(posts: Sequence[Told], chance: Random) -> list[int]:
    """How often each post was read: together close to READS."""
    weights = [REACH.get(told.unit.kind, 4.5) * chance.lognormvariate(0, 0.6) for told in posts]
    share = READS / sum(weights)
    return [max(4, round(weight * share)) for weight in weights]


def by_day(reads: int, first: date, last: date) -> Iterator[tuple[date, int]]:
    """(day, how many of the reads) from the first day on; what would come after `last` came on it."""
    left = reads
    for number, share in enumerate(WANES):
        day = first + timedelta(days=number)
        is_end = day >= last or number == len(WANES) - 1
        count = left if is_end else min(left, round(reads * share))
        if count:
            yield day, count
        left -= count
        if is_end:
            return


def said_under(told: Told, reads: int, villages: Sequence[str], end: datetime, chance: Random) -> list[Said]:
    """The comments under one post, oldest first, none of them after `end`."""
    count = min(MOST_SAID, int(chance.expovariate(1 / (reads * TALK))))
    found: list[Said] = []
    for _ in range(count):
        at = told.at + timedelta(minutes=min(chance.expovariate(1 / 900), 9 * 1440) + 3)
        if at >= end:
            continue
        teller = Teller(chance, at.date(), _given(told))
        teller.own = talk()
        found.append(_said(told, teller, at, villages, end))
        if found[-1].text.endswith("？") and found[-1].state == "shown" and chance.random() < ANSWERED:
            found += _answer(told, teller, at + timedelta(hours=chance.randrange(1, 20)), end)
    return sorted(found, key=lambda each: each.at)


def _said(told: Told, teller: Teller, at: datetime, villages: Sequence[str], end: datetime) -> Said:
    chance = teller.chance
    rude = chance.random() < RUDE
    words = talk()["rude"] if rude else talk()["any" if chance.random() < 0.35 else told.column]
    reason, _, written = chance.choice(words).rpartition("｜")
    name, text = teller.tell(chance.choice(talk()["names"])), teller.tell(written)
    village = chance.choice(villages)
    if end - at < FRESH and chance.random() < UNCHECKED:
        return Said("pending", name, village, text, at)
    if rude:
        return Said("refused", name, village, text, at, reason=reason)
    return Said("shown", name, village, text, at)


def _answer(told: Told, teller: Teller, at: datetime, end: datetime) -> list[Said]:
    text = teller.tell(teller.chance.choice(talk()["reply"]))
    return [Said("shown", told.unit.name, "", text, at, official=True)] if at < end else []


def _given(told: Told) -> dict[str, str]:
    return {"org": told.unit.name, "place": told.unit.name, "town": told.unit.town, "village": told.unit.name}
