"""The life of one sample letter, step by step as its clerks and its writer took them, until the day of the sample."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from wdj.core.clock import end_of, moment_of
from wdj.core.deadlines import COUNTY_AFTER, LOOK, SIGN, WARN_PERCENT, WHOLE, Span, count_out
from wdj.core.working_days import is_workday, workdays_after
from wdj.modules.letters.danger import danger_in
from wdj.modules.letters.models import ALWAYS_PRIVATE, Door, State
from wdj.modules.letters.rules import DAYS, OPEN, WORKFLOW
from wdj.modules.letters.sample_stories import Story, Teller

OPENS, CLOSES = 8, 18
CLOSED_AFTER, PUT_AWAY_AFTER = timedelta(days=15), timedelta(days=90)


class Over(Exception):
    """What would come next lies after the end."""


@dataclass(frozen=True)
class Place:
    """Where a letter comes from and who has to do with it: ids of orgs and of their clerks."""

    village: int
    village_name: str
    town: int
    town_name: str
    county: int
    units: Mapping[str, int]
    """Departments by name."""
    clerks: Mapping[int, int]
    """One clerk of each org that has any."""
    leader: int | None = None

    def handler(self, to: str) -> int:
        """The id of the unit that a story names."""
        return {"村": self.village, "镇": self.town}.get(to) or self.units[to]


@dataclass
class Clock:
    started_on: date
    days: int
    extended_days: int = 0
    stopped_on: date | None = None

    def ends(self, pauses: list[Span]) -> dict[str, date | None]:
        """The days that follow from it, as columns of a Deadline."""
        whole = self.days + self.extended_days
        allowed = {"warn_on": -(-whole * WARN_PERCENT // 100), "due_on": whole, "over_on": whole + COUNTY_AFTER}
        return {name: count_out(self.started_on, days, pauses) for name, days in allowed.items()}


@dataclass
class Life:
    """A letter as it lies in the database in the end: its columns, and what hangs on it."""

    story: Story
    place: Place
    chance: Random
    begun: datetime
    end: datetime
    door: str = Door.board
    source: str = "web"
    is_anonymous: bool = False
    may_publish: bool = True
    until: str = ""
    """The step after which nothing more happens; empty for none."""
    texts: tuple[str, str] = ("", "")
    into: "Life | None" = None
    """The letter that it is merged into."""
    days_used: float | None = None
    """How much of its time the answer takes; above 1 it is late."""
    wish: str = ""
    """What a leader who reads it wants done with it."""
    events: list[dict[str, Any]] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)
    ratings: list[dict[str, Any]] = field(default_factory=list)
    clocks: dict[str, Clock] = field(default_factory=dict)
    pauses: list[Span] = field(default_factory=list)
    columns: dict[str, Any] = field(default_factory=dict)
    draft: str = ""
    id: int = 0

    def __post_init__(self) -> None:
        place, self.at = self.place, self.begun
        self.teller = Teller(self.chance, {"village": place.village_name, "town": place.town_name})
        title, text = self.texts if self.texts[1] else self.teller.letter(self.story, self.begun.date())
        self.org = place.county if self.door in (Door.mailbox, Door.consultation) else place.town
        self.columns = {
            "state": State.posted.value, "round": 1, "returns": 0, "is_ruled": False,
            "handler_org_id": None, "told_org_id": None, "answered_at": None, "closed_at": None, "published_at": None,
            "extension_days": None, "extension_reason": "", "mediator": "", "agreement": "",
            "title": title, "text": text, "danger": danger_in(text),
        }  # fmt: skip
        self.may_publish = self.may_publish and self.story.kind not in ALWAYS_PRIVATE
        self._begin(self.begun)

    @property
    def clerk(self) -> int | None:
        """The clerk of the unit that has it, or of who received it."""
        return self.place.clerks.get(self.columns["handler_org_id"] or self.org)

    @property
    def is_open(self) -> bool:
        return self.columns["state"] in OPEN

    @property
    def due_at(self) -> datetime | None:
        """The end of the first day on which something is due."""
        days = [clock.ends(self.pauses)["due_on"] for clock in self.clocks.values() if clock.stopped_on is None]
        return end_of(min(day for day in days if day)) if any(days) else None

    def do(self, action: str, at: datetime, note: str = "", by: int | None = None, org: int | None = None) -> None:
        """Take a step at that time, or at once if that is over already."""
        self.at = max(at, self.at + timedelta(minutes=3))
        if self.at >= self.end:
            raise Over
        step = WORKFLOW.find(action)
        assert self.columns["state"] in step.sources, (action, self.columns["state"])  # noqa: S101
        self.columns["state"] = str(step.to or self.columns["state"])
        self.events.append(
            {"at": self.at, "action": action, "label": step.label, "note": note, "person_id": by, "org_id": org}
        )

    def stop_here(self, action: str) -> None:
        """End here if that is the step after which nothing happens. To be called when all of the step is done."""
        if self.until == action:
            raise Over

    def say(self, kind: str, text: str, by: int | None = None, checker: int | None = None) -> None:
        """Add a turn of the talk."""
        org = None if kind in ("more", "again") else self.columns["handler_org_id"] or self.org
        self.said.append(
            {"kind": kind, "round": self.columns["round"], "text": text, "at": self.at, "org_id": org,
             "person_id": by, "checker_id": checker}
        )  # fmt: skip

    def hours(self, fewest: float, most: float) -> datetime:
        """Some working time from now: nights and holidays are skipped."""
        return working(self.at + timedelta(hours=self.chance.uniform(fewest, most)), self.chance)

    def days(self, fewest: float, most: float) -> datetime:
        """Some days from now, at any time of the day."""
        return self.at + timedelta(days=self.chance.uniform(fewest, most))

    def stop_clocks(self, *names: str) -> None:
        for name in names or tuple(self.clocks):
            if name in self.clocks and self.clocks[name].stopped_on is None:
                self.clocks[name].stopped_on = self.at.date()

    def _begin(self, at: datetime) -> None:
        name = self.door if self.door == Door.mailbox else self.story.kind
        self.clocks[WHOLE] = Clock(at.date(), DAYS[name])

    def begin_anew(self) -> None:
        """The second round: its whole time runs again."""
        self.columns |= {"round": 2, "answered_at": None, "closed_at": None}
        self._begin(self.at)

    def sign_clock(self) -> None:
        self.clocks[SIGN] = Clock(self.at.date(), DAYS["sign"])

    def look_clock(self) -> None:
        self.clocks[LOOK] = Clock(self.at.date(), DAYS["look"])

    def answer_at(self) -> datetime:
        """When its unit answers: within its time, or after it where it is late."""
        clock = self.clocks[WHOLE]
        whole = clock.days + clock.extended_days
        used = self.days_used if self.days_used is not None else 0.9 * self.chance.betavariate(2.2, 1.8) + 0.1
        day = count_out(clock.started_on, max(1, min(whole, round(whole * used))), self.pauses)
        assert day is not None  # noqa: S101  (pauses are over)
        if used > 1:
            day = workdays_after(day, max(1, round(whole * (used - 1))))
        return at_work(day, self.chance)


def working(at: datetime, chance: Random) -> datetime:
    """`at`, or the next morning on which the county works."""
    if OPENS <= at.hour < CLOSES and is_workday(at.date()):
        return at
    day = at.date() if at.hour < OPENS else at.date() + timedelta(days=1)
    while not is_workday(day):
        day += timedelta(days=1)
    return moment_of(day, time(OPENS, chance.randrange(60), chance.randrange(60)))


def at_work(day: date, chance: Random) -> datetime:
    """Some time of that working day."""
    hour = chance.randrange(OPENS + 1, CLOSES)
    return moment_of(day, time(hour, chance.randrange(60), chance.randrange(60)))
