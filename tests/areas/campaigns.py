"""Campaigns: the call and its way, what people send, how clerks check it."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

from tests.areas.ask import Ask, Asks, plain
from tests.stage import ROLES, VILLAGE, Stage
from wdj.core import search
from wdj.core.clock import now, today
from wdj.core.db import db
from wdj.core.orgs import Org
from wdj.core.placements import NEWS, place
from wdj.modules.campaigns.models import KIND, Campaign, Contribution, Step
from wdj.modules.campaigns.rules import PUBLIC, pages_for
from wdj.modules.campaigns.rules import WORKFLOW as CALLS

STATES = {label: state for state, label in CALLS.states.items()}
STEPS = {"等审核": Step.waiting, "已公开": Step.shown, "没有公开": Step.refused}
ACTIONS = {way.label: way.action for way in CALLS.transitions} | {"没有的动作": "burn"}
DAYS = timedelta(days=7)
NUMBERS = count(1)
NOBODY = 999_999


def campaign_in(stage: Stage, state: str, org: str = VILLAGE) -> int:
    """A campaign of the org; one that waits for its day does so until next week."""
    with stage.app.app_context():
        unit = db.session.get_one(Org, stage.org(org))
        title, text = "对党说句心里话", "怎么想就怎么说，不会写字的录一段话也行。"
        starts_on = today() + DAYS if state == "planned" else today()
        made = Campaign(
            org_id=unit.id, kind=KIND, state=state, is_public=state in PUBLIC, title=title, text=text,
            public_title=title, public_text=text, starts_on=starts_on, ends_on=starts_on + DAYS,
        )  # fmt: skip
        db.session.add(made)
        db.session.flush()
        if made.is_public:
            made.published_at = now()
            place(made, pages_for(unit), NEWS, made.published_at)
        search.index(made)
        db.session.commit()
        return made.id


def contribution_in(stage: Stage, step: Step, campaign: int) -> int:
    """What somebody of the village has sent to the campaign."""
    with stage.app.app_context():
        call = db.session.get_one(Campaign, campaign)
        words = {"title": "老王：路修好了", "text": "路修好了，心里高兴。"}
        made = Contribution(
            org_id=call.org_id, kind=KIND, state=step, is_public=step == Step.shown, campaign_id=campaign,
            from_org_id=stage.org(VILLAGE), name="老王", public_name="老王", public_title=words["title"],
            public_text=words["text"], **words,
        )  # fmt: skip
        db.session.add(made)
        db.session.flush()
        search.index(made)
        db.session.commit()
        return made.id


def _campaign(stage: Stage, case: str) -> int:
    """A campaign in the state that `case` names behind its last dot."""
    words = case.rpartition("·")[2]
    return NOBODY if words == "没有这个活动" else campaign_in(stage, STATES[words])


def _of_campaign(tail: str, **data: Any) -> Callable[[Stage, str, str], Ask]:
    return lambda stage, who, case: Ask(f"/campaigns/{_campaign(stage, case)}{tail}", data)


def _said(stage: Stage) -> dict[str, Any]:
    return {"text": f"第 {next(NUMBERS)} 句心里话", "name": "老王", "org": stage.org(VILLAGE)}


def _send(stage: Stage, who: str, case: str) -> Ask:
    return Ask(f"/campaigns/{_campaign(stage, case)}/join", _said(stage))


def _sent(stage: Stage, case: str) -> int:
    return contribution_in(stage, STEPS[case.rpartition("·")[2]], campaign_in(stage, "open"))


def _of_sent(tail: str, **data: Any) -> Callable[[Stage, str, str], Ask]:
    return lambda stage, who, case: Ask(f"/campaigns/contributions/{_sent(stage, case)}{tail}", data)


def _take_back(stage: Stage, who: str, case: str) -> Ask:
    if not case.startswith("自己"):
        return Ask(f"/campaigns/contributions/{_sent(stage, case)}/take_back")
    browser = stage.browsers[who]
    url = f"/campaigns/{campaign_in(stage, 'open')}/join"
    browser.get(url)
    made = browser.post(url, _said(stage)).headers["Location"]
    browser.get(made)
    return Ask(f"{made.partition('?')[0]}/take_back")


def _words(org: int) -> dict[str, Any]:
    days = {"starts_on": today().isoformat(), "ends_on": (today() + DAYS).isoformat()}
    return {"org": org, "title": "对党说句心里话", "text": "怎么想就怎么说，说短说长都行。", "then": "save", **days}


def _write(stage: Stage, who: str, case: str) -> Ask:
    own = ROLES[who][1] if who in ROLES else VILLAGE
    orgs = {"给自己单位": own, "用沙江寺村的名义": VILLAGE, "用别的村的名义": "东庄村"}
    return Ask("/campaigns/new", _words(stage.org(orgs[case])) | {"once": f"campaign-{who}-{case}"})


def _edit(stage: Stage, who: str, case: str) -> Ask:
    return Ask(f"/campaigns/{_campaign(stage, case)}/edit", _words(stage.org(VILLAGE)) | {"version": "1"})


def _act(stage: Stage, who: str, case: str) -> Ask:
    label, _, state = case.partition("·")
    action = ACTIONS[label.removesuffix("不写原因")]
    note = "" if "不写原因" in label else "日子写错了"
    return Ask(f"/campaigns/{_campaign(stage, state)}/{action}", {"note": note})


def _decide(stage: Stage, who: str, case: str) -> Ask:
    label, _, step = case.partition("·")
    then = {"通过": "pass", "选登": "choose", "不公开": "refuse", "不公开不写原因": "refuse"}[label]
    campaign = campaign_in(stage, "open")
    sent = contribution_in(stage, STEPS[step], campaign)
    reason = "像是广告" if label == "不公开" else ""
    return Ask(f"/campaigns/{campaign}/contributions", {"then": then, "pick": [str(sent)], "reason": reason})


ASKS: Asks = {
    "GET /campaigns/<int:id>": _of_campaign(""),
    "GET /campaigns/<int:id>/join": _of_campaign("/join"),
    "POST /campaigns/<int:id>/join": _send,
    "GET /campaigns/contributions/<int:id>": _of_sent(""),
    "POST /campaigns/contributions/<int:id>/take_back": _take_back,
    "GET /campaigns/new": plain("/campaigns/new"),
    "POST /campaigns/new": _write,
    "GET /campaigns/<int:id>/edit": _of_campaign("/edit"),
    "POST /campaigns/<int:id>/edit": _edit,
    "GET /campaigns/<int:id>/closing": _of_campaign("/closing"),
    "POST /campaigns/<int:id>/closing": lambda stage, who, case: Ask(
        f"/campaigns/{_campaign(stage, case)}/closing",
        {"ends_on": (today() + DAYS).isoformat(), "closing_words": "谢谢大家"},
    ),
    "GET /campaigns/<int:id>/<action>": _act,
    "POST /campaigns/<int:id>/<action>": _act,
    "GET /campaigns/<int:id>/contributions": _of_campaign("/contributions"),
    "POST /campaigns/<int:id>/contributions": _decide,
    "POST /campaigns/contributions/<int:id>/words": _of_sent("/words"),
    "GET /campaigns/<int:id>/contributions/print": _of_campaign("/contributions/print"),
    "POST /campaigns/<int:id>/contributions/<any(xlsx, csv):ending>": _of_campaign("/contributions/csv"),
}


def addresses(stage: Stage) -> list[str]:
    """A campaign with more than a page of what was sent, one that is over, one in hand."""
    campaign, over, draft = campaign_in(stage, "open"), campaign_in(stage, "closed"), campaign_in(stage, "submitted")
    shown = [contribution_in(stage, Step.shown, campaign) for _ in range(12)]
    waiting = [contribution_in(stage, Step.waiting, campaign) for _ in range(3)]
    for step in (Step.chosen, Step.kept, Step.refused):
        contribution_in(stage, step, over)
    url = f"/campaigns/{campaign}"
    return [
        url, f"{url}?before={shown[-2]}", f"{url}/join", f"/campaigns/{over}", f"/campaigns/{over}/join",
        "/campaigns/new", f"/campaigns/{draft}/edit", f"/campaigns/{draft}/return_to", f"{url}/closing",
        f"/campaigns/contributions/{shown[0]}", f"/campaigns/contributions/{waiting[0]}", f"{url}/contributions",
        f"{url}/contributions?mark={waiting[0]}", f"{url}/contributions?show=passed&mark={shown[-1]}",
        f"/campaigns/{over}/contributions?show=chosen", f"{url}/contributions/print?show=passed",
    ]  # fmt: skip
