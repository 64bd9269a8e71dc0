"""A table into the register in two steps: it is read and compared, and nothing changes until its clerk takes it in."""

from flask import Flask, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.items import record
from wdj.core.orgs import Org
from wdj.core.pages import page
from wdj.core.register import RegisterImport, RegisterKind, hold_register, keeps
from wdj.core.register_rows import Plan, cells_of, plan, say_change, take_in
from wdj.core.spreadsheets import BadSheet, read_rows
from wdj.portal.register import a_person, bp, kept_or_403, kind_asked, writers

SHOWN = 30
NO_FILE = "请先选一张表"


@bp.route("/import", methods=["GET", "POST"])
@writers
def read() -> BaseResponse:
    """Read a table and keep its rows for a day; no key against double taps, for rows that wait change nothing."""
    cells, wrong = _sent() if request.method == "POST" else ([], "")
    org, kind = kept_or_403(request.values.get("org", type=int)), kind_asked()
    if not cells:
        status = 422 if wrong else 200
        return page(
            "portal/register_import.html", title="从表格收进名册", org=org, kind=kind, wrong=wrong, status=status,
            kinds=RegisterKind,
        )  # fmt: skip
    draft = RegisterImport(org_id=org.id, kind=kind.value, person_id=a_person().id, rows=cells)
    db.session.add(draft)
    db.session.commit()
    return redirect(url_for("register.check", id=draft.id), 303)


def _sent() -> tuple[list[dict[str, object]], str]:
    """The rows of the file that was sent, or what is wrong with it. Slow, so before the first statement."""
    upload = request.files.get("table")
    if upload is None or not upload.filename:
        return [], NO_FILE
    try:
        return cells_of(read_rows(upload)), ""
    except BadSheet as refused:
        return [], str(refused)


@bp.get("/import/<int:id>")
@writers
def check(id: int) -> BaseResponse:
    draft, org = _draft_or_404(id)
    if draft.taken_at:
        return redirect(url_for("register.show", org=org.id, kind=draft.kind), 303)
    return _page(draft, org, plan(org.id, draft.kind, draft.rows))


@bp.post("/import/<int:id>")
@writers
def take(id: int) -> BaseResponse:
    """Take in what the clerk has seen; if the register is another one by now, show it again instead."""
    draft, org = _draft_or_404(id)
    hold_register(org.id)
    db.session.refresh(draft)
    done = url_for("register.show", org=org.id, kind=draft.kind, ok="saved")
    if draft.taken_at:
        return redirect(done, 303)
    made = plan(org.id, draft.kind, draft.rows)
    if request.form.get("seen") != made.mark:
        return _page(draft, org, made, status=409)
    take_in(org.id, draft.kind, made)
    note = f"{RegisterKind(draft.kind).label}，新加 {len(made.new)}，改动 {len(made.changed)}"
    record("register_import", "收进名册", a_person(), note=note, org_id=org.id)
    draft.taken_at, draft.rows = now(), []
    db.session.commit()
    return redirect(done, 303)


def _draft_or_404(id: int) -> tuple[RegisterImport, Org]:
    """The rows that this very person has sent; a day later they are gone."""
    draft, person = db.session.get(RegisterImport, id), a_person()
    if draft is None or draft.person_id != person.id:
        abort(404, "这张表放得太久，已经清掉了。请重新选一次。")
    org = db.session.get_one(Org, draft.org_id)
    return (draft, org) if keeps(person, org) else abort(403)


def _page(draft: RegisterImport, org: Org, made: Plan, status: int = 200) -> Response:
    changed = [(entry.number, entry.name, say_change(entry, values)) for entry, values in made.changed[:SHOWN]]
    return page(
        "portal/register_check.html", title="收之前看一眼", draft=draft, org=org, kind=RegisterKind(draft.kind),
        made=made, changed=changed, shown=SHOWN, late=status == 409, status=status,
    )  # fmt: skip


def init_app(app: Flask) -> None:
    """Its routes are the register's, added as this file is read."""
