"""我的: what was said on this device or by this person, and how to make it forget."""

from flask import Blueprint, Flask, Response, make_response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.clock import say_when
from wdj.core.comments import forget_comments, said_by
from wdj.core.db import db
from wdj.core.likes import forget_likes
from wdj.core.pages import drop_drafts, page
from wdj.core.session import DEVICE_COOKIE, KNOWN_COOKIE, device_id, everyone, me, take_cookie
from wdj.modules import item_url

bp = Blueprint("me", __name__, url_prefix="/me")
SAID_SHOWN = 50


@bp.get("")
@everyone
def show() -> Response:
    device = device_id()
    person = me()
    said = db.session.scalars(said_by(device, person).limit(SAID_SHOWN + 1)).all() if device or person else []
    return page(
        "portal/me.html",
        title="我的",
        said=[(each, say_when(each.at), item_url(each.item)) for each in said[:SAID_SHOWN]],
        more=len(said) > SAID_SHOWN,
        known=bool(device),
    )


@bp.post("/forget")
@everyone
def forget() -> BaseResponse:
    """Cut every tie between this device and what it sent, and take its cookies back."""
    if device := device_id():
        forget_comments(device)
        forget_likes(device)
        db.session.commit()
    response = make_response(redirect(url_for("me.show", ok="forgotten"), 303))
    take_cookie(response, DEVICE_COOKIE, KNOWN_COOKIE)
    response.delete_cookie("v", samesite="Lax")
    return drop_drafts(response)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
