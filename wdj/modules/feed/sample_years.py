"""Fills the sample county with two years of posts, as if its clerks had written them and its people had read them."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from flask import current_app
from sqlalchemy import func, insert, select

from wdj.core import reads
from wdj.core.clock import moment_of
from wdj.core.comments import Comment
from wdj.core.db import Model, db
from wdj.core.items import Event
from wdj.core.likes import Like
from wdj.core.orgs import Kind, Org
from wdj.core.people import Grant, Person
from wdj.core.placements import NEWS, Placement
from wdj.core.privacy import mask
from wdj.core.search import Document
from wdj.modules.feed.aims import pages_for
from wdj.modules.feed.disclosure import DisclosureLine
from wdj.modules.feed.models import Post, State
from wdj.modules.feed.rules import WORKFLOW
from wdj.modules.feed.sample_ends import feature_some, pin_some, show_pictures, stop_some
from wdj.modules.feed.sample_notices import ask_for_reading, write_register
from wdj.modules.feed.sample_plan import SHARES, Planner, Told, Unit
from wdj.modules.feed.sample_talk import Filed, Said, by_day, reads_of, said_under

POSTS = sum(SHARES.values())
"""So many stand on the county's pages in the end, with those of the small sample."""
BATCH = 400
TELLERS = (Kind.department, Kind.town, Kind.village, Kind.community)

Say = Callable[[str], None]


def load(chance: Random, day: date, say: Say) -> None:
    """Add the posts of the two years before `day`, so that the county has POSTS, each read, liked and talked about."""
    orgs = {org.id: org for org in db.session.scalars(select(Org).order_by(Org.id))}
    planner = Planner(_units(orgs.values()), chance, db.session.scalars(select(Post.title)).all())
    told = list(planner.plan(_missing(), day))
    say(f"写了 {len(told)} 篇，正在放到各村的页面上 …")
    end = moment_of(day)
    filed = _file(told, orgs, chance, end)
    say(f"放好了，{sum(len(each.said) for each in filed)} 条评论，正在记谁赞过、读过 …")
    for start in range(0, len(filed), BATCH):
        _hang_on(filed[start : start + BATCH], orgs, chance)
    _log(filed)
    say("最后是退回的、撤下的、县上采用的、置顶的，还有必读和名册 …")
    stop_some(planner, orgs, end)
    feature_some(filed, orgs, chance, end)
    pin_some(filed, orgs, chance)
    show_pictures(filed)
    ask_for_reading(filed, write_register(orgs.values(), chance, end), chance, end)
    _count_reads(filed, day)


def _missing() -> dict[str, int]:
    """How many posts each column lacks; the small sample has some."""
    out = select(Post.kind, func.count()).where(Post.is_public).group_by(Post.kind)
    known = {row[0]: row[1] for row in db.session.execute(out)}
    return {column: share - known.get(column, 0) for column, share in SHARES.items()}


def _units(orgs: Iterable[Org]) -> list[Unit]:
    towns = {org.id: org.short_name for org in orgs if org.kind == Kind.town}
    return [
        Unit(org.id, org.kind, org.short_name, towns.get(org.id) or towns.get(org.parent_id or 0, ""))
        for org in orgs
        if org.kind in TELLERS
    ]


def _file(told: list[Told], orgs: dict[int, Org], chance: Random, end: datetime) -> list[Filed]:
    """Add the posts themselves, oldest first, with the counts of what is said under them."""
    clerks = select(Grant.org_id, func.min(Person.id)).join(Person).group_by(Grant.org_id)
    authors = {row[0]: row[1] for row in db.session.execute(clerks)}
    villages = [org.short_name for org in orgs.values() if org.kind in (Kind.village, Kind.community)]
    read = reads_of(told, chance)
    said = [said_under(each, count, villages, end, chance) for each, count in zip(told, read, strict=True)]
    likes = [min(90, round(count * chance.uniform(0.005, 0.055))) for count in read]
    rows = [
        _row(each, under, liked, authors.get(each.unit.id))
        for each, under, liked in zip(told, said, likes, strict=True)
    ]
    ids: list[int] = []
    for start in range(0, len(rows), BATCH):
        inserted = insert(Post).returning(Post.id, sort_by_parameter_order=True)
        ids += db.session.scalars(inserted, rows[start : start + BATCH]).all()
    return [Filed(*each) for each in zip(ids, told, read, likes, said, strict=True)]


