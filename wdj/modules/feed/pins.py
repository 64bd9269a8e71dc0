"""Pinning: what a village or town wants to be seen first stands first on its own page."""

from flask import abort, redirect, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.items import Item, get_visible_or_404, record
from wdj.core.once import claim_once, once_key, settle_once
from wdj.core.orgs import Org
from wdj.core.people import WRITER_ROLES
from wdj.core.placements import MOST_PINNED, NEWS, pinned, standing
from wdj.core.placements import pin as pin_there
from wdj.core.session import me
from wdj.modules.feed.models import Post
from wdj.modules.feed.steps import writers
from wdj.modules.feed.views import bp


@bp.post("/<int:id>/<any(pin, unpin):what>/<int:org_id>")
@writers
def pin(id: int, what: str, org_id: int) -> BaseResponse:
    """Let the post stand first on the page of an org, or among the others again."""
    person, key = me() or abort(403), once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    # The org is held, so that two at once do not pin a fourth.
    org = db.session.scalar(select(Org).where(Org.id == org_id).with_for_update()) or abort(404)
    post = get_visible_or_404(Post, id, person)
    if not person.has(WRITER_ROLES, org.path):
        abort(403)
    if not standing(id, [org_id]):
        abort(409, f"这一篇不在“{org.short_name}”的页面上，不能在那里置顶。")
    if what == "pin" and (full := _full(org)):
        abort(422, full)
    if not pin_there(id, org_id, now() if what == "pin" else None):
        abort(409)
    label = "置顶" if what == "pin" else "取消置顶"
    record(what, label, person, note=f"在“{org.short_name}”的页面", item_id=post.id, org_id=org_id)
    url = url_for("feed.show", id=id, ok="pinned" if what == "pin" else "unpinned")
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def _full(org: Org) -> str:
    """Why nothing more can be pinned there, in words; empty while there is room."""
    titles = select(Item.public_title).where(Item.id.in_(pinned(org.id, NEWS)))
    there = db.session.scalars(titles).all()
    if len(there) < MOST_PINNED:
        return ""
    names = "".join(f"《{title}》" for title in there)
    return f"“{org.short_name}”的页面已经置顶了 {MOST_PINNED} 篇：{names}。先取消一篇，再来置顶这一篇。"
