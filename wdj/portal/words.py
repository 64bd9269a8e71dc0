"""The pages that only say something: help, privacy, accessibility; and whether the server is well."""

from typing import Any

from flask import Blueprint, Flask, Response, jsonify
from sqlalchemy import text

from wdj.core.db import db
from wdj.core.pages import page
from wdj.core.session import everyone

bp = Blueprint("pages", __name__)


@bp.get("/help")
@everyone
def help() -> Response:
    return page("portal/help.html", title="使用说明", keep=True)


@bp.get("/privacy")
@everyone
def privacy() -> Response:
    return page("portal/privacy.html", title="隐私说明", keep=True)


@bp.get("/accessibility")
@everyone
def accessibility() -> Response:
    return page("portal/accessibility.html", title="无障碍说明", keep=True)


@bp.get("/healthz")
@everyone
def health() -> tuple[Response, int]:
    """{"ok": true, "database": "ok", "jobs_waiting": 0, "jobs_failed": 0}, or 503 when the database does not answer."""
    state: dict[str, Any] = {"ok": True}
    try:
        count = text("SELECT state, count(*) FROM jobs WHERE state IN ('waiting', 'failed') GROUP BY state")
        jobs: dict[str, int] = {name: number for name, number in db.session.execute(count)}  # noqa: C416
        state |= {"database": "ok", "jobs_waiting": jobs.get("waiting", 0), "jobs_failed": jobs.get("failed", 0)}
    except Exception as wrong:
        state = {"ok": False, "database": type(wrong).__name__}
    response = jsonify(state)
    response.headers["Cache-Control"] = "no-store"
    return response, 200 if state["ok"] else 503


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
