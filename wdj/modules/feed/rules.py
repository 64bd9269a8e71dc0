"""The way of a post: a village writes, the level above passes it on, everybody below reads it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from wdj.core import search
from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.items import Item, hold, record
from wdj.core.jobs import enqueue, job
from wdj.core.orgs import Org, ancestors
from wdj.core.people import REVIEWER_ROLES, WRITER_ROLES, Me, Role
from wdj.core.placements import NEWS, place, unplace
from wdj.core.privacy import mask
from wdj.core.workflow import Subject, Transition, Workflow, said, the_clock
from wdj.modules.feed import revisions
from wdj.modules.feed.aims import aim, aimed_at
from wdj.modules.feed.aims import pages_for as pages_for
from wdj.modules.feed.disclosure import Line, lines_of, set_lines
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


@said("镇上管发布的人")
def recommender(me: Me | None, post: Subject) -> bool:
    """Who passes it on to the county."""
    return me is not None and me.has((Role.town_clerk,), post.org_path)


def nearest(me: Me | None, post: Subject) -> bool:
    """Whom a text that was handed in asks first: its town, where it has one, else the county."""
    in_town = post.org_path.strip("/").count("/") > 1
    return recommender(me, post) if in_town and post.state == State.submitted else True


@said("县委办公室")
def featurer(me: Me | None, post: Subject) -> bool:
    """Who shows to the whole county what somebody below has written."""
    below_the_county = "/" in post.org_path.strip("/")
    return below_the_county and me is not None and me.has((Role.county_office,), post.org_path)


def lacking(item: Item) -> str:
    """What a disclosure lacks before it is handed in, as a sentence; empty for all that is ready."""
    if not isinstance(item, Post) or item.kind != "disclosure" or (item.period and lines_of(item.id)):
        return ""
    return "村务公开要先写上是哪段时间的、有哪几项，再往上交。点“改一改”补上。"


def not_ready(item: Item) -> str:
    """What keeps it from waiting for its time: a disclosure's gaps, or no time ahead."""
    if isinstance(item, Post) and not item.waits_for_its_time:
        return "定时发布要先定一个还没到的时间。点“改一改”，在“什么时候发”里写上。"
    return lacking(item)


def _ask(item: Item, me: Me | None, note: str) -> None:
    """It waits on the desk above: for a day or so, less where it wants to go out sooner."""
    item.due_at = now() + timedelta(hours=current_app.config["WDJ_REVIEW_HOURS"])
    if isinstance(item, Post) and item.publish_at and item.waits_for_its_time:
        item.due_at = min(item.due_at, item.publish_at)


def _answer(item: Item, me: Me | None, note: str) -> None:
    item.due_at = None


def _publish(item: Item, me: Me | None, note: str) -> None:
    """The time that was set for it is over, also where it goes out before."""
    item.published_at, item.due_at = now(), None
    if isinstance(item, Post):
        item.publish_at = None
    place(item, _own_pages(item), NEWS, item.published_at)


def _feature(item: Item, me: Me | None, note: str) -> None:
    item.due_at = None
    county = db.session.get_one(Org, ancestors(item.org)[0])
    place(item, pages_for(county), NEWS, now())


def _unfeature(item: Item, me: Me | None, note: str) -> None:
    unplace(item, NEWS, but=_own_pages(item))


def _withdraw(item: Item, me: Me | None, note: str) -> None:
    item.due_at = None
    unplace(item)


def _schedule(item: Item, me: Me | None, note: str) -> None:
    assert isinstance(item, Post)  # noqa: S101
    item.due_at = None
    enqueue("feed.publish", run_at=item.publish_at, post_id=item.id)


def _own_pages(item: Item) -> list[int]:
    return pages_for(item.org, db.session.scalars(aimed_at(item.id)).all())


