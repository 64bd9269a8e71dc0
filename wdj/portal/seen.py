"""What a clerk had before them when they began to change an item's outputs: what others changed meanwhile is kept."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from flask import request

from wdj.core.forms import tidied
from wdj.core.items import Item


@dataclass(frozen=True)
class Seen:
    """Digests of what was shown, for the form to bring back."""

    item: str
    words: dict[str, str]
    """By channel."""
    ticks: list[str]

    def differs(self, channel: str, typed: str) -> bool:
        """True if these are other words than were shown."""
        return digest(typed) != self.words[channel]


def digest(words: str) -> str:
    return hashlib.blake2b(tidied(words).encode(), digest_size=8).hexdigest()


def digest_of(item: Item) -> str:
    """Which words of the item the outputs are made of."""
    return digest(f"{item.public_title}\n{item.public_text}")


def seeing(item: Item, words: Mapping[str, str], ticks: list[str]) -> Seen:
    """Who opens the page now sees this."""
    return Seen(digest_of(item), {name: digest(text) for name, text in words.items()}, ticks)


def seen_before(now: Seen) -> Seen:
    """What the form says was shown; what it does not say was shown just now."""
    form = request.form
    words = {name: form.get(f"seen-{name}", was) for name, was in now.words.items()}
    return Seen(form.get("seen", now.item), words, form["ticked"].split(".") if "ticked" in form else now.ticks)


def changed(typed: Mapping[str, str], seen: Seen, now: Seen) -> list[str]:
    """The channels whose words this clerk has made other than they were shown and than they are."""
    return [name for name, text in typed.items() if seen.differs(name, text) and now.differs(name, text)]


def clashes(names: Collection[str], seen: Seen, now: Seen) -> list[str]:
    """Those of the channels whose words, or the item they are made of, somebody else has changed too."""
    return [name for name in names if (seen.item, seen.words[name]) != (now.item, now.words[name])]


def ticked(typed: Collection[str], seen: Seen, now: Seen) -> set[str]:
    """The ticks there are, with those that this clerk has set and without those that they took away."""
    return (set(now.ticks) | set(typed) - set(seen.ticks)) - (set(seen.ticks) - set(typed))
