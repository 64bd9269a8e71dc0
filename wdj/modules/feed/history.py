"""Every wording of a post, and any two of them side by side: for its writers and reviewers alone."""

from typing import Any

from flask import Response, abort, request

from wdj.core.clock import say_when
from wdj.core.db import db
from wdj.core.items import get_visible_or_404
from wdj.core.pages import page
from wdj.core.session import me
from wdj.modules.feed import revisions as wordings
from wdj.modules.feed import rules
from wdj.modules.feed.compare import Pair, compare
from wdj.modules.feed.disclosure import Line, as_typed
from wdj.modules.feed.models import Post
from wdj.modules.feed.revisions import Revision
from wdj.modules.feed.steps import writers
from wdj.modules.feed.views import bp

PAGE_ROWS = 30


@bp.get("/<int:id>/revisions")
@writers
def revisions(id: int) -> Response:
    post = _post_or_404(id)
    before = request.args.get("before", type=int)
    found = db.session.execute(wordings.all_of(id, before).limit(PAGE_ROWS + 1)).all()
    rows = [(each.number, say_when(each.at), name or "系统", each.title) for each, name in found[:PAGE_ROWS]]
    return page(
        "feed/revisions.html", title="每一稿", tab="feed", post=post, rows=rows, more=len(found) > PAGE_ROWS,
    )  # fmt: skip


@bp.get("/<int:id>/revisions/<int:a>/<int:b>")
@writers
def compared(id: int, a: int, b: int) -> Response:
    """What changed from wording a to wording b: the parts in which anything did."""
    post = _post_or_404(id)
    old, new = (wordings.numbered(id, number) or abort(404) for number in (a, b))
    parts = [(heading, pairs) for heading, pairs in _parts(old, new) if not all(pair.same for pair in pairs)]
    changed = sum(not pair.same for _, pairs in parts for pair in pairs)
    return page(
        "feed/compared.html", title=f"第 {a} 稿和第 {b} 稿", tab="feed", post=post, a=a, b=b, parts=parts,
        changed=changed,
    )  # fmt: skip


def _post_or_404(id: int) -> Post:
    post = get_visible_or_404(Post, id, me())
    return post if rules.writer(me(), post) else abort(403)


def _parts(old: Revision, new: Revision) -> list[tuple[str, list[Pair]]]:
    return [
        ("标题", compare(old.title, new.title)),
        ("哪段时间的", compare(old.period, new.period)),
        ("各项金额", compare(_lines(old), _lines(new))),
        ("正文", compare(old.text, new.text)),
    ]


def _lines(wording: Revision) -> str:
    rows: list[Any] = wording.lines
    return as_typed(Line(label, fen) for label, fen in rows)
