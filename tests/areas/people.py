"""Accounts, people and their roles."""

from collections.abc import Callable
from typing import Any

from tests.areas.ask import Ask, Asks, plain
from tests.stage import PASSWORD, ROLES, TOWN, VILLAGE, Stage
from wdj.core.people import Role


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


ASKS: Asks = {
    "GET /login": plain("/login"),
    "POST /login": _sign_in,
    "POST /logout": _double("/logout"),
    "GET /me/password": plain("/me/password"),
    "POST /me/password": _double(
        "/me/password", password_now=PASSWORD, password_new="qiutian-shou-mi-8", password_again="qiutian-shou-mi-8"
    ),
    "GET /me/logins": plain("/me/logins"),
    "POST /me/logins/<int:id>/end": _end_login,
    "GET /people": plain("/people"),
    "POST /people/export": plain("/people/export", do="csv", phones="1"),
    "GET /people/new": plain("/people/new"),
    "POST /people/new": _new_person,
    "GET /people/<int:id>": _of_person(""),
    "POST /people/<int:id>/disable": _of_person("/disable"),
    "POST /people/<int:id>/enable": _of_person("/enable"),
    "POST /people/<int:id>/reset": _of_person("/reset"),
    "POST /people/<int:id>/grants": _give,
    "POST /people/<int:id>/grants/<int:grant_id>/end": _end_grant,
}


def addresses(stage: Stage) -> list[str]:
    person = stage.person(Role.village_clerk, VILLAGE)
    return ["/login", "/me/password", "/me/logins", "/people", "/people?q=示例", "/people/new", f"/people/{person}"]
