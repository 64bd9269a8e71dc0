"""docs/rights.md is the oracle: every cell is walked with a real login, and every route has a row."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.browser import Browser
from tests.databases import Database
from tests.stage import PASSWORD, ROLES, TEXT, TITLE, TOWN, VILLAGE, VISITOR, Stage, furnish
from wdj.config import ROOT
from wdj.core.clock import now
from wdj.core.people import Role

COLUMNS = [VISITOR, *ROLES]
STATES = {
    "草稿": "draft", "退回修改": "returned", "等上级审": "submitted", "定时发布": "scheduled", "已发布": "published",
    "已撤下": "withdrawn",
}  # fmt: skip
ACTIONS = {
    "交上去审": "submit", "发布": "publish", "定时发布": "schedule", "到时发布": "go_out", "取消定时": "unschedule",
    "退回": "return_to", "退回不写原因": "return_to", "收回再改": "take_back", "撤下": "withdraw", "没有的动作": "burn",
}  # fmt: skip
DEPARTMENT_ORG = "县农业农村局"
ADVICE = "Change docs/rights.md first if the rule changed, else the code; see the rules at the head of that page."


@dataclass(frozen=True)
class Row:
    method: str
    rule: str
    case: str
    cells: dict[str, str]


@dataclass
class Ask:
    """One request: where to, with what, by whom if not by the role's usual browser; `stored` False: only a cookie."""

    url: str
    data: dict[str, Any] | None = None
    by: Browser | None = None
    stored: bool = True


