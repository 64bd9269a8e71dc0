"""Plans the two-year sample: who posts what and when, told by the grammar; no two titles are the same."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from wdj.core.clock import moment_of
from wdj.core.orgs import Kind
from wdj.modules.feed.sample_grammar import Story, Teller, festival_near, stories

DAYS = 730
# How the posts divide into columns.
SHARES = {"news": 1160, "disclosure": 640, "farming": 630, "policy": 460, "knowledge": 370, "experience": 300}
KINDS = {"村": (Kind.village, Kind.community), "镇": (Kind.town,)}
# Who speaks more often where a story may be told by several, and whose clerks have a sample login.
OFTEN = {"村": 6, "镇": 2}
BUSY = {"沙江寺村", "留凤关镇", "平木镇", "县农业农村局"}
HOURS = (7, 8, 8, 9, 9, 9, 10, 10, 11, 12, 14, 15, 15, 16, 16, 17, 18, 19, 20)


@dataclass(frozen=True)
class Unit:
    """An org as stories name it; `town` is the name of its town, of the county's own the empty text."""

    id: int
    kind: str
    name: str
    town: str


@dataclass(frozen=True)
class Told:
    """One post. `lines` are (label, yuan) of a disclosure."""

    column: str
    key: str
    unit: Unit
    at: datetime
    title: str
    text: str
    period: str
    lines: Sequence[tuple[str, int]]

    @property
    def extra(self) -> str:
        """What a disclosure is found by beside its words."""
        return " ".join([self.period, *(label for label, _ in self.lines)])

    @property
    def is_villages(self) -> bool:
        return self.unit.kind in KINDS["村"]


class Planner:
    """Tells one post after the other; knows what was told, so that nothing is said twice."""

    def __init__(self, units: Sequence[Unit], chance: Random, taken: Collection[str] = ()) -> None:
        self.chance, self.titles = chance, set(taken)
        self.villages: dict[str, list[Unit]] = {}
        self.by_name: dict[str, list[Unit]] = {}
        for unit in units:
            names = [name for name, kinds in KINDS.items() if unit.kind in kinds] or [unit.name]
            self.by_name.setdefault(names[0], []).extend([unit] * (3 if unit.name in BUSY else 1))
            if unit.kind in KINDS["村"]:
                self.villages.setdefault(unit.town, []).append(unit)
        self.last: dict[tuple[int, str], datetime] = {}

    def plan(self, counts: Mapping[str, int], day: date) -> Iterator[Told]:
        """So many of each column, oldest first, over the two years before `day`."""
        moments = [(at, column) for column, count in counts.items() for at in self._moments(count, day)]
        return (self.tell(column, at) for at, column in sorted(moments))

    def _moments(self, count: int, day: date) -> Iterator[datetime]:
        while count:
            on = day - timedelta(days=self.chance.randrange(1, DAYS + 1))
            if on.weekday() > 4 and self.chance.random() < 0.6:
                continue
            at = time(self.chance.choice(HOURS), self.chance.randrange(60), self.chance.randrange(60))
            yield moment_of(on, at)
            count -= 1

    def tell(self, column: str, at: datetime) -> Told:
        """A post of `column` as of `at`."""
        for _ in range(200):
            told = self._try(column, at)
            if told.title not in self.titles and len(told.title) <= 40:
                self.titles.add(told.title)
                self.last[told.unit.id, told.key] = at
                return told
        raise LookupError(f"the stories of {column} are told out")

    def _try(self, column: str, at: datetime) -> Told:
        day = at.date()
        story, unit = self._choose(column, at)
        teller = Teller(self.chance, day, self._given(unit) | {"festival": festival_near(day)})
        teller.begin(story)
        title = teller.tell(self.chance.choice(story.titles))
        text, period = teller.parts(story), teller.tell(story.period)
        lines = [(teller.tell(label), teller.sum(expression)) for label, expression in story.lines]
        return Told(column, story.key, unit, at, title, text, period, [each for each in lines if each[1]])

    def _choose(self, column: str, at: datetime) -> tuple[Story, Unit]:
        """A story that fits the day, and who tells it: nobody tells the same again within some weeks, if it can be."""
        fitting = [each for each in stories(column) if each.fits(at.date())]
        weights = [each.weight for each in fitting]
        for _ in range(20):
            story = self.chance.choices(fitting, weights)[0]
            name = self.chance.choices(story.by, [OFTEN.get(each, 1) for each in story.by])[0]
            unit = self.chance.choice(self.by_name[name])
            last = self.last.get((unit.id, story.key))
            if last is None or (at - last).days > story.rest:
                break
        return story, unit

    def _given(self, unit: Unit) -> dict[str, str]:
        town = unit.town or self.chance.choice(list(self.villages))
        first, second = self.chance.sample(self.villages[town], 2)
        if unit.kind in KINDS["村"]:
            first, second = unit, second if second != unit else first
        place = unit.name if unit.town else "全县"
        return {"org": unit.name, "place": place, "town": town, "village": first.name, "village2": second.name}
