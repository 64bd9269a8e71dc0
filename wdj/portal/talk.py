"""What a reader may do about a comment of somebody else: report it, so that a clerk looks again."""

from flask import Blueprint, Flask, abort, redirect, url_for
from sqlalchemy import select
from sqlalchemy.orm import contains_eager
from werkzeug.wrappers import Response as BaseResponse
from wtforms import RadioField
from wtforms.validators import InputRequired

from wdj.core.comments import Comment
from wdj.core.db import db
from wdj.core.forms import Choice, Form, again
from wdj.core.items import Item
from wdj.core.once import claim_once, once_key, settle_once
from wdj.core.pages import page
from wdj.core.reports import REPORTED_FOR, report, too_many_reports
from wdj.core.session import everyone, me, remember_device
from wdj.modules import item_url

bp = Blueprint("talk", __name__, url_prefix="/comments")


class ReportForm(Form):
    reason = RadioField(
        "哪里不妥",
        choices=[Choice(each, each) for each in REPORTED_FOR],
        validators=[InputRequired("请选一条")],
        validate_choice=False,
    )


@bp.get("/<int:id>/report")
@everyone
def ask(id: int) -> BaseResponse:
    return _form(_public_or_404(id), ReportForm(), 200)


@bp.post("/<int:id>/report")
@everyone
def send(id: int) -> BaseResponse:
    """Report a comment. One that a clerk has hidden meanwhile is gone."""
    said, form, person = _public_or_404(id), ReportForm(), me()
    if not form.accepted() or form.reason.data not in REPORTED_FOR:
        return _form(said, form, 422)
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    reporter = f"p{person.id}" if person else remember_device()
    if too_many_reports(reporter):
        return again("报得太快了", "请等几分钟再报。急事请打电话。", 429)
    report(said, reporter, form.reason.data)
    url = f"{item_url(said.item)}?ok=reported#comments-{said.item_id}"
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def _public_or_404(id: int) -> Comment:
    """The comment with its item, if everybody can read both."""
    found = select(Comment).join(Comment.item).options(contains_eager(Comment.item))
    found = found.where(Comment.id == id, Comment.state == "shown", Item.is_public.is_(True))
    return db.session.scalars(found).one_or_none() or abort(404)


def _form(said: Comment, form: ReportForm, status: int) -> BaseResponse:
    return page(
        "portal/report.html", title="举报一条评论", status=status, c=said, form=form, back=item_url(said.item),
        action=url_for("talk.send", id=said.id),
    )  # fmt: skip


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
