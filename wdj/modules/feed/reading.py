"""What the page of a post is made of: parts shared by all readers, remembered, and the reader's own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app, request, url_for
from markupsafe import Markup

from wdj.core.cards import rows
from wdj.core.clock import local, lunar, say_when
from wdj.core.comments import Comment, is_theirs, may_moderate, shown_on
from wdj.core.db import SAFE_METHODS, db
from wdj.core.forms import csrf
from wdj.core.fresh import Key, memory
from wdj.core.items import events_of
from wdj.core.likes import liked
from wdj.core.media import Media, media_of
from wdj.core.pages import render
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.placements import NEWS, placed, standing
from wdj.core.plain import blocks
from wdj.core.privacy import mask
from wdj.core.reads import totals
from wdj.core.session import device_id, me
from wdj.core.share import share_card
from wdj.core.subjects import offered
from wdj.modules.feed import ack_card, rules
from wdj.modules.feed.aims import VILLAGES, aimed_at
from wdj.modules.feed.disclosure import lines_of, say
from wdj.modules.feed.forms import CommentForm
from wdj.modules.feed.models import COLUMNS, Post

COMMENTS_SHOWN, AIMS_SHOWN = 10, 12
HOLE = Markup("\x00csrf\x00")  # no text that came through a form holds this character


@dataclass(frozen=True)
class Piece:
    """One block of the text, or a picture that stands where the text says [图1], else at the end."""

    type: str
    html: Markup
    picture: Media | None = None


def whole(
    post: Post, me: Me | None, form: CommentForm | None, lite: bool, *, before: int | None = None
) -> dict[str, Any]:
    """The context of feed/post.html; a form that was sent back is drawn with what is wrong in it."""
    return {
        "post": post,
        "comment_form": form if post.is_public else None,
        "comments_card": comments_card(post, form, before) if post.is_public else "",
        "article": article(post, lite),
        "ack_card": ack_card.card(post, me),
        "head": memory().get(("share", post.id), Markup()),
        "like": like_button(post, me) if post.is_public else "",
        "buttons": rules.WORKFLOW.open_to(me, post),
        "may_edit": rules.may_edit(me, post),
        "may_mend": rules.may_mend(me, post),
        "pins": pins_for(me, post),
        "asks_above": rules.needs_review(me, post) and post.is_public and post.org.parent_id,
        "timeline": timeline(post) if rules.writer(me, post) else [],
        "subjects": offered(me, post),
        "next_posts": next_posts(post),
        "crumb": [
            ("首页", "/"),
            (COLUMNS[post.kind][0], url_for("home.show", kind=post.kind)),
            (post.public_title, ""),
        ],
    }


def talk(post: Post, *, before: int | None, said: int | None = None) -> dict[str, Any]:
    """The context of feed/comments.html but for its form; `said`: the comment that its reader has just sent."""
    comments, older = _comments(post, before, _checks(post))
    return {
        "post": post,
        "comments": _own_waiting(post, said) + comments,
        "comment_count": post.comment_count,
        "older_comments": older,
    }


def comments_card(post: Post, form: CommentForm | None, before: int | None) -> Markup:
    """feed/comments.html with its form: as everybody who only reads finds it, it is drawn once."""
    signed_in = me() is not None

    def draw(csrf: Callable[[], Markup]) -> Markup:
        told = talk(post, before=before)
        # Whether somebody is signed in, not who: what is remembered can show no name.
        return render(
            "feed/comments.html", **told, comment_form=form or CommentForm(), whole=True, me=signed_in, csrf=csrf
        )

    if request.method not in SAFE_METHODS or "ok" in request.args or "said" in request.args:
        return draw(csrf)
    return _with_hole(("comments card", post.id, before, signed_in, _checks(post)), draw)


def _checks(post: Post) -> bool:
    """True if the reader may take comments under this post away."""
    reader = me()
    return reader is not None and may_moderate(reader, post)


def _with_hole(key: Key, draw: Callable[[Callable[[], Markup]], Markup]) -> Markup:
    """What `draw` makes of a stand-in for csrf(), remembered, with the reader's own token put in its place."""
    known = memory()
    if key not in known:
        known[key] = draw(lambda: HOLE)
    return Markup(str(known[key]).replace(HOLE, csrf()))  # noqa: S704


def article(post: Post, lite: bool) -> Markup:
    """Title, meta line, sound and text: the same for everybody, drawn once."""
    known = memory()
    key = ("article", post.id, post.version, lite)
    if key not in known:
        media = media_of(post.id)
        sounds = [each for each in media if each.kind == "sound" and each.state == "ready"]
        label, color = COLUMNS[post.kind]
        when, day = _when(post)
        first = next((each for each in media if each.kind == "picture" and each.state == "ready"), None)
        known["share", post.id] = share_card(post, url_for("feed.show", id=post.id), first)
        known[key] = render(
            "feed/article.html", post=post, pieces=pieces(post, media), sounds=sounds,
            reads=totals([post.id])[post.id],
            papers=[each for each in media if each.kind == "file" and each.state == "ready"],
            kind_label=label, kind_color=color,
            when=when, lunar=day, state=rules.WORKFLOW.states[post.state], lite=lite, **account(post),
            aimed=_aimed(post), revised=_day_of(post.revised_at), ask_url=_ask_url(post),
        )  # fmt: skip
    drawn: Markup = known[key]
    return drawn


