"""Sample posts and comments of the feed."""

from datetime import date
from random import Random


def load(chance: Random, day: date) -> None:
    return
