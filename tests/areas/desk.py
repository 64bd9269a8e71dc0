"""The desk: what waits for a clerk, comments to check."""

from tests.areas.ask import Ask, Asks, plain
from tests.areas.feed import DEPARTMENT_ORG
from tests.stage import VILLAGE, Stage


def _decide(stage: Stage, who: str, case: str) -> Ask:
    label, _, state = case.partition("·")
    said = stage.comment("shown" if state == "已公开" else "pending", DEPARTMENT_ORG if state == "部门的" else VILLAGE)
    tail = {"看": "", "通过": "/show"}.get(label, "/refuse")
    return Ask(f"/desk/comments/{said}{tail}", {"reason": "像是广告"} if label == "不显示" else {})


ASKS: Asks = {
    "GET /desk": plain("/desk"),
    "GET /desk/comments": plain("/desk/comments"),
    "GET /desk/comments/<int:id>": _decide,
    "POST /desk/comments/<int:id>/<any(show, refuse):decision>": _decide,
}


def addresses(stage: Stage) -> list[str]:
    return ["/desk", "/desk/comments", f"/desk/comments/{stage.comment('shown')}"]
