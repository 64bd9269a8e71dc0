"""Atom: the page of an org for feed readers, the newest twenty with their whole masked text."""

import re
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, request, url_for
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import contains_eager, selectin_polymorphic

from wdj.core.assets import gzip
from wdj.core.db import db
from wdj.core.fresh import memory
from wdj.core.items import Item
from wdj.core.orgs import Org
from wdj.core.pages import render
from wdj.core.placements import NEWS, placed
from wdj.core.plain import blocks
from wdj.core.scope import org_or_404
from wdj.core.session import everyone
from wdj.core.site import absolute, site
from wdj.modules import MODULES, item_url

bp = Blueprint("atom", __name__)
NEWEST = 20
SINCE = 2026  # a tag: names the year in which its host was ours
TYPES = [cls for module in MODULES for cls in module.types]
# What XML 1.0 cannot hold, however it is written.
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@bp.get("/orgs/<int:id>/feed.atom")
@everyone
def show(id: int) -> Response:
    org = org_or_404(id)
    known = memory()
    packs = "gzip" in request.headers.get("Accept-Encoding", "")
    key = ("atom", id, packs)
    if key not in known:
        drawn = _drawn(org).encode()
        known[key] = gzip(drawn, 6) if packs else drawn
    response = Response(known[key], mimetype="application/atom+xml")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept-Encoding"
    if packs:
        response.headers["Content-Encoding"] = "gzip"
    response.add_etag()
    response.make_conditional(request)
    return response


def _drawn(org: Org) -> str:
    entries = [_entry(item) for item in newest_of(org.id)]
    return render(
        "portal/atom.xml", tag=tag(f"org/{org.id}"), title=in_xml(f"{org.short_name} - {site().name}"),
        author=in_xml(org.name), updated=max((each["updated"] for each in entries), default=f"{SINCE}-01-01T00:00:00Z"),
        here=absolute(url_for("atom.show", id=org.id)), page=absolute(url_for("home.org", id=org.id)), entries=entries,
    )  # fmt: skip


def newest_of(org_id: int) -> list[Item]:
    """The newest public items that stand on the page of the org, of whatever type."""
    ids = [row[0] for row in db.session.execute(placed(org_id, NEWS).limit(NEWEST))]
    found = select(Item).join(Item.org).options(contains_eager(Item.org), selectin_polymorphic(Item, TYPES))
    public = db.session.scalars(found.where(Item.id.in_(ids), Item.is_public))
    return sorted(public, key=lambda item: ids.index(item.id))


def _entry(item: Item) -> dict[str, str]:
    text = Markup("").join(Markup("<p>{}</p>").format(each.html) for each in blocks(item.public_text) if each.html)
    return {
        "tag": tag(f"item/{item.id}"),
        "title": in_xml(item.public_title),
        "url": absolute(item_url(item)),
        "author": in_xml(item.org.short_name),
        "published": f"{item.published_at:%Y-%m-%dT%H:%M:%SZ}" if item.published_at else "",
        "updated": f"{item.changed_at or item.created_at:%Y-%m-%dT%H:%M:%SZ}",
        # A plain str: the template escapes its markup once more, as Atom wants it.
        "html": in_xml(str(text)),
    }


def tag(what: str) -> str:
    """A name that stays the same however the address of the page may change."""
    return f"tag:{urlsplit(current_app.config['WDJ_SITE_URL']).hostname},{SINCE}:{what}"


def in_xml(words: str) -> str:
    """Words without the few characters that make a document unreadable."""
    return _NO_XML.sub("", words)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
