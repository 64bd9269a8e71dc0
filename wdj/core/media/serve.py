"""Serves what hangs on an item to who may see that, and what is staged to who uploaded it. Invisible is missing."""

from pathlib import Path

from flask import Blueprint, Response, abort, request, send_file
from sqlalchemy import ColumnElement, and_, or_, select

from wdj.core.contacts import works_on
from wdj.core.db import db
from wdj.core.items import Item, types_that_keep_files_back, under, with_orgs
from wdj.core.media import files
from wdj.core.media.check import mime_of
from wdj.core.media.rows import Media
from wdj.core.people import WRITER_ROLES
from wdj.core.receipts import Receipt, holds
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


def _seen() -> ColumnElement[bool]:
    """True of what everybody may see of a public item, and of what hangs on what is theirs who asks.

    Where files are kept back, who only reads hears no voice, and who took something down has what they put there.
    """
    person, picture = me(), Media.kind == "picture"
    free = Item.type.not_in(types_that_keep_files_back())
    public = and_(Item.is_public.is_(True), or_(free, and_(picture, Media.is_shown.is_(True))))
    if person is None:
        return public
    own = or_(Item.author_id == person.id, and_(Item.recorder_id == person.id, Media.owner == f"person {person.id}"))
    return or_(public, and_(under(person), or_(free, picture)), under(person, WRITER_ROLES), own)


@blueprint.get("/<key>/<name>")
@everyone
def show(key: str, name: str) -> Response:
    """The file, whole or in part; 404 also while it is not ready. No shared cache keeps it: it may be withdrawn."""
    seen = or_(and_(Media.item_id == Item.id, _seen()), _mine())
    found = select(Media).outerjoin(Item, Item.id == Media.item_id).where(Media.key == key)
    media = db.session.scalars(found.where(seen)).one_or_none()
    if media is None:
        media = db.session.scalars(found).one_or_none() or abort(404)
        if not _is_senders(media):
            abort(404)
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


def _is_senders(media: Media) -> bool:
    """True if who asks has sent the item without an account: it has a receipt, of this device or open here."""
    if media.item_id is None:
        return False
    device = device_id()
    mine = select(Item.id).join(Receipt, Receipt.item_id == Item.id).where(Item.id == media.item_id)
    sent_here = device and db.session.scalar(mine.where(Item.device_id == device))
    return bool(sent_here) or holds(media.item_id)


def _is_handlers(media: Media) -> bool:
    """True if who asks handles the item on which it hangs."""
    item = db.session.scalars(with_orgs(Item).where(Item.id == media.item_id)).one_or_none()
    return item is not None and works_on(me(), item)


def _saved_as(media: Media, ending: str) -> str:
    """The name under which a phone keeps it; no file may be called by a star."""
    return media.public_name.replace("*", "x") if media.kind == "file" else f"{media.kind}-{media.id}{ending}"


def _file(media: Media, name: str) -> tuple[Path, str]:
    if name == "original" and media.state == "staged":
        return files.original(media.key), media.mime
    if name == "original" and media.kind == "sound" and _is_handlers(media):
        return files.original(media.key), mime_of(files.original(media.key))
    if media.state != "ready" or name not in (PICTURES if media.kind == "picture" else (media.file_name,)):
        abort(404)
    if media.kind == "file":
        return files.made(media.key, name), media.mime
    if name.endswith(".jpg") and "image/webp" in request.headers.get("Accept", ""):
        name = name.replace(".jpg", ".webp")
    return files.made(media.key, name), ENDINGS["." + name.partition(".")[2]]
