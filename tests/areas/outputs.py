"""One entry, many outputs: notices, words for other channels, feeds, the map of the site."""

from collections.abc import Callable

from tests.areas.ask import Ask, Asks, plain
from tests.areas.feed import STATES
from tests.stage import VILLAGE, Stage


def post_of(stage: Stage, case: str) -> int:
    return 999_999 if case == "没有这一篇" else stage.post(STATES[case])


def _of_item(head: str, tail: str = "") -> Callable[[Stage, str, str], Ask]:
    return lambda stage, who, case: Ask(f"/{head}/{post_of(stage, case)}{tail}")


def _output(stage: Stage, who: str, case: str) -> Ask:
    label, _, state = case.partition("·")
    then = "sent-script" if label == "已经发了" else "save"
    text = "乡亲们" * 99 if label == "写得太长" else f"乡亲们注意了：{who}说的。"
    return Ask(f"/outputs/{post_of(stage, state)}", {"script": text, "wanted": "script", "then": then})


ASKS: Asks = {
    "GET /print/<int:id>": _of_item("print"),
    "GET /outputs": plain("/outputs"),
    "GET /outputs/<int:id>": _of_item("outputs"),
    "POST /outputs/<int:id>": _output,
    "GET /outputs/<int:id>/script": _of_item("outputs", "/script"),
    "GET /orgs/<int:id>/feed.atom": lambda stage, who, case: Ask(
        f"/orgs/{stage.org(VILLAGE) if case[0] == '有' else 999}/feed.atom"
    ),
    "GET /sitemap.xml": plain("/sitemap.xml"),
    "GET /sitemap-<int:number>.xml": lambda stage, who, case: Ask(f"/sitemap-{0 if case[0] == '有' else 99}.xml"),
    "GET /robots.txt": plain("/robots.txt"),
}


def addresses(stage: Stage) -> list[str]:
    """A post that is wanted elsewhere, one that goes out by its time, and the page of the town that has both."""
    post, timed = stage.post("published", "留凤关镇"), stage.post("scheduled", "留凤关镇")
    wanted = "INSERT INTO outputs (item_id, channel, org_id, wanted) VALUES (:id, 'script', :org, true)"
    for each in (post, timed):
        stage.change(wanted, id=each, org=stage.org("留凤关镇"))
    return [
        f"/print/{post}", f"/print/{post}?size=big", "/outputs", f"/outputs/{post}", f"/outputs/{post}/script",
        f"/orgs/{stage.org(VILLAGE)}/feed.atom", "/sitemap.xml", "/sitemap-0.xml", "/robots.txt",
    ]  # fmt: skip
