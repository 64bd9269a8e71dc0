"""Fills a new county with the sample posts, as if its clerks had written them over the last weeks."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random

from flask import current_app
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from wdj.core import search
from wdj.core.clock import moment_of
from wdj.core.comments import Comment
from wdj.core.db import db, insert_new
from wdj.core.items import Event
from wdj.core.likes import Like
from wdj.core.media import adopt, stage
from wdj.core.orgs import Org
from wdj.core.people import Grant, Person
from wdj.core.placements import NEWS, place
from wdj.core.privacy import mask
from wdj.modules.feed.disclosure import Line, set_lines
from wdj.modules.feed.models import Post, State
from wdj.modules.feed.rules import WORKFLOW, pages_for
from wdj.modules.feed.sample_texts import SampleComment, SamplePost, sample_posts

# The last so many comments still wait for a clerk, and these posts are on their way, so that each desk has work.
WAITING_COMMENTS = 4
ON_THEIR_WAY = (
    (
        "沙江寺村", State.submitted, "news", "三组便道通车了，谢谢出工的 18 位乡亲",
        "三组到椒园的便道修好了，长 1.2 公里，昨天下午通车，农用三轮能一直开到地头。\n\n"
        "这条路前后修了 11 天，18 位乡亲出了工，村上管了一顿午饭。\n\n"
        "雨后头三天先别拉重车，路肩还软。哪一段有塌陷，打村上电话 0917-000-0021。",
    ),
    (
        "沙江寺村", State.draft, "disclosure", "上个月村务收支明细（草稿）",
        "收入和支出的单子还在和会计核对，核完再交。\n\n一、收入\n\n二、支出",
    ),
    (
        "留凤关镇", State.draft, "farming", "椒园近期农事提醒（草稿）",
        "一、看天喷药\n\n二、浅锄保墒\n\n等农业综合服务站把用药量核对好再发。",
    ),
)  # fmt: skip


def load(chance: Random, day: date) -> None:
    """Add the posts as of `day` with pictures, likes and comments, and three that are not out yet."""
    orgs = {org.short_name: org for org in db.session.scalars(select(Org).order_by(Org.id))}
    posts = [_published(text, orgs[text.org], chance) for text in sample_posts(day)]
    comments = db.session.scalars(select(Comment).order_by(Comment.at, Comment.id)).all()
    for said in comments[-WAITING_COMMENTS:]:
        said.state = "pending"
    for post in posts:
        post.comment_count = sum(each.item_id == post.id and each.state == "shown" for each in comments)
    for number, (org_name, state, kind, title, text) in enumerate(ON_THEIR_WAY):
        _unpublished(orgs[org_name], state, kind, title, text, moment_of(day, time(8, 10 * number)))


def load_years(chance: Random, day: date, say: Callable[[str], None]) -> None:
    """Add the two years before `day`."""
    from wdj.modules.feed import sample_years  # what it knows is needed once, and by no worker

    sample_years.load(chance, day, say)


def _published(text: SamplePost, org: Org, chance: Random) -> Post:
    post = _post(org, State.published, text.column, text.title, text.text)
    post.period = text.period
    post.is_public, post.created_at, post.published_at = True, text.published_at - timedelta(hours=2), text.published_at
    db.session.add(post)
    db.session.flush()
    set_lines(post.id, [Line(label, yuan * 100) for label, yuan in text.lines])
    if text.lines:
        search.index(post, " ".join([text.period, *(label for label, _ in text.lines)]))
    place(post, pages_for(org), NEWS, text.published_at)
    for action in ("submit", "publish") if org.kind in ("village", "community") else ("publish",):
        label = WORKFLOW.find(action).label
        db.session.add(Event(at=text.published_at, action=action, label=label, item_id=post.id))
    post.like_count = chance.randrange(3, 130)
    for number in range(post.like_count):
        db.session.execute(insert_new(Like, item_id=post.id, liker=f"sample {number}", at=text.published_at))
    db.session.add_all(_comment(post, each) for each in text.comments)
    if text.picture:
        _add_picture(post, text)
    return post


def _post(org: Org, state: State, kind: str, title: str, text: str) -> Post:
    author = select(Person.id).join(Grant).where(Grant.org_id == org.id).order_by(Person.id).limit(1)
    return Post(
        org=org, org_id=org.id, author_id=db.session.scalar(author), state=state, kind=kind, title=title, text=text,
        public_title=mask(title), public_text=mask(text),
    )  # fmt: skip


def _comment(post: Post, text: SampleComment) -> Comment:
    return Comment(
        item_id=post.id, state="shown", name=text.name, village=text.village, text=text.text,
        public_name=mask(text.name), public_village=mask(text.village), public_text=mask(text.text), at=text.posted_at,
    )  # fmt: skip


def _add_picture(post: Post, text: SamplePost) -> None:
    assert text.picture  # noqa: S101
    with text.picture.open("rb") as file:
        stage([FileStorage(file, text.picture.name)], text.key, "sample", "picture", 1)
    for media in adopt(text.key, "sample", post.id):
        media.caption = text.alt


def _unpublished(org: Org, state: State, kind: str, title: str, text: str, at: datetime) -> None:
    post = _post(org, state, kind, title, text)
    post.created_at = at
    db.session.add(post)
    db.session.flush()
    if state == State.submitted:
        post.due_at = at + timedelta(hours=current_app.config["WDJ_REVIEW_HOURS"])
        db.session.add(Event(at=at, action="submit", label=WORKFLOW.find("submit").label, item_id=post.id))
