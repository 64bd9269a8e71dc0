"""The form of a post: for whom it may be written, at whom it may be aimed, what stands in it, what was typed."""

from itertools import groupby
from typing import Any

from flask import request

from wdj.core.clock import local
from wdj.core.db import db
from wdj.core.forms import Choice
from wdj.core.orgs import Org
from wdj.core.outputs import wanted_of
from wdj.core.people import WRITER_ROLES, Me
from wdj.modules.feed.aims import aimed_at, places_below, root_of
from wdj.modules.feed.disclosure import as_typed, lines_of
from wdj.modules.feed.forms import PostForm
from wdj.modules.feed.models import Post
from wdj.modules.feed.rules import Wording


def form_for(orgs: list[Org], post: Post | None = None, *, anew: bool = False) -> PostForm:
    """The form of a new post of one of `orgs`, or of `post`, with all that may be chosen in it.

    `anew`: of a new post that begins like `post`, which has no time yet and no history.
    """
    form = PostForm(data=_kept(post) | ({"version": "", "publish_at": None} if anew else {}) if post else None)
    form.org.choices = [Choice(org.id, org.short_name) for org in orgs]
    form.places = list({place.id: place for org in orgs for place in places_below(org)}.values())
    form.aims.choices = [Choice(place.id, place.short_name) for place in form.places]
    chosen = next((org for org in orgs if org.id == form.org.data), None)
    if chosen:
        form.reach = root_of(chosen), chosen.short_name
    return form


def orgs_of(person: Me) -> list[Org]:
    """The orgs this person holds a writing role at, the highest first."""
    held = sorted((grant for grant in person.grants if grant.role in WRITER_ROLES), key=lambda grant: len(grant.path))
    ids = dict.fromkeys(grant.org_id for grant in held)
    found = {org.id: org for org in db.session.query(Org).filter(Org.id.in_(ids))}
    return [found[org_id] for org_id in ids]


def groups_of(form: PostForm) -> list[tuple[str, list[Org]]]:
    """(name of the town, it and what is below it): the places that the form offers, town by town."""
    names = {place.id: place.short_name for place in form.places}
    by_town = sorted(form.places, key=_town_of)
    return [(names.get(town, ""), list(places)) for town, places in groupby(by_town, _town_of)]


def _town_of(place: Org) -> int:
    """The org below the county that `place` is or stands under."""
    parts = place.path.strip("/").split("/")
    return int(parts[1]) if len(parts) > 1 else place.id


def wording_of(form: PostForm) -> Wording:
    """What was typed. Period and items belong to 村务 alone: of another column they are not kept."""
    of_village = form.kind.data == "disclosure"
    return Wording(
        kind=form.kind.data, title=form.title.data or "", text=form.text.data or "", publish_at=form.goes_out_at,
        period=(form.period.data or "") if of_village else "", lines=form.account.lines if of_village else (),
        aims=form.aims.data or (), must_read=bool(form.places and form.must_read.data),
    )  # fmt: skip


def form_key() -> str:
    """The name of the open editor that was sent: its once-only key."""
    return request.form.get("once", "")[:40]


def _kept(post: Post) -> dict[str, Any]:
    """The post as its form shows it; the time is the county's."""
    time = post.publish_at and local(post.publish_at).replace(tzinfo=None)
    return {
        "org": post.org_id, "version": str(post.version), "publish_at": time,
        "kind": post.kind, "title": post.title, "text": post.text,
        "period": post.period, "items": as_typed(lines_of(post.id)),
        "aims": [org.id for org in db.session.scalars(aimed_at(post.id))], "must_read": post.must_read,
        "wanted": wanted_of(post.id),
    }  # fmt: skip
