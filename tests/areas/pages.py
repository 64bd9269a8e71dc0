"""The pages for everybody: home, org pages, what the site says of itself, 我的."""

from tests.areas.ask import Ask, Asks, plain
from tests.stage import COUNTY, VILLAGE, Stage


def _unit(stage: Stage, who: str, case: str) -> Ask:
    org = {"本单位": VILLAGE, "别镇": "平木镇"}.get(case)
    return Ask(f"/orgs/{stage.org(org) if org else 999}/edit", {"about": "在三组小学旁边", "phone": "0917-000-0021"})


ASKS: Asks = {
    "GET /": plain("/"),
    "GET /orgs/<int:id>": lambda stage, who, case: Ask(f"/orgs/{stage.org(VILLAGE) if case[0] == '有' else 999}"),
    "GET /orgs/<int:id>/edit": _unit,
    "POST /orgs/<int:id>/edit": _unit,
    "GET /v/<code>": lambda stage, who, case: Ask(f"/v/{'610330103' if case[0] == '有' else '999999'}"),
    "GET /places": plain("/places"),
    "POST /places": lambda stage, who, case: Ask("/places", {"org": stage.org(VILLAGE)}, stored=False),
    "GET /look": plain("/look?size=big"),
    "GET /help": plain("/help"),
    "GET /privacy": plain("/privacy"),
    "GET /accessibility": plain("/accessibility"),
    "GET /healthz": plain("/healthz"),
    "GET /me": plain("/me"),
    "GET /me/forget": plain("/me/forget"),
    "POST /me/forget": plain("/me/forget", stored=False),
}


def addresses(stage: Stage) -> list[str]:
    org = stage.org(VILLAGE)
    return [
        "/", "/?kind=farming", f"/?before={stage.mark()}", "/v/610330103", "/places", "/places?q=沙江", "/look",
        f"/orgs/{org}", f"/orgs/{org}?before={stage.mark()}", f"/orgs/{stage.org(COUNTY)}", f"/orgs/{org}/edit",
        "/help", "/privacy", "/accessibility", "/healthz", "/me", "/me/forget",
    ]  # fmt: skip
