"""超期清单: what is late below me, by unit and by how much; the printed reminder (催办单); and the card of the desk."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Flask, Response, abort, request, url_for
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, and_, select, tuple_
from sqlalchemy.orm import aliased

from wdj.core import reminders as reminders  # its chore is registered as it is read
from wdj.core.clock import local, say_date, today
from wdj.core.db import db
from wdj.core.deadlines import (
    CLOCKS,
    ESCALATED,
    OVERDUE,
    PAUSED,
    WARNED,
    Deadline,
    Span,
    days_late,
    level,
    of,
    pauses_of,
    say_days,
)
from wdj.core.fresh import memory
from wdj.core.items import Item, get_visible_or_404, under
from wdj.core.orgs import Org
from wdj.core.pages import page, render
from wdj.core.people import READER_ROLES, Me, Role
from wdj.core.privacy import mask
from wdj.core.receipts import Receipt
from wdj.core.reminders import holder
from wdj.core.session import holders, me
from wdj.core.working_days import is_known
from wdj.modules import ENDPOINT_OF, MODULE_OF

bp = Blueprint("late", __name__, url_prefix="/late")
readers = holders(READER_ROLES, "readers")
PAGE_ROWS, MOST_COUNTED = 50, 500
VIEWS = {"": "超期的", "five": "超期 5 个工作日以上", "soon": "快到期的"}
LEVELS = {WARNED: "快到期", OVERDUE: "超期", ESCALATED: "超期 5 日以上"}
WAITS = PAUSED.replace("等您", "等写信的人")
HOLDER = aliased(Org)
Found = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Row:
    """A line of the list: an item, the unit that has it, and the clock that is late."""

    clock: Deadline
    type: str
    kind: str
    title: str
    unit: str
    pauses: list[Span]

    @property
    def item_id(self) -> int:
        return self.clock.item_id

    @property
    def url(self) -> str:
        return url_for(ENDPOINT_OF[self.type], id=self.item_id)

    @property
    def kind_label(self) -> str:
        return dict(MODULE_OF[self.type].kinds).get(self.kind, MODULE_OF[self.type].label)

    @property
    def received(self) -> str:
        return say_date(self.clock.started_on)

    @property
    def due(self) -> str:
        return say_date(self.clock.due_on) if self.clock.due_on else ""

    @property
    def left(self) -> str:
        return say_days(self.clock.due_on, self.pauses) if self.clock.due_on else WAITS

    @property
    def level(self) -> int:
        return level(self.clock)

    @property
    def clock_label(self) -> str:
        return CLOCKS.get(self.clock.name, "")


def a_person() -> Me:
    return me() or abort(403)


@bp.get("")
@readers
def show() -> Response:
    person, view, unit = a_person(), request.args.get("view", ""), _unit_or_404()
    view = view if view in VIEWS else ""
    rows, after = _rows(_found(person, view, unit))
    return page(
        "portal/late.html", title="超期清单", rows=rows, view=view, views=VIEWS, levels=LEVELS, unit=unit,
        units=_units(person, view), more=after and url_for("late.show", view=view or None,
                                                           org=unit.id if unit else None, after=after),
    )  # fmt: skip


def _unit_or_404() -> Org | None:
    """The unit that the address names. 404 for one that this person does not read for."""
    if "org" not in request.args:
        return None
    unit = db.session.get(Org, request.args.get("org", 0, type=int)) or abort(404)
    return unit if a_person().has(READER_ROLES, unit.path) else abort(404)


def _late(view: str) -> ColumnElement[bool]:
    """The condition on Deadline of being as late as the view says."""
    day = today()
    if view == "soon":
        return and_(Deadline.due_on >= day, Deadline.warn_on <= day)
    return and_(Deadline.due_on < day, *([Deadline.over_on <= day] if view == "five" else []))


def _found(person: Me, view: str, unit: Org | None) -> Found:
    """What runs and is late under this person, what was due first before the rest."""
    found = select(Deadline, Item.type, Item.kind, Item.public_title, HOLDER.short_name)
    found = found.select_from(Deadline).join(Item, Item.id == Deadline.item_id)
    found = found.join(HOLDER, HOLDER.id == holder())
    found = found.where(Deadline.stopped_on.is_(None), _late(view), under(person))
    if unit:
        found = found.where(HOLDER.path >= unit.path, HOLDER.path < unit.path[:-1] + "0")
    return found.order_by(Deadline.due_on, Deadline.item_id, Deadline.name)


def _rows(found: Found) -> tuple[list[Row], str]:
    """One page, and the mark behind which it goes on, or nothing."""
    if mark := _read_mark(request.args.get("after", "")):
        found = found.where(tuple_(Deadline.due_on, Deadline.item_id, Deadline.name) > tuple_(*mark))
    some = db.session.execute(found.limit(PAGE_ROWS + 1)).all()
    pauses = pauses_of(row[0].item_id for row in some)
    rows = [Row(*row, pauses.get(row[0].item_id, [])) for row in some]  # type: ignore[call-arg]
    return rows[:PAGE_ROWS], _mark(rows[PAGE_ROWS - 1].clock) if len(rows) > PAGE_ROWS else ""


def _mark(clock: Deadline) -> str:
    return f"{clock.due_on}.{clock.item_id}.{clock.name}"


def _read_mark(said: str) -> tuple[date, int, str] | None:
    try:
        day, item_id, name = said.split(".")
        return date.fromisoformat(day), min(int(item_id), 2**31 - 1), name
    except ValueError:
        return None


def _units(person: Me, view: str) -> list[tuple[int, str, int]]:
    """(id, name, how many) of the units that have what is late, most first; counted to MOST_COUNTED in all."""
    columns = (HOLDER.id, HOLDER.short_name, Deadline.item_id)
    found = _found(person, view, None).with_only_columns(*columns)
    once = {(row[0], row[1], row[2]) for row in db.session.execute(found.limit(MOST_COUNTED))}
    counted = Counter((unit_id, name) for unit_id, name, _ in sorted(once))
    return [(unit_id, name, count) for (unit_id, name), count in counted.most_common()]


@bp.get("/<int:id>/print")
@readers
def reminder(id: int) -> Response:
    """催办单 for one item: everything that its unit must know, and a place to sign."""
    person = a_person()
    item = get_visible_or_404(Item, id, person)
    if not any(person.has(READER_ROLES, path) for path in (item.org_path, item.handler_path) if path):
        abort(403)
    clocks = [each for each in of(id) if each.stopped_on is None]
    if not clocks:
        abort(404, "这件事没有在走的时限，不用催。")
    pauses = pauses_of([id]).get(id, [])
    home, receipt = person.home, db.session.get(Receipt, id)
    return page(
        "portal/reminder.html", title="催办单", item=item, unit=item.handler_org or item.org,
        sender=home and home.org_name, kind=dict(MODULE_OF[item.type].kinds).get(item.kind, ""),
        number=receipt.shown_number if receipt else "", words=mask(item.text),
        received=_day(local(item.created_at).date()), clocks=[_said(each, pauses) for each in clocks],
        pauses=[_say_pause(each) for each in pauses], day=_day(today()), back=url_for(ENDPOINT_OF[item.type], id=id),
    )  # fmt: skip


def _day(day: date) -> str:
    """A day as paper says it, with its year."""
    return f"{day.year}年{day.month}月{day.day}日"


def _said(clock: Deadline, pauses: list[Span]) -> dict[str, Any]:
    """One clock in the words of the sheet."""
    return {
        "label": CLOCKS.get(clock.name, "办结"),
        "days": clock.days,
        "extended": clock.extended_days,
        "since": _day(clock.started_on),
        "due": _day(clock.due_on) if clock.due_on else "等补充，停着",
        "late": days_late(clock.due_on, pauses) if clock.due_on else 0,
        "left": say_days(clock.due_on, pauses) if clock.due_on else WAITS,
    }


def _say_pause(span: Span) -> str:
    return f"{_day(span.start)}至{_day(span.end)}" if span.end else f"{_day(span.start)}起，还停着"


def card() -> Markup:
    """The card of the desk: how much is late below me, and years that nobody has spoken of yet."""
    person = me()
    if person is None or not person.has_any(READER_ROLES):
        return Markup()
    known = memory()
    key = ("late", person.id, today())
    if key not in known:
        known[key] = render("portal/late_card.html", unknown=_unknown_year(person), **_counts(person))
    drawn: Markup = known[key]
    return drawn


def _counts(person: Me) -> dict[str, Any]:
    """How many are late and how many very late, counted to MOST_COUNTED."""
    columns = (Deadline.item_id, Deadline.over_on)
    found = _found(person, "", None).with_only_columns(*columns)
    rows = db.session.execute(found.limit(MOST_COUNTED)).all()
    over = {item_id for item_id, over_on in rows if over_on and over_on <= today()}
    return {"late": len({row[0] for row in rows}), "over": len(over), "more": len(rows) == MOST_COUNTED}


def _unknown_year(person: Me) -> int | None:
    """The year without an official table that this person should know of: the county in good time, others by need."""
    year = today().year if not is_known(today().year) else today().year + 1
    if is_known(year):
        return None
    if person.has_any((Role.county_office,)) and (year == today().year or today().month == 12):
        return year
    first = select(Deadline.item_id).join(Item, Item.id == Deadline.item_id)
    reaching = first.where(Deadline.stopped_on.is_(None), Deadline.due_on >= date(year, 1, 1), under(person))
    return year if db.session.scalar(reaching.limit(1)) else None


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals["late_card"] = card
