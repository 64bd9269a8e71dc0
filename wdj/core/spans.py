"""The count of working days from a day on, without those that a pause holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from wdj.core.working_days import DAY, calendar


@dataclass(frozen=True)
class Span:
    """A pause, as the count takes it: no day after `start` counts, up to and including `end`."""

    start: date
    end: date | None

    def holds(self, day: date) -> bool:
        return self.start < day and (self.end is None or day <= self.end)


def count_out(started_on: date, days: int, pauses: Sequence[Span]) -> date | None:
    """The day on which the `days`-th working day is used up; None while a pause has no end before that."""
    day, left, works = started_on, days, calendar().works
    while left > 0:
        day += DAY
        holding = [each for each in pauses if each.holds(day)]
        if any(each.end is None for each in holding):
            return None
        left -= works(day) and not holding
    return day


def count_in(day: date, end: date, pauses: Sequence[Span]) -> int:
    """How many working days after `day`, up to and including `end`, no pause holds."""
    works, after = calendar().works, (day + number * DAY for number in range(1, (end - day).days + 1))
    return sum(works(each) and not any(pause.holds(each) for pause in pauses) for each in after)
