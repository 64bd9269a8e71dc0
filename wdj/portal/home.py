"""The front page and the page of each org: what my village and everything above it has to say."""

from typing import Any

from flask import Blueprint, Flask, Response, abort, redirect, request, url_for
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.asked import asked
from wdj.core.cards import cards
from wdj.core.db import db
from wdj.core.fresh import memory
from wdj.core.module import Tile
from wdj.core.orgs import Kind, Org, ancestors, children
from wdj.core.pages import Tab, drawn_once, lite, page
from wdj.core.people import WRITER_ROLES
from wdj.core.placements import NEWS, mark, pinned, placed
from wdj.core.scope import crumb_of, org_or_404, remembered_village
from wdj.core.session import everyone, me
from wdj.core.site import site
from wdj.core.subjects import open_of
from wdj.modules import MODULE_OF, MODULES

bp = Blueprint("home", __name__)
PAGE_ROWS, SUBJECTS_SHOWN = 10, 3
KINDS = {kind: (label, each.name) for each in MODULES if each.home == "/" for kind, label in each.kinds}
HELP = Tile("助", "使用说明", "/help")


def tabs() -> list[Tab]:
    """The five tabs, those that have a module, each named by its first."""
    first = {module.tab: Tab(module.tab, module.label, module.home) for module in reversed(MODULES)}
    return [first[tab] for tab in dict.fromkeys(module.tab for module in MODULES)]


def draw_card(row: Any, is_lite: bool) -> Markup:
    """Let the module of the row's type draw it."""
    return MODULE_OF[row.type].card(row, is_lite)


def rows_of(org_id: int, *, kind: str | None = None, before: str | None = None) -> tuple[list[Markup], str | None]:
    """The cards of one page of an org's list, and the mark after which the next page begins (None at the end).

    What is pinned stands first on the first page, and nowhere else; among one kind it stands where it belongs.
    """
    known = memory()
    key = ("list", org_id, kind, before)
    if key not in known:
        first = [] if kind or before else db.session.scalars(pinned(org_id, NEWS)).all()
        found = placed(org_id, NEWS, kind=kind, before=before, unpinned=not kind).limit(PAGE_ROWS + 1 - len(first))
        known[key] = first, db.session.execute(found).all()
    first, rows = known[key]
    shown = PAGE_ROWS - len(first)
    older = mark(rows[shown - 1][1], rows[shown - 1][0]) if len(rows) > shown else None
    return cards([*first, *(row[0] for row in rows[:shown])], lite(), pinned=first), older


@bp.get("/")
@everyone
def show() -> Response:
    county_id = site().county_id
    village = remembered_village()
    scope = village or (org_or_404(county_id) if county_id else abort(503))
    kind = request.args.get("kind", "")
    if kind and kind not in KINDS:
        abort(404)
    before = request.args.get("before")

    def context() -> dict[str, Any]:
        rows, older = rows_of(scope.id, kind=kind or None, before=before)
        return {
            "scope": scope,
            "chosen": village is not None,
            "crumb": crumb_of(scope),
            "org_url": url_for("home.org", id=scope.id),
            "tiles": [*(tile for module in MODULES for tile in module.tiles), HELP],
            "chips": _chips(kind),
            "subjects": open_of([*ancestors(scope), scope.id], SUBJECTS_SHOWN),
            "cards": rows,
            "older": older and url_for("home.show", kind=kind or None, before=older),
            "first": not (kind or before),
        }

    main = drawn_once("portal/home.html", (scope.id, village is not None, kind, before), context)
    return page(main, title=f"{scope.short_name}的消息", tab="feed", keep=True, by_village=True)


def _chips(kind: str) -> list[tuple[str, str, bool]]:
    every = ("全部", url_for("home.show"), not kind)
    return [every, *((label, url_for("home.show", kind=name), name == kind) for name, (label, _) in KINDS.items())]


@bp.get("/orgs/<int:id>")
@everyone
def org(id: int) -> Response:
    unit = org_or_404(id)
    rows, older = rows_of(id, before=request.args.get("before"))
    shown = (Kind.department, Kind.town, Kind.station, Kind.village, Kind.community)
    below = list(db.session.scalars(children(unit, *shown)))
    return page(
        "portal/org.html", title=unit.name, tab="feed", keep=True, by_village=True, org=unit, crumb=crumb_of(unit),
        cards=rows, older=older and url_for("home.org", id=id, before=older), first=not request.args.get("before"),
        below=[(each.short_name, url_for("home.org", id=each.id)) for each in below],
        may_choose=unit.kind in (Kind.county, Kind.town, Kind.village, Kind.community),
        subjects=open_of([id], PAGE_ROWS), is_chosen=asked().village == id, head=_feed_of(id),
        may_edit=(person := me()) is not None and person.has(WRITER_ROLES, unit.path),
    )  # fmt: skip


def _feed_of(org_id: int) -> Markup:
    """How a feed reader finds what stands on the page."""
    link = Markup('<link rel="alternate" type="application/atom+xml" title="订阅" href="{}">')
    return link.format(url_for("atom.show", id=org_id))


@bp.get("/v/<code>")
@everyone
def by_code(code: str) -> BaseResponse:
    """The short address for print: a national code leads to its page."""
    found = db.session.scalar(select(Org.id).where(Org.code == code))
    return redirect(url_for("home.org", id=found), 301) if found else abort(404)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.extensions["tabs"] = tabs
    app.extensions["draw_card"] = draw_card
