"""Subject pages: made by the writers of an org, filled with what is public."""

from collections.abc import Callable
from typing import Any

from tests.areas.ask import Ask, Asks, plain
from tests.stage import ROLES, VILLAGE, Stage
from wdj.core.db import db
from wdj.core.items import Item
from wdj.core.orgs import Org
from wdj.core.subjects import CLOSED, OPEN, Subject, gather

WORDS = {"title": "花椒受冻", "text": "冻后怎么管，找谁，都在这里。"}


def add_subject(stage: Stage, org: str = VILLAGE, state: str = OPEN, *posts: int) -> int:
    """A subject of `org` that shows these posts."""
    with stage.app.app_context():
        subject = Subject(org_id=stage.org(org), state=state, **WORDS)
        db.session.add(subject)
        db.session.flush()
        subject.org = db.session.get_one(Org, subject.org_id)
        for post in posts:
            gather(subject, db.session.get_one(Item, post))
        db.session.commit()
        return subject.id


def _subject(stage: Stage, case: str) -> int:
    return 999_999 if case.startswith("没有") else add_subject(stage, VILLAGE, CLOSED if "结束了" in case else OPEN)


def _of(tail: str, **data: Any) -> Callable[[Stage, str, str], Ask]:
    return lambda stage, who, case: Ask(f"/subjects/{_subject(stage, case)}{tail}", data)


def _new(stage: Stage, who: str, case: str) -> Ask:
    own = ROLES[who][1] if who in ROLES else VILLAGE
    org = {"给自己单位": own, "用沙江寺村的名义": VILLAGE}[case]
    return Ask("/subjects/new", WORDS | {"org": stage.org(org), "once": f"subject-{who}-{case}"})


def _edit(stage: Stage, who: str, case: str) -> Ask:
    # Words that nobody has changed are never late.
    return Ask(f"/subjects/{_subject(stage, case)}/edit", WORDS | {"org": stage.org(VILLAGE)})


def _move(stage: Stage, who: str, case: str) -> Ask:
    return Ask(f"/subjects/{_subject(stage, '')}/close", {})


def _items(stage: Stage, who: str, case: str) -> Ask:
    post = stage.post("draft" if "草稿" in case else "published")
    if case == "移出一篇":
        subject = add_subject(stage, VILLAGE, OPEN, post)
        return Ask(f"/subjects/{subject}/items", {"item": post, "do": "remove"})
    return Ask(f"/subjects/{_subject(stage, case)}/items", {"item": post})


ASKS: Asks = {
    "GET /subjects": plain("/subjects"),
    "GET /subjects/<int:id>": _of(""),
    "GET /subjects/new": plain("/subjects/new"),
    "POST /subjects/new": _new,
    "GET /subjects/<int:id>/edit": _of("/edit"),
    "POST /subjects/<int:id>/edit": _edit,
    "POST /subjects/<int:id>/<any(close, reopen):action>": _move,
    "POST /subjects/<int:id>/items": _items,
    "POST /subjects/<int:id>/table": _of("/table", form="csv"),
}


def addresses(stage: Stage) -> list[str]:
    """A list longer than a page, in a subject that the town's clerk looks after, and a long list of subjects."""
    posts = [stage.post("published", title=f"第 {number} 篇收进专题的消息") for number in range(12)]
    for _ in range(11):
        add_subject(stage)
    subject = add_subject(stage, "留凤关镇", OPEN, *posts)
    return [
        "/subjects", "/subjects?kind=closed", f"/subjects?before={subject}", f"/subjects/{subject}",
        f"/subjects/{subject}?before={stage.mark()}", "/subjects/new", f"/subjects/{subject}/edit",
    ]  # fmt: skip
