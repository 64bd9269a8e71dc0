"""专题: the page of one piece of work, gathered from all modules by the writers of its org."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Flask, Response, abort, redirect, request, url_for
from sqlalchemy import Row, Select, select
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from wdj.core.cards import cards
from wdj.core.clock import say_when
from wdj.core.db import brief_read, db
from wdj.core.forms import Choice, Form, tidied
from wdj.core.fresh import memory
from wdj.core.items import Item, get_visible_or_404, record
from wdj.core.once import claim_once, once_key, release_once, settle_once
from wdj.core.orgs import Org
from wdj.core.pages import TOASTS, lite, page
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.placements import mark
from wdj.core.plain import one_line
from wdj.core.reads import totals
from wdj.core.session import everyone, holders, keyed, me
from wdj.core.site import absolute
from wdj.core.spreadsheets import Cell, Sheet, download
from wdj.core.subjects import CLOSED, OPEN, Subject, find_subject, gather, gathered, let_go, may_write, subjects
from wdj.modules import ENDPOINT_OF, MODULE_OF, item_url

bp = Blueprint("subjects", __name__, url_prefix="/subjects")
writers = holders(WRITER_ROLES, "writers")
PAGE_ROWS, MOST_EXPORTED = 10, 5000
STATES = {OPEN: "正在办", CLOSED: "办完了"}
ACTIONS = {"close": (CLOSED, "结束专题"), "reopen": (OPEN, "重新开始专题")}
COLUMNS = ["编号", "标题", "栏目", "单位", "发布时间", "阅读", "点赞", "评论", "网址"]


class SubjectForm(Form):
    version = HiddenField()
    org = SelectField("哪个单位的", coerce=int)
    title = StringField(
        "专题名称",
        filters=[lambda value: one_line(tidied(value))],
        validators=[InputRequired("请写个名称"), Length(2, 30, "名称写 2 到 30 个字")],
    )
    text = TextAreaField("这件事怎么办", filters=[tidied], validators=[Length(max=1000, message="最多写 1000 个字")])


@bp.get("")
@everyone
def show_all() -> Response:
    state = request.args.get("kind", OPEN)
    if state not in STATES:
        abort(404)
    found, older = _page_of(state, request.args.get("before", type=int))
    person = me()
    return page(
        "portal/subjects.html", title="专题", tab="feed", keep=True, subjects=found,
        chips=[(label, url_for("subjects.show_all", kind=name), name == state) for name, label in STATES.items()],
        older=older and url_for("subjects.show_all", kind=state, before=older),
        writes=person is not None and person.has_any(WRITER_ROLES),
    )  # fmt: skip


def _page_of(state: str, before: int | None) -> tuple[list[Subject], int | None]:
    """One page of subjects, and the id before which the next begins; remembered until the next commit."""
    known = memory()
    key = ("subjects", state, before)
    if key not in known:
        found = list(db.session.scalars(subjects(state, before=before).limit(PAGE_ROWS + 1)))
        for each in found:
            db.session.expunge(each)
        known[key] = found
    found = known[key]
    return found[:PAGE_ROWS], found[PAGE_ROWS - 1].id if len(found) > PAGE_ROWS else None


@bp.get("/<int:id>")
@everyone
def show(id: int) -> Response:
    subject = _or_404(id)
    ids, older = _gathered(subject, request.args.get("before"))
    writes = may_write(me(), subject)
    return page(
        "portal/subject.html", title=subject.public_title, tab="feed", keep=True, subject=subject,
        state=STATES[subject.state], when=say_when(subject.made_at), cards=cards(ids, lite()), writes=writes,
        older=older and url_for("subjects.show", id=id, before=older), first="before" not in request.args,
        titles=_titles(ids) if writes else [],
    )  # fmt: skip


def _or_404(subject_id: int) -> Subject:
    return find_subject(subject_id) or abort(404)


def _gathered(subject: Subject, before: str | None) -> tuple[list[int], str | None]:
    """The ids of one page of its items, and the mark after which the next begins."""
    known = memory()
    key = ("gathered", subject.id, before)
    if key not in known:
        known[key] = db.session.execute(gathered(subject.org_id, subject.id, before).limit(PAGE_ROWS + 1)).all()
    rows = known[key]
    older = mark(rows[PAGE_ROWS - 1][1], rows[PAGE_ROWS - 1][0]) if len(rows) > PAGE_ROWS else None
    return [row[0] for row in rows[:PAGE_ROWS]], older


def _titles(ids: list[int]) -> list[tuple[int, str]]:
    found = {row[0]: row[1] for row in db.session.execute(select(Item.id, Item.public_title).where(Item.id.in_(ids)))}
    return [(item_id, found[item_id]) for item_id in ids if item_id in found]


@bp.route("/new", methods=["GET", "POST"])
@writers
def new() -> BaseResponse:
    person = me() or abort(403)
    form = SubjectForm()
    held = sorted((grant for grant in person.grants if grant.role in WRITER_ROLES), key=lambda grant: len(grant.path))
    form.org.choices = [Choice(*each) for each in dict.fromkeys((grant.org_id, grant.org_name) for grant in held)]
    if not form.accepted():
        return _form("新建专题", form, None)
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    org = db.session.get_one(Org, form.org.data)
    subject = Subject(org_id=org.id, org=org, title=form.title.data, text=form.text.data, author_id=person.id)
    db.session.add(subject)
    db.session.flush()
    return _stored(key, subject, person, "新建专题", "saved")


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@writers
def edit(id: int) -> BaseResponse:
    subject, person = _mine(id)
    form = SubjectForm(obj=subject, data={"org": subject.org_id, "version": _version(subject)})
    form.org.choices = [Choice(subject.org_id, subject.org.short_name)]
    if not form.accepted():
        return _form("改专题", form, subject)
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    # Others wait from here until the commit, and their words are seen.
    db.session.refresh(subject, ["title", "text"], with_for_update=True)
    if form.version.data != _version(subject) and (form.title.data, form.text.data) != (subject.title, subject.text):
        return _somebody_was_faster(form, subject, key)
    subject.title, subject.text = form.title.data or "", form.text.data or ""
    return _stored(key, subject, person, "改专题", "saved")


@bp.post("/<int:id>/<any(close, reopen):action>")
@writers
def move(id: int, action: str) -> BaseResponse:
    """End the subject, so that nothing more is put in, or begin it again."""
    subject, person = _mine(id)
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    subject.state, label = ACTIONS[action]
    return _stored(key, subject, person, label, "done")


@bp.post("/<int:id>/items")
@writers
def change_items(id: int) -> BaseResponse:
    """Put an item of any kind on the page, or take it off (do=remove)."""
    subject, person = _mine(id)
    takes = request.form.get("do") == "remove"
    item = get_visible_or_404(Item, request.form.get("item", type=int) or abort(422, "请选一篇。"), person)
    if not takes and not item.is_public:
        abort(422, "这一篇还没有发布，发布了才能放进专题。")
    if not takes and subject.state != OPEN:
        abort(409)
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    if takes:
        let_go(subject, item.id)
    else:
        gather(subject, item)
    label = f"{'移出' if takes else '放进'}专题“{subject.title}”"
    record("subject", label, person, org_id=subject.org_id, note=item.public_title)
    stays = url_for("subjects.show", id=id) if "from_subject" in request.form else item_url(item)
    url = f"{stays}?ok={'let_go' if takes else 'gathered'}"
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


@bp.post("/<int:id>/table")
@writers
def export(id: int) -> BaseResponse:
    """Everything on the page as a file; it is made before the first write."""
    person, form = me() or abort(403), request.form.get("form", "xlsx")
    if form not in ("xlsx", "csv"):
        abort(422, "请选 Excel 或 CSV。")
    with brief_read() as connection:
        known = connection.execute(
            select(Subject.org_id, Subject.title, Org.path).join(Subject.org).where(Subject.id == id)
        ).one_or_none() or abort(404)
        if not person.has(WRITER_ROLES, known.path):
            abort(403)
        rows = connection.execute(_whole(known.org_id, id)).all()
    response = download(Sheet(f"专题 {known.title}", COLUMNS, _cells(rows)), "csv" if form == "csv" else "xlsx")
    record("export", f"导出专题“{known.title}”", person, org_id=known.org_id, note=f"{len(rows)} 条")
    db.session.commit()
    return response


def _whole(org_id: int, subject_id: int) -> Select[*tuple[Any, ...]]:
    columns = (Item.id, Item.type, Item.kind, Item.public_title, Org.short_name, Item.published_at, Item.like_count,
               Item.comment_count)  # fmt: skip
    found = gathered(org_id, subject_id).with_only_columns(*columns, maintain_column_froms=True)
    return found.join(Org, Org.id == Item.org_id).limit(MOST_EXPORTED)


def _cells(rows: Sequence[Row[Any]]) -> list[list[Cell]]:
    read = totals([row.id for row in rows])
    return [
        [row.id, row.public_title, _kind_label(row.type, row.kind), row.short_name, row.published_at, read[row.id],
         row.like_count, row.comment_count, absolute(url_for(ENDPOINT_OF[row.type], id=row.id))]
        for row in rows
    ]  # fmt: skip


def _kind_label(type_: str, kind: str) -> str:
    module = MODULE_OF[type_]
    return dict(module.kinds).get(kind, module.label)


def _mine(id: int) -> tuple[Subject, Me]:
    """The subject, and who may change it: 404 if there is none, 403 if it is another org's."""
    subject, person = _or_404(id), me() or abort(403)
    if not may_write(person, subject):
        abort(403)
    return subject, person


def _version(subject: Subject) -> str:
    """The same for the same words."""
    return keyed("subject", subject.id, subject.title, subject.text)


def _somebody_was_faster(form: SubjectForm, subject: Subject, key: str) -> Response:
    """The second of two writers sees what the first made of it and keeps their own words."""
    form.version.data = _version(subject)
    release_once(key)
    db.session.commit()
    return _form("改专题", form, subject, late=True)


def _form(heading: str, form: SubjectForm, subject: Subject | None, *, late: bool = False) -> Response:
    status = 409 if late else 422 if request.method == "POST" else 200
    return page("portal/subject_form.html", title=heading, tab="feed", status=status, form=form, heading=heading,
                subject=subject, late=late)  # fmt: skip


def _stored(key: str, subject: Subject, person: Me, label: str, ok: str) -> BaseResponse:
    """Log it, commit and show the subject."""
    record("subject", f"{label}“{subject.title}”", person, org_id=subject.org_id)
    url = url_for("subjects.show", id=subject.id, ok=ok)
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    TOASTS.update(gathered="放进专题了。", let_go="从专题里拿出来了，别处还在。")