UNSENT = (State.draft, State.returned)
UNPUBLISHED = (*UNSENT, State.submitted, State.scheduled)
PUBLIC = (State.published, State.recommended, State.featured)
# fmt: off
WORKFLOW = Workflow(
    states={
        State.draft: "草稿", State.submitted: "等上级审", State.returned: "退回修改", State.scheduled: "定时发布",
        State.published: "已发布", State.recommended: "荐到县上", State.featured: "县上采用", State.withdrawn: "已撤下",
    },
    public=frozenset(PUBLIC),
    waiting=frozenset({State.submitted, State.recommended}),
    working=frozenset({*UNSENT, State.scheduled}),
    ends=frozenset({State.withdrawn}),
    first=nearest,
    transitions=(
        #          action         label       from                         to                 guard
        Transition("submit",      "交上去审", UNSENT,                       State.submitted,   needs_review,
                   then=_ask, needs=lacking),
        Transition("publish",     "发布",     UNPUBLISHED,                  State.published,   publisher,
                   then=_publish, needs=lacking, together=True),
        Transition("schedule",    "定时发布", (*UNSENT, State.submitted),   State.scheduled,   publisher,
                   then=_schedule, needs=not_ready),
        Transition("go_out",      "到时发布", (State.scheduled,),           State.published,   the_clock,
                   then=_publish),
        Transition("unschedule",  "取消定时", (State.scheduled,),           State.draft,       publisher),
        Transition("return_to",   "退回",     (State.submitted,),           State.returned,    publisher,
                   note=True, then=_answer, together=True),
        Transition("take_back",   "收回再改", (State.submitted,),           State.draft,       needs_review,
                   undo=True, then=_answer),
        Transition("recommend",   "荐到县上", (State.published,),           State.recommended, recommender,
                   words=True, then=_ask),
        Transition("unrecommend", "不荐了",   (State.recommended,),         State.published,   recommender,
                   undo=True, then=_answer),
        Transition("feature",     "全县都看", (*PUBLIC[:2],),               State.featured,    featurer,
                   then=_feature, together=True),
        Transition("decline",     "这次不用", (State.recommended,),         State.published,   featurer,
                   note=True, then=_answer, together=True),
        Transition("unfeature",   "不再全县看", (State.featured,),          State.published,   featurer,
                   note=True, undo=True, then=_unfeature),
        Transition("withdraw",    "撤下",     PUBLIC,                       State.withdrawn,   writer,
                   note=True, undo=True, then=_withdraw),
    ),
)
# fmt: on


def may_edit(me: Me | None, post: Post) -> bool:
    """The writers of its org until it is handed in, and who reviews it until it goes out."""
    if post.state in UNSENT:
        return writer(me, post)
    return post.state in (State.submitted, State.scheduled) and publisher(me, post)


def may_mend(me: Me | None, post: Post) -> bool:
    """Once it is out: who lets posts out, with a reason that stays; a village asks its town."""
    return post.is_public and publisher(me, post)


@dataclass(frozen=True)
class Wording:
    """What its writer says of a post; period and lines are of a disclosure alone."""

    kind: str
    title: str
    text: str
    publish_at: datetime | None = None
    period: str = ""
    lines: Sequence[Line] = ()
    aims: Sequence[int] = ()
    must_read: bool = False


def write(org: Org, me: Me, words: Wording) -> Post:
    """Add a draft of `org` to the session; returns it with its id."""
    post = Post(org=org, org_id=org.id, author_id=me.id, state=State.draft)
    _set_words(post, words)
    db.session.add(post)
    db.session.flush()
    _settle_words(post, me, words)
    return post


def edit(post: Post, me: Me, words: Wording, form: str = "") -> None:
    """Change the words of a post that is not out yet; one that waits for its time goes out at the new one.

    `form` names the open editor that saves them by itself.
    """
    if post.state == State.scheduled and words.publish_at and words.publish_at != post.publish_at:
        enqueue("feed.publish", run_at=words.publish_at, post_id=post.id)
    _keep_first(post)
    post.version += 1
    _set_words(post, words)
    _settle_words(post, me, words, form)


def mended(post: Post, **words: Any) -> Wording:
    """What the post says now, but for `words`: title, text, period or lines."""
    now_says = Wording(
        kind=post.kind, title=post.title, text=post.text, publish_at=post.publish_at, period=post.period,
        lines=lines_of(post.id), aims=[org.id for org in db.session.scalars(aimed_at(post.id))],
        must_read=post.must_read,
    )  # fmt: skip
    return replace(now_says, **words)


def mend(post: Post, me: Me, words: Wording, note: str) -> None:
    """Change the words of a post that everybody reads; why stands in its log, and that it was changed on its page."""
    _keep_first(post)
    post.version += 1
    post.revised_at = now()
    _set_words(post, words)
    _settle_words(post, me, words)
    record("mend", "改字", me, note=note, item_id=post.id)


def _set_words(post: Post, words: Wording) -> None:
    post.kind, post.title, post.text, post.publish_at = words.kind, words.title, words.text, words.publish_at
    post.public_title, post.public_text = mask(words.title), mask(words.text)
    post.period, post.must_read = words.period, words.must_read


def _settle_words(post: Post, me: Me, words: Wording, form: str = "") -> None:
    """What stands in rows of its own: items, aims, the wording itself, and what it is found by."""
    set_lines(post.id, words.lines)
    aim(post, words.aims)
    revisions.keep(post, post.period, words.lines, me.id, form)
    search.index(post, " ".join([mask(post.period), *(line.public_label for line in words.lines)]).strip())


def _keep_first(post: Post) -> None:
    """Of a post from before wordings were kept, keep the one that it has before it is changed."""
    if revisions.last_of(post.id) is None:
        revisions.keep(post, post.period, lines_of(post.id), post.author_id)


@job("feed.publish")
def publish_on_time(post_id: int) -> None:
    """Let a scheduled post out. One that was put off, taken back or let out meanwhile is left alone."""
    hold(post_id)
    post = db.session.get(Post, post_id)
    if post is None or post.state != State.scheduled or post.waits_for_its_time:
        return
    post.org = db.session.get_one(Org, post.org_id)
    WORKFLOW.apply("go_out", post, None)
