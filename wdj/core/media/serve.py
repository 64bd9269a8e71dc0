"""Serves what hangs on an item to who may see that, and what is staged to who uploaded it. Invisible is missing."""

from pathlib import Path

from flask import Blueprint, Response, abort, request, send_file
from sqlalchemy import ColumnElement, and_, or_, select

from wdj.core.db import db
from wdj.core.items import Item, visible_to
from wdj.core.media import files
from wdj.core.media.rows import Media
from wdj.core.session import device_id, everyone, me, remember_device

blueprint = Blueprint("media", __name__, url_prefix="/media")

PICTURES = frozenset(f"{size}.{ending}" for size in (1280, 640, 208) for ending in ("jpg", "webp"))
ENDINGS = {".jpg": "image/jpeg", ".webp": "image/webp", ".m4a": "audio/mp4"}


def uploader() -> str:
    """Who uploads in this request: the signed-in person, or else this device, which gets its cookie with the answer."""
    person = me()
    return f"person {person.id}" if person else f"device {remember_device()}"


def _mine() -> ColumnElement[bool]:
    person, device = me(), device_id()
    owners = [f"person {person.id}"] if person else []
    owners += [f"device {device}"] if device else []
    return and_(Media.state == "staged", Media.owner.in_(owners))


@blueprint.get("/<key>/<name>")
@everyone
def show(key: str, name: str) -> Response:
    """The file, whole or in part; 404 also while it is not ready. No shared cache keeps it: it may be withdrawn."""
    seen = or_(and_(Media.item_id == Item.id, visible_to(me())), _mine())
    found = select(Media).outerjoin(Item, Item.id == Media.item_id).where(Media.key == key, seen)
    media = db.session.scalars(found).one_or_none() or abort(404)
    path, mime = _file(media, name)
    try:
        whole, name_there = media.kind == "file", _saved_as(media, path.suffix)
        response = send_file(path, mime, conditional=True, as_attachment=whole, download_name=name_there)
    except FileNotFoundError:
        abort(404)
    response.headers["Cache-Control"] = "private, no-store" if name == "original" else "private, max-age=86400"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if path.suffix in (".jpg", ".webp"):
        response.vary.add("Accept")
    return response


def _saved_as(media: Media, ending: str) -> str:
    """The name under which a phone keeps it; no file may be called by a star."""
    return media.public_name.replace("*", "x") if media.kind == "file" else f"{media.kind}-{media.id}{ending}"


def _file(media: Media, name: str) -> tuple[Path, str]:
    if name == "original" and media.state == "staged":
        return files.original(media.key), media.mime
    if media.state != "ready" or name not in (PICTURES if media.kind == "picture" else (media.file_name,)):
        abort(404)
    if media.kind == "file":
        return files.made(media.key, name), media.mime
    if name.endswith(".jpg") and "image/webp" in request.headers.get("Accept", ""):
        name = name.replace(".jpg", ".webp")
    return files.made(media.key, name), ENDINGS["." + name.partition(".")[2]]
