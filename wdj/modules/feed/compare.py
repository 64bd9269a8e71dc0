"""Two wordings beside each other: paragraph against paragraph, and in a changed one character against character."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# What one comparison may cost, in pairs of characters; where it is more, the whole stretch counts as changed.
MOST_PAIRS = 1_000_000
Bit = tuple[bool, str]
"""(whether it stands in this wording alone, text)."""
Opcode = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class Pair:
    """One paragraph of the older and of the newer wording; one side is empty where it was added or left out."""

    old: tuple[Bit, ...]
    new: tuple[Bit, ...]

    @property
    def same(self) -> bool:
        return self.old == self.new


def compare(old: str, new: str) -> list[Pair]:
    """The paragraphs of two texts side by side."""
    before, after = old.splitlines(), new.splitlines()
    left = [MOST_PAIRS]
    pairs: list[Pair] = []
    for tag, a, b, c, d in _changes(before, after, left):
        if tag == "equal":
            pairs += [Pair(((False, line),), ((False, line),)) for line in before[a:b] if line]
        else:
            pairs += _changed([line for line in before[a:b] if line], [line for line in after[c:d] if line], left)
    return pairs


def _changed(before: Sequence[str], after: Sequence[str], left: list[int]) -> Iterator[Pair]:
    """The first of one side beside the first of the other, and so on; what is over stands alone."""
    for place in range(max(len(before), len(after))):
        if place >= len(before):
            yield Pair((), ((True, after[place]),))
        elif place >= len(after):
            yield Pair(((True, before[place]),), ())
        else:
            yield _within(before[place], after[place], left)


def _within(old: str, new: str, left: list[int]) -> Pair:
    before, after = [], []
    for tag, a, b, c, d in _changes(old, new, left):
        before += [(tag != "equal", old[a:b])] if b > a else []
        after += [(tag != "equal", new[c:d])] if d > c else []
    return Pair(tuple(before), tuple(after))


def _changes(old: Sequence[str], new: Sequence[str], left: list[int]) -> Iterator[Opcode]:
    """As difflib says it. What both begin and end with costs nothing; the rest is taken off what is `left`."""
    start, most = 0, min(len(old), len(new))
    while start < most and old[start] == new[start]:
        start += 1
    end = 0
    while end < most - start and old[-1 - end] == new[-1 - end]:
        end += 1
    a, b = len(old) - end, len(new) - end
    if start:
        yield "equal", 0, start, 0, start
    if (a - start) * (b - start) <= left[0]:
        left[0] -= (a - start) * (b - start)
        found = SequenceMatcher(None, old[start:a], new[start:b], autojunk=False).get_opcodes()
        yield from ((tag, i + start, j + start, k + start, m + start) for tag, i, j, k, m in found)
    else:
        yield "replace", start, a, start, b
    if end:
        yield "equal", a, len(old), b, len(new)
