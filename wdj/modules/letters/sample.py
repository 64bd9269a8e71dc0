"""Letters of the sample county."""

from datetime import date
from random import Random


def load(random: Random, today: date) -> None:
    """Add the letters of a new county as of `today`."""
