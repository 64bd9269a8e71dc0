"""Letters in the hands of clerks: every step with its form, the answer, what is public, frames of answers."""

from collections.abc import Callable
from itertools import count
from typing import Any

from flask import Flask
from sqlalchemy import select

from tests.areas.ask import Ask, Asks, plain
from tests.modules.letters.made import letter_in
from tests.stage import ROLES, TOWN, VILLAGE, Stage
from wdj.core.db import db
from wdj.core.orgs import Org
from wdj.core.people import Person
from wdj.modules.letters.messages import Draft, Template
from wdj.modules.letters.rules import WORKFLOW

NUMBERS = count(1)
NOBODY = 999_999
STATES = {label: state for state, label in WORKFLOW.states.items()}
ACTIONS = {way.label: way.action for way in WORKFLOW.transitions} | {"没有的动作": "burn"}
NOTE = "按三定方案归你局"


def work_letter(stage: Stage, case: str) -> int:
    """A letter of the village in the state that `case` names behind its last dot; the farming office has it in hand."""
    words = case.rpartition("·")[2]
    if words == "没有这封信":
        return NOBODY
    if words == "要延期":
        return letter_in(stage.app, "in_hand", extension_days=5, extension_reason="要等苗木")
    if words == "告诉了县上":
        return letter_in(stage.app, "in_hand", round=2, told_org_id=stage.org("凤县"))
    if words == "没解决，告诉了县上":
        return letter_in(stage.app, "unsolved", round=2, told_org_id=stage.org("凤县"))
    if words == "邻里矛盾":
        return letter_in(stage.app, "in_hand", kind="dispute")
    letter = letter_in(stage.app, STATES[words])
    if words == "等审核":
        _draft(stage.app, letter)
    return letter


def _draft(app: Flask, *letters: int) -> None:
    """Drafts that nobody of the walks has written."""
    with app.app_context():
        by = db.session.scalars(select(Person.id).where(Person.login == "xian")).one()
        db.session.add_all(
            Draft(letter_id=each, text="能领，在村上登记。", person_id=by, editors=str(by)) for each in letters
        )
        db.session.commit()


def _of(tail: str, **data: Any) -> Callable[[Stage, str, str], Ask]:
    return lambda stage, who, case: Ask(f"/letters/{work_letter(stage, case)}/{tail}", data)


def _assign(stage: Stage, who: str, case: str) -> Ask:
    action = "rule" if case.startswith("裁定") else "assign"
    to = stage.org("东庄村" if "给别镇的村" in case else "县水利局")
    return Ask(f"/letters/{work_letter(stage, case)}/{action}", {"org": to, "note": NOTE})


def _act(stage: Stage, who: str, case: str) -> Ask:
    label = case.partition("·")[0]
    note = "" if "不写原因" in label else "不归我们管"
    return Ask(f"/letters/{work_letter(stage, case)}/{ACTIONS[label.removesuffix('不写原因')]}", {"note": note})


def _draft_of(tail: str, **data: Any) -> Callable[[Stage, str, str], Ask]:
    def ask(stage: Stage, who: str, case: str) -> Ask:
        letter = work_letter(stage, case)
        if case != "等审核" and letter != NOBODY:
            _draft(stage.app, letter)
        return Ask(f"/letters/{letter}/{tail}", data)

    return ask


def _template(app: Flask, org: str = VILLAGE) -> int:
    with app.app_context():
        unit = db.session.scalars(select(Org.id).where(Org.short_name == org)).one()
        made = Template(org_id=unit, title=f"模板{next(NUMBERS)}", text="{称呼}，您好。")
        db.session.add(made)
        db.session.commit()
        return made.id


def _of_template(tail: str) -> Callable[[Stage, str, str], Ask]:
    orgs = {"本村的": VILLAGE, "镇上的": TOWN, "县上的": "凤县", "别镇的": "平木镇"}

    def ask(stage: Stage, who: str, case: str) -> Ask:
        template = NOBODY if case not in orgs else _template(stage.app, orgs[case])
        org = stage.org(orgs.get(case, VILLAGE))
        return Ask(f"/letters/templates/{template}/{tail}", {"org": org, "title": "改过的", "text": "您好，办好了。"})

    return ask


def _new_template(stage: Stage, who: str, case: str) -> Ask:
    own = ROLES[who][1] if who in ROLES else VILLAGE
    org = stage.org(VILLAGE if case == "给沙江寺村" else own)
    words = {"org": org, "title": f"模板{next(NUMBERS)}", "text": "您好，办好了。"}
    return Ask("/letters/templates/new", {**words, "once": f"template-{who}-{case}"})