def read_rows() -> list[Row]:
    """Every row of the tables of docs/rights.md that has an address."""
    lines = (ROOT / "docs/rights.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    heads = [row for row in cells if row[:3] == ["事情", "地址", "情况"]]
    assert heads, "docs/rights.md has lost its tables"
    assert all(row[3:] == COLUMNS for row in heads), f"the columns of docs/rights.md are {COLUMNS}"
    found = [row for row in cells if len(row) == 13 and row[1].startswith("`")]
    return [Row(*row[1].strip("`").split(" ", 1), row[2], dict(zip(COLUMNS, row[3:], strict=True))) for row in found]


ROWS = read_rows()


@pytest.fixture(scope="module")
def stage(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    yield from furnish(county_template, tmp_path_factory.mktemp("rights"))


def _post(stage: Stage, case: str) -> int:
    """A post in the state that `case` names behind its last dot; of the department where it says so."""
    words = case.rpartition("·")[2]
    org = DEPARTMENT_ORG if words.startswith("部门的") else VILLAGE
    return 999_999 if words == "没有这一篇" else stage.post(STATES[words.removeprefix("部门的")], org)


def _of_post(tail: str, **data: Any) -> Callable[[Stage, str, str], Ask]:
    return lambda stage, who, case: Ask(f"/feed/{_post(stage, case)}{tail}", data)


def _picture(stage: Stage, who: str, case: str) -> Ask:
    if case.startswith("村干部刚选"):
        return Ask(stage.picture(None, owner=f"person {stage.ids['村干部']}"))
    return Ask(stage.picture(_post(stage, case)))


def _words(org: int) -> dict[str, Any]:
    return {"org": org, "kind": "farming", "title": TITLE, "text": TEXT, "then": "save"}


def _write(stage: Stage, who: str, case: str) -> Ask:
    own = ROLES[who][1] if who in ROLES else VILLAGE
    orgs = {"给自己单位": own, "用沙江寺村的名义": VILLAGE, "用别的村的名义": "东庄村"}
    # One person twice with the same words in ten minutes is one post, so each case has its own title.
    return Ask("/feed/new", _words(stage.org(orgs[case])) | {"once": f"once-{who}-{case}"})


def _edit(stage: Stage, who: str, case: str) -> Ask:
    post = _post(stage, case)
    then = "return_to" if case.startswith("退回不写原因") else "save"
    changed = {"version": "1", "text": TEXT + "改过了。", "then": then}
    return Ask(f"/feed/{post}/edit", _words(stage.org(VILLAGE)) | changed)


def _act(stage: Stage, who: str, case: str) -> Ask:
    label, _, state = case.partition("·")
    post = _post(stage, state)
    if label == "定时发布":
        tomorrow = now() + timedelta(days=1)
        stage.change("UPDATE posts SET publish_at = :at WHERE id = :id", id=post, at=tomorrow.replace(tzinfo=None))
    return Ask(f"/feed/{post}/{ACTIONS[label]}", {"note": "" if "不写原因" in label else "请写上海拔"})


def _decide(stage: Stage, who: str, case: str) -> Ask:
    label, _, state = case.partition("·")
    said = stage.comment("shown" if state == "已公开" else "pending", DEPARTMENT_ORG if state == "部门的" else VILLAGE)
    tail = {"看": "", "通过": "/show"}.get(label, "/refuse")
    return Ask(f"/desk/comments/{said}{tail}", {"reason": "像是广告"} if label == "不显示" else {})


def _double(url: str, **data: Any) -> Callable[[Stage, str, str], Ask]:
    """A request that signs out whoever sends it: sent by another person of the same role."""

    def ask(stage: Stage, who: str, case: str) -> Ask:
        return Ask(url, data, by=stage.double(who)[1] if who in ROLES else None)

    return ask


def _sign_in(stage: Stage, who: str, case: str) -> Ask:
    person_id, browser = stage.double(who) if who in ROLES else (stage.ids["党员"], stage.county.visitor())
    return Ask("/login", {"login": stage.login_of(person_id), "password": PASSWORD}, by=browser)


def _end_login(stage: Stage, who: str, case: str) -> Ask:
    whose = who if case == "自己的" and who in ROLES else "党员" if who != "党员" else "领导"
    return Ask(f"/me/logins/{stage.login(stage.ids[whose])}/end")


def _new_person(stage: Stage, who: str, case: str) -> Ask:
    org, role = {
        "沙江寺村的党员": (VILLAGE, Role.member), "留凤关镇的镇干部": (TOWN, Role.town_clerk),
        "县委办公室的人": ("凤县", Role.county_office), "村上没有的岗位": (VILLAGE, Role.town_clerk),
    }[case]  # fmt: skip
    number = stage.one("SELECT count(*) FROM people")
    return Ask(
        "/people/new",
        {
            "name": "示例人",
            "login": f"new-{number}",
            "org": stage.org(org),
            "role": role.value,
            "once": f"once-{number}",
        },
    )


def _person(stage: Stage, who: str, case: str) -> int:
    if case == "本人":
        return stage.ids.get(who, 1)
    held: dict[str, tuple[Any, ...]] = {
        "下级": (Role.village_clerk, VILLAGE), "同镇": (Role.town_clerk, TOWN), "上级": (Role.county_office, "凤县"),
        "两头任职": (Role.member, VILLAGE, Role.leader, "凤县"),
    }  # fmt: skip
    return stage.person(*held[case])


def _of_person(tail: str) -> Callable[[Stage, str, str], Ask]:
    def ask(stage: Stage, who: str, case: str) -> Ask:
        person_id = _person(stage, who, case)
        if tail == "/enable":
            stage.change(
                "UPDATE people SET disabled_at = made_at WHERE id = :id AND :who <> '本人'", id=person_id, who=case
            )
        return Ask(f"/people/{person_id}{tail}")

    return ask


def _give(stage: Stage, who: str, case: str) -> Ask:
    person_id = _person(stage, who, "本人" if "自己" in case else "下级")
    high = "县委办公室" in case
    org, role = ("凤县", Role.county_office) if high else (VILLAGE, Role.member)
    return Ask(f"/people/{person_id}/grants", {"org": stage.org(org), "role": role.value})


def _end_grant(stage: Stage, who: str, case: str) -> Ask:
    if case == "下级两个里的一个":
        person_id = stage.person(Role.village_clerk, VILLAGE, Role.member, VILLAGE)
    else:
        person_id = _person(
            stage, who, {"本人的": "本人"}.get(case, case.removesuffix("最后一个").removesuffix("里的一个"))
        )
    grant = stage.one("SELECT max(id) FROM grants WHERE person_id = :id", id=person_id)
    return Ask(f"/people/{person_id}/grants/{grant}/end")


def _unit(stage: Stage, who: str, case: str) -> Ask:
    org = {"本单位": VILLAGE, "别镇": "平木镇"}.get(case)
    return Ask(f"/orgs/{stage.org(org) if org else 999}/edit", {"about": "在三组小学旁边", "phone": "0917-000-0021"})


def _plain(url: str, *, stored: bool = True, **data: Any) -> Callable[[Stage, str, str], Ask]:
    return lambda stage, who, case: Ask(url, data, stored=stored)


ASKS: dict[str, Callable[[Stage, str, str], Ask]] = {
    "GET /": _plain("/"),
    "GET /orgs/<int:id>": lambda stage, who, case: Ask(f"/orgs/{stage.org(VILLAGE) if case[0] == '有' else 999}"),
    "GET /orgs/<int:id>/edit": _unit,
    "POST /orgs/<int:id>/edit": _unit,
    "GET /v/<code>": lambda stage, who, case: Ask(f"/v/{'610330103' if case[0] == '有' else '999999'}"),
    "GET /places": _plain("/places"),
    "POST /places": lambda stage, who, case: Ask("/places", {"org": stage.org(VILLAGE)}, stored=False),
    "GET /look": _plain("/look?size=big"),
    "GET /help": _plain("/help"),
    "GET /privacy": _plain("/privacy"),
    "GET /accessibility": _plain("/accessibility"),
    "GET /healthz": _plain("/healthz"),
    "GET /me": _plain("/me"),
    "POST /me/forget": _plain("/me/forget", stored=False),
    "GET /feed/<int:id>": _of_post(""),
    "GET /media/<key>/<name>": _picture,
    "POST /feed/<int:id>/like": _of_post("/like"),
    "POST /feed/<int:id>/comments": _of_post("/comments", text="照着做了，管用", name="老王", village="沙江寺村"),
    "GET /feed/new": _plain("/feed/new"),
    "POST /feed/new": _write,
    "GET /feed/<int:id>/preview": _of_post("/preview"),
    "GET /feed/<int:id>/edit": _of_post("/edit"),
    "POST /feed/<int:id>/edit": _edit,
    "GET /feed/<int:id>/<action>": _act,
    "POST /feed/<int:id>/<action>": _act,
    "GET /desk": _plain("/desk"),
    "GET /desk/comments": _plain("/desk/comments"),
    "GET /desk/comments/<int:id>": _decide,
    "POST /desk/comments/<int:id>/<any(show, refuse):decision>": _decide,
    "GET /login": _plain("/login"),
    "POST /login": _sign_in,
    "POST /logout": _double("/logout"),
    "GET /me/password": _plain("/me/password"),
    "POST /me/password": _double(
        "/me/password", password_now=PASSWORD, password_new="qiutian-shou-mi-8", password_again="qiutian-shou-mi-8"
    ),
    "GET /me/logins": _plain("/me/logins"),
    "POST /me/logins/<int:id>/end": _end_login,
    "GET /people": _plain("/people"),
    "GET /people/new": _plain("/people/new"),
    "POST /people/new": _new_person,
    "GET /people/<int:id>": _of_person(""),
    "POST /people/<int:id>/disable": _of_person("/disable"),
    "POST /people/<int:id>/enable": _of_person("/enable"),
    "POST /people/<int:id>/reset": _of_person("/reset"),
    "POST /people/<int:id>/grants": _give,
    "POST /people/<int:id>/grants/<int:grant_id>/end": _end_grant,
}


def _answer(stage: Stage, row: Row, who: str) -> str:
    """Do what the row says as `who` and give the answer in the words of docs/rights.md."""
    ask = ASKS[f"{row.method} {row.rule}"](stage, who, row.case)
    browser = ask.by or stage.browsers[who]
    if row.method == "GET":
        return _in_words(browser.get(ask.url), "看")
    before = stage.print()
    said = _in_words(browser.post(ask.url, ask.data), "办")
    changed = stage.print() != before
    if ask.stored and changed != (said == "办"):
        return f"{said}, 但是库里{'变了' if changed else '没变'}"
    return said


def _in_words(response: TestResponse, good: str) -> str:
    status, where = response.status_code, response.headers.get("Location", "")
    text = response.text if response.mimetype == "text/html" else ""
    response.close()
    if where.startswith("/login") or (status == 403 and 'id="again"' in text and "先登录" in text):
        return "登录"
    if status in (200, 301, 303) and 'role="alert"' not in text:
        return good
    return {409: "晚了", 422: "不收"}.get(status, str(status))


def test_every_route_stands_in_the_table_and_every_row_is_a_route(stage: Stage) -> None:
    routes = {
        f"{method} {rule.rule}"
        for rule in stage.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    written = {f"{row.method} {row.rule}" for row in ROWS}
    assert routes - written == set(), "write these routes into docs/rights.md: who may use them?"
    assert written - routes == set(), "docs/rights.md has rows for routes that are gone"
    assert len({(row.method, row.rule, row.case) for row in ROWS}) == len(ROWS), "a row of docs/rights.md stands twice"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.rule} {row.case}".strip())
def test_each_cell_is_as_it_is_written(stage: Stage, row: Row) -> None:
    answers = {who: _answer(stage, row, who) for who in COLUMNS}
    wrong = {who: f"written {row.cells[who]}, is {said}" for who, said in answers.items() if said != row.cells[who]}
    assert not wrong, f"{row.method} {row.rule} {row.case}: {wrong}. {ADVICE}"
