"""办理时限: how many working days things may take, for everyone who works here to see; the county sets them."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Flask, Response, abort, redirect, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField, IntegerField
from wtforms.validators import StopValidation

from wdj.core.db import db
from wdj.core.forms import Form
from wdj.core.items import record
from wdj.core.limits import MOST_DAYS, Limit, limits, set_limit
from wdj.core.once import claim_once, once_key, release_once, settle_once
from wdj.core.orgs import Kind, Org
from wdj.core.pages import page
from wdj.core.people import Me, Role
from wdj.core.session import holders, me, signed_in
from wdj.modules import MODULES

bp = Blueprint("limits", __name__, url_prefix="/limits")
county = holders((Role.county_office,), "county")
WRONG = f"请写 1 到 {MOST_DAYS} 之间的数"


def fits(_form: object, field: IntegerField) -> None:
    """The validator of a number of working days; what is no number gets the same words as one that does not fit."""
    if field.process_errors or not 1 <= (field.data or 0) <= MOST_DAYS:
        field.process_errors = []
        raise StopValidation(WRONG)


@dataclass(frozen=True)
class Shown:
    """One limit: its name in the database and in the form, what it is for, how long it is."""

    name: str
    label: str
    default: int
    days: int

    @property
    def field(self) -> str:
        return self.name.replace(".", "-")


def limits_of_parts(county_says: Mapping[str, int]) -> dict[str, list[Shown]]:
    """What each module lets the county set, by the module's label."""
    return {
        module.label: [
            Shown(name, label, default, county_says.get(name, default))
            for name, (label, default) in module.limits.items()
        ]
        for module in MODULES
        if module.limits
    }


def _flat(county_says: Mapping[str, int]) -> list[Shown]:
    return [each for part in limits_of_parts(county_says).values() for each in part]


def _held() -> dict[str, int]:
    """What the county has set, read anew while nobody else can set it."""
    db.session.execute(select(Org.id).where(Org.kind == Kind.county).with_for_update())
    return {each.name: each.days for each in db.session.scalars(select(Limit))}


def _form(shown: list[Shown]) -> Form:
    """The form of these limits: a field for each, and how they stood when the page was made."""
    fields = {each.field: IntegerField(each.label, validators=[fits], description=_help(each)) for each in shown}
    values = {each.field: each.days for each in shown} | {"version": _version(shown)}
    form: Form = type("LimitsForm", (Form,), {**fields, "version": HiddenField()})(data=values)
    return form


def _help(each: Shown) -> str:
    return f"工作日，本来是 {each.default}" if each.days != each.default else "工作日"


def _version(shown: list[Shown]) -> str:
    return ",".join(str(each.days) for each in shown)


def writes(person: Me | None) -> bool:
    return person is not None and person.has_any((Role.county_office,))


@bp.get("")
@signed_in
def show() -> Response:
    return _page(_form(_flat(limits())))


def _page(form: Form, *, status: int = 200, now: Mapping[str, int] | None = None) -> Response:
    """The limits, to look at or to set; `now`: somebody else was faster, and it stands like this."""
    says = limits() if now is None else now
    return page(
        "portal/limits.html", title="办理时限", form=form, parts=limits_of_parts(says), writes=writes(me()),
        late=now is not None, status=status,
    )  # fmt: skip


@bp.post("")
@county
def change() -> BaseResponse:
    """Set the limits that were changed; 409 where somebody else has set some since the page was made."""
    form = _form(_flat(limits()))
    if not form.accepted():
        return _page(form, status=422)
    key, url = once_key(), url_for("limits.show", ok="saved")
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    held = _held()
    if form["version"].data != _version(_flat(held)):
        release_once(key)
        db.session.commit()
        form["version"].data = _version(_flat(held))
        return _page(form, status=409, now=held)
    _set([(each, form[each.field].data) for each in _flat(held)])
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def _set(wanted: list[tuple[Shown, int]]) -> None:
    person = me() or abort(403)
    org_id = next(grant.org_id for grant in person.grants if grant.role == Role.county_office)
    for each, days in wanted:
        if days != each.days:
            set_limit(each.name, days)
            note = f"{each.label}：{each.days} 改成 {days} 个工作日"
            record("limit", "改办理时限", person, note=note, org_id=org_id)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
