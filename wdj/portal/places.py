"""换一个村: every town and village on one page, found by name, remembered by this device."""

from flask import Blueprint, Flask, Response, make_response, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.db import db
from wdj.core.orgs import Kind, Org
from wdj.core.pages import page
from wdj.core.scope import org_or_404
from wdj.core.session import everyone

bp = Blueprint("places", __name__)
VILLAGE_DAYS = 400


@bp.get("/places")
@everyone
def show() -> Response:
    query = request.args.get("q", "").strip()[:20]
    towns = _towns()
    found = None
    if query:
        found = [each for town, villages in towns for each in (town, *villages) if query in each.name]
    return page("portal/places.html", title="换一个村", tab="feed", keep=not query, q=query, found=found, towns=towns)


def _towns() -> list[tuple[Org, list[Org]]]:
    kinds = (Kind.town, Kind.village, Kind.community)
    units = db.session.scalars(select(Org).where(Org.kind.in_(kinds)).order_by(Org.code)).all()
    towns = [each for each in units if each.kind == Kind.town]
    return [(town, [each for each in units if each.parent_id == town.id]) for town in towns]


@bp.post("/places")
@everyone
def choose() -> BaseResponse:
    unit = org_or_404(request.form.get("org", 0, type=int))
    response = make_response(redirect(url_for("home.show", ok="chosen"), 303))
    response.set_cookie("v", str(unit.id), max_age=VILLAGE_DAYS * 86400, samesite="Lax")
    return response


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
