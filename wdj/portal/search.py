"""找消息: what holds the words that were typed, of all that this person may see."""

from flask import Blueprint, Flask, Response, request, url_for

from wdj.core import search
from wdj.core.cards import cards
from wdj.core.pages import lite, page
from wdj.core.session import everyone, me

bp = Blueprint("search", __name__)
PAGE_ROWS = 20


@bp.get("/search")
@everyone
def show() -> Response:
    query = request.args.get("q", "").strip()
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
