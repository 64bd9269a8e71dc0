"""微平台: posts of the county, its departments, towns and villages."""

from dataclasses import dataclass

from markupsafe import Markup

from wdj.core.cards import Row
from wdj.core.clock import say_when
from wdj.core.db import db
from wdj.core.fresh import memory
from wdj.core.items import read_or_404
from wdj.core.media import Media
from wdj.core.module import Module, Tile
from wdj.core.pages import render
from wdj.core.session import me
from wdj.modules.feed import ack_views as ack_views
from wdj.modules.feed import editing as editing
from wdj.modules.feed import history as history
from wdj.modules.feed import mending as mending
from wdj.modules.feed import pins as pins
from wdj.modules.feed import reading, sample
from wdj.modules.feed.acks import forget_acknowledgements
from wdj.modules.feed.models import COLUMNS, Post
from wdj.modules.feed.rules import WORKFLOW
from wdj.modules.feed.views import bp


@dataclass(frozen=True)
class Card:
    """What feed/card.html shows."""

    id: int
    url: str
    title: str
    kind_label: str
    kind_color: str
    org_name: str
    when: str
    likes: int
    comments: int
    picture: Media | None
    reads: int
    pinned: bool
    must_read: bool


def card(row: Row, lite: bool) -> Markup:
    """Draw the row of one post in a list."""
    label, color = COLUMNS[row.kind]
    when = say_when(row.published_at) if row.published_at else WORKFLOW.states[row.state]
    shown = Card(
        row.id,
        f"/feed/{row.id}",
        row.title,
        label,
        color,
        row.org_name,
        when,
        row.like_count,
        row.comment_count,
        row.picture,
        row.reads,
        row.is_pinned,
        row.id in _must_be_read(),
    )
    return render("feed/card.html", card=shown, lite=lite)


def _must_be_read() -> frozenset[int]:
    known = memory()
    if "must be read" not in known:
        known["must be read"] = frozenset(db.session.scalars(Post.must_be_read()))
    found: frozenset[int] = known["must be read"]
    return found


def notice(item_id: int) -> Markup:
    """The items of a disclosure for its printed notice; nothing for other posts."""
    told = reading.account(read_or_404(Post, item_id, me()))
    return render("feed/account.html", **told) if told.get("lines") else Markup()


module = Module(
    name="feed",
    label="资讯",
    tab="feed",
    starts="写一篇",
    blueprint=bp,
    types={Post: WORKFLOW},
    kinds=[(name, label) for name, (label, _) in COLUMNS.items()],
    tiles=[
        Tile("策", "看政策", "/?kind=policy"),
        Tile("农", "学农技", "/?kind=farming"),
        Tile("公", "村务公开", "/?kind=disclosure"),
    ],
    card=card,
    sample=sample.load,
    forget=forget_acknowledgements,
    sample_years=sample.load_years,
    notice=notice,
)
