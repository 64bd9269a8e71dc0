"""The one face that a module shows to the portal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from flask import Blueprint
from markupsafe import Markup
from sqlalchemy import ColumnElement, Connection

from wdj.core.cards import Row
from wdj.core.items import Item
from wdj.core.people import Me
from wdj.core.spreadsheets import Cell
from wdj.core.workflow import Workflow


@dataclass(frozen=True)
class Tile:
    """A big entrance on the front page: one character in a seal, two to four words, a link."""

    seal: str
    label: str
    url: str


@dataclass(frozen=True)
class Mark:
    """A word or two beside a row of the desk's list. `tone`: d danger, y attention, b for information, g good."""

    words: str
    tone: str = ""


@dataclass(frozen=True)
class Columns:
    """What the desk's files say of a module's items beyond what all have: `cells` reads them all at once, by id."""

    heads: Sequence[str]
    cells: Callable[[Connection, Sequence[int]], Mapping[int, Sequence[Cell]]]


@dataclass(frozen=True)
class Together:
    """A button of the desk's bar that leads to a form of the module's own, with the ids of what is ticked."""

    label: str
    endpoint: str
    actions: Sequence[str] = ()
    """It stands there for who may do one of these to something in the list; for everybody where it names none."""


@dataclass(frozen=True)
class Module:
    """`name` is folder, blueprint, URL and template folder; `types` maps each Item class to its lifecycle.

    `kinds` are the chips of the front page (kind, label); `card` draws one row of a list.
    """

    name: str
    label: str
    tab: str
    starts: str
    """The words of the desk's button that begins a new one, at the route `new`."""
    blueprint: Blueprint
    types: Mapping[type[Item], Workflow]
    kinds: Sequence[tuple[str, str]]
    tiles: Sequence[Tile]
    card: Callable[[Row, bool], Markup]
    sample: Callable[[Random, date], None]
    """Fills a new county with believable content as of that day; the same for the same Random."""
    home: str = "/"
    """Where its tab leads."""
    sample_years: Callable[[Random, date, Callable[[str], None]], None] | None = None
    """Adds to the sample the two years before that day, and says in words how far it has come."""
    pages: Mapping[type[Item], str] = field(default_factory=dict)
    """The endpoint that shows a type, where it is not the route `show`."""
    forget: Callable[[str], None] | None = None
    """Cuts the tie between a device and what it did here."""
    from_people: Sequence[type[Item]] = ()
    """The types that anybody sends in; 我的 lists them to who sent them."""
    ask_url: Callable[[int | None], str] | None = None
    """The address of the form in which anybody asks something: about the public item with that id, or anything."""
    receipt: Callable[[Item], Markup] | None = None
    """What who sent an item finds behind its receipt: cards with the answer, what was done, what they may do now."""
    next_steps: Callable[[Item], Sequence[tuple[str, str]]] | None = None
    """What comes once an item was sent in, for its sender: the words of each step and by when. The last is the end."""
    notice: Callable[[int], Markup] | None = None
    """What a printed notice of the item with that id shows under its text, as the table of a disclosure."""
    pane: Callable[[Item, Me], Markup] | None = None
    """What stands of an item beside the desk's list, instead of its public words and files."""
    together: Sequence[Together] = ()
    leads_to: Sequence[tuple[str, str]] = ()
    """What else of it the desk leads to, for who reads: the words of the button and its endpoint."""
    leads_writers_to: Sequence[tuple[str, str]] = ()
    """The same of what only writers open, and seldom."""
    marks: Callable[[Sequence[int]], Mapping[int, Sequence[Mark]]] | None = None
    """What stands beside the items with these ids in the desk's list: one read for a page."""
    columns: Columns | None = None
    asks: ColumnElement[bool] | None = None
    """True of an item (by Item.id, in a query of Items) on which its unit waits for a decision from above."""
    urgent: ColumnElement[bool] | None = None
    """True of an item, in the same way, that tells of danger and that nobody has taken up yet."""
    limits: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """The working days that the county may set, by name: what it is for, and how many where it sets none."""
