"""我看过了: a must-read notice of 留凤关镇 to all its villages, with one household of 沙江寺村 that has read it."""

from collections.abc import Callable
from typing import Any

from tests.areas.ask import Ask, Asks
from tests.areas.register import entry
from tests.stage import TOWN, VILLAGE, Stage
from wdj.core.db import db
from wdj.modules.feed.acks import Acknowledgement

CASES = {"没要大家点的": ("published", False), "必读的草稿": ("draft", True)}
ORGS = {"别的村的": "费家庄村", "没发给的村": "平木村"}


def notice(stage: Stage, case: str = "") -> int:
    state, must_read = CASES.get(case, ("published", True))
    return stage.post(state, TOWN, must_read=must_read)


def ack(stage: Stage, post: int, said: str = "没写清楚", entry_id: int | None = None) -> int:
    with stage.app.app_context():
        made = Acknowledgement(item_id=post, org_id=stage.org(VILLAGE), entry_id=entry_id, said=said)
        db.session.add(made)
        db.session.commit()
        return made.id


def _tap(stage: Stage, who: str, case: str) -> Ask:
    return Ask(f"/feed/{notice(stage, case)}/ack", {"who": "王示例", "place": stage.org(VILLAGE)})


def _figures(stage: Stage, who: str, case: str) -> Ask:
    return Ask(f"/feed/{notice(stage, case)}/acks")


def _of_village(tail: str) -> Callable[[Stage, str, str], Ask]:
    def ask(stage: Stage, who: str, case: str) -> Ask:
        org = ORGS.get(case, VILLAGE)
        post, house = notice(stage), entry(stage, org)
        data: dict[str, Any] = {"form": "xlsx", "entry": house}
        if tail in ("/match", "/undo"):
            number = stage.one("SELECT number FROM register WHERE id = :id", id=house)
            data = {"ack": ack(stage, post, entry_id=None if tail == "/match" else house), "who": number}
        return Ask(f"/feed/{post}/acks/{stage.org(org)}{tail}", data)

    return ask


ASKS: Asks = {
    "POST /feed/<int:id>/ack": _tap,
    "GET /feed/<int:id>/acks": _figures,
    "GET /feed/<int:id>/acks/<int:org_id>": _of_village(""),
    "GET /feed/<int:id>/acks/<int:org_id>/print": _of_village("/print"),
    "POST /feed/<int:id>/acks/<int:org_id>/visited": _of_village("/visited"),
    "POST /feed/<int:id>/acks/<int:org_id>/match": _of_village("/match"),
    "POST /feed/<int:id>/acks/<int:org_id>/undo": _of_village("/undo"),
    "POST /feed/<int:id>/acks/<int:org_id>/export": _of_village("/export"),
}


def addresses(stage: Stage) -> list[str]:
    post = notice(stage)
    for _ in range(3):
        ack(stage, post, entry_id=entry(stage))
        ack(stage, post)
    entry(stage, kind="member", name="党示例")
    of_village = f"/feed/{post}/acks/{stage.org(VILLAGE)}"
    lists = [f"{of_village}?show={show}" for show in ("left", "done", "waiting")]
    return [f"/feed/{post}", f"/feed/{post}/acks", *lists, f"{of_village}?kind=member", f"{of_village}/print"]
