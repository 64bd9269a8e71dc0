"""The way of a post: a village writes, the level above passes it on, everybody below reads it."""

from datetime import datetime

from wdj.core import search
from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.items import Item, hold
from wdj.core.jobs import enqueue, job
from wdj.core.orgs import Org
from wdj.core.people import REVIEWER_ROLES, WRITER_ROLES, Me
from wdj.core.placements import NEWS, place, unplace
from wdj.core.privacy import mask
from wdj.core.workflow import Subject, Transition, Workflow, said, the_clock
from wdj.modules.feed import disclosure as disclosure
from wdj.modules.feed import revisions as revisions
from wdj.modules.feed.aims import pages_for as pages_for
from wdj.modules.feed.models import Post, State


@said("这个单位和上级写东西的人")
def writer(me: Me | None, post: Subject) -> bool:
    """Who writes for the post's org."""
    return me is not None and me.has(WRITER_ROLES, post.org_path)


@said("镇上或县上管发布的人")
def publisher(me: Me | None, post: Subject) -> bool:
    """Who lets it out: the town for itself and its villages, the county for all."""
    return me is not None and me.has(REVIEWER_ROLES, post.org_path)


@said("写东西、要请上级审的人")
def needs_review(me: Me | None, post: Subject) -> bool:
    """Who writes but must ask the level above."""
    return writer(me, post) and not publisher(me, post)


def _publish(item: Item, me: Me | None, note: str) -> None:
    item.published_at = now()
    place(item, pages_for(item.org), NEWS, item.published_at)


def _withdraw(item: Item, me: Me | None, note: str) -> None:
    unplace(item)


def _schedule(item: Item, me: Me | None, note: str) -> None:
    assert isinstance(item, Post)  # noqa: S101
    enqueue("feed.publish", run_at=item.publish_at, post_id=item.id)


UNSENT = (State.draft, State.returned)
UNPUBLISHED = (*UNSENT, State.submitted, State.scheduled)
# fmt: off
WORKFLOW = Workflow(
    states={
        State.draft: "草稿", State.submitted: "等上级审", State.returned: "退回修改", State.scheduled: "定时发布",
        State.published: "已发布", State.withdrawn: "已撤下",
    },
    public=frozenset({State.published}),
    waiting=frozenset({State.submitted}),
    working=frozenset({*UNSENT, State.scheduled}),
    ends=frozenset({State.withdrawn}),
    transitions=(
        #          action        label       from                         to               guard
        Transition("submit",     "交上去审", UNSENT,                        State.submitted, needs_review),
        Transition("publish",    "发布",     UNPUBLISHED,                   State.published, publisher, then=_publish),
        Transition("schedule",   "定时发布", (*UNSENT, State.submitted),    State.scheduled, publisher, then=_schedule),
        Transition("go_out",     "到时发布", (State.scheduled,),            State.published, the_clock, then=_publish),
        Transition("unschedule", "取消定时", (State.scheduled,),            State.draft,     publisher),
        Transition("return_to",  "退回",     (State.submitted,),            State.returned,  publisher, note=True),
        Transition("take_back",  "收回再改", (State.submitted,),            State.draft,     needs_review, undo=True),
        Transition("withdraw",   "撤下",     (State.published,), State.withdrawn, writer, note=True, then=_withdraw),
    ),
)
# fmt: on


def may_edit(me: Me | None, post: Post) -> bool:
    """The writers of its org until it is handed in, and who reviews it until it goes out."""
    if post.state in UNSENT:
        return writer(me, post)
    return post.state in (State.submitted, State.scheduled) and publisher(me, post)


def write(org: Org, me: Me, *, kind: str, title: str, text: str, publish_at: datetime | None) -> Post:
    """Add a draft of `org` to the session; returns it with its id."""
    post = Post(org=org, org_id=org.id, author_id=me.id, state=State.draft, kind=kind, publish_at=publish_at)
    _set_words(post, title, text)
    db.session.add(post)
    db.session.flush()
    search.index(post)
    return post


def edit(post: Post, *, kind: str, title: str, text: str, publish_at: datetime | None) -> None:
    """Change the words of a post that is not out yet; one that waits for its time goes out at the new one."""
    if post.state == State.scheduled and publish_at and publish_at != post.publish_at:
        enqueue("feed.publish", run_at=publish_at, post_id=post.id)
    post.kind, post.publish_at = kind, publish_at
    post.version += 1
    _set_words(post, title, text)
    search.index(post)


def _set_words(post: Post, title: str, text: str) -> None:
    post.title, post.text = title, text
    post.public_title, post.public_text = mask(title), mask(text)


@job("feed.publish")
def publish_on_time(post_id: int) -> None:
    """Let a scheduled post out. One that was put off, taken back or let out meanwhile is left alone."""
    hold(post_id)
    post = db.session.get(Post, post_id)
    if post is None or post.state != State.scheduled or post.waits_for_its_time:
        return
    post.org = db.session.get_one(Org, post.org_id)
    WORKFLOW.apply("go_out", post, None)
