"""工作日历: a year of working days, for everyone to look at; the county writes what differs, a day or a table."""

from calendar import Calendar as Weeks
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Flask, Response, abort, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from wdj.core.calendar_rows import COLUMNS, Plan, plan, plan_of, read_day, spans
from wdj.core.clock import say_day, today
from wdj.core.db import db
from wdj.core.forms import Choice, Form, tidied
from wdj.core.items import record
from wdj.core.jobs import enqueue
from wdj.core.once import claim_once, once_key, settle_once
from wdj.core.pages import page
from wdj.core.people import Me, Role
from wdj.core.session import holders, me, signed_in
from wdj.core.spreadsheets import BadSheet, Sheet, download, read_rows
from wdj.core.working_days import (
    FRIDAY,
    CalendarDay,
    calendar,
    enter_year,
    has_official,
    is_known,
    official_name,
    take_back_year,
    write_day,
)

bp = Blueprint("calendar", __name__, url_prefix="/calendar")
county = holders((Role.county_office,), "county")
FIRST, LAST = 2024, 2045
CHOICES = (("off", "放假"), ("on", "上班"), ("usual", "不改，照国家的"))
WORKS = {"off": False, "on": True, "usual": None}
SOURCE = Length(max=60, message="依据最多写 60 个字")


class DayForm(Form):
    day = StringField("哪一天", filters=[tidied], description="像 2027-02-05 这样写")
    what = RadioField(
        "这一天", choices=[Choice(*each) for each in CHOICES], validators=[InputRequired("请选放假还是上班")]
    )
    name = StringField("为什么", filters=[tidied], validators=[Length(max=20, message="最多写 20 个字")],
                       description="比如：春节，停水放假")  # fmt: skip

    def validate_day(self, field: StringField) -> None:
        if not self.date:
            raise ValidationError(f"请写 {FIRST} 年到 {LAST} 年里的一天，像 2027-02-05 这样")

    @property
    def date(self) -> date | None:
        """The day that was typed, if it is one that the calendar shows."""
        day = read_day(self.day.data or "", today().year)
        return day if day and FIRST <= day.year <= LAST else None


class YearForm(Form):
    source = StringField("依据", filters=[tidied], validators=[InputRequired("请写是哪个文件定的"), SOURCE],
                         description="文件的名字和文号，比如国务院办公厅关于明年放假的通知")  # fmt: skip


class TableForm(YearForm):
    year = SelectField("哪一年", coerce=int, choices=[Choice(each, f"{each} 年") for each in range(FIRST, LAST + 1)])
    rows = HiddenField()


@dataclass(frozen=True)
class Cell:
    """One day of a month's table: its number, and a word for what is not as every week."""

    number: int
    word: str
    works: bool
    is_today: bool


def a_person() -> Me:
    return me() or abort(403)


def writes(person: Me) -> bool:
    return person.has_any((Role.county_office,))


@bp.get("")
@signed_in
def show() -> Response:
    return _page(_year())


def _year() -> int:
    """The year of the address, else this one. 404 for one that the calendar does not show."""
    given = request.args.get("year", today().year, type=int)
    return given if FIRST <= given <= LAST else abort(404)


def _page(year: int, *, status: int = 200, wrong: str = "", **forms: Form) -> Response:
    """The year, and for the county the forms that change it."""
    shown = {
        "day_form": DayForm(formdata=None, what="off", day=request.args.get("day", "")),
        "year_form": YearForm(formdata=None, prefix="y", source=calendar().years.get(year, "")),
        "table_form": TableForm(formdata=None, prefix="t", year=_wanted(year)),
    } | forms
    written = list(db.session.scalars(select(CalendarDay).where(
        CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))).order_by(CalendarDay.day)))  # fmt: skip
    names = {each.day: each.name for each in written}
    return page(
        "portal/calendar.html", title=f"{year} 年工作日历", status=status, year=year, wrong=wrong,
        first=FIRST, last=LAST, months=[_month(year, number, names) for number in range(1, 13)],
        source=calendar().source_of(year), is_known=is_known(year), entered=year in calendar().years,
        built_in=has_official(year), written=[(each, say_day(each.day)) for each in written], writes=writes(a_person()),
        days=calendar().between(date(year - 1, 12, 31), date(year, 12, 31)), **shown,
    )  # fmt: skip


def _wanted(year: int) -> int:
    """The year whose table is most likely brought: this one, or the first that nobody has spoken of."""
    return next((each for each in range(year, LAST) if not is_known(each)), year)


