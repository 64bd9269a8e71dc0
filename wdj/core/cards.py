"""Rows of lists, drawn once and remembered until the next commit."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import current_app
from markupsafe import Markup
from sqlalchemy import bindparam, select

from wdj.core.db import db
from wdj.core.fresh import memory
from wdj.core.items import Item
from wdj.core.media import Media, first_pictures
from wdj.core.orgs import Org
from wdj.core.reads import totals


@dataclass(frozen=True)
class Row:
    """What a card needs of an item: base columns, its org's name and its first picture."""

    id: int
    type: str
    kind: str
    title: str
    state: str
    author_id: int | None
    org_path: str
    org_name: str
    published_at: datetime | None
    like_count: int
    comment_count: int
    picture: Media | None
    reads: int
    is_pinned: bool = False


# Put together once: for ten rows that takes as long as the query itself.
ROWS = select(
    Item.id, Item.type, Item.kind, Item.public_title, Item.state, Item.author_id, Org.path, Org.short_name,
    Item.published_at, Item.like_count, Item.comment_count,
).join(Org, Org.id == Item.org_id).where(Item.id.in_(bindparam("ids", expanding=True)))  # fmt: skip


def rows(ids: Sequence[int]) -> dict[int, Row]:
    """Read the rows of these items: two queries however many there are."""
    if not ids:
        return {}
    found = db.session.execute(ROWS, {"ids": list(ids)}).all()
    pictures, reads = first_pictures(ids), totals(ids)
    return {row[0]: Row(*row, pictures.get(row[0]), reads[row[0]]) for row in found}


def cards(ids: Sequence[int], lite: bool, pinned: Collection[int] = ()) -> list[Markup]:
    """The drawn cards of these items in the same order; only those not remembered are read and drawn."""
    known = memory()
    keys = {item_id: ("card", item_id, lite, item_id in pinned) for item_id in ids}
    missing = [item_id for item_id in ids if keys[item_id] not in known]
    draw: Callable[[Row, bool], Markup] = current_app.extensions["draw_card"]
    for item_id, row in rows(missing).items():
        known[keys[item_id]] = draw(replace(row, is_pinned=item_id in pinned), lite)
    return [known[key] for key in keys.values() if key in known]
