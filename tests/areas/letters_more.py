"""Merging, visits and meetings, consultations, and the month on one page."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

from tests.areas.ask import Ask, Asks, plain
from tests.modules.letters.made import letter_in
from tests.stage import ROLES, TOWN, VILLAGE, Stage
from wdj.core import search
from wdj.core.clock import now, today
from wdj.core.db import db
from wdj.core.orgs import Org
from wdj.core.placements import NEWS, place
from wdj.modules.letters.consultation_rules import PUBLIC, pages_for
from wdj.modules.letters.consultation_rules import WORKFLOW as ASKING
from wdj.modules.letters.consultations import KIND, Consultation, Verdict
from wdj.modules.letters.forums import Forum, ForumLetter
from wdj.modules.letters.rules import WORKFLOW

NUMBERS = count(1)
STATES = {label: state for state, label in WORKFLOW.states.items()}
STEPS = {label: state for state, label in ASKING.states.items()}
ACTIONS = {way.label: way.action for way in ASKING.transitions} | {"没有的动作": "burn"}
SAID = "人手不够，这次先开半天，六月起办。"


def forum_in(stage: Stage, *letters: int, org: str = TOWN) -> int:
    """A visit of the org, about these letters."""
    with stage.app.app_context():
        by = stage.person()
        made = Forum(
            org_id=stage.org(org), kind="visit", held_on=today(), title="二组花椒受冻", place="二组", people="包村干部",
            text="看了十一户的椒园。", person_id=by,
        )  # fmt: skip
        db.session.add(made)
        db.session.flush()
        db.session.add_all(ForumLetter(forum_id=made.id, letter_id=letter) for letter in letters)
        db.session.commit()
        return made.id


def consultation_in(stage: Stage, state: str, org: str = TOWN) -> int:
    """A consultation of the org in `state`."""
    with stage.app.app_context():
        unit = db.session.get_one(Org, stage.org(org))
        title, text = "便民服务中心周末开不开门", "说的人多、又办得到的，下个月就改。"
        made = Consultation(
            org_id=unit.id, kind=KIND, state=state, is_public=state in PUBLIC, title=title, text=text,
            public_title=title, public_text=text, starts_on=today(), ends_on=today() + timedelta(days=14),
            outcome=SAID, public_outcome=SAID,
        )  # fmt: skip
        db.session.add(made)
        db.session.flush()
        if made.is_public:
            made.published_at = now()
            place(made, pages_for(unit), NEWS, made.published_at)
        search.index(made)
        db.session.commit()
        return made.id


def answer_in(stage: Stage, consultation: int, *, adopted: bool | None = None, org: str = TOWN) -> int:
    """A letter to the consultation that everybody may read."""
    letter = letter_in(
        stage.app, "accepted", kind="suggestion", org=org, handler=None, door="consultation", public=True,
        consultation_id=consultation,
    )  # fmt: skip
    if adopted is not None:
        with stage.app.app_context():
            words = {"why": SAID, "public_why": SAID}
            db.session.add(Verdict(letter_id=letter, consultation_id=consultation, is_adopted=adopted, **words))
            db.session.commit()
    return letter


def _letter(stage: Stage, case: str) -> int:
    return letter_in(stage.app, STATES[case.rpartition("·")[2]])


def _merge(stage: Stage, who: str, case: str) -> Ask:
    with_what, _, state = case.partition("·")
    others = {"同镇的": [str(letter_in(stage.app))], "别镇收的": [str(letter_in(stage.app, org="平木镇"))]}
    picked = {"pick": others[with_what]} if with_what in others else {}
    return Ask(f"/letters/{letter_in(stage.app, STATES[state])}/merge", picked)


def _of_letter(tail: str) -> Callable[[Stage, str, str], Ask]:
    return lambda stage, who, case: Ask(f"/letters/{_letter(stage, case)}/{tail}")


def _forum_words(org: int) -> dict[str, Any]:
    said = {"kind": "visit", "held_on": today().isoformat(), "title": "二组花椒受冻", "text": "看了十一户的椒园。"}
    return {"org": org, **said}


def _write_forum(stage: Stage, who: str, case: str) -> Ask:
    own = ROLES[who][1] if who in ROLES else VILLAGE
    words = _forum_words(stage.org(VILLAGE if case == "用沙江寺村的名义" else own))
    picked = {"pick": [str(letter_in(stage.app))]} if case == "连一封镇上收的信" else {}
    return Ask("/letters/forums/new", {**words, **picked, "once": f"forum-{next(NUMBERS)}"})


def _of_forum(tail: str) -> Callable[[Stage, str, str], Ask]:
    def ask(stage: Stage, who: str, case: str) -> Ask:
        return Ask(f"/letters/forums/{forum_in(stage)}{tail}", {**_forum_words(stage.org(TOWN)), "version": "1"})

    return ask


def _of_consultation(tail: str) -> Callable[[Stage, str, str], Ask]:
    def ask(stage: Stage, who: str, case: str) -> Ask:
        consultation = consultation_in(stage, STEPS[case.rpartition("·")[2]])
        return Ask(f"/letters/consultations/{consultation}{tail}", {**_question(stage.org(TOWN)), "version": "1"})

    return ask


def _question(org: int) -> dict[str, Any]:
    days = {"starts_on": today().isoformat(), "ends_on": (today() + timedelta(days=14)).isoformat()}
    return {"org": org, "title": "周末开不开门", "text": "说的人多、又办得到的，下个月就改。", "then": "save", **days}


def _write_consultation(stage: Stage, who: str, case: str) -> Ask:
    own = ROLES[who][1] if who in ROLES else TOWN
    words = _question(stage.org(TOWN if case == "用留凤关镇的名义" else own))
    return Ask("/letters/consultations/new", {**words, "once": f"consultation-{next(NUMBERS)}"})


def _tell(stage: Stage, who: str, case: str) -> Ask:
    consultation = consultation_in(stage, STEPS[case.rpartition("·")[2]])
    words = "" if case.startswith("不写") else SAID
    url = f"/letters/consultations/{consultation}/outcome"
    return Ask(url, {"outcome": words, "then": "tell", "version": "1"})


def _act(stage: Stage, who: str, case: str) -> Ask:
    label, _, state = case.partition("·")
    note = "" if "不写原因" in label else "日子写错了"
    action = ACTIONS[label.removesuffix("不写原因")]
    return Ask(f"/letters/consultations/{consultation_in(stage, STEPS[state])}/{action}", {"note": note})


def _decide(stage: Stage, who: str, case: str) -> Ask:
    label, _, state = case.partition("·")
    consultation = consultation_in(stage, STEPS[state])
    data = {"then": "adopt", "why": "" if "不写" in label else SAID, "pick": [str(answer_in(stage, consultation))]}
    return Ask(f"/letters/consultations/{consultation}/answers", data)


def _digest(url: str) -> Callable[[Stage, str, str], Ask]:
    return lambda stage, who, case: Ask(f"{url}?org={stage.org(TOWN)}" if case else url)


ASKS: Asks = {
    "GET /letters/<int:id>/merge": _of_letter("merge"),
    "POST /letters/<int:id>/merge": _merge,
    "GET /letters/<int:id>/visit": _of_letter("visit"),
    "GET /letters/forums": plain("/letters/forums"),
    "GET /letters/forums/<int:id>": _of_forum(""),
    "GET /letters/forums/new": plain("/letters/forums/new"),
    "POST /letters/forums/new": _write_forum,
    "GET /letters/forums/<int:id>/edit": _of_forum("/edit"),
    "POST /letters/forums/<int:id>/edit": _of_forum("/edit"),
    "GET /letters/consultations": plain("/letters/consultations"),
    "GET /letters/consultations/<int:id>": _of_consultation(""),
    "GET /letters/consultations/new": plain("/letters/consultations/new"),
    "POST /letters/consultations/new": _write_consultation,
    "GET /letters/consultations/<int:id>/edit": _of_consultation("/edit"),
    "POST /letters/consultations/<int:id>/edit": _of_consultation("/edit"),
    "GET /letters/consultations/<int:id>/outcome": _of_consultation("/outcome"),
    "POST /letters/consultations/<int:id>/outcome": _tell,
    "GET /letters/consultations/<int:id>/<action>": _act,
    "POST /letters/consultations/<int:id>/<action>": _act,
    "GET /letters/consultations/<int:id>/answers": _of_consultation("/answers"),
    "POST /letters/consultations/<int:id>/answers": _decide,
    "GET /letters/digest": _digest("/letters/digest"),
    "POST /letters/digest/<any(xlsx, csv):ending>": _digest("/letters/digest/csv"),
}


def addresses(stage: Stage) -> list[str]:
    """Letters to merge, more than a page of visits, a consultation that runs and one with its outcome, the month."""
    letters = [letter_in(stage.app), letter_in(stage.app, "in_hand"), letter_in(stage.app, "answered")]
    forums = [forum_in(stage, *letters) for _ in range(32)]
    running, over, draft = (consultation_in(stage, state) for state in ("open", "published", "draft"))
    for number in range(12):
        answer_in(stage, running)
        answer_in(stage, over, adopted=bool(number % 2))
    closed, url = consultation_in(stage, "closed"), "/letters/consultations"
    return [
        f"/letters/{letters[0]}/merge", f"/letters/{letters[0]}/merge?number=AAAAAA", f"/letters/{letters[0]}/visit",
        "/letters/forums", f"/letters/forums?before={forums[-2]}", f"/letters/forums/{forums[0]}",
        "/letters/forums/new", f"/letters/forums/new?letter={letters[2]}", f"/letters/forums/{forums[0]}/edit",
        url, f"{url}/new", f"{url}/{running}", f"{url}/{over}", f"{url}/{draft}/edit", f"{url}/{closed}/outcome",
        f"{url}/{running}/close", f"{url}/{running}/withdraw", f"{url}/{running}/answers",
        f"{url}/{over}/answers?show=adopted&mark=1", "/letters/digest", f"/letters/digest?org={stage.org(TOWN)}",
    ]  # fmt: skip
