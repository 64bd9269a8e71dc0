"""Lifecycles and rights, once: from one table come the answers 403/404/409, the buttons and the timeline."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from flask import abort
from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from wdj.core import search
from wdj.core.db import db
from wdj.core.deadlines import OVERDUE
from wdj.core.items import Event, Item, record
from wdj.core.people import Me


class Subject(Protocol):
    """What a guard needs to know of a thing: an Item, or a remembered row of one."""

    @property
    def state(self) -> str: ...
    @property
    def author_id(self) -> int | None: ...
    @property
    def org_path(self) -> str: ...
    @property
    def handler_path(self) -> str: ...


STAYS = ""
Guard = Callable[[Me | None, Subject], bool]
G = TypeVar("G", bound=Guard)


def said(words: str) -> Callable[[G], G]:
    """Give a guard the Chinese words by which docs/lifecycles.md names whom it lets through."""

    def mark(guard: G) -> G:
        guard.words = words  # type: ignore[attr-defined]
        return guard

    return mark


@said("到时间自动办")
def the_clock(me: Me | None, subject: Subject) -> bool:
    """Only a job does this: no person's request gets here with None and a transition that asks for the clock."""
    return me is None


@dataclass(frozen=True)
class Transition:
    action: str
    label: str
    sources: tuple[str, ...]
    to: str
    """The state it leads to; STAYS for what is done and noted without leading anywhere."""
    guard: Guard
    note: bool = False
    """A reason must be given."""
    words: bool = False
    """A few words may be given."""
    undo: bool = False
    """It takes one's own step back, and so puts nothing on one's worklist."""
    shows: bool | None = None
    """Whether everybody sees it from then on, where that is decided by a step and not by its state alone."""
    own_form: bool = False
    """It has a form and a route of its own: `apply` for it is called from there alone."""
    together: bool = False
    """It needs nothing but its reason, so that the desk may do it to many at once."""
    then: Callable[[Item, Me | None, str], None] | None = None
    needs: Callable[[Item], str] | None = None
    """What the thing still lacks for it, as a sentence for people; empty where it lacks nothing."""

    @property
    def is_plain(self) -> bool:
        """True if the desk does it to many with one press, and asks nothing."""
        return self.together and not self.note and not self.undo


@dataclass(frozen=True)
class Workflow:
    """The lifecycle of one type of item: its states with their labels, and the ways between them.

    `public`: everybody may see it; `waiting`: it stands on the worklist of who can move it on;
    `working`: it is in the hands of its own org; `decided`: nobody is asked for more, though it may be taken up again;
    `ends`: nothing more happens.
    """

    states: Mapping[str, str]
    public: frozenset[str]
    waiting: frozenset[str]
    working: frozenset[str]
    ends: frozenset[str]
    transitions: tuple[Transition, ...]
    decided: frozenset[str] = frozenset()
    by_choice: bool = False
    """A public state only allows that everybody sees it: a transition with `shows` decides."""
    first: Guard | None = None
    """Who is asked first; whoever else may do it is asked once it is late."""
    later: Callable[[Me, Subject, int], bool] | None = None
    """Whom else it asks once it is late, where not all who may do it: by the level of lateness, 2 or 3."""

    def find(self, action: str) -> Transition:
        """The transition of that name; 404 if there is none."""
        return next((each for each in self.transitions if each.action == action), None) or abort(404)

    def open_to(self, me: Me | None, subject: Subject) -> list[Transition]:
        """What this person may do with it in its state: these are the buttons. What the clock does has none."""
        here = [each for each in self.transitions if subject.state in each.sources and each.guard is not the_clock]
        return [each for each in here if each.guard(me, subject)]

    def waits_for(self, me: Me, subject: Subject, *, level: int = 0) -> bool:
        """True if this person is asked to move it on. `level`: 2 it is overdue, 3 by five working days or more."""
        return (
            self._asks(me, subject, level)
            and subject.state in self.waiting
            and any(each.to and not each.undo for each in self.open_to(me, subject))
        )

    def _asks(self, me: Me, subject: Subject, level: int) -> bool:
        if self.first is None or self.first(me, subject):
            return True
        return level >= OVERDUE and (self.later is None or self.later(me, subject, level))

    def apply(self, action: str, item: Item, me: Me | None, note: str = "") -> Event:
        """Move the item on and log it; returns its line of the log.

        404 no such action, 403 not theirs, 422 no reason or not ready, 409 too late.
        """
        transition = self.find(action)
        if not transition.guard(me, item):
            abort(403)
        if transition.note and not note:
            abort(422, "请写上原因，对方要看的。")
        here = item.state in transition.sources  # else it is too late whatever it lacks
        if here and transition.needs and (lack := transition.needs(item)):
            abort(422, lack)
        was_public, is_public = item.is_public, self._is_public(item, transition)
        moved = db.session.execute(
            update(Item)
            .where(Item.id == item.id, Item.state.in_(transition.sources))
            .values(state=transition.to or Item.state, version=Item.version + 1, is_public=is_public)
            .returning(Item.state, Item.version)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if moved is None:
            abort(409)
        for name, value in (("state", moved.state), ("version", moved.version), ("is_public", is_public)):
            set_committed_value(item, name, value)
        event = record(action, transition.label, me, note=note, item_id=item.id)
        if transition.then:
            transition.then(item, me, note)
        if is_public and not was_public:
            search.renew(item)
        return event

    def _is_public(self, item: Item, transition: Transition) -> bool:
        """Whether everybody sees it after that step."""
        if transition.shows is not None:
            return transition.shows
        return (transition.to or item.state) in self.public and (item.is_public or not self.by_choice)
