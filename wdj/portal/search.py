"""找消息: what holds the words that were typed, of all that this person may see; for clerks a receipt by its number."""

from flask import Blueprint, Flask, Response, redirect, request, url_for
from sqlalchemy import or_, select
from werkzeug.wrappers import Response as BaseResponse

from wdj.core import search
from wdj.core.cards import cards
from wdj.core.db import db
from wdj.core.items import Item, under
from wdj.core.pages import lite, page
from wdj.core.people import READER_ROLES, Me
from wdj.core.receipts import Receipt, is_whole, plain
from wdj.core.session import everyone, me
from wdj.modules import item_url

bp = Blueprint("search", __name__)
PAGE_ROWS = 20


@bp.get("/search")
@everyone
def show() -> BaseResponse:
    query, person = request.args.get("q", "").strip(), me()
    if person and (item := _by_receipt(query, person)):
        return redirect(item_url(item))
    return _found(query)


def _by_receipt(query: str, person: Me) -> Item | None:
    """What has the receipt of that number, for who reads it at work or wrote it down.

    For everybody else there is no such number: it is asked for in the same way, and they get the same answer.
    """
    number = plain(query)
    if not is_whole(number) or not person.has_any(READER_ROLES):
        return None
    theirs = or_(under(person), Item.recorder_id == person.id)
    found = select(Item).join(Receipt, Receipt.item_id == Item.id).where(Receipt.number == number, theirs)
    return db.session.scalars(found).one_or_none()


def _found(query: str) -> Response:
    words, problem = search.asked_for(query)
    rows: list[tuple[int, int]] = []
    if words and not problem:
        rows = search.found(words, me(), search.read_place(request.args.get("before", "")), PAGE_ROWS + 1)
    older = rows[PAGE_ROWS - 1][0] if len(rows) > PAGE_ROWS else None
    # A search that finds nothing is not kept: anybody can invent words.
    return page(
        "portal/search.html", title=f"找“{query[:search.MOST_CHARACTERS]}”" if query else "找消息",
        keep=bool(rows or not query), q=query, problem=problem, searched=bool(words) and not problem,
        cards=cards([item_id for _, item_id in rows[:PAGE_ROWS]], lite()),
        older=older and url_for("search.show", q=query, before=older), first="before" not in request.args,
        status=422 if problem else 200,
    )  # fmt: skip


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
