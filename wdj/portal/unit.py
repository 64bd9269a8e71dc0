"""本单位: what an org says of itself, its telephone, and how comments under its posts are treated."""

from flask import Blueprint, Flask, abort, redirect, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import Length, Regexp

from wdj.core.db import db
from wdj.core.forms import Form, tidied
from wdj.core.items import record
from wdj.core.once import claim_once, once_key, settle_once
from wdj.core.orgs import Kind, Org, children
from wdj.core.pages import page
from wdj.core.people import WRITER_ROLES, Grant, Me, Person
from wdj.core.session import holders, me

bp = Blueprint("unit", __name__)
writers = holders(WRITER_ROLES, "writers")
BELOW = (Kind.department, Kind.town, Kind.station, Kind.village, Kind.community)


class UnitForm(Form):
    about = TextAreaField("我们是谁", filters=[tidied], validators=[Length(max=600, message="最多写 600 个字")])
    phone = StringField(
        "电话",
        filters=[tidied],
        validators=[Regexp(r"([0-9][0-9 -]{5,18})?\Z", message="电话只写数字，可以用短横线隔开")],
    )
    contact = StringField("联系人", filters=[tidied], validators=[Length(max=20, message="姓名最多 20 个字")])
    moderate_before = BooleanField("评论先审后显示")
    anonymous_comments = BooleanField("评论可以不留称呼")
    check_replies = BooleanField("答复要第二个人看过再发")


@bp.route("/orgs/<int:id>/edit", methods=["GET", "POST"])
@writers
def edit(id: int) -> BaseResponse:
    person = me() or abort(403)
    org = db.session.get(Org, id) or abort(404)
    if not person.has(WRITER_ROLES, org.path):
        abort(403)
    form = UnitForm(obj=org)
    if not decides_on_checks(person, org):
        del form.check_replies
    if not form.accepted():
        status = 422 if request.method == "POST" else 200
        shown = db.session.scalars(children(org, *BELOW)).all()
        return page(
            "portal/unit.html", title=f"{org.short_name}的资料", form=form, org=org, status=status, below=shown,
            clerks=clerks_of(org),
        )  # fmt: skip
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    form.populate_obj(org)
    record("unit", "改单位资料", person, org_id=id)
    url = url_for("home.org", id=id, ok="saved")
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def clerks_of(org: Org) -> int:
    """How many people of the unit itself answer letters: a second one reads what the first wrote."""
    holds = select(Grant.person_id).where(Grant.org_id == org.id, Grant.role.in_(WRITER_ROLES))
    found = select(func.count(Person.id)).where(Person.id.in_(holds), Person.disabled_at.is_(None))
    return db.session.scalar(found) or 0


def decides_on_checks(person: Me, org: Org) -> bool:
    """Whether a second person reads answers is for those above the unit: nobody lets themselves off."""
    parent = org.path[: org.path[:-1].rindex("/") + 1]
    return person.has(WRITER_ROLES, org.path if parent == "/" else parent)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
