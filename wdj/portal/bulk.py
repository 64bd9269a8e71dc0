"""What a clerk does to many at once: each item by its own lifecycle, each with its own outcome; and files of lists."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, abort, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as BaseResponse
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from wdj.core.clock import now
from wdj.core.db import brief_read, db
from wdj.core.deadlines import days_late, last_day
from wdj.core.forms import Form, tidied
from wdj.core.items import Item, get_visible_or_404, record
from wdj.core.module import Module
from wdj.core.once import claim_once, once_key, settle_once
from wdj.core.pages import page
from wdj.core.people import READER_ROLES, Me
from wdj.core.session import holders, me
from wdj.core.spreadsheets import Cell, Sheet, download
from wdj.core.spreadsheets import Form as FileForm
from wdj.core.together import FILES, Outcomes, each_alone, in_words, ticked
from wdj.core.workflow import Transition
from wdj.modules import MODULE_OF, MODULES, WORKFLOW_OF
from wdj.portal.desk import first_steps, worklist
from wdj.portal.filters import VIEWS, Wanted, desk_url, wanted_from
from wdj.portal.rows import Found, Row, with_pauses
from wdj.portal.worklist import chosen_rows, whole_list

bp = Blueprint("bulk", __name__, url_prefix="/desk/bulk")
readers = holders(READER_ROLES, "readers")
HEADS = (
    "编号", "标题", "单位", "承办", "栏目", "状态", "怎么来的", "写成时间", "到期时间", "到期", "超期工作日",
)  # fmt: skip


MOST_IN_FILE = 20_000  # eight years of a county, or one of a very large one
CUT = "一张表最多 2 万件，后面的没有放进来。请在工作台上先筛选，再分几次导出。"
FORMS = {each.endpoint for module in MODULES for each in module.together}
Cells = Mapping[int, Sequence[Cell]]


class NoteForm(Form):
    note = TextAreaField(
        "原因",
        filters=[tidied],
        validators=[InputRequired("请写上原因，对方要看的"), Length(2, 300, "写 2 到 300 个字")],
    )


@bp.post("")
@readers
def act() -> BaseResponse:
    """What the pressed button says, to all that are ticked; one reason for all is asked for on a page of its own."""
    person, action = me() or abort(403), request.form.get("action", "")
    if kind := FILES.get(action):
        return _export(person, kind)
    ways = _ways(action)
    if not ways and action not in FORMS:
        abort(404)
    wanted, ids = wanted_from(request.form, person), ticked()
    if not ids:
        return worklist(person, wanted, problem="先在左边打勾，再按按钮。", status=422)
    if action in FORMS:
        return redirect(url_for(action, ids=in_words(ids), back=urlencode(wanted.query()) or None), 303)
    return _act(person, wanted, ids, ways)


def _act(person: Me, wanted: Wanted, ids: list[int], ways: list[Transition]) -> BaseResponse:
    form, action = NoteForm(), ways[0].action
    if any(way.note for way in ways) and not ("note" in request.form and form.accepted()):
        return _ask_why(person, wanted, ids, ways[0], form)
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    note = form.note.data or ""
    outcomes = each_alone(ids, lambda item_id: _move(item_id, action, person, note))
    if not outcomes.done:
        db.session.rollback()
        return worklist(person, wanted, problem=_problem(person, outcomes), status=outcomes.status)
    url = desk_url(wanted, **outcomes.query())
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def _problem(person: Me, outcomes: Outcomes) -> str:
    """Why nothing at all was done; of what needs another step first, which."""
    steps = first_steps(person, chosen_rows(person, outcomes.failed.get(428, [])))
    return f"{outcomes.words('件')}{'：' if steps else ''}{'、'.join(dict.fromkeys(steps.values()))}。"


def _ways(action: str) -> list[Transition]:
    """The transitions of that name, of whatever type, that may be done to many at once."""
    every = (each for workflow in WORKFLOW_OF.values() for each in workflow.transitions)
    return [each for each in every if each.action == action and each.together]


def _move(item_id: int, action: str, person: Me, note: str) -> None:
    """Move one item on. What waits for its time goes out on its own page only: there one sees the time."""
    item = get_visible_or_404(Item, item_id, person)
    workflow = WORKFLOW_OF[item.type]
    way = next((each for each in workflow.transitions if each.action == action and each.together), None) or abort(422)
    if not way.guard(person, item):
        abort(_instead(item, way, person))
    if item.goes_out_at and item.goes_out_at > now() and way.to in workflow.public and item.state in way.sources:
        abort(422)
    workflow.apply(action, item, person, note)


def _instead(item: Item, way: Transition, person: Me) -> int:
    """The status of a step that is not theirs: 428 where another one of the bar comes first for them, or their own."""
    if item.state in way.sources:
        return 403
    open_ways = [each for each in WORKFLOW_OF[item.type].open_to(person, item) if each.to and not each.undo]
    return 428 if any(each.is_plain for each in open_ways) else 422 if open_ways else 403


def _ask_why(person: Me, wanted: Wanted, ids: list[int], way: Transition, form: NoteForm) -> BaseResponse:
    """The small page for one reason that all of them get."""
    first = "note" not in request.form
    return page(
        "portal/together.html", title=f"{way.label} {len(ids)} 件", status=200 if first else 422, ids=ids,
        form=NoteForm(formdata=None) if first else form, rows=chosen_rows(person, ids), way=way, wanted=wanted,
        back=desk_url(wanted),
    )  # fmt: skip


def _export(person: Me, kind: FileForm) -> BaseResponse:
    """What is ticked, or else the whole list as it is filtered, as a file; it is made before the first write."""
    with brief_read() as connection:

        def fetch(found: Found) -> Any:
            return connection.execute(found).all()

        wanted = wanted_from({**request.form, "after": ""}, person, fetch)
        ids = ticked()
        everything = whole_list(person, wanted, MOST_IN_FILE + 1, fetch)
        batches = iter([chosen_rows(person, ids, fetch)]) if ids else everything
        modules = [module for module in MODULES if module.columns and wanted.kind in ("", *dict(module.kinds))]
        table = Lines(batches, modules, connection)
        heads = [*HEADS, *(head for module in modules if module.columns for head in module.columns.heads)]
        response = download(Sheet(f"工作台 {VIEWS[wanted.view]}", heads, table), kind)
    record("export", "导出工作台清单", person, note=f"{VIEWS[wanted.view]} {table.count} 件")
    db.session.commit()
    return response


@dataclass
class Lines:
    """The lines of the file, made a batch at a time, so that no list is too long for it; `count` of them so far."""

    batches: Iterator[list[Row]]
    modules: list[Module]
    connection: Connection
    count: int = 0

    def __iter__(self) -> Iterator[list[Cell]]:
        for some in self.batches:
            rows = with_pauses(some, lambda found: self.connection.execute(found))
            further = [_further(module, rows, self.connection) for module in self.modules]
            for row in rows:
                if self.count == MOST_IN_FILE:
                    yield [None, CUT]
                    return
                self.count += 1
                yield [*_cells(row), *(cell for heads, cells in further for cell in cells.get(row.id, [None] * heads))]


def _cells(row: Row) -> list[Cell]:
    """What stands in the file of any row."""
    due = last_day(row.due_at) if row.started_on and row.due_at else row.due_at
    late = days_late(last_day(row.due_at), row.pauses) if row.started_on and row.late and row.due_at else None
    return [
        row.id, row.public_title, row.org_name, row.handler_name, row.kind_label, row.state_label, row.source_label,
        row.created_at, due, row.due, late,
    ]  # fmt: skip


def _further(module: Module, rows: Sequence[Row], connection: Connection) -> tuple[int, Cells]:
    """How many columns a module adds, and the cells of those rows that are its own."""
    ids = [row.id for row in rows if MODULE_OF[row.type] is module]
    columns = module.columns
    return (len(columns.heads), columns.cells(connection, ids) if ids else {}) if columns else (0, {})


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
