"""Who makes, stops and changes accounts: nobody outside their own unit, nobody their own rights."""

import re

import pytest
from werkzeug.test import TestResponse

from tests.browser import Browser
from tests.conftest import County
from tests.floor import counts, every, one, submitted
from wdj.portal.sample import PASSWORD


def person(county: County, login: str) -> int:
    return int(one(county.app, "SELECT id FROM people WHERE login = :login", login=login))


def make(clerk: Browser, county: County, **typed: object) -> TestResponse:
    clerk.get("/people/new")
    sent = {"name": "新来的", "login": "new-one", "phone": "", "org": county.org("沙江寺村"), "role": "village_clerk"}
    return clerk.post("/people/new", {**sent, **typed})


def shown_password(answer: TestResponse) -> str:
    found = re.search(r'<p class="code">([a-z0-9-]+)</p>', answer.get_data(as_text=True))
    assert found
    return found[1]


def roles_of(county: County, login: str) -> list[str]:
    held = "SELECT role FROM grants WHERE person_id = (SELECT id FROM people WHERE login = :login) ORDER BY role"
    return every(county.app, held, login=login)


def sign_in(county: County, login: str, password: str) -> int:
    browser = county.visitor()
    browser.get("/login")
    return browser.post("/login", {"login": login, "password": password}).status_code


MANAGING = ("/people", "/people/new", "/people/1", "/people/1/disable", "/people/1/enable", "/people/1/reset",
            "/people/1/grants", "/people/1/grants/1/end")  # fmt: skip


@pytest.mark.parametrize("who", ["li", "zhao", "sun"])
def test_who_does_not_manage_people_finds_every_door_shut(county: County, who: str) -> None:
    browser: Browser = getattr(county, who)()
    browser.get("/me")
    before = counts(county.app)
    for url in MANAGING:
        if url in ("/people", "/people/new", "/people/1"):
            assert browser.get(url).status_code == 403
        if url not in ("/people", "/people/1"):
            assert browser.post(url, {"role": "county_office", "org": county.org("凤县")}).status_code == 403
    assert counts(county.app) == before


def test_a_visitor_is_asked_to_log_in(county: County) -> None:
    visitor = county.visitor()
    assert visitor.get("/people").headers["Location"] == "/login?next=/people"
    assert visitor.post("/people/1/disable").status_code == 403
    assert one(county.app, "SELECT count(*) FROM people WHERE disabled_at IS NOT NULL") == 0


def test_a_clerk_of_the_town_makes_an_account_and_reads_out_its_password(county: County) -> None:
    zhou = county.zhou()
    answer = make(zhou, county)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    password = shown_password(answer)
    assert re.fullmatch(r"([a-z2-9]{4}-){2}[a-z2-9]{4}", password)
    made = person(county, "new-one")
    assert password not in zhou.get(f"/people/{made}").get_data(as_text=True), "only this once"
    assert sign_in(county, "new-one", password) == 303
    assert one(county.app, "SELECT must_change FROM people WHERE id = :id", id=made)
    assert roles_of(county, "new-one") == ["village_clerk"]


def test_tapped_twice_it_is_one_account(county: County) -> None:
    zhou = county.zhou()
    zhou.get("/people/new")
    sent = {
        "name": "新来的",
        "login": "new-one",
        "org": county.org("沙江寺村"),
        "role": "member",
        "once": "k",
        "csrf": zhou.csrf,
    }
    answers = [zhou.client.post("/people/new", data=sent, headers={"Origin": "http://localhost"}) for _ in range(2)]
    assert answers[0].status_code == 200
    assert answers[1].status_code in (303, 422)
    assert one(county.app, "SELECT count(*) FROM people WHERE login = 'new-one'") == 1


def test_a_login_that_is_taken_is_refused_in_words(county: County) -> None:
    zhou = county.zhou()
    assert make(zhou, county, login="pingmu").status_code == 422
    assert "有人用了" in zhou.text


