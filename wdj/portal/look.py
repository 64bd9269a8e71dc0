"""Print size and data saving: links that set a cookie, so that they work everywhere."""

from flask import Blueprint, Flask, make_response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.asked import SIZES
from wdj.core.session import everyone
from wdj.portal.accounts import inside

bp = Blueprint("look", __name__)
YEAR = 365 * 86400


@bp.get("/look")
@everyone
def set_look() -> BaseResponse:
    response = make_response(redirect(inside(request.args.get("to")), 303))
    size, lite = request.args.get("size"), request.args.get("lite")
    if size in SIZES or size == "normal":
        response.set_cookie("size", "" if size == "normal" else size, max_age=YEAR, samesite="Lax")
    if lite in ("0", "1"):
        response.set_cookie("lite", lite, max_age=YEAR, samesite="Lax")
    return response


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