def _row(told: Told, said: Sequence[Said], likes: int, author_id: int | None) -> dict[str, Any]:
    return {
        "type": Post.type_name(), "kind": told.column, "org_id": told.unit.id, "author_id": author_id,
        "state": State.published, "is_public": True, "title": told.title, "text": told.text,
        "public_title": mask(told.title), "public_text": mask(told.text), "period": told.period,
        "created_at": told.at - timedelta(hours=2), "published_at": told.at,
        "like_count": likes, "comment_count": sum(each.state == "shown" for each in said),
    }  # fmt: skip


def _hang_on(filed: Sequence[Filed], orgs: dict[int, Org], chance: Random) -> None:
    """Put these posts on their pages, with their items and likes, and let them be found by their items."""
    pages = {org_id: pages_for(orgs[org_id]) for org_id in {each.told.unit.id for each in filed}}
    _add(Placement, (
        {"org_id": page, "list": NEWS, "item_id": each.id, "kind": each.told.column, "placed_at": each.told.at}
        for each in filed for page in pages[each.told.unit.id]
    ))  # fmt: skip
    _add(Like, (
        {"item_id": each.id, "liker": f"sample {number}", "at": each.told.at + timedelta(minutes=7 * number)}
        for each in filed for number in range(each.likes)
    ))  # fmt: skip
    _add(DisclosureLine, (
        {"post_id": each.id, "position": place, "label": label, "fen": yuan * 100}
        for each in filed for place, (label, yuan) in enumerate(each.told.lines, 1)
    ))  # fmt: skip
    _add(Document, (
        {"item_id": each.id, "text": "", "extra": each.told.extra}
        for each in filed if each.told.lines
    ))  # fmt: skip


def _log(filed: Sequence[Filed]) -> None:
    """The comments of all posts and the lines of their logs, in the order of time."""
    said = sorted(((under, each.id) for each in filed for under in each.said), key=lambda pair: pair[0].at)
    _add(Comment, (_comment(under, item_id) for under, item_id in said))
    events = [*_events(filed), *(_checked(under, item_id) for under, item_id in said if under.is_checked)]
    _add(Event, sorted(events, key=lambda event: event["at"]))


def _comment(said: Said, item_id: int) -> dict[str, Any]:
    return {
        "item_id": item_id, "state": said.state, "name": said.name, "village": said.village, "text": said.text,
        "public_name": mask(said.name), "public_village": mask(said.village), "public_text": mask(said.text),
        "at": said.at, "reason": said.reason, "official": said.official,
    }  # fmt: skip


def _events(filed: Iterable[Filed]) -> Iterator[dict[str, Any]]:
    for each in filed:
        for action in ("submit", "publish") if each.told.is_villages else ("publish",):
            at = each.told.at - timedelta(minutes=50) if action == "submit" else each.told.at
            yield {"at": at, "action": action, "label": WORKFLOW.find(action).label, "item_id": each.id, "note": ""}


def _checked(said: Said, item_id: int) -> dict[str, Any]:
    label = "评论通过" if said.state == "shown" else "评论不显示"
    at = said.at + timedelta(minutes=40)
    return {"at": at, "action": f"comment_{said.state}", "label": label, "note": said.reason, "item_id": item_id}


def _add(model: type[Model], rows: Iterable[dict[str, Any]]) -> None:
    """Insert the rows batch by batch, so that no more of them lie in memory at once."""
    left = iter(rows)
    while batch := list(islice(left, 10 * BATCH)):
        db.session.execute(insert(model), batch)


def _count_reads(filed: Sequence[Filed], day: date) -> None:
    """Write the reads where the site counts them, last of all: that file knows no rollback."""
    last = day - timedelta(days=1)
    days = ((each.id, by_day(each.reads, each.told.at.date(), last)) for each in filed)
    rows = [(item_id, on.isoformat(), count) for item_id, counts in days for on, count in counts]
    with closing(sqlite3.connect(current_app.config["WDJ_INSTANCE"] / "reads.db", isolation_level=None)) as connection:
        connection.executescript(f"PRAGMA journal_mode=WAL; {reads.TABLES}")
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(reads.ADD_READS, rows)
        connection.executemany(reads.ADD_TOTALS, [(each.id, each.reads) for each in filed])
        connection.execute("COMMIT")
