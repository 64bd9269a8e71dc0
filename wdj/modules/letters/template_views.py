"""The frames of answers as clerks keep them: a list, a form, and away with one that is out of date."""

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.db import db
from wdj.core.forms import Choice
from wdj.core.items import record
from wdj.core.once import claim_once, once_key, settle_once
from wdj.core.orgs import Org
from wdj.core.pages import page
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.session import holders, me
from wdj.modules.letters import templates
from wdj.modules.letters.handling_forms import PLACEHOLDERS, TemplateForm
from wdj.modules.letters.messages import Template
from wdj.modules.letters.models import KINDS, Kind
from wdj.modules.letters.views import bp

writers = holders(WRITER_ROLES, "writers")
LONGEST_LIST = 200


@bp.get("/templates")
@writers
def list_templates() -> Response:
    person = me() or abort(403)
    rows = db.session.execute(templates.seen_by(person).limit(LONGEST_LIST)).all()
    own = {org_id for org_id, _ in templates.homes(person)}
    labels = {"": "都能用"} | {kind.value: label for kind, (label, _) in KINDS.items()}
    drawn = [(each, name, labels.get(each.kind, ""), each.org_id in own) for each, name in rows]
    return page("letters/templates.html", title="答复模板", tab="letters", rows=drawn)


@bp.route("/templates/new", methods=["GET", "POST"])
@writers
def new_template() -> BaseResponse:
    person = me() or abort(403)
    form = TemplateForm(data={"kind": _kind()})
    form.org.choices = [Choice(*each) for each in templates.homes(person)]
    if not form.accepted():
        return _form(form, None)
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    made = Template(org_id=form.org.data, kind=form.kind.data, title=form.title.data or "", text=form.text.data or "")
    db.session.add(made)
    return _store(key, "写答复模板", person, made.org_id, made.title)


def _kind() -> str:
    given = request.args.get("kind", "")
    return given if given in list(Kind) else ""


@bp.route("/templates/<int:id>/edit", methods=["GET", "POST"])
@writers
def edit_template(id: int) -> BaseResponse:
    person = me() or abort(403)
    template, org = _changeable_or_404(id, person)
    form = TemplateForm(obj=template, data={"org": org.id})
    form.org.choices = [Choice(org.id, org.short_name)]
    if not form.accepted():
        return _form(form, template)
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    template.kind, template.title, template.text = form.kind.data, form.title.data or "", form.text.data or ""
    return _store(key, "改答复模板", person, org.id, template.title)


@bp.post("/templates/<int:id>/delete")
@writers
def delete_template(id: int) -> BaseResponse:
    person, key = me() or abort(403), once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    template, org = _changeable_or_404(id, person)
    db.session.delete(template)
    return _store(key, "删答复模板", person, org.id, template.title)


def _changeable_or_404(id: int, person: Me) -> tuple[Template, Org]:
    """The frame and its unit: 404 for one that this person's units do not use, 403 for that of a unit above."""
    template, org = db.session.execute(templates.one(id)).one_or_none() or abort(404)
    if templates.may_change(person, org):
        return template, org
    used = any(grant.path.startswith(org.path) for grant in person.grants if grant.role in WRITER_ROLES)
    return abort(403 if used else 404)


def _form(form: TemplateForm, template: Template | None) -> Response:
    status = 422 if request.method == "POST" else 200
    return page(
        "letters/template.html", title="改模板" if template else "写一个模板", tab="letters", status=status, form=form,
        known=template, placeholders=PLACEHOLDERS,
    )  # fmt: skip


def _store(key: str, label: str, person: Me, org_id: int, title: str) -> BaseResponse:
    record("template", label, person, note=title, org_id=org_id)
    url = url_for("letters.list_templates", ok="done")
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)
