"""找消息: what holds the words that were typed, of all that this person may see."""

from flask import Blueprint, Flask, Response, request, url_for

from wdj.core import search
from wdj.core.cards import cards
from wdj.core.pages import lite, page
from wdj.core.session import everyone, me

bp = Blueprint("search", __name__)
PAGE_ROWS = 20
MOST_CHARACTERS, MOST_WORDS = 60, 8


@bp.get("/search")
@everyone
def show() -> Response:
    query = request.args.get("q", "").strip()
    words = search.words_of(query[: MOST_CHARACTERS + 1])
    problem = problem_with(query, words) if query else None
    rows: list[tuple[int, int]] = []
    if words and not problem:
        rows = search.found(words, me(), _place(request.args.get("before", "")), PAGE_ROWS + 1)
    older = rows[PAGE_ROWS - 1][0] if len(rows) > PAGE_ROWS else None
    # A search that finds nothing is not kept: anybody can invent words.
    return page(
        "portal/search.html", title=f"找“{query[:MOST_CHARACTERS]}”" if query else "找消息",
        keep=bool(rows or not query), q=query, problem=problem, searched=bool(words) and not problem,
        cards=cards([item_id for _, item_id in rows[:PAGE_ROWS]], lite()),
        older=older and url_for("search.show", q=query, before=older), first="before" not in request.args,
        status=422 if problem else 200,
    )  # fmt: skip


def problem_with(query: str, words: list[str]) -> str | None:
    """The sentence that says what to mend in a query; None if it can be searched."""
    if len(query) > MOST_CHARACTERS:
        return f"写得有点长，请留下最要紧的几个词（最多 {MOST_CHARACTERS} 个字）"
    if len(words) > MOST_WORDS:
        return f"一次最多找 {MOST_WORDS} 个词，请少写几个"
    return None if words else "光有标点找不了，请写一两个字"


def _place(given: str) -> int | None:
    """The place after which a page begins; None for none or for nonsense, which begins at the newest."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else None


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
