"""Which unit decides on the days that the unit of a letter asks for: the words of `rules.overseer`."""

from collections.abc import Iterable

from wdj.core.orgs import short_names
from wdj.modules.letters.models import Letter


def decider_of(letter: Letter) -> int:
    """The id of the nearest org from the one that received it up that is not in the hands of its unit; or the county.

    A path holds the ids from the county down.
    """
    ids = letter.org_path.strip("/").split("/")
    hands = letter.handler_path or letter.org_path
    over = [ids[:most] for most in range(len(ids), 0, -1) if not f"/{'/'.join(ids[:most])}/".startswith(hands)]
    return int((over or [ids[:1]])[0][-1])


def deciders(letters: Iterable[Letter]) -> str:
    """The names of those who decide on these, each once."""
    ids = dict.fromkeys(decider_of(each) for each in letters)
    names = short_names(ids)
    return "、".join(names[each] for each in ids)