@pytest.mark.parametrize("login", ["Li", "ab", "a b c", "张三", "-abc", "a" * 31, "abc\n", "abc;drop", ""])
def test_a_login_that_cannot_be_typed_easily_is_refused(county: County, login: str) -> None:
    assert make(county.zhou(), county, login=login).status_code == 422
    assert one(county.app, "SELECT count(*) FROM people WHERE name = '新来的'") == 0


@pytest.mark.parametrize(
    ("role", "org"),
    [
        ("county_office", "凤县"), ("county_office", "留凤关镇"), ("it", "凤县"), ("leader", "留凤关镇"),
        ("department_clerk", "县农业农村局"), ("town_clerk", "平木镇"), ("village_clerk", "留凤关镇"),
        ("town_clerk", "沙江寺村"), ("no-such-role", "沙江寺村"),
    ],
)  # fmt: skip
def test_nobody_gives_what_is_not_theirs_to_give(county: County, role: str, org: str) -> None:
    zhou, li = county.zhou(), person(county, "sjs")
    assert make(zhou, county, role=role, org=county.org(org)).status_code == 422
    zhou.get(f"/people/{li}")
    assert zhou.post(f"/people/{li}/grants", {"role": role, "org": county.org(org)}).status_code == 422
    assert roles_of(county, "sjs") == ["village_clerk"]
    assert one(county.app, "SELECT count(*) FROM people WHERE name = '新来的'") == 0


@pytest.mark.parametrize("action", ["", "/disable", "/enable", "/reset", "/grants", "/grants/1/end"])
def test_the_people_of_another_town_are_missing(county: County, action: str) -> None:
    wang, li = county.wang(), person(county, "sjs")
    wang.get("/me")
    assert "李小满" not in wang.get("/people").get_data(as_text=True)
    before = counts(county.app)
    url = f"/people/{li}{action}"
    asked = wang.post(url, {"role": "member", "org": county.org("平木镇")}) if action else wang.get(url)
    assert asked.status_code == 404
    assert counts(county.app) == before
    assert sign_in(county, "sjs", PASSWORD) == 303


def test_searching_finds_nobody_of_another_town(county: County) -> None:
    assert "李小满" in county.zhou().get("/people?q=李").get_data(as_text=True)
    assert "李小满" not in county.wang().get("/people?q=李").get_data(as_text=True)


@pytest.mark.parametrize("who", ["zhou", "chen"])
def test_nobody_changes_their_own_rights(county: County, who: str) -> None:
    browser: Browser = getattr(county, who)()
    browser.get("/me")
    login = {"zhou": "liufengguan", "chen": "xian"}[who]
    me, held = person(county, login), roles_of(county, login)
    grant = one(county.app, "SELECT id FROM grants WHERE person_id = :me", me=me)
    sent = {"role": "member", "org": county.org("沙江寺村")}
    for action in ("disable", "enable", "reset", "grants", f"grants/{grant}/end"):
        assert browser.post(f"/people/{me}/{action}", sent).status_code == 403
    assert roles_of(county, login) == held
    assert browser.get("/people").status_code == 200, "and is still there"


def test_who_also_serves_above_is_out_of_reach_from_below(county: County) -> None:
    """A clerk of the county who is a member in a village must not be reset by the town."""
    chen, zhou, li = county.chen(), county.zhou(), person(county, "sjs")
    chen.get(f"/people/{li}")
    assert chen.post(f"/people/{li}/grants", {"role": "county_office", "org": county.org("凤县")}).status_code == 303
    zhou.get("/me")
    for action in ("disable", "reset", "grants"):
        assert zhou.post(f"/people/{li}/{action}", {"role": "member", "org": county.org("沙江寺村")}).status_code == 403


def test_stopping_an_account_ends_its_logins_and_starting_it_lets_it_in(county: County) -> None:
    li, zhou, her = county.li(), county.zhou(), person(county, "sjs")
    zhou.get(f"/people/{her}")
    assert zhou.post(f"/people/{her}/disable").status_code == 303
    assert li.get("/desk").status_code == 303
    assert sign_in(county, "sjs", PASSWORD) == 422
    zhou.get(f"/people/{her}")
    assert zhou.post(f"/people/{her}/enable").status_code == 303
    assert li.get("/desk").status_code == 303, "the old login stays dead"
    assert sign_in(county, "sjs", PASSWORD) == 303
    assert every(county.app, "SELECT action FROM events WHERE about_id = :id ORDER BY id", id=her)[-3:] == [
        "disable", "enable", "login",
    ]  # fmt: skip


