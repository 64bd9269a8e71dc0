"""The short way to the form in which anybody asks something: /ask for posters, and the link under posts."""

from flask import Blueprint, Flask, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.session import everyone
from wdj.modules import MODULES

bp = Blueprint("ask", __name__)


@bp.get("/ask")
@everyone
def show() -> BaseResponse:
    query = request.query_string.decode()
    return redirect(f"{url()}?{query}" if query else url(), 301)


def url(about: int | None = None) -> str:
    """The address of the form, about the public item with that id or about anything."""
    return next(module.ask_url(about) for module in MODULES if module.ask_url)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.extensions["ask_url"] = url
