"""The feed: posts, their pictures, likes and comments."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.areas.ask import Ask, Asks
from tests.stage import ROLES, TEXT, TITLE, VILLAGE, Stage
from wdj.core.clock import now
from wdj.core.db import db
from wdj.modules.feed.revisions import Revision

STATES = {
    "草稿": "draft", "退回修改": "returned", "等上级审": "submitted", "定时发布": "scheduled", "已发布": "published",
    "荐到县上": "recommended", "县上采用": "featured", "已撤下": "withdrawn",
}  # fmt: skip
ACTIONS = {
    "交上去审": "submit", "发布": "publish", "定时发布": "schedule", "到时发布": "go_out", "取消定时": "unschedule",
    "退回": "return_to", "退回不写原因": "return_to", "收回再改": "take_back", "撤下": "withdraw", "没有的动作": "burn",
    "荐到县上": "recommend", "不荐了": "unrecommend", "全县都看": "feature", "这次不用": "decline",
    "这次不用不写原因": "decline", "不再全县看": "unfeature",
}  # fmt: skip
DEPARTMENT_ORG = "县农业农村局"


def _post(stage: Stage, case: str) -> int:
    """A post in the state that `case` names behind its last dot; of the department where it says so."""
    words = case.rpartition("·")[2]
    org = DEPARTMENT_ORG if words.startswith("部门的") else VILLAGE
    return 999_999 if words == "没有这一篇" else stage.post(STATES[words.removeprefix("部门的")], org)


def _of_post(tail: str, **data: Any) -> Callable[[Stage, str, str], Ask]:
    return lambda stage, who, case: Ask(f"/feed/{_post(stage, case)}{tail}", data)


def _picture(stage: Stage, who: str, case: str) -> Ask:
    if case.startswith("村干部刚选"):
        return Ask(stage.picture(None, owner=f"person {stage.ids['村干部']}"))
    return Ask(stage.picture(_post(stage, case)))


def _words(org: int) -> dict[str, Any]:
    return {"org": org, "kind": "farming", "title": TITLE, "text": TEXT, "then": "save"}


def _write(stage: Stage, who: str, case: str) -> Ask:
    own = ROLES[who][1] if who in ROLES else VILLAGE
    orgs = {"给自己单位": own, "用沙江寺村的名义": VILLAGE, "用别的村的名义": "东庄村"}
    # One person twice with the same words in ten minutes is one post, so each case has its own title.
    return Ask("/feed/new", _words(stage.org(orgs[case])) | {"once": f"once-{who}-{case}"})


def _edit(stage: Stage, who: str, case: str) -> Ask:
    post = _post(stage, case)
    then = "return_to" if case.startswith("退回不写原因") else "save"
    changed = {"version": "1", "text": TEXT + "改过了。", "then": then}
    return Ask(f"/feed/{post}/edit", _words(stage.org(VILLAGE)) | changed)


def _act(stage: Stage, who: str, case: str) -> Ask:
    label, _, state = case.partition("·")
    post = _post(stage, state)
    if label == "定时发布":
        tomorrow = now() + timedelta(days=1)
        stage.change("UPDATE posts SET publish_at = :at WHERE id = :id", id=post, at=tomorrow.replace(tzinfo=None))
    return Ask(f"/feed/{post}/{ACTIONS[label]}", {"note": "" if "不写原因" in label else "请写上海拔"})


def _mend(stage: Stage, who: str, case: str) -> Ask:
    words = {"title": TITLE, "text": TEXT + "改过了。", "version": "1"}
    return Ask(f"/feed/{_post(stage, case)}/mend", words | {"note": "" if "不写原因" in case else "日期写错了"})


def _pin(stage: Stage, who: str, case: str) -> Ask:
    """Nothing is pinned but what the case says: three others for 第四篇, the post itself for 取消."""
    where, what = case.partition("·")[0], "unpin" if case.startswith("取消") else "pin"
    others = [stage.post("published") for _ in range(3)] if "第四篇" in where else []
    post = _post(stage, case)
    stage.change("UPDATE placements SET pinned_at = NULL WHERE pinned_at IS NOT NULL")
    for each in others + [post] * (what == "unpin"):
        stage.change("UPDATE placements SET pinned_at = placed_at WHERE item_id = :id", id=each)
    org = where.removeprefix("取消，").removeprefix("在").removesuffix("的第四篇")
    return Ask(f"/feed/{post}/{what}/{stage.org(org)}")


def _revised(stage: Stage, case: str) -> int:
    """A post of which two wordings are kept."""
    post = _post(stage, case)
    with stage.app.app_context():
        for number, text in enumerate((TEXT, TEXT + "先别剪。"), 1):
            db.session.add(Revision(item_id=post, number=number, title=TITLE, text=text, period="", lines=[]))
        db.session.commit()
    return post


ASKS: Asks = {
    "GET /feed/<int:id>": _of_post(""),
    "GET /media/<key>/<name>": _picture,
    "POST /feed/<int:id>/like": _of_post("/like"),
    "POST /feed/<int:id>/comments": _of_post("/comments", text="照着做了，管用", name="老王", village="沙江寺村"),
    "GET /feed/new": lambda stage, who, case: Ask(
        f"/feed/new?from={_post(stage, case.removeprefix('照着'))}" if case else "/feed/new"
    ),
    "POST /feed/new": _write,
    "GET /feed/<int:id>/preview": _of_post("/preview"),
    "GET /feed/<int:id>/edit": _of_post("/edit"),
    "POST /feed/<int:id>/edit": _edit,
    "GET /feed/<int:id>/mend": _of_post("/mend"),
    "POST /feed/<int:id>/mend": _mend,
    "POST /feed/<int:id>/<any(pin, unpin):what>/<int:org_id>": _pin,
    "GET /feed/<int:id>/revisions": lambda stage, who, case: Ask(f"/feed/{_revised(stage, case)}/revisions"),
    "GET /feed/<int:id>/revisions/<int:a>/<int:b>": (
        lambda stage, who, case: Ask(f"/feed/{_revised(stage, case)}/revisions/1/2")
    ),
    "GET /feed/<int:id>/<action>": _act,
    "POST /feed/<int:id>/<action>": _act,
}


def addresses(stage: Stage) -> list[str]:
    """Lists longer than a page, a post with talk, one in each hand."""
    posts = [stage.post("published", title=f"第 {number} 篇消息的标题") for number in range(12)]
    for _ in range(12):
        stage.comment("shown", post=posts[-1])
    stage.comment("pending", post=posts[-1])
    draft, submitted = stage.post("draft"), stage.post("submitted")
    older = stage.one("SELECT max(id) - 3 FROM comments")
    told = _revised(stage, "已发布")
    stage.change("UPDATE placements SET pinned_at = placed_at WHERE item_id = :id", id=told)
    return [
        f"/feed/new?from={posts[0]}",
        f"/feed/{posts[-1]}", f"/feed/{posts[-1]}?before={older}", f"/feed/{draft}", stage.picture(posts[-1]),
        f"/feed/{told}", f"/feed/{told}/mend", f"/feed/{told}/revisions", f"/feed/{told}/revisions/1/2",
        "/feed/new", f"/feed/{draft}/preview", f"/feed/{draft}/edit", f"/feed/{submitted}/return_to",
    ]  # fmt: skip
