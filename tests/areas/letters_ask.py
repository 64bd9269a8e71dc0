"""Asking without an account, and what clerks write down for others."""

from itertools import count
from typing import Any

from tests.areas.ask import Ask, Asks, plain
from tests.stage import ROLES, VILLAGE, VISITOR, Stage
from wdj.core.clock import today

NUMBERS = count(1)
PLACES = {"沙江寺村的人": VILLAGE, "别镇的人": "东庄村"}
STATES = {"发布了的": "published", "没发布的": "draft"}


def _said(stage: Stage, **more: Any) -> dict[str, Any]:
    number = next(NUMBERS)
    words = {"text": f"第 {number} 件事，想问问怎么办", "kind": "question", "door": "board", "once": f"asked-{number}"}
    return {**words, "village": stage.org(VILLAGE), **more}


def _post(stage: Stage, case: str) -> int:
    """A post of the village in the state that `case` names."""
    return 999_999 if case == "没有这一条" else stage.post(STATES[case], kind="policy")


def _form(stage: Stage, who: str, case: str) -> Ask:
    return Ask(f"/letters/ask?about={_post(stage, case)}" if case else "/letters/ask")


def _ask(stage: Stage, who: str, case: str) -> Ask:
    more: dict[str, dict[str, Any]] = {
        "留言板": {},
        "县长信箱，不留名": {"door": "mailbox", "is_anonymous": "y"},
        "留言板，不留名": {"is_anonymous": "y"},
        "求助，没留电话": {"kind": "help"},
    }
    about = {} if case in more else {"about": _post(stage, case.removeprefix("问一条消息·"))}
    browser = stage.county.visitor() if who == VISITOR else None  # one phone may not send so many
    return Ask("/letters/ask", _said(stage, **more.get(case, about)), by=browser)


def _record(stage: Stage, who: str, case: str) -> Ask:
    own = ROLES[who][1] if who in ROLES else VILLAGE
    told = {"source": "telephone", "received_on": today().isoformat(), "org": stage.org(own), "village": "0"}
    if case == "用沙江寺村的名义":
        told["org"] = stage.org(VILLAGE)
    elif case:
        told["village"] = stage.org(PLACES[case])
    return Ask("/letters/new", {**_said(stage), **told})


ASKS: Asks = {
    "GET /ask": plain("/ask?door=mailbox"),
    "GET /letters/ask": _form,
    "POST /letters/ask": _ask,
    "POST /letters/similar": plain("/letters/similar", stored=False, text="椒园冻了能不能领补贴"),
    "GET /letters/new": plain("/letters/new"),
    "POST /letters/new": _record,
}


def addresses(stage: Stage) -> list[str]:
    post = stage.post("published", kind="policy")
    return ["/ask", "/letters/ask", "/letters/ask?door=mailbox", f"/letters/ask?about={post}", "/letters/new"]
