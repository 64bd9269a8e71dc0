"""本村名册: the households and members of a village, kept by its clerks; each telephone that is shown is noted."""

from typing import Any

from flask import Blueprint, Flask, Response, abort, make_response, redirect, request, url_for
from sqlalchemy import func, or_, select
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.asked import asked
from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.items import record
from wdj.core.once import claim_once, once_key, release_once, settle_once
from wdj.core.orgs import Org
from wdj.core.pages import page
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.register import (
    FIELDS,
    SHORT,
    RegisterEntry,
    RegisterKind,
    entries,
    hold_register,
    keeps,
    kept_by,
    twin_of,
)
from wdj.core.register_rows import COLUMNS
from wdj.core.session import holders, me
from wdj.core.spreadsheets import Form as FileForm
from wdj.core.spreadsheets import Sheet, download
from wdj.portal.register_form import EntryForm, as_typed, version_of

bp = Blueprint("register", __name__, url_prefix="/register")
writers = holders(WRITER_ROLES, "writers")
PAGE_ROWS = 50


def a_person() -> Me:
    return me() or abort(403)


def kept_or_403(org_id: int | None) -> Org:
    """The village, if I keep its register."""
    org = db.session.get(Org, org_id or 0) or abort(404)
    return org if keeps(a_person(), org) else abort(403)


def kind_asked() -> RegisterKind:
    """农户 unless the address or the form says 党员."""
    given = request.values.get("kind", RegisterKind.household.value)
    return RegisterKind(given) if given in set(RegisterKind) else abort(404)


@bp.get("")
@writers
def show() -> Response:
    villages = list(db.session.scalars(kept_by(a_person())))
    org = _chosen(villages)
    kind, query = kind_asked(), request.args.get("q", "").strip()[:SHORT]
    if org is None:
        return page("portal/register_villages.html", title="名册", towns=_by_town(villages), kind=kind,
                    counts=_counts([each.id for each in villages], kind))  # fmt: skip
    rows, older = _rows(org, kind, query)
    return page(
        "portal/register.html", title=f"{org.short_name}名册", rows=rows, older=older, q=query, org=org, kind=kind,
        kinds=RegisterKind, total=_counts([org.id], kind).get(org.id, 0), several=len(villages) > 1,
    )  # fmt: skip


def _chosen(villages: list[Org]) -> Org | None:
    """The village of the address, else the only one, else the one that this device looks at first."""
    if (given := request.args.get("org", type=int)) is not None:
        return kept_or_403(given)
    if len(villages) == 1:
        return villages[0]
    if "villages" in request.args:
        return None
    return next((each for each in villages if each.id == asked().village), None)


def _by_town(villages: list[Org]) -> list[tuple[str, list[Org]]]:
    """The villages under the names of their towns, in their order."""
    towns = db.session.scalars(select(Org).where(Org.id.in_({each.parent_id for each in villages})))
    names = {each.id: each.short_name for each in towns}
    found: dict[str, list[Org]] = {}
    for each in villages:
        found.setdefault(names.get(each.parent_id or 0, ""), []).append(each)
    return list(found.items())


def _counts(org_ids: list[int], kind: RegisterKind) -> dict[int, int]:
    """How many stand on the register of each village, by an index; none of an empty one."""
    found = (
        select(RegisterEntry.org_id, func.count())
        .where(RegisterEntry.org_id.in_(org_ids), RegisterEntry.kind == kind, RegisterEntry.left_at.is_(None))
        .group_by(RegisterEntry.org_id)
    )
    return {row[0]: row[1] for row in db.session.execute(found)}


def _rows(org: Org, kind: RegisterKind, query: str) -> tuple[list[RegisterEntry], str | None]:
    found = entries(org.id, kind)
    if query:
        begins = (column.startswith(query, autoescape=True) for column in (RegisterEntry.name, RegisterEntry.number))
        found = found.where(or_(*begins))
    if after := request.args.get("after", type=int):
        found = found.where(RegisterEntry.id > min(after, 2**31 - 1))
    rows = list(db.session.scalars(found.limit(PAGE_ROWS + 1)))
    if len(rows) <= PAGE_ROWS:
        return rows, None
    last = rows[PAGE_ROWS - 1].id
    return rows[:PAGE_ROWS], url_for("register.show", org=org.id, kind=kind.value, q=query or None, after=last)


def _list(org_id: int, kind: str, **more: Any) -> str:
    return url_for("register.show", org=org_id, kind=kind, **more)