def _ask_url(post: Post) -> str | None:
    """Where people ask about it: of a policy and of accounts, once everybody reads it."""
    asked = post.is_public and post.kind in ("disclosure", "policy")
    return current_app.extensions["ask_url"](post.id) if asked else None


def _when(post: Post) -> tuple[str, str]:
    if post.published_at is None:
        return "", ""
    there = local(post.published_at)
    return f"{say_when(post.published_at).split()[0]} {there.hour}:{there.minute:02}", lunar(there.date())


def account(post: Post) -> dict[str, Any]:
    """Of a disclosure: what time it is about, its items and their total."""
    if post.kind != "disclosure":
        return {}
    lines = lines_of(post.id)
    return {"period": mask(post.period), "lines": lines, "total": say(sum(line.fen for line in lines))}


def _aimed(post: Post) -> str:
    """The chosen towns and villages in words; empty where it is for everybody."""
    if post.org.kind in VILLAGES:
        return ""
    names = [org.short_name for org in db.session.scalars(aimed_at(post.id))]
    return "、".join(names[:AIMS_SHOWN]) + (f" 等 {len(names)} 处" if len(names) > AIMS_SHOWN else "")


def _day_of(moment: datetime | None) -> str:
    """4月20日, in the county's time."""
    return f"{local(moment).month}月{local(moment).day}日" if moment else ""


def pieces(post: Post, media: Sequence[Media]) -> list[Piece]:
    """The text with its pictures put where it wants them, the others behind it."""
    pictures = [each for each in media if each.kind == "picture" and each.state == "ready"]
    left = dict(enumerate(pictures, 1))
    found = []
    for block in blocks(post.public_text):
        if block.type != "picture":
            found.append(Piece(block.type, block.html))
        elif picture := left.pop(block.number, None):
            found.append(Piece("picture", Markup(), picture))
    return found + [Piece("picture", Markup(), picture) for picture in left.values()]


def pins_for(me: Me | None, post: Post) -> list[tuple[int, str, bool]]:
    """(org id, name, whether it is pinned there): the pages of one's own orgs on which the post stands."""
    if me is None or not post.is_public:
        return []
    known = memory()
    key = ("pins", post.id, me.id)
    if key not in known:
        own = {grant.org_id: grant.org_name for grant in me.grants if grant.role in WRITER_ROLES}
        known[key] = [(org_id, own[org_id], pinned) for org_id, pinned in standing(post.id, own)]
    pins: list[tuple[int, str, bool]] = known[key]
    return pins


def like_button(post: Post, me: Me | None) -> Markup:
    """The like form; a page that is kept for all shows the count alone, and one tap counts once all the same."""
    has = me is not None and _likes(me, post)

    def draw(csrf: Callable[[], Markup]) -> Markup:
        return render("feed/like.html", id=post.id, likes=post.like_count, liked=has, csrf=csrf)

    return _with_hole(("like", post.id, has), draw)


def _likes(me: Me, post: Post) -> bool:
    known = memory()
    key = ("liked", post.id, me.id)
    if key not in known:
        known[key] = liked(post.id, f"p{me.id}")
    has: bool = known[key]
    return has


def _comments(post: Post, before: int | None, checks: bool) -> tuple[list[Markup], str | None]:
    known = memory()
    key = ("comments", post.id, before, checks)
    if key not in known:
        said = db.session.scalars(shown_on(post.id, before).limit(COMMENTS_SHOWN + 1)).all()
        older = None
        if len(said) > COMMENTS_SHOWN:
            older = url_for("feed.show", id=post.id, before=said[COMMENTS_SHOWN - 1].id, _anchor="comments")
        known[key] = [draw_comment(each, checks) for each in said[:COMMENTS_SHOWN]], older
    drawn: tuple[list[Markup], str | None] = known[key]
    return drawn


def draw_comment(said: Comment, checks: bool = False) -> Markup:
    """One comment as everybody reads it; for who checks them (`checks`) with the way to its form."""
    return render("feed/comment.html", c=said, when=say_when(said.at), checks=checks)


def _own_waiting(post: Post, said_id: int | None) -> list[Markup]:
    """The comment that was just sent, shown to who sent it while it waits for the clerk."""
    said_id = said_id or request.args.get("said", type=int)
    said = db.session.get(Comment, said_id) if said_id else None
    if said is None or said.item_id != post.id or said.state == "shown":
        return []
    return [draw_comment(said)] if is_theirs(said, device_id(), me()) else []


def timeline(post: Post) -> list[dict[str, str]]:
    """Everything that happened to the post, for its writers and reviewers: oldest first."""
    known = memory()
    key = ("timeline", post.id)
    if key not in known:
        known[key] = [
            {"when": say_when(event.at), "who": name or "系统", "label": event.label, "note": event.note}
            for event, name in db.session.execute(events_of(post.id))
        ]
    steps: list[dict[str, str]] = known[key]
    return steps


def next_posts(post: Post) -> list[tuple[str, str, str]]:
    """(title, url, line below) of three newer posts on the same org's page, read once between two commits."""
    known = memory()
    key = ("next", post.org_id)
    if key not in known:
        ids = [item_id for item_id, _ in db.session.execute(placed(post.org_id, NEWS).limit(4))]
        found = rows(ids)
        known[key] = [
            (row.id, row.title, url_for("feed.show", id=row.id), f"{row.org_name}　{say_when(row.published_at)}")
            for row in map(found.get, ids)
            if row and row.published_at
        ]
    return [(title, url, below) for item_id, title, url, below in known[key] if item_id != post.id][:3]
