"""What search engines are told: every public page, in files of 5,000 numbers, and where they have no business."""

from flask import Blueprint, Flask, Response, abort, url_for
from sqlalchemy import select

from wdj.core.db import db
from wdj.core.items import Item
from wdj.core.orgs import Org
from wdj.core.pages import render
from wdj.core.session import everyone
from wdj.core.site import absolute
from wdj.modules import MODULE_OF, item_url

bp = Blueprint("sitemap", __name__)
NUMBERS = 5000
ANY = 987_654_321  # stands for the number of an item in an address that is made once for all
# "/me" alone would shut /media/ too.
CLOSED = ("/comments/", "/desk", "/login", "/look", "/me$", "/me/", "/outputs", "/people", "/print", "/search")


@bp.get("/sitemap.xml")
@everyone
def show() -> Response:
    """The whole map where it is small, else the list of its parts."""
    parts = _parts()
    if len(parts) == 1:
        return _part(0)
    return _xml("portal/sitemap_index.xml", urls=[absolute(url_for("sitemap.part", number=each)) for each in parts])


def _parts() -> range:
    """The numbers of the parts; at least one."""
    newest = db.session.scalar(select(Item.id).where(Item.id > 0).order_by(Item.id.desc()).limit(1)) or 1
    return range((newest - 1) // NUMBERS + 1)


@bp.get("/sitemap-<int:number>.xml")
@everyone
def part(number: int) -> Response:
    return _part(number) if number in _parts() else abort(404)


def _part(number: int) -> Response:
    """The items whose ids lie in one span, and with the first the pages of orgs; it may be empty."""
    first = number * NUMBERS
    return _map([*(_of_orgs() if number == 0 else []), *_of_items(first, first + NUMBERS)])


@bp.get("/robots.txt")
@everyone
def robots() -> Response:
    lines = ["User-agent: *", *(f"Disallow: {each}" for each in CLOSED), f"Sitemap: {absolute('/sitemap.xml')}"]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def _of_orgs() -> list[tuple[str, str]]:
    """(address, day) of the front page and of every org's."""
    ids = db.session.scalars(select(Org.id).order_by(Org.id))
    return [(absolute("/"), ""), *((absolute(url_for("home.org", id=each)), "") for each in ids)]


def _of_items(after: int, last: int) -> list[tuple[str, str]]:
    """(address, day of publication) of what is public among the ids after `after` up to `last`."""
    span = select(Item.id, Item.type, Item.published_at).where(Item.id > after, Item.id <= last, Item.is_public)
    patterns = {name: absolute(item_url(Item(id=ANY, type=name))) for name in MODULE_OF}
    return [
        (patterns[type_name].replace(str(ANY), str(item_id)), f"{at:%Y-%m-%d}" if at else "")
        for item_id, type_name, at in db.session.execute(span.order_by(Item.id).limit(NUMBERS))
    ]


def _map(urls: list[tuple[str, str]]) -> Response:
    return _xml("portal/sitemap.xml", urls=urls)


def _xml(template: str, **context: object) -> Response:
    return Response(render(template, **context), mimetype="application/xml")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
