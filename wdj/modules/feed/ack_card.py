"""我看过了 on the page of a must-read notice: one card for everybody, which shows who is signed in their one tap."""

from dataclasses import dataclass

from flask import request, url_for
from markupsafe import Markup
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from wdj.core.asked import asked
from wdj.core.db import db
from wdj.core.forms import Choice, Form, tidied
from wdj.core.fresh import memory
from wdj.core.orgs import Org
from wdj.core.pages import render
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.plain import one_line
from wdj.core.register import SHORT
from wdj.core.session import device_id
from wdj.modules.feed.acks import has_read
from wdj.modules.feed.aims import villages_of
from wdj.modules.feed.models import Post


@dataclass(frozen=True)
class Village:
    """A village of a notice, as its card needs it."""

    id: int
    path: str
    name: str
    town: str


class AckForm(Form):
    place = SelectField("哪个村的", coerce=int)
    who = StringField(
        "您的姓名或门牌号",
        filters=[lambda typed: one_line(tidied(typed))],
        validators=[InputRequired("请写姓名或门牌号"), Length(max=SHORT, message=f"最多写 {SHORT} 个字")],
    )

    def offer(self, villages: list[Village]) -> None:
        """Let these be chosen from; the village that this device looks at first stands there already."""
        self.offered = {each.id for each in villages}
        several = len(villages) > 1
        self.place.choices = [*([Choice(0, "请选")] if several else []), *(Choice(v.id, v.name) for v in villages)]
        if self.place.data is None and asked().village in self.offered:
            self.place.data = asked().village

    def validate_place(self, field: SelectField) -> None:
        if field.data not in self.offered:
            field.errors = ["请选您是哪个村的"]


def villages(post: Post) -> list[Village]:
    """Whom the notice is for, village by village, read once between two commits."""
    known = memory()
    key = ("ack villages", post.id)
    if key not in known:
        rows = villages_of(post)
        towns = {each.parent_id for each in rows if each.parent_id}
        names = {row.id: row.short_name for row in db.session.query(Org).where(Org.id.in_(towns))}
        known[key] = [Village(each.id, each.path, each.short_name, names.get(each.parent_id or 0, "")) for each in rows]
    found: list[Village] = known[key]
    return found


def village_of(me: Me, offered: list[Village]) -> Village | None:
    """The village of the notice in which this person holds a role, if there is one."""
    return next((each for each in offered for grant in me.grants if grant.path.startswith(each.path)), None)


def may_count(me: Me | None, post: Post) -> bool:
    """True if the lists are open to this person: who writes for the post's org, or for a village of it."""
    if me is None or not me.has_any(WRITER_ROLES):
        return False
    return me.has(WRITER_ROLES, post.org_path) or any(me.has(WRITER_ROLES, each.path) for each in villages(post))


def card(post: Post, me: Me | None) -> Markup:
    """Draw it; nothing for a post that does not ask, and for who is signed in and has no village in it."""
    if not (post.must_read and post.is_public):
        return Markup()
    offered = villages(post)
    mine = village_of(me, offered) if me else None
    count = url_for("feed.acks", id=post.id) if may_count(me, post) else ""
    if me and not (mine or count):
        return Markup()
    done = has_read(post.id, f"p{me.id}") if me else _just_tapped(post)
    return render("feed/ack_card.html", post=post, form=None if me else blank(offered), me=me, mine=mine, done=done,
                  count=count, towns=towns(offered))  # fmt: skip


def _just_tapped(post: Post) -> bool:
    """True on the page that answers a tap: the others are kept for everybody, and know no device.

    A phone that keeps no cookie is believed, else it would be asked again beside “您点过了”.
    """
    if not request.args.get("ok", "").startswith("acked"):
        return False
    device = device_id()
    return device is None or has_read(post.id, device)


def blank(offered: list[Village]) -> AckForm:
    """A form with nothing typed in it, whatever was sent."""
    form = AckForm(formdata=None)
    form.offer(offered)
    return form


def towns(offered: list[Village]) -> dict[str, list[Village]]:
    """The villages by town, in their order."""
    found: dict[str, list[Village]] = {}
    for each in offered:
        found.setdefault(each.town, []).append(each)
    return found
