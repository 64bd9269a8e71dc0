"""Whom a notice is for: the towns and villages chosen for it, or everybody below who wrote it."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Select, delete, or_, select
from sqlalchemy.orm import Mapped

from wdj.core.db import Model, db, references
from wdj.core.orgs import Kind, Org, ancestors, below
from wdj.modules.feed.models import Post

PLACES = (Kind.town, Kind.village, Kind.community)
VILLAGES = (Kind.village, Kind.community)


class PostAim(Model):
    """The post is meant for `org` and what is below it. No row: for everybody below its own org."""

    __tablename__ = "post_aims"

    post_id: Mapped[int] = references("posts.id", delete="CASCADE", primary_key=True)
    org_id: Mapped[int] = references("orgs.id", primary_key=True)


def aimed_at(post_id: int) -> Select[Org]:
    """The orgs chosen for the post, in the order of the county's list; none where it is for everybody."""
    chosen = select(PostAim.org_id).where(PostAim.post_id == post_id)
    return select(Org).where(Org.id.in_(chosen)).order_by(Org.id)


def villages_of(post: Post) -> list[Org]:
    """The villages and communities that the post is for: the chosen ones, those of chosen towns, else all below."""
    org = db.session.get_one(Org, post.org_id)
    paths = [each.path for each in db.session.scalars(aimed_at(post.id))] or [root_of(org)]
    return list(db.session.scalars(_under(paths, VILLAGES)))


def places_below(org: Org) -> list[Org]:
    """The towns, villages and communities that `org` may aim a notice at; none for a village."""
    found = db.session.scalars(_under([root_of(org)], PLACES))
    return [each for each in found if each.id != org.id]


def aim(post: Post, org_ids: Iterable[int]) -> None:
    """Let the post be for these orgs and no others."""
    db.session.execute(delete(PostAim).where(PostAim.post_id == post.id))
    db.session.add_all(PostAim(post_id=post.id, org_id=org_id) for org_id in dict.fromkeys(org_ids))
    db.session.flush()


def pages_for(org: Org, aimed: Sequence[Org] = ()) -> list[int]:
    """Ids of the orgs whose pages show what `org` publishes: itself, its town, and every town and village below.

    What a department or station publishes goes where its county's or town's goes. What is `aimed` goes to its own
    page, the chosen ones and what is below them.
    """
    if aimed:
        ids = db.session.scalars(_ids_under([each.path for each in aimed]))
        return list(dict.fromkeys([org.id, *(each.id for each in aimed), *ids]))
    above = [org.parent_id] if org.kind in (Kind.department, Kind.station) and org.parent_id else []
    towns = db.session.scalars(select(Org.id).where(Org.id.in_(ancestors(org)), Org.kind == Kind.town))
    return list(dict.fromkeys([org.id, *above, *towns, *db.session.scalars(_ids_under([root_of(org)]))]))


def root_of(org: Org) -> str:
    """The path below which everybody reads what `org` publishes: its own, of a department that of its county."""
    if org.kind in (Kind.department, Kind.station):
        return org.path[: org.path[:-1].rindex("/") + 1]
    return org.path


def _ids_under(paths: Iterable[str]) -> Select[int]:
    return _under(paths, PLACES).with_only_columns(Org.id)


def _under(paths: Iterable[str], kinds: Iterable[Kind]) -> Select[Org]:
    inside: list[ColumnElement[bool]] = [below(path) for path in paths]
    return select(Org).where(or_(*inside), Org.kind.in_([kind.value for kind in kinds])).order_by(Org.id)
