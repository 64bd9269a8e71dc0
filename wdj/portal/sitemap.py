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
CLOSED = ("/desk", "/login", "/look", "/me", "/outputs", "/people", "/print")


@bp.get("/sitemap.xml")
@everyone
def show() -> Response:
    """The whole map where it is small, else the list of its parts."""
    newest = db.session.scalar(select(Item.id).where(Item.id > 0).order_by(Item.id.desc()).limit(1)) or 0
    if newest <= NUMBERS:
        return _map([*_of_orgs(), *_of_items(0, newest)])
    parts = range(newest // NUMBERS + 1)
    return _xml("portal/sitemap_index.xml", urls=[absolute(url_for("sitemap.part", number=each)) for each in parts])


@bp.get("/sitemap-<int:number>.xml")
@everyone
def part(number: int) -> Response:
    """The items whose ids lie in one span, and with the first the pages of orgs."""
    first = number * NUMBERS
    found = [*(_of_orgs() if number == 0 else []), *_of_items(first, first + NUMBERS)]
    return _map(found) if found else abort(404)


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