@bp.route("/new", methods=["GET", "POST"])
@writers
def new() -> BaseResponse:
    org = kept_or_403(request.args.get("org", type=int))
    form = EntryForm(kind=kind_asked().value)
    entry = RegisterEntry(org_id=org.id, phone="")
    if not form.accepted():
        return _form(form, org, entry)
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    hold_register(org.id)
    entry.kind = form.kind.data
    form.fill(entry)
    if twin := twin_of(entry):
        db.session.rollback()
        return _form(_named_twice(form, twin), org, entry)
    db.session.add(entry)
    return _saved(entry, "register_new", "加进名册", key)


@bp.route("/<int:id>", methods=["GET", "POST"])
@writers
def edit(id: int) -> BaseResponse:
    entry, org = _mine_or_404(id)
    shown = {name: as_typed(entry, name) for name in FIELDS if name != "phone"}
    form = EntryForm(data=shown | {"version": version_of(entry)})
    del form.kind
    if not form.accepted():
        return _form(form, org, entry)
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    _hold(entry)
    if form.is_late(entry):
        release_once(key)
        db.session.commit()
        return _form(form, org, entry, late=True)
    form.fill(entry)
    with db.session.no_autoflush:
        twin = twin_of(entry)
    if twin:
        db.session.rollback()
        return _form(_named_twice(form, twin), org, entry)
    return _saved(entry, "register_edit", "改名册", key)


def _hold(entry: RegisterEntry) -> None:
    """Keep others from its register, and see it as they left it."""
    hold_register(entry.org_id)
    db.session.refresh(entry)


def _form(form: EntryForm, org: Org, entry: RegisterEntry, *, late: bool = False) -> Response:
    status = 409 if late else 422 if request.method == "POST" else 200
    return page(
        "portal/register_form.html", title="名册里的一户", form=form, org=org, entry=entry, late=late, status=status
    )


def _named_twice(form: EntryForm, twin: RegisterEntry) -> EntryForm:
    field = form.number if form.number.data else form.name
    words = f"{twin.number}已经有了，是{twin.name}家" if form.number.data else "名册里已经有同名的，请写上门牌号分清"
    field.errors = [*field.errors, words]
    return form


def _saved(entry: RegisterEntry, action: str, label: str, key: str) -> BaseResponse:
    db.session.flush()
    record(action, label, a_person(), note=f"第 {entry.id} 号", org_id=entry.org_id)
    url = _list(entry.org_id, entry.kind, ok="saved")
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def _mine_or_404(id: int) -> tuple[RegisterEntry, Org]:
    """The entry and its village; a register that I do not keep is invisible."""
    entry = db.session.get(RegisterEntry, id) or abort(404)
    org = db.session.get_one(Org, entry.org_id)
    return (entry, org) if keeps(a_person(), org) else abort(404)


@bp.post("/<int:id>/<any(leave, stay):what>")
@writers
def move(id: int, what: str) -> BaseResponse:
    """Take who moved away off the register, or put them back; what they have acknowledged stays."""
    entry, org = _mine_or_404(id)
    _hold(entry)
    if what == "stay" and (twin := twin_of(entry)):
        abort(409, f"名册里已经有{twin.name}了，不用再放回来。")
    gone = what == "leave"
    if gone == (entry.left_at is None):
        entry.left_at = now() if gone else None
        record(f"register_{what}", "移出名册" if gone else "放回名册", a_person(), note=f"第 {id} 号", org_id=org.id)
    db.session.commit()
    to = url_for("register.edit", id=id, ok="done") if gone else _list(org.id, entry.kind, ok="done")
    return redirect(to, 303)


@bp.post("/<int:id>/phone")
@writers
def phone(id: int) -> BaseResponse:
    """Show one telephone, this once, and note who asked."""
    entry, org = _mine_or_404(id)
    record("register_phone", "看电话", a_person(), note=f"第 {id} 号", org_id=org.id)
    db.session.commit()
    response = make_response(page("portal/register_phone.html", title=entry.name, entry=entry, org=org))
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/export")
@writers
def export() -> BaseResponse:
    """The register as a file; telephones only where that is asked for, and then it is noted."""
    org, kind = kept_or_403(request.form.get("org", type=int)), kind_asked()
    phones = "phones" in request.form
    form: FileForm = "csv" if request.form.get("form") == "csv" else "xlsx"
    record(
        "register_export", "导出名册", a_person(), note=f"{kind.label}，{'带' if phones else '不带'}电话", org_id=org.id
    )
    db.session.commit()
    rows = [
        [each.number, each.name, each.group_name, each.phone if phones else each.starred, each.people, each.note]
        for each in db.session.scalars(entries(org.id, kind))
    ]
    return download(Sheet(f"{org.short_name}{kind.label}名册", list(COLUMNS.values()), rows), form)


@bp.get("/template")
@writers
def template() -> Response:
    """An empty table to fill in."""
    return download(Sheet("名册模板", list(COLUMNS.values()), []), "xlsx")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
