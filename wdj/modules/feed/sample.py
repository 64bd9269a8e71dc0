"""Fills a new county with the sample posts, as if its clerks had written them over the last weeks."""

from datetime import date, timedelta
from random import Random

from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from wdj.core.comments import Comment
from wdj.core.db import db, insert_new
from wdj.core.items import Event
from wdj.core.likes import Like
from wdj.core.media import adopt, stage
from wdj.core.orgs import Org
from wdj.core.people import Grant, Person
from wdj.core.placements import place
from wdj.core.privacy import mask
from wdj.modules.feed.models import Post, State
from wdj.modules.feed.rules import LIST, UNPUBLISHED, WORKFLOW, pages_for
from wdj.modules.feed.sample_texts import SampleComment, SamplePost, sample_posts

# The last so many comments still wait for a clerk, and these posts are on their way, so that each desk has work.
WAITING_COMMENTS = 4


def load(chance: Random, day: date) -> None:
    """Add the posts as of `day` with pictures, likes and comments, and three that are not out yet."""
    orgs = {org.short_name: org for org in db.session.scalars(select(Org).order_by(Org.id))}
    posts = [_published(text, orgs[text.org], chance) for text in sample_posts(day)]
    comments = db.session.scalars(select(Comment).order_by(Comment.at, Comment.id)).all()
    for said in comments[-WAITING_COMMENTS:]:
        said.state = "pending"
    for post in posts:
        post.comment_count = sum(each.item_id == post.id and each.state == "shown" for each in comments)
    _unpublished(orgs["沙江寺村"], State.submitted, "沙江寺村三组便道通车，谢谢出工的乡亲")
    _unpublished(orgs["沙江寺村"], State.draft, "四月份村务公开：收支明细（草稿）")
    _unpublished(orgs["留凤关镇"], State.draft, "谷雨前后农事提醒（草稿）")


def _published(text: SamplePost, org: Org, chance: Random) -> Post:
    post = _post(org, State.published, text.column, text.title, text.text)
    post.is_public, post.created_at, post.published_at = True, text.published_at - timedelta(hours=2), text.published_at
    db.session.add(post)
    db.session.flush()
    place(post, pages_for(org), LIST, text.published_at)
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
        public_text=mask(text.text), at=text.posted_at,
    )  # fmt: skip


def _add_picture(post: Post, text: SamplePost) -> None:
    assert text.picture  # noqa: S101
    with text.picture.open("rb") as file:
        stage([FileStorage(file, text.picture.name)], text.key, "sample", "picture", 1)
    for media in adopt(text.key, "sample", post.id):
        media.caption = text.alt


def _unpublished(org: Org, state: State, title: str) -> None:
    text = f"{title}。\n\n正文还在写，村上核对以后再补。\n\n拿不准的，打村上电话 0917-000-0021。"
    post = _post(org, state, "news", title, text)
    assert state in UNPUBLISHED  # noqa: S101
    db.session.add(post)
    db.session.flush()
    if state == State.submitted:
        db.session.add(Event(action="submit", label=WORKFLOW.find("submit").label, item_id=post.id))
