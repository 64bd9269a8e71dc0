"""The desk: what waits for a clerk, what is done to many at once, comments to check and to report."""

from tests.areas.ask import Ask, Asks, plain
from tests.areas.feed import ACTIONS, DEPARTMENT_ORG, STATES
from tests.stage import VILLAGE, Stage


def _comment(stage: Stage, state: str) -> int:
    """A comment in the state that `state` names; of the department where it says so."""
    if state == "被举报":
        return stage.comment("shown", report_count=2)
    return stage.comment("shown" if state == "已公开" else "pending", DEPARTMENT_ORG if state == "部门的" else VILLAGE)


def _decide(stage: Stage, who: str, case: str) -> Ask:
    label, _, state = case.partition("·")
    said = _comment(stage, state)
    tail = {"看": "", "通过": "/show"}.get(label, "/refuse")
    return Ask(f"/desk/comments/{said}{tail}", {"reason": "像是广告"} if label == "不显示" else {})


def _decide_many(stage: Stage, who: str, case: str) -> Ask:
    label, _, state = case.partition("·")
    said = [str(_comment(stage, state)) for _ in range(2)]
    sent = {"通过": {"do": "show"}, "导出": {"do": "csv"}, "不显示": {"do": "refuse", "reason": "像是广告"}}
    return Ask("/desk/comments/bulk", {"id": said, **sent.get(label, {"do": "refuse"})})


def _desk(stage: Stage, who: str, case: str) -> Ask:
    if case == "只看沙江寺村":
        return Ask(f"/desk?org={stage.org(VILLAGE)}")
    return Ask(f"/desk?open={stage.post(STATES[case])}" if case else "/desk")


def _together(stage: Stage, who: str, case: str) -> Ask:
    label, _, state = case.partition("·")
    if label == "导出":
        return Ask("/desk/bulk", {"action": "xlsx"})
    posts = [str(stage.post(STATES[state])) for _ in range(2)]
    return Ask("/desk/bulk", {"action": ACTIONS[label], "id": posts, "note": "" if "不写" in label else "请写上海拔"})


def _report(stage: Stage, who: str, case: str) -> Ask:
    label, _, state = case.rpartition("·")
    return Ask(f"/comments/{_comment(stage, state)}/report", {} if label else {"reason": "像是广告"})


ASKS: Asks = {
    "GET /desk": _desk,
    "POST /desk/bulk": _together,
    "GET /desk/comments": plain("/desk/comments"),
    "POST /desk/comments/bulk": _decide_many,
    "GET /desk/comments/<int:id>": _decide,
    "POST /desk/comments/<int:id>/<any(show, refuse):decision>": _decide,
    "GET /comments/<int:id>/report": _report,
    "POST /comments/<int:id>/report": _report,
}


def addresses(stage: Stage) -> list[str]:
    waiting, said = stage.post("submitted"), stage.comment("shown", report_count=2)
    stage.comment("refused")
    return [
        "/desk", "/desk?view=mine", "/desk?view=own", "/desk?view=sent", "/desk?view=news&kind=farming",
        f"/desk?org={stage.org(VILLAGE)}&state=submitted&kind=farming&after=7258118400000000-1&all=1",
        f"/desk?open={waiting}", "/desk/comments", "/desk/comments?show=reported", "/desk/comments?show=hidden&all=1",
        "/desk/comments?after=1", f"/desk/comments/{said}", f"/comments/{said}/report",
    ]  # fmt: skip
