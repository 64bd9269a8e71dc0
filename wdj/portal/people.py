"""People and grants of my org: made, disabled and reset by clerks; nobody changes their own rights."""

from flask import Blueprint, Flask, Response, abort, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Regexp, ValidationError

from wdj.core.clock import now, say_when
from wdj.core.db import brief_read, db, insert_new
from wdj.core.forms import Choice, Form, tidied
from wdj.core.items import Event, record
from wdj.core.once import claim_once, once_key, settle_once
from wdj.core.orgs import Kind, Org, below
from wdj.core.pages import page
from wdj.core.people import GIVES, HASHER, Grant, Me, Person, Role, add_person, new_password, people_below
from wdj.core.plain import one_line
from wdj.core.session import end_logins, holders, me
from wdj.core.spreadsheets import Sheet, download
from wdj.core.together import FILES, MOST_EXPORTED

bp = Blueprint("people", __name__, url_prefix="/people")
managers = holders(GIVES, "managers")
PAGE_ROWS = 50


class GrantForm(Form):
    org = SelectField("在哪个单位", coerce=int)
    role = SelectField("做什么")


class PersonForm(GrantForm):
    name = StringField(
        "姓名", filters=[tidied, one_line], validators=[InputRequired("请写姓名"), Length(2, 20, "姓名写 2 到 20 个字")]
    )
    login = StringField(
        "账号",
        filters=[lambda typed: (typed or "").lower()],
        validators=[
            InputRequired("请写账号"),
            Regexp(r"[a-z0-9][a-z0-9._-]{2,29}\Z", message="账号用小写字母和数字，3 到 30 个，比如 shajiangsi-li"),
        ],
    )
    phone = StringField("电话", validators=[Regexp(r"([0-9-]{7,15})?\Z", message="电话只写数字，7 到 15 位，可以空着")])

    def validate_login(self, field: StringField) -> None:
        if db.session.scalar(select(Person.id).where(Person.login == field.data)):
            raise ValidationError("这个账号有人用了，换一个")


def _me() -> Me:
    person = me()
    assert person is not None  # noqa: S101
    return person


def _managed_paths(person: Me) -> list[str]:
    """The paths under which this person may manage people: shortest first, none inside another."""
    paths = sorted({grant.path for grant in person.grants if grant.role in GIVES}, key=len)
    return [path for path in paths if not any(path != other and path.startswith(other) for other in paths)]


def _roles(person: Me) -> list[Choice]:
    given = {role for grant in person.grants for role in GIVES.get(grant.role, ())}
    return [Choice(role.value, role.label) for role in Role if role in given]


def _orgs(person: Me) -> list[Choice]:
    """The orgs in which this person may give roles, as a tree drawn with spaces."""
    found: list[Choice] = []
    for path in _managed_paths(person):
        rows = db.session.scalars(select(Org).where(below(path)).order_by(Org.path)).all()
        indents = (row.path.count("/") - path.count("/") for row in rows)
        found += [Choice(row.id, "　" * depth + row.short_name) for row, depth in zip(rows, indents, strict=True)]
    return found


@bp.get("")
@managers
def show() -> Response:
    person = _me()
    query = request.args.get("q", "").strip()[:20]
    after = request.args.get("after", 0, type=int)
    found = people_below(_managed_paths(person)).options(selectinload(Person.grants).joinedload(Grant.org))
    if query:
        found = found.where(Person.name.startswith(query, autoescape=True))
    rows = db.session.scalars(
        found.order_by(None).order_by(Person.id).where(Person.id > after).limit(PAGE_ROWS + 1)
    ).all()
    older = url_for("people.show", q=query or None, after=rows[PAGE_ROWS - 1].id) if len(rows) > PAGE_ROWS else None
    return page("portal/people.html", title="人员", people=rows[:PAGE_ROWS], q=query, older=older, roles=Role)


@bp.post("/export")
@managers
def export() -> BaseResponse:
    """Everybody of the list as a file; with telephones only where that is asked for, and it is noted."""
    person, phones = _me(), request.form.get("phones") == "1"
    found = people_below(_managed_paths(person)).order_by(None).order_by(Person.id).limit(MOST_EXPORTED)
    roles = select(Grant.person_id, Grant.role, Org.short_name).join(Org).where(
        Grant.person_id.in_(found.with_only_columns(Person.id))
    )  # fmt: skip
    with brief_read() as connection:
        columns = (Person.id, Person.name, Person.login, Person.phone, Person.disabled_at)
        rows = connection.execute(found.with_only_columns(*columns)).all()
        held = [(id, f"{org} {Role(role).label}") for id, role, org in connection.execute(roles.order_by(Grant.id))]
    cells = [
        [name, login, "；".join(words for of, words in held if of == id), "已停用" if gone else "在用",
         *([phone] if phones else [])]
        for id, name, login, phone, gone in rows
    ]  # fmt: skip
    heads = ["姓名", "账号", "岗位", "状态", *(["电话"] if phones else [])]
    response = download(Sheet("人员和岗位", heads, cells), FILES.get(request.form.get("do", ""), "xlsx"))
    record("export", "导出人员清单", person, note=f"{len(rows)} 人{'，带电话' if phones else ''}")
    db.session.commit()
    return response


