"""The board: what everybody reads of the letters, in rows that say how far each has come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from flask import url_for
from markupsafe import Markup
from sqlalchemy import Select, and_, select

from wdj.core import deadlines
from wdj.core.clock import local, say_day, say_when, today
from wdj.core.db import db
from wdj.core.deadlines import Deadline
from wdj.core.fresh import memory
from wdj.core.items import Item
from wdj.core.orgs import Org, ancestors
from wdj.core.pages import render
from wdj.core.placements import mark, placed
from wdj.core.working_days import workdays_between
from wdj.modules.letters.consultations import Consultation, Step
from wdj.modules.letters.messages import Message
from wdj.modules.letters.models import ALWAYS_PRIVATE, BOARD, KINDS, Letter, State
from wdj.modules.letters.rules import WORKFLOW

PAGE_ROWS = 10
BEGINNING = 60  # characters of an answer in the row of its letter
CHIPS = {kind.value: label for kind, (label, _) in KINDS.items() if kind not in ALWAYS_PRIVATE}
ANSWERED = (State.answered, State.unsolved, State.closed, State.archived)
# What everybody reads of a state where that is another thing than its clerks do.
SAID = {**WORKFLOW.states, State.assigned: "已转办", State.drafted: "办理中", State.archived: "已办结"}
LETTERS, VILLAGES, UNITS = Letter.__table__, Org.__table__.alias("villages"), Org.__table__.alias("units")


@dataclass(frozen=True)
class Row:
    """What the row of a public letter says. `due_on`: the last day of its clock while that runs."""

    id: int
    title: str
    kind: str
    state: str
    likes: int
    created_at: datetime
    published_at: datetime | None
    answered_at: datetime | None
    village: str | None
    unit: str | None
    receiver: str
    due_on: date | None
    pauses: Sequence[deadlines.Span] = ()

    @property
    def url(self) -> str:
        return url_for("letters.show", id=self.id)

    @property
    def kind_label(self) -> str:
        return CHIPS.get(self.kind, "")

    @property
    def when(self) -> str:
        return say_when(self.created_at)

    @property
    def since(self) -> str:
        """Since when everybody reads it: the board is in that order."""
        return f"{say_when(self.published_at)} 公开" if self.published_at else self.when

    @property
    def is_answered(self) -> bool:
        return self.state in ANSWERED

    @property
    def is_late(self) -> bool:
        return bool(not self.is_answered and self.due_on and deadlines.lateness(self.due_on) >= deadlines.OVERDUE)

    @property
    def color(self) -> str:
        return "d" if self.is_late else color_of(self.state)

    @property
    def said(self) -> str:
        """Its state, or by how much it is late."""
        if self.is_late and self.due_on:
            return f"! {deadlines.say_days(self.due_on, self.pauses)}"
        return f"✓ {SAID[self.state]}" if self.color == "g" else SAID[self.state]

    @property
    def who(self) -> str:
        """Whose it is, or who answered and how long that took."""
        if self.is_answered:
            how_long = "" if self.state == State.unsolved else took(self.created_at, self.answered_at)
            return f"{self.unit or self.receiver}答复{how_long}"
        return f"{self.unit}承办" if self.unit else f"{self.receiver}收到"

    @property
    def left(self) -> str:
        """How much time is left."""
        if self.is_answered or self.is_late:
            return ""
        if self.state == State.waiting:
            return "等写信的人补充"
        return deadlines.say_days(self.due_on) if self.due_on else ""


def color_of(state: str) -> str:
    """The color of a tag for that state."""
    return "y" if state == State.unsolved else "g" if state in ANSWERED else "b" if state == State.waiting else "y"


def took(start: datetime, end: datetime | None) -> str:
    """How long the answer took, as more words of a sentence; empty where that is not known."""
    if end is None:
        return ""
    days = workdays_between(local(start).date(), local(end).date())
    return f"，用了 {days} 个工作日" if days else "，当天就答复"


def found_rows(ids: Sequence[int]) -> Select[*tuple[Any, ...]]:
    """The columns of Row of those of these letters that everybody may see."""
    clock = and_(Deadline.item_id == Item.id, Deadline.name == deadlines.WHOLE, Deadline.stopped_on.is_(None))
    found = select(
        Item.id, Item.public_title, Item.kind, Item.state, Item.like_count, Item.created_at, Item.published_at,
        LETTERS.c.answered_at, VILLAGES.c.short_name, UNITS.c.short_name, Org.short_name, Deadline.due_on,
    ).join(LETTERS, LETTERS.c.id == Item.id).join(Org, Org.id == Item.org_id)  # fmt: skip
    found = found.outerjoin(VILLAGES, VILLAGES.c.id == LETTERS.c.from_org_id)
    found = found.outerjoin(UNITS, UNITS.c.id == Item.handler_org_id).outerjoin(Deadline, clock)
    return found.where(Item.id.in_(ids), Item.is_public.is_(True))


def rows_of(ids: Sequence[int]) -> list[Row]:
    """The rows of these letters, in their order; what is not public any more is left out."""
    if not ids:
        return []
    found = {row[0]: Row(*row) for row in db.session.execute(found_rows(ids))}
    late = [each.id for each in found.values() if each.is_late]
    for each, pauses in (deadlines.pauses_of(late) if late else {}).items():
        found[each] = replace(found[each], pauses=pauses)
    return [found[each] for each in ids if each in found]


def drawn(ids: Sequence[int]) -> list[Markup]:
    """The drawn rows of these letters; only those not remembered are read."""
    known = memory()
    keys = {each: ("letter row", each) for each in ids}
    for row in rows_of([each for each in ids if keys[each] not in known]):
        known[keys[row.id]] = render("letters/row.html", row=row, answer="")
    return [known[key] for key in keys.values() if key in known]


def listed(org_id: int, kind: str | None, before: str | None) -> tuple[list[Markup], str | None]:
    """One page of the board of an org, drawn, and the mark after which the next one begins (None at the end)."""
    known = memory()
    key = ("board", org_id, kind, before)
    if key not in known:
        known[key] = db.session.execute(placed(org_id, BOARD, kind=kind, before=before).limit(PAGE_ROWS + 1)).all()
    rows = known[key]
    older = mark(rows[PAGE_ROWS - 1][1], rows[PAGE_ROWS - 1][0]) if len(rows) > PAGE_ROWS else None
    return drawn([item_id for item_id, _ in rows[:PAGE_ROWS]]), older


@dataclass(frozen=True)
class Running:
    """What is being asked of everybody."""

    id: int
    public_title: str
    ends_on: date

    @property
    def last_day(self) -> str:
        return say_day(self.ends_on)


def running(scope: Org) -> list[Running]:
    """What the org of the board and those above it are asking everybody now, the newest first."""
    known = memory()
    key = ("running", scope.id, today())
    if key not in known:
        known[key] = [Running(*row) for row in db.session.execute(_running_in([*ancestors(scope), scope.id]))]
    found: list[Running] = known[key]
    return sorted(found, key=lambda each: -each.id)


def _running_in(org_ids: Sequence[int]) -> Select[int, str, date]:
    ends_on = Consultation.__table__.c.ends_on
    found = select(Item.id, Item.public_title, ends_on).join(Consultation.__table__)
    found = found.where(Item.type == Consultation.type_name(), Item.state == Step.open, Item.org_id.in_(org_ids))
    return found.where(Item.is_public.is_(True), ends_on >= today())


def with_answers(ids: Sequence[int]) -> list[Markup]:
    """The drawn rows of these letters with how their answers begin; those that are answered come first."""
    rows = sorted(rows_of(ids), key=lambda row: not row.is_answered)
    answers = _beginnings([row.id for row in rows])
    return [render("letters/row.html", row=row, answer=answers.get(row.id, "")) for row in rows]


def _beginnings(ids: Sequence[int]) -> dict[int, str]:
    found = select(Message.letter_id, Message.public_text).where(Message.letter_id.in_(ids), Message.kind == "answer")
    rows = db.session.execute(found.where(Message.is_shown.is_(True)).order_by(Message.letter_id, Message.id))
    return {letter_id: _begin(text.replace("\n", " ")) for letter_id, text in rows}


def _begin(line: str) -> str:
    return line[:BEGINNING] + "…" * (len(line) > BEGINNING)
