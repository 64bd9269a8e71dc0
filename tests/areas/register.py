"""名册: a household of 沙江寺村 and a table that waits to be taken into its register."""

import io
from collections.abc import Callable
from itertools import count
from typing import Any

from tests.areas.ask import Ask, Asks, plain
from tests.stage import VILLAGE, Stage
from wdj.core.db import db
from wdj.core.register import RegisterEntry, RegisterImport
from wdj.portal.register_form import version_of

NUMBERS = count(1)


def entry(stage: Stage, org: str = VILLAGE, **columns: Any) -> int:
    """A household with a telephone that is invented."""
    with stage.app.app_context():
        words = {"kind": "household", "number": f"n{next(NUMBERS)}", "name": "王示例", "phone": "13800000001"} | columns
        made = RegisterEntry(org_id=stage.org(org), **words)
        db.session.add(made)
        db.session.commit()
        return made.id


def table(stage: Stage, person_id: int) -> int:
    """Rows that this person has sent and not yet taken in."""
    with stage.app.app_context():
        rows = [
            {"row": 2, "number": f"n{next(NUMBERS)}", "name": "李示例", "phone": "13800000002"},
            {"row": 3, "number": "", "name": "", "phone": "1380000000"},
        ]
        made = RegisterImport(org_id=stage.org(VILLAGE), kind="household", person_id=person_id, rows=rows)
        db.session.add(made)
        db.session.commit()
        return made.id


def _of_village(tail: str, **data: Any) -> Callable[[Stage, str, str], Ask]:
    def ask(stage: Stage, who: str, case: str) -> Ask:
        return Ask(f"/register{tail}?org={stage.org(VILLAGE)}" if case else f"/register{tail}", data)

    return ask


def _edit(stage: Stage, who: str, case: str) -> Ask:
    made = entry(stage)
    with stage.app.app_context():
        version = version_of(db.session.get_one(RegisterEntry, made))
    return Ask(f"/register/{made}", {"name": "王示例", "number": f"m{next(NUMBERS)}", "version": version})


def _of_entry(tail: str) -> Callable[[Stage, str, str], Ask]:
    def ask(stage: Stage, who: str, case: str) -> Ask:
        number = f"m{next(NUMBERS)}"
        return Ask(f"/register/{entry(stage)}{tail}", {"name": "王示例", "number": number})

    return ask


def _new(stage: Stage, who: str, case: str) -> Ask:
    data = {"kind": "household", "name": "王示例", "number": f"k{next(NUMBERS)}"}
    return Ask(f"/register/new?org={stage.org(VILLAGE)}", data)


def _send(stage: Stage, who: str, case: str) -> Ask:
    file = (io.BytesIO("姓名,电话\n王示例,13800000001".encode()), "名册.csv")
    return Ask("/register/import", {"org": stage.org(VILLAGE), "kind": "household", "table": file})


def _export(stage: Stage, who: str, case: str) -> Ask:
    return Ask("/register/export", {"org": stage.org(VILLAGE), "form": "xlsx"})


def _sent(stage: Stage, who: str, case: str) -> Ask:
    sender = stage.ids.get(who, 1) if case == "自己选的表" else stage.person()
    return Ask(f"/register/import/{table(stage, sender)}")


def _taken(stage: Stage, who: str, case: str) -> Ask:
    from wdj.core.register_rows import plan

    sender = stage.ids.get(who, 1) if case == "自己选的表" else stage.person()
    made = table(stage, sender)
    with stage.app.app_context():
        mark = plan(stage.org(VILLAGE), "household", db.session.get_one(RegisterImport, made).rows).mark
    return Ask(f"/register/import/{made}", {"seen": mark})


ASKS: Asks = {
    "GET /register": _of_village(""),
    "GET /register/new": _of_village("/new"),
    "POST /register/new": _new,
    "GET /register/<int:id>": _of_entry(""),
    "POST /register/<int:id>": _edit,
    "POST /register/<int:id>/<any(leave, stay):what>": _of_entry("/leave"),
    "POST /register/<int:id>/phone": _of_entry("/phone"),
    "POST /register/export": _export,
    "GET /register/template": plain("/register/template"),
    "GET /register/import": _of_village("/import"),
    "POST /register/import": _send,
    "GET /register/import/<int:id>": _sent,
    "POST /register/import/<int:id>": _taken,
}


def addresses(stage: Stage) -> list[str]:
    """More than one page of households, one of them, and a table of the town's clerk."""
    village = stage.org(VILLAGE)
    first = min([entry(stage) for _ in range(52)])
    lists = (f"/register?org={village}{more}" for more in ("", "&q=王", f"&after={first}"))
    return [
        "/register", *lists,
        f"/register/new?org={village}", f"/register/{first}", "/register/template", f"/register/import?org={village}",
        f"/register/import/{table(stage, stage.ids['镇干部'])}",
    ]  # fmt: skip
