"""One request of a walk, and those that need no more than an address."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.browser import Browser
from tests.stage import Stage


@dataclass
class Ask:
    """One request: where to, with what, by whom if not by the role's usual browser; `stored` False: only a cookie."""

    url: str
    data: dict[str, Any] | None = None
    by: Browser | None = None
    stored: bool = True


Asks = dict[str, Callable[[Stage, str, str], Ask]]
"""By "METHOD rule" of a row of docs/rights.md: the request for (stage, who, case)."""


def plain(url: str, *, stored: bool = True, **data: Any) -> Callable[[Stage, str, str], Ask]:
    return lambda stage, who, case: Ask(url, data, stored=stored)
