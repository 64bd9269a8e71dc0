"""Many at once: each by itself, so that one that fails loses nothing of the others; what became of each; files."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from flask import request
from werkzeug.exceptions import HTTPException

from wdj.core.db import db
from wdj.core.spreadsheets import Form

MOST_AT_ONCE, MOST_EXPORTED = 200, 2000
# The buttons that make a file of a list.
FILES: dict[str, Form] = {"xlsx": "xlsx", "csv": "csv"}
# What is told of those that were not done, by the status that each alone would have got.
WORDS = {409: "别人刚办过", 403: "不归您办", 404: "已经没有了", 422: "要打开来单独办", 428: "要先走前一步"}


@dataclass
class Outcomes:
    done: list[int] = field(default_factory=list)
    failed: dict[int, list[int]] = field(default_factory=dict)
    """By status: the ids."""

    def query(self) -> dict[str, str]:
        """How an address carries them: done=1.2&s409=3."""
        told = {f"s{status}": ids for status, ids in sorted(self.failed.items())}
        return {name: in_words(ids) for name, ids in {"done": self.done, **told}.items() if ids}

    @property
    def status(self) -> int:
        """The true status where nothing at all was done: what most would have got alone."""
        return max(self.failed, key=lambda status: len(self.failed[status]), default=422)

    def words(self, unit: str) -> str:
        return "；".join(f"{len(ids)} {unit}{WORDS.get(status, WORDS[422])}" for status, ids in self.failed.items())


def each_alone(ids: Iterable[int], act: Callable[[int], None]) -> Outcomes:
    """Do `act` to each in a savepoint of its own: what it aborts with is its outcome."""
    found = Outcomes()
    # In one order, so that two clerks with the same list wait for each other and never in a ring.
    for item_id in sorted(ids):
        try:
            with db.session.begin_nested():
                act(item_id)
            found.done.append(item_id)
        except HTTPException as wrong:
            found.failed.setdefault(wrong.code or 422, []).append(item_id)
    return found


def ticked() -> list[int]:
    """The ids of what was ticked in the form that was sent."""
    return _ids(request.form.getlist("id"))


def in_words(ids: Iterable[int]) -> str:
    """The ids as an address carries them: 1.2.3."""
    return ".".join(map(str, ids))


def named() -> list[int]:
    """The ids that the address names in `ids`."""
    return _ids(request.args.get("ids", "").split("."))


def _ids(given: Iterable[str]) -> list[int]:
    found = {int(each) for each in given if each.isascii() and each.isdecimal() and len(each) < 10}
    return sorted(found)[:MOST_AT_ONCE]


def told(unit: str) -> list[tuple[str, list[int]]]:
    """What the address says became of them, in words, with the ids of those that were not done."""
    done = len(_ids(request.args.get("done", "").split(".")))
    found: list[tuple[str, list[int]]] = [(f"办好 {done} {unit}", [])] if done else []
    for status, words in WORDS.items():
        if ids := _ids(request.args.get(f"s{status}", "").split(".")):
            found.append((f"{len(ids)} {unit}{words}", ids))
    return found