@bp.route("/new", methods=["GET", "POST"])
@managers
def new() -> BaseResponse:
    person = _me()
    form = PersonForm()
    form.org.choices, form.role.choices = _orgs(person), _roles(person)
    password, key = new_password(), once_key()
    hashed = HASHER.hash(password) if request.method == "POST" else ""
    # Before the form is judged: to the second sending the login is taken, by the first.
    if request.method == "POST" and (earlier := claim_once(key)):
        return redirect(earlier, 303)
    if not form.accepted() or not _grantable(form, person):
        return page(
            "portal/person_form.html", title="加一个人", form=form, status=422 if request.method == "POST" else 200
        )
    try:
        made = add_person(form.login.data or "", form.name.data or "", form.phone.data or "", hashed)
    except IntegrityError:
        db.session.rollback()
        form.login.errors = ["这个账号有人用了，换一个"]
        return page("portal/person_form.html", title="加一个人", form=form, status=422)
    _give(made, Role(form.role.data), form.org.data, person)
    record("person_made", "建账号", person, about_id=made.id)
    settle_once(key, url_for("people.one", id=made.id))
    db.session.commit()
    return _handed_over(made, password)


def _handed_over(row: Person, password: str) -> Response:
    """The page that shows a first password, this once; it is stored nowhere."""
    response = page("portal/password_slip.html", title="新密码", person=row, password=password)
    response.headers["Cache-Control"] = "no-store"
    return response


def _grantable(form: GrantForm, person: Me) -> bool:
    org = db.session.get(Org, form.org.data)
    if org is not None and person.may_give(Role(form.role.data), org):
        return True
    kind = Kind(org.kind).label if org else "这里"
    form.role.errors = [*form.role.errors, f"{kind}没有“{Role(form.role.data).label}”这个岗位，请换一个单位或岗位"]
    return False


def _give(row: Person, role: Role, org_id: int, by: Me) -> None:
    new = insert_new(Grant, person_id=row.id, role=role.value, org_id=org_id)
    if db.session.scalar(new.returning(Grant.id)) is not None:
        record("grant", f"任{role.label}", by, about_id=row.id, org_id=org_id)


def _one(id: int, person: Me) -> Person:
    """The person of this id if they hold a grant inside what I manage; else 404."""
    found = people_below(_managed_paths(person)).where(Person.id == id)
    row = db.session.scalars(found.options(selectinload(Person.grants).joinedload(Grant.org))).one_or_none()
    return row or abort(404)


def _manageable(id: int, person: Me) -> Person:
    """The same, if I may change them: not myself, and no role that I could not give. Held until the commit."""
    db.session.execute(select(Person.id).where(Person.id == id).with_for_update())
    row = _one(id, person)
    if row.id == person.id or not all(person.may_give(Role(grant.role), grant.org) for grant in row.grants):
        abort(403)
    return row


@bp.get("/<int:id>")
@managers
def one(id: int) -> Response:
    return _person_page(_one(id, _me()), 200, None)


def _person_page(row: Person, status: int, form: GrantForm | None) -> Response:
    person = _me()
    if form is None:
        form = GrantForm()
        form.org.choices, form.role.choices = _orgs(person), _roles(person)
    events = db.session.execute(
        select(Event, Person.name).outerjoin(Person, Person.id == Event.person_id).where(Event.about_id == row.id)
        .order_by(Event.id.desc()).limit(20)
    ).all()  # fmt: skip
    mine = row.id != person.id and all(person.may_give(Role(grant.role), grant.org) for grant in row.grants)
    return page(
        "portal/person.html", title=row.name, person=row, form=form, status=status, roles=Role, manageable=mine,
        removable=[grant.id for grant in row.grants if person.may_give(Role(grant.role), grant.org)],
        events=[(say_when(event.at), name or "本人", event.label) for event, name in events],
    )  # fmt: skip


@bp.post("/<int:id>/disable")
@managers
def disable(id: int) -> BaseResponse:
    row = _manageable(id, _me())
    row.disabled_at = row.disabled_at or now()
    end_logins(row.id)
    record("disable", "停用账号", _me(), about_id=row.id)
    db.session.commit()
    return redirect(url_for("people.one", id=id, ok="done"), 303)


@bp.post("/<int:id>/enable")
@managers
def enable(id: int) -> BaseResponse:
    row = _manageable(id, _me())
    row.disabled_at = None
    record("enable", "恢复账号", _me(), about_id=row.id)
    db.session.commit()
    return redirect(url_for("people.one", id=id, ok="done"), 303)


@bp.post("/<int:id>/reset")
@managers
def reset(id: int) -> BaseResponse:
    password = new_password()
    hashed = HASHER.hash(password)
    row = _manageable(id, _me())
    row.password_hash, row.must_change = hashed, True
    end_logins(row.id)
    record("reset", "重设密码", _me(), about_id=row.id)
    db.session.commit()
    return _handed_over(row, password)


@bp.post("/<int:id>/grants")
@managers
def grant(id: int) -> BaseResponse:
    person = _me()
    row = _manageable(id, person)
    form = GrantForm()
    form.org.choices, form.role.choices = _orgs(person), _roles(person)
    if not form.accepted() or not _grantable(form, person):
        return _person_page(row, 422, form)
    _give(row, Role(form.role.data), form.org.data, person)
    db.session.commit()
    return redirect(url_for("people.one", id=id, ok="done"), 303)


@bp.post("/<int:id>/grants/<int:grant_id>/end")
@managers
def end_grant(id: int, grant_id: int) -> BaseResponse:
    person = _me()
    row = _manageable(id, person)
    held = next((each for each in row.grants if each.id == grant_id), None) or abort(404)
    if len(row.grants) == 1:
        abort(409, "这是最后一个岗位。不让用了，请按“停用”。")
    db.session.delete(held)
    record("grant_end", f"免{Role(held.role).label}", person, about_id=row.id, org_id=held.org_id)
    db.session.commit()
    return redirect(url_for("people.one", id=id, ok="done"), 303)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