def _month(year: int, number: int, named: Mapping[date, str]) -> tuple[str, list[list[Cell | None]]]:
    """The holidays of a month by name, and its weeks, Monday first; None for days of its neighbours."""
    weeks = Weeks().monthdatescalendar(year, number)
    days = [day for week in weeks for day in week if day.month == number and not calendar().works(day)]
    names = dict.fromkeys(filter(None, (named.get(day, official_name(day)) for day in days)))
    return "、".join(names), [[_cell(day) if day.month == number else None for day in week] for week in weeks]


def _cell(day: date) -> Cell:
    works, weekend = calendar().works(day), day.weekday() > FRIDAY
    named = bool(official_name(day)) or day in calendar().days
    word = "班" if works and weekend else "休" if not works and (named or not weekend) else ""
    return Cell(day.day, word, works, day == today())


@bp.get("/template")
@signed_in
def template() -> Response:
    """An empty table to fill in."""
    return download(Sheet("放假安排", COLUMNS, []), "xlsx")


@bp.post("/day")
@county
def change_day() -> BaseResponse:
    """Write one day, and have all that runs reckoned anew."""
    form = DayForm()
    if not form.accepted():
        return _page(_year(), status=422, day_form=form)
    day, what = form.date or today(), form.what.data
    words = f"{day} {dict(CHOICES)[what]} {form.name.data}".strip()
    return _changed(day.year, "改一天", words, lambda: write_day(day, WORKS[what], form.name.data or ""))


@bp.post("/<int:year>/<any(enter, take_back):what>")
@county
def change_year(year: int, what: str) -> BaseResponse:
    """Say that the year is official as it is written now, or that it was not after all."""
    if not FIRST <= year <= LAST:
        abort(404)
    if what == "take_back":
        return _changed(year, "不再算正式的", str(year), lambda: take_back_year(year))
    form = YearForm(prefix="y")
    if not form.accepted():
        return _page(year, status=422, year_form=form)
    source = form.source.data or ""
    return _changed(year, "定为正式的", f"{year}：{source}", lambda: enter_year(year, source, a_person().id))


def _changed(year: int, label: str, note: str, change: Any) -> BaseResponse:
    """Carry `change` out once, with its line in the log and the job that reckons what runs."""
    url = url_for("calendar.show", year=year, ok="saved")
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    change()
    person = a_person()
    org_id = next(grant.org_id for grant in person.grants if grant.role == Role.county_office)
    record("calendar", f"工作日历：{label}", person, note=note, org_id=org_id)
    enqueue("reckon_open")
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


@bp.post("/import")
@county
def read() -> Response:
    """Read a table and show what it would change. Nothing is stored: its lines travel in the form that takes it."""
    rows, wrong = _sent()
    form, made = TableForm(prefix="t"), None
    accepted = form.accepted()
    try:
        made = None if wrong else plan(_year_of(form), rows)
    except BadSheet as refused:
        wrong = str(refused)
    if accepted and made:
        return _check(form, made)
    if made and made.faults:
        wrong = f"有 {len(made.faults)} 行要改，{made.faults[0]}"
    return _page(_year_of(form), status=422, wrong=wrong, table_form=form)


def _year_of(form: TableForm) -> int:
    year = form.year.data or today().year
    return year if FIRST <= year <= LAST else today().year


def _sent() -> tuple[list[list[str]], str]:
    """The rows of the file that was sent, or what is wrong with it. Slow, so before the first statement."""
    upload = request.files.get("table")
    if upload is None or not upload.filename:
        return [], "请先选一张表"
    try:
        return read_rows(upload), ""
    except BadSheet as refused:
        return [], str(refused)


def _check(form: TableForm, made: Plan) -> Response:
    return page(
        "portal/calendar_check.html", title="收之前看一眼", form=form, made=made, off=spans(made.off),
        worked=spans(made.worked), status=422 if made.faults else 200,
    )  # fmt: skip


@bp.post("/take")
@county
def take() -> BaseResponse:
    """Take in the table that was looked at: its days, and that the year is official."""
    form = TableForm(prefix="t")
    if not form.accepted() or not form.rows.data:
        return _page(_year_of(form), status=422, table_form=form, wrong="请重新选一次表")
    try:
        made = plan_of(form.year.data or 0, form.rows.data)
    except BadSheet as refused:
        return _page(_year_of(form), status=422, table_form=form, wrong=str(refused))
    if made.faults:
        return _check(form, made)
    source = form.source.data or ""
    note = f"{made.year}：{source}；放假 {len(made.off)} 天，调休上班 {len(made.worked)} 天"
    note += f"；{made.year - 1} 年的 {len(made.early)} 天" if made.early else ""
    return _changed(made.year, "收进一张表", note, lambda: _take(made, source))


def _take(made: Plan, source: str) -> None:
    for each in made.changed:
        write_day(each.day, each.works, each.name)
    enter_year(made.year, source, a_person().id)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
