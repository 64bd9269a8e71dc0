"""How letters are counted for who decides: each one once, each rate of those of whom it can be told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from wdj.core.clock import today
from wdj.modules.letters.models import State
from wdj.modules.letters.rules import OPEN

CONTENT = 3
LEAST_RATED = 5  # fewer say more about a person than about the work


@dataclass(frozen=True)
class Seen:
    """One letter, as it is counted."""

    id: int
    kind: str
    state: str
    from_org_id: int | None
    answered_on: date | None
    due_on: date | None
    solved: bool | None = None
    satisfaction: int | None = None
    by_telephone: bool = False
    """A clerk wrote down what was thought of the answer."""
    stopped_on: date | None = None
    """The day on which its clock was stopped."""

    @property
    def is_open(self) -> bool:
        return self.state in OPEN or self.state == State.merged

    @property
    def is_answered(self) -> bool:
        return self.answered_on is not None and not self.is_open

    @property
    def in_time(self) -> bool | None:
        """None where it cannot be told yet, or nothing was due: what ended without an answer counts if it was late."""
        if self.due_on is None:
            return None
        if self.answered_on is not None and self.is_answered:
            return self.answered_on <= self.due_on
        ended = today() if self.is_open else self.stopped_on
        return False if ended is not None and ended > self.due_on else None


@dataclass
class Figures:
    """The figures of some letters; each rate is of those of whom it can be told."""

    received: int = 0
    answered: int = 0
    open: int = 0
    due: int = 0
    in_time: int = 0
    said_solved: int = 0
    solved: int = 0
    said_content: int = 0
    content: int = 0
    silent: int = 0
    by_telephone: int = 0

    def count(self, each: Seen) -> None:
        self.received += 1
        self.answered += each.is_answered
        self.open += each.is_open
        self.due += each.in_time is not None
        self.in_time += bool(each.in_time)
        self.said_solved += each.solved is not None
        self.solved += bool(each.solved)
        self.said_content += each.satisfaction is not None
        self.content += each.satisfaction == CONTENT
        self.by_telephone += each.by_telephone
        self.silent += each.is_answered and each.solved is None and each.satisfaction is None

    @property
    def others(self) -> int:
        """Neither answered nor open: declined, or taken back."""
        return self.received - self.answered - self.open

    @property
    def in_time_rate(self) -> str:
        return percent(self.in_time, self.due)

    @property
    def solved_rate(self) -> str:
        return percent(self.solved, self.said_solved)

    @property
    def content_rate(self) -> str:
        return percent(self.content, self.said_content)


def percent(part: int, whole: int) -> str:
    """The part in percent, halves rounded up; a dash where there is nothing of which it could be one."""
    return f"{(200 * part + whole) // (2 * whole)}%" if whole else "—"


def figures(letters: Iterable[Seen]) -> Figures:
    found = Figures()
    for each in letters:
        found.count(each)
    return found