ASKS: Asks = {
    "GET /letters/<int:id>/<any(assign, rule):action>": _assign,
    "POST /letters/<int:id>/<any(assign, rule):action>": _assign,
    "GET /letters/<int:id>/decline": _of("decline"),
    "POST /letters/<int:id>/decline": _of("decline", reason="有骂人的话"),
    "GET /letters/<int:id>/change_kind": _of("change_kind"),
    "POST /letters/<int:id>/change_kind": _of("change_kind", kind="help", note="说的是要人帮"),
    "GET /letters/<int:id>/settle": _of("settle"),
    "POST /letters/<int:id>/settle": _of("settle", note="到现场看过了"),
    "GET /letters/<int:id>/ask_more": _of("ask_more"),
    "POST /letters/<int:id>/ask_more": _of("ask_more", note="请问几亩？"),
    "GET /letters/<int:id>/ask_extension": _of("ask_extension"),
    "POST /letters/<int:id>/ask_extension": _of("ask_extension", days=5, note="要等苗木"),
    "GET /letters/<int:id>/grant_extension": _of("grant_extension"),
    "POST /letters/<int:id>/grant_extension": _of("grant_extension"),
    "GET /letters/<int:id>/refuse_extension": _of("refuse_extension"),
    "POST /letters/<int:id>/refuse_extension": _of("refuse_extension", note="群众等着呢"),
    "GET /letters/<int:id>/remark": _of("remark"),
    "POST /letters/<int:id>/remark": _of("remark", note="已电话联系"),
    "GET /letters/<int:id>/instruct": _of("instruct"),
    "POST /letters/<int:id>/instruct": _of("instruct", note="本周内上门看"),
    "GET /letters/<int:id>/mediate": _of("mediate"),
    "POST /letters/<int:id>/mediate": _of("mediate", mediator="支书老赵"),
    "POST /letters/<int:id>/words": _of("words"),
    "GET /letters/<int:id>/answer": _of("answer"),
    "POST /letters/<int:id>/answer": _of("answer", text="能领，在村上登记。", version="0", then="answer"),
    "GET /letters/<int:id>/preview": _draft_of("preview"),
    "GET /letters/<int:id>/approve": _of("approve"),
    "POST /letters/<int:id>/approve": _of("approve", version="1"),
    "GET /letters/<int:id>/publish": _of("publish"),
    "POST /letters/<int:id>/publish": _of("publish", public_title="椒园的事", public_text="椒园冻了"),
    "GET /letters/<int:id>/<action>": _act,
    "POST /letters/<int:id>/<action>": _act,
    "GET /letters/templates": plain("/letters/templates"),
    "GET /letters/templates/new": plain("/letters/templates/new"),
    "POST /letters/templates/new": _new_template,
    "GET /letters/templates/<int:id>/edit": _of_template("edit"),
    "POST /letters/templates/<int:id>/edit": _of_template("edit"),
    "POST /letters/templates/<int:id>/delete": _of_template("delete"),
}


def in_town(app: Flask) -> list[str]:
    """A letter in the hands of 留凤关镇, with each form that is open to its clerk."""
    own, dispute = (letter_in(app, "in_hand", handler=TOWN, kind=kind) for kind in ("help", "dispute"))
    asked = letter_in(app, "in_hand", extension_days=5, extension_reason="要等苗木")
    posted, drafted, answered = (letter_in(app, each, handler=TOWN) for each in ("posted", "drafted", "answered"))
    _draft(app, own, drafted)
    with app.app_context():
        town = db.session.scalars(select(Org.id).where(Org.short_name == TOWN)).one()
    unsolved = letter_in(app, "unsolved", handler=VILLAGE, round=2, told_org_id=town)
    forms = ("", "/assign", "/return_to", "/ask_more", "/ask_extension", "/remark", "/answer", "/preview")
    return [
        *(f"/letters/{own}{each}" for each in forms), f"/letters/{posted}/decline", f"/letters/{dispute}/mediate",
        f"/letters/{asked}/grant_extension", f"/letters/{asked}/refuse_extension", f"/letters/{drafted}/approve",
        f"/letters/{answered}/publish", f"/letters/{answered}", f"/letters/{posted}/change_kind",
        f"/letters/{unsolved}", f"/letters/{unsolved}/settle",
        "/letters/templates", "/letters/templates/new", f"/letters/templates/{_template(app, TOWN)}/edit",
    ]  # fmt: skip


def addresses(stage: Stage) -> list[str]:
    return [*in_town(stage.app), f"/letters/{letter_in(stage.app, 'in_hand', handler=TOWN)}/instruct"]