def test_a_reset_shows_a_new_password_once_and_the_old_one_is_dead(county: County) -> None:
    zhou, her = county.zhou(), person(county, "sjs")
    zhou.get(f"/people/{her}")
    zhou.get("/people")
    assert "等本人改密码" not in zhou.text
    answer = zhou.post(f"/people/{her}/reset")
    zhou.get("/people")
    assert zhou.text.count("等本人改密码") == 1
    password = shown_password(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert sign_in(county, "sjs", PASSWORD) == 422
    assert sign_in(county, "sjs", password) == 303
    assert one(county.app, "SELECT must_change FROM people WHERE id = :id", id=her)
    assert one(county.app, "SELECT count(*) FROM people WHERE password_hash LIKE :it", it=f"%{password}%") == 0


def test_no_password_stands_in_any_record(county: County) -> None:
    answer = make(county.zhou(), county)
    password = shown_password(answer)
    for table, columns in {"events": "note || label", "once": "url", "jobs": "name || error"}.items():
        found = f"SELECT count(*) FROM {table} WHERE {columns} LIKE :it"
        assert one(county.app, found, it=f"%{password}%") == 0


def test_a_role_given_twice_is_held_once(county: County) -> None:
    zhou, her = county.zhou(), person(county, "sjs")
    for _ in range(2):
        zhou.get(f"/people/{her}")
        assert zhou.post(f"/people/{her}/grants", {"role": "member", "org": county.org("沙江寺村")}).status_code == 303
    assert roles_of(county, "sjs") == ["member", "village_clerk"]
    assert one(county.app, "SELECT count(*) FROM events WHERE action = 'grant' AND about_id = :id", id=her) == 1


def test_a_role_that_ends_counts_no_more_at_once_and_the_last_one_stays(county: County) -> None:
    li, zhou, her = county.li(), county.zhou(), person(county, "sjs")
    zhou.get(f"/people/{her}")
    zhou.post(f"/people/{her}/grants", {"role": "member", "org": county.org("沙江寺村")})
    clerk = one(county.app, "SELECT id FROM grants WHERE person_id = :id AND role = 'village_clerk'", id=her)
    assert li.get("/feed/new").status_code == 200
    zhou.get(f"/people/{her}")
    assert zhou.post(f"/people/{her}/grants/{clerk}/end").status_code == 303
    assert li.get("/feed/new").status_code == 403
    member = one(county.app, "SELECT id FROM grants WHERE person_id = :id", id=her)
    zhou.get("/me")
    assert zhou.post(f"/people/{her}/grants/{member}/end").status_code == 409
    assert roles_of(county, "sjs") == ["member"]


def test_a_grant_of_somebody_else_cannot_be_ended_through_mine(county: County) -> None:
    zhou, her = county.zhou(), person(county, "sjs")
    foreign = one(county.app, "SELECT id FROM grants WHERE role = 'county_office'")
    zhou.get("/me")
    assert zhou.post(f"/people/{her}/grants/{foreign}/end").status_code == 404
    assert roles_of(county, "xian") == ["county_office"]


def test_it_reads_no_drafts_and_checks_no_comments(county: County) -> None:
    post, sun = submitted(county), county.sun()
    sun.get("/me")
    for url in (f"/feed/{post}", f"/feed/{post}/edit", f"/feed/{post}/preview", "/desk/comments", "/feed/new"):
        assert sun.get(url).status_code in (403, 404)
    assert "便道" not in sun.get("/desk").get_data(as_text=True)
    for url in (f"/feed/{post}/publish", "/desk/comments/1/show"):
        assert sun.post(url).status_code in (403, 404)
