"""决策参考: the month on one page, to read, to print, to take home as a table."""

import re
from datetime import date
from typing import Any, Literal

from flask import Response, abort, request, url_for
from sqlalchemy import or_, select

from wdj.core.clock import now, say_day, today
from wdj.core.db import brief_read, db
from wdj.core.items import record
from wdj.core.orgs import Kind, Org, below
from wdj.core.pages import page
from wdj.core.people import READER_ROLES, Me
from wdj.core.session import holders, me
from wdj.core.spreadsheets import Cell, Sheet, download
from wdj.modules.letters import digest as counting
from wdj.modules.letters.digest import Digest, Reads, Unit
from wdj.modules.letters.figures import Figures
from wdj.modules.letters.views import bp

readers = holders(READER_ROLES, "readers")
MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
CHOSEN_FROM = (Kind.county, Kind.department, Kind.town, Kind.station)
HEADS = ("", "收到", "答复", "在办", "按时", "不受理、撤回", "解决", "满意", "没有评价", "电话里评的")


@bp.get("/digest")
@readers
def digest() -> Response:
    person = me() or abort(403)
    org, month = _org_or_404(person, db.session), _month()
    found = counting.digest(org, month, db.session)
    return page(
        "letters/digest.html", title=f"决策参考：{_said(month)}", tab="letters", d=found, month=_said(month),
        rows=_rows(found), notes=counting.NOTES, day=say_day(today()), orgs=_orgs(person), heads=HEADS[1:5],
        before=_url(org, counting.shifted(month, -1)), after=_after(org, month), value=f"{month:%Y-%m}",
        exports=[(ending, url_for("letters.export_digest", ending=ending, org=org.id, month=f"{month:%Y-%m}"))
                 for ending in ("xlsx", "csv")],
    )  # fmt: skip


@bp.post("/digest/<any(xlsx, csv):ending>")
@readers
def export_digest(ending: Literal["xlsx", "csv"]) -> Response:
    """The page as a table; noted, as every table that is taken home."""
    person, month = me() or abort(403), _month()
    with brief_read() as connection:
        org = _org_or_404(person, connection)
        cells = _cells(counting.digest(org, month, connection))
    response = download(Sheet(f"决策参考 {org.short_name} {_said(month)}", HEADS, cells), ending)
    record("export", "导出表格", person, note=f"决策参考 {_said(month)}", org_id=org.id)
    db.session.commit()
    return response


def _month() -> date:
    """The month that the address names, this one without; 404 for one to come or none at all."""
    given = request.args.get("month", "")
    if not given:
        return today().replace(day=1)
    found = MONTH.fullmatch(given) or abort(404)
    month = date(int(found[1]), int(found[2]), 1)
    return month if month <= today() else abort(404)


def _org_or_404(person: Me, read: Reads) -> Unit:
    """The org that the address names, else the one that this person works in; 404 where they do not read for it."""
    mine = [each for each in person.grants if each.role in READER_ROLES]
    home = min(mine, key=lambda grant: len(grant.path))
    asked_for = request.args.get("org", home.org_id, type=int)
    found = select(Org.id, Org.kind, Org.path, Org.name, Org.short_name).where(Org.id == asked_for)
    org: Unit = read.execute(found).one_or_none() or abort(404)
    return org if person.has(READER_ROLES, org.path) else abort(404)


def _orgs(person: Me) -> list[tuple[int, str]]:
    """The orgs to choose from: those that receive or are given letters, among what this person reads for."""
    mine = [below(grant.path) for grant in person.grants if grant.role in READER_ROLES]
    found = select(Org.id, Org.short_name).where(or_(*mine), Org.kind.in_(CHOSEN_FROM)).order_by(Org.path)
    return [(org_id, name) for org_id, name in db.session.execute(found)]


def _said(month: date) -> str:
    return f"{month.year}年{month.month}月"


def _url(org: Unit, month: date) -> str:
    return url_for("letters.digest", org=org.id, month=f"{month:%Y-%m}")


def _after(org: Unit, month: date) -> str:
    after = counting.shifted(month, 1)
    return _url(org, after) if after <= today() else ""


def _rows(found: Digest) -> list[tuple[str, Figures, int]]:
    """The lines of the table of kinds: each kind, all of them, and the month before."""
    return [*found.kinds, ("合计", found.total, 0), ("上个月", found.before, 0)]


def _cells(found: Digest) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = [(label, *_figures(each)) for label, each, _ in _rows(found)]
    rows += [("热词", "近三个月的信", "前三个月的信"), *found.words]
    rows += [("来信最多的村", "封"), *found.most, ("眼下超期最多的村", "封"), *found.late]
    rows += [("办得最久的", "类别", "承办单位", "工作日"), *found.oldest]
    width = len(HEADS)
    whole: list[tuple[Any, ...]] = [*rows, *((note,) for note in counting.NOTES), (f"数字截至 {now():%Y-%m-%d}",)]
    return [(*row, *[""] * (width - len(row))) for row in whole]


def _figures(each: Figures) -> tuple[Cell, ...]:
    return (each.received, each.answered, each.open, each.in_time_rate, each.others, each.solved_rate,
            each.content_rate, each.silent, each.by_telephone)  # fmt: skip
