"""The clock: a year's calendar, how long things may take, what is late, and the reminder of one letter."""

import io
from itertools import count
from typing import Any

from tests.areas.ask import Ask, Asks, plain
from tests.modules.letters.made import letter_in
from tests.stage import Stage
from wdj.core.limits import limits
from wdj.portal.limits import _flat, _version

DAYS = count(1)
SOURCE = "示例文号"


def _day(stage: Stage, who: str, case: str) -> Ask:
    return Ask("/calendar/day", {"day": f"2031年1月{next(DAYS)}日", "what": "off", "name": "示例"})


def _file(stage: Stage, who: str, case: str) -> Ask:
    table = (io.BytesIO("日期,安排\n2031-10-01,放假".encode()), "放假.csv")
    return Ask("/calendar/import", {"t-year": "2031", "t-source": SOURCE, "table": table}, stored=False)


def _take(stage: Stage, who: str, case: str) -> Ask:
    return Ask("/calendar/take", {"t-year": "2032", "t-source": SOURCE, "t-rows": "2032-10-01 放假 国庆"})


def _limits(stage: Stage, who: str, case: str) -> Ask:
    with stage.app.app_context():
        shown = _flat(limits())
    typed = {each.field: str(each.days) for each in shown}
    return Ask("/limits", typed | {"letter-help": str(10 + next(DAYS)), "version": _version(shown)})


def _reminder(stage: Stage, who: str, case: str) -> Ask:
    state, _, public = case.partition("·")
    if state == "没有这一件":
        return Ask("/late/999999/print")
    made: dict[str, Any] = {"state": "answered" if state == "办完了" else "in_hand", "public": bool(public)}
    return Ask(f"/late/{letter_in(stage.app, is_public=bool(public), days_ago=30, **made)}/print")


ASKS: Asks = {
    "GET /calendar": plain("/calendar?year=2027"),
    "GET /calendar/template": plain("/calendar/template"),
    "POST /calendar/day": _day,
    "POST /calendar/import": _file,
    "POST /calendar/take": _take,
    "POST /calendar/<int:year>/<any(enter, take_back):what>": lambda stage, who, case: Ask(
        f"/calendar/2033/{'enter' if case == '定下' else 'take_back'}", {"y-source": SOURCE}
    ),
    "GET /limits": plain("/limits"),
    "POST /limits": _limits,
    "GET /late": plain("/late"),
    "GET /late/<int:id>/print": _reminder,
}


def addresses(stage: Stage) -> list[str]:
    """More than one page of letters of 留凤关镇 that are late, one that waits, and the reminder of one."""
    late = [letter_in(stage.app, "in_hand", days_ago=30) for _ in range(52)]
    letter_in(stage.app, "waiting", days_ago=30)
    town = stage.org("留凤关镇")
    return [
        "/calendar", "/calendar?year=2027", "/calendar/template", "/limits", "/late", "/late?view=five",
        "/late?view=soon", f"/late?org={town}", f"/late?after=2026-01-01.{late[0]}.whole", f"/late/{late[0]}/print",
    ]  # fmt: skip
