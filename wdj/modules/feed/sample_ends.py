"""What became of some posts of the two-year sample: withdrawn, sent back, featured, pinned, illustrated."""

import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select

from wdj.core.db import db
from wdj.core.items import Event
from wdj.core.media import Media, files
from wdj.core.orgs import Kind, Org
from wdj.core.placements import NEWS, pin, place
from wdj.core.privacy import mask
from wdj.modules.feed.aims import pages_for
from wdj.modules.feed.disclosure import Line, set_lines
from wdj.modules.feed.models import Post, State
from wdj.modules.feed.rules import WORKFLOW
from wdj.modules.feed.sample_plan import Planner, Told
from wdj.modules.feed.sample_talk import Filed

# column, days before the end, state, the reason that was given.
STOPPED = (
    ("news", 611, State.withdrawn, "日子写错了，另发了一篇"),
    ("policy", 540, State.withdrawn, "政策变了，以新的为准"),
    ("news", 402, State.withdrawn, "照片里有人不愿意上网"),
    ("farming", 371, State.withdrawn, "药名写得不对，核对后再发"),
    ("news", 298, State.withdrawn, "和镇上发的重复了"),
    ("disclosure", 233, State.withdrawn, "漏了一张票，补上以后重新公开"),
    ("experience", 160, State.withdrawn, "当事人要求撤下"),
    ("news", 77, State.withdrawn, "活动改期"),
    ("policy", 31, State.withdrawn, "数额写错了"),
    ("news", 6, State.returned, "请写上是哪一天、在哪个组"),
    ("disclosure", 5, State.returned, "合计和各项对不上，请会计再核一遍"),
    ("experience", 4, State.returned, "写得好，请问问本人愿不愿意写上名字"),
    ("farming", 3, State.returned, "用药量请农技站看过再交"),
    ("news", 1, State.submitted, ""),
    ("knowledge", 1, State.submitted, ""),
    ("disclosure", 1, State.submitted, ""),
    ("news", 1, State.draft, ""),
)
STEPS = {
    State.withdrawn: ("submit", "publish", "withdraw"), State.returned: ("submit", "return_to"),
    State.submitted: ("submit",), State.draft: (),
}  # fmt: skip
FEATURED, PINNED_PAGES, PICTURES = 14, 24, 40
WHY = ("做法实在，别的村用得上", "写得清楚，全县都该看看", "请各镇学一学", "这是一线的经验")


def stop_some(planner: Planner, orgs: Mapping[int, Org], end: datetime) -> None:
    """Add the few posts that stand on no page: withdrawn, sent back, waiting, begun."""
    for column, days, state, reason in STOPPED:
        told = planner.tell(column, end - timedelta(days=days, hours=-9))
        while not told.is_villages and column not in ("policy", "farming"):
            told = planner.tell(column, told.at)
        post = _post(told, state)
        db.session.add(post)
        db.session.flush()
        set_lines(post.id, [Line(label, yuan * 100) for label, yuan in told.lines])
        for number, action in enumerate(STEPS[state]):
            _log(post.id, action, told.at + timedelta(hours=number), reason if action == STEPS[state][-1] else "")


def _post(told: Told, state: State) -> Post:
    return Post(
        org_id=told.unit.id, state=state, kind=told.column, title=told.title, text=told.text, period=told.period,
        public_title=mask(told.title), public_text=mask(told.text), created_at=told.at - timedelta(hours=1),
        published_at=told.at if state == State.withdrawn else None,
        due_at=told.at + timedelta(days=1) if state == State.submitted else None,
    )  # fmt: skip


def _log(item_id: int, action: str, at: datetime, note: str = "") -> None:
    label = WORKFLOW.find(action).label
    db.session.add(Event(at=at, action=action, label=label, note=note, item_id=item_id))


def feature_some(filed: Sequence[Filed], orgs: Mapping[int, Org], chance: Random, end: datetime) -> None:
    """Let the county take up what some villages have found out, and let two of the last days be recommended to it."""
    county = pages_for(next(org for org in orgs.values() if org.kind == Kind.county))
    good = [each for each in filed if each.told.is_villages and each.told.column in ("experience", "news")]
    for each in sorted(chance.sample(good[:-20], FEATURED), key=lambda one: one.id):
        at, post = each.told.at + timedelta(hours=30), db.session.get_one(Post, each.id)
        post.state = State.featured
        place(post, county, NEWS, at)
        _log(post.id, "recommend", at - timedelta(hours=6), chance.choice(WHY))
        _log(post.id, "feature", at)
    for each in good[-2:]:
        post = db.session.get_one(Post, each.id)
        post.state, post.due_at = State.recommended, end + timedelta(hours=24)
        _log(post.id, "recommend", min(each.told.at + timedelta(hours=3), end), chance.choice(WHY))
    db.session.flush()


def pin_some(filed: Sequence[Filed], orgs: Mapping[int, Org], chance: Random) -> None:
    """Let one late post stand first on the county's page and on those of some towns and villages."""
    last = {each.told.unit.id: each for each in filed}
    homes = [org_id for org_id in last if orgs[org_id].kind != Kind.department]
    for org_id in sorted(chance.sample(homes, PINNED_PAGES)):
        pin(last[org_id].id, org_id, last[org_id].told.at + timedelta(minutes=5))
    county = next(org.id for org in orgs.values() if org.kind == Kind.county)
    newest = next(each for each in reversed(filed) if orgs[each.told.unit.id].kind == Kind.department)
    pin(newest.id, county, newest.told.at + timedelta(minutes=5))


def show_pictures(filed: Sequence[Filed]) -> None:
    """Hang copies of the small sample's pictures on the newest posts that tell of what was done or grown."""
    ready = select(Media).where(Media.kind == "picture", Media.state == "ready", Media.item_id.is_not(None))
    known = db.session.scalars(ready.order_by(Media.id)).all()
    shown = [each for each in filed if each.told.column in ("news", "farming", "experience")][-PICTURES:]
    for number, each in enumerate(shown if known else []):
        _copy(known[number % len(known)], f"sampleyears{number:03}", each)
    db.session.flush()


def _copy(media: Media, key: str, filed: Filed) -> None:
    for path in sorted((files.folder() / media.key[:2]).glob(f"{media.key}.*")):
        copy = files.made(key, path.name.removeprefix(f"{media.key}."))
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    columns = ("kind", "state", "mime", "bytes", "width", "height", "caption")
    same = {column: getattr(media, column) for column in columns}
    db.session.add(Media(key=key, item_id=filed.id, owner="", digest="", position=1, made_at=filed.told.at, **same))
