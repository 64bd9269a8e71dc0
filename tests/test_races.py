"""Many at the same moment against a live server of several processes: nothing lost, nothing twice, one winner."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.browser import Browser
from tests.conftest import County, _copy
from tests.databases import Database
from tests.floor import change, every, one, published, submitted, words
from tests.live import Answer, Live, at_once, serving


@pytest.fixture(scope="module")
def county(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    for app in _copy(county_template, tmp_path_factory.mktemp("races")):
        yield County(app=app)


@pytest.fixture(scope="module")
def live(county: County) -> Iterator[Live]:
    yield from serving(county.app)


def device(number: int) -> str:
    """The cookie of a phone."""
    return f"phone-number-{number:08}-of-the-test"


def cookies(browser: Browser) -> dict[str, str]:
    found = browser.client.get_cookie("wdj_s")
    assert found
    return {"wdj_s": found.value}


def form_of(browser: Browser, url: str, **typed: str) -> dict[str, str]:
    """What the browser would send from that page: the hidden inputs of its first form with a token, and `typed`."""
    browser.get(url)
    form = next(each for each in browser.page.forms if "csrf" in each["fields"])  # type: ignore[union-attr]
    kept = {name: value for name, value in form["fields"].items() if name in ("csrf", "once", "version")}
    return {**kept, **typed}


def statuses(answers: list[Answer]) -> list[int]:
    return sorted(each.status for each in answers)


def test_two_hundred_phones_like_and_the_post_has_two_hundred_likes(county: County, live: Live) -> None:
    post = published(county)
    answers = at_once([partial(live.post, f"/feed/{post}/like", wdj_d=device(number)) for number in range(200)])
    assert statuses(answers) == [303] * 200
    assert one(county.app, "SELECT like_count FROM items WHERE id = :id", id=post) == 200
    assert one(county.app, "SELECT count(*) FROM likes WHERE item_id = :id", id=post) == 200


def test_one_phone_that_likes_two_hundred_times_likes_once(county: County, live: Live) -> None:
    post = published(county)
    answers = at_once([partial(live.post, f"/feed/{post}/like", wdj_d=device(0)) for _ in range(200)])
    assert statuses(answers) == [303] * 200
    assert one(county.app, "SELECT like_count FROM items WHERE id = :id", id=post) == 1


def test_one_comment_sent_two_hundred_times_is_one_comment_and_one_answer(county: County, live: Live) -> None:
    post = published(county)
    said = {"text": "照着做了，盖草管用。", "name": "老王", "village": "沙江寺村"}
    answers = at_once([partial(live.post, f"/feed/{post}/comments", said, wdj_d=device(1)) for _ in range(200)])
    assert statuses(answers) == [303] * 200
    assert len({each.headers["Location"] for each in answers}) == 1
    assert one(county.app, "SELECT count(*) FROM comments WHERE item_id = :id", id=post) == 1


def test_comments_of_many_phones_are_all_there_and_counted(county: County, live: Live) -> None:
    post = published(county)
    change(county.app, "UPDATE orgs SET moderate_before = :no", no=False)
    tasks = [
        partial(live.post, f"/feed/{post}/comments", {"text": f"第 {number} 句话"}, wdj_d=device(number))
        for number in range(50)
    ]
    assert statuses(at_once(tasks)) == [303] * 50
    assert one(county.app, "SELECT comment_count FROM items WHERE id = :id", id=post) == 50
    change(county.app, "UPDATE orgs SET moderate_before = :yes", yes=True)


@pytest.mark.parametrize("go", range(5))
def test_two_clerks_publish_the_same_post_and_the_second_is_told(county: County, live: Live, go: int) -> None:
    post, clerks = submitted(county), [county.zhou(), county.chen()]
    url = f"/feed/{post}/publish"
    forms = [form_of(clerk, f"/feed/{post}") for clerk in clerks]
    answers = at_once(
        [partial(live.post, url, form, **cookies(clerk)) for form, clerk in zip(forms, clerks, strict=True)]
    )
    assert statuses(answers) == [303, 409]
    late = next(each for each in answers if each.status == 409)
    assert "别人刚办过了" in late.body
    assert every(county.app, "SELECT action FROM events WHERE item_id = :id", id=post).count("publish") == 1


@pytest.mark.parametrize("go", range(5))
def test_two_clerks_edit_and_the_second_sees_the_first_and_keeps_their_own(county: County, live: Live, go: int) -> None:
    post = submitted(county)
    clerks, texts = [county.zhou(), county.chen()], ["镇上改的：请走二组的便道。", "县上改的：请走四组的便道。"]
    tasks = []
    for clerk, text in zip(clerks, texts, strict=True):
        form = form_of(clerk, f"/feed/{post}/edit", **{**words(county, "沙江寺村"), "text": text})
        tasks.append(partial(live.post, f"/feed/{post}/edit", form, **cookies(clerk)))
    answers = at_once(tasks)
    assert statuses(answers) == [303, 409]
    first, second = texts if answers[0].status == 303 else reversed(texts)
    assert one(county.app, "SELECT text FROM items WHERE id = :id", id=post) == first
    late = next(each for each in answers if each.status == 409)
    assert first in late.body
    assert second in late.body
    assert one(county.app, "SELECT version FROM items WHERE id = :id", id=post) == 3


@pytest.mark.parametrize("go", range(3))
def test_one_form_sent_by_two_taps_is_one_post(county: County, live: Live, go: int) -> None:
    zhou = county.zhou()
    sent = form_of(zhou, "/feed/new", **words(county, "留凤关镇", then="publish"))
    before = one(county.app, "SELECT count(*) FROM items")
    answers = at_once([partial(live.post, "/feed/new", sent, **cookies(zhou)) for _ in range(6)])
    assert statuses(answers) == [303] * 6
    assert len({each.headers["Location"] for each in answers}) == 1
    assert one(county.app, "SELECT count(*) FROM items") == before + 1


@pytest.mark.parametrize("go", range(3))
def test_the_same_login_made_by_two_clerks_at_once_is_one_account(county: County, live: Live, go: int) -> None:
    person = {"name": "新来的", "login": f"new-{go}", "org": str(county.org("沙江寺村")), "role": "member"}
    tasks = [
        partial(live.post, "/people/new", form_of(clerk, "/people/new", **person), **cookies(clerk))
        for clerk in (county.zhou(), county.chen())
    ]
    answers = at_once(tasks)
    assert statuses(answers) == [200, 422]
    assert "有人用了" in next(each.body for each in answers if each.status == 422)
    assert one(county.app, "SELECT count(*) FROM people WHERE login = :login", login=f"new-{go}") == 1


def test_one_role_given_by_two_clerks_at_once_is_held_once(county: County, live: Live) -> None:
    li = one(county.app, "SELECT id FROM people WHERE login = 'sjs'")
    role, tasks = {"role": "member", "org": str(county.org("沙江寺村"))}, []
    for clerk in (county.zhou(), county.chen()):
        sent = {**form_of(clerk, f"/people/{li}"), **role}
        tasks += [partial(live.post, f"/people/{li}/grants", sent, **cookies(clerk))] * 3
    assert statuses(at_once(tasks)) == [303] * 6
    assert one(county.app, "SELECT count(*) FROM grants WHERE person_id = :id AND role = 'member'", id=li) == 1
    assert one(county.app, "SELECT count(*) FROM events WHERE action = 'grant' AND about_id = :id", id=li) == 1


@pytest.mark.parametrize("go", range(6))
def test_two_roles_ended_at_once_leave_one(county: County, live: Live, go: int) -> None:
    li = one(county.app, "SELECT id FROM people WHERE login = 'sjs'")
    zhou = county.zhou()
    zhou.get(f"/people/{li}")
    for role in ("member", "village_clerk"):
        zhou.post(f"/people/{li}/grants", {"role": role, "org": str(county.org("沙江寺村"))})
    held = every(county.app, "SELECT id FROM grants WHERE person_id = :id", id=li)
    assert len(held) == 2
    tasks = []
    for clerk, grant in zip((county.zhou(), county.chen()), held, strict=True):
        tasks.append(
            partial(live.post, f"/people/{li}/grants/{grant}/end", form_of(clerk, f"/people/{li}"), **cookies(clerk))
        )
    assert statuses(at_once(tasks)) == [303, 409]
    assert one(county.app, "SELECT count(*) FROM grants WHERE person_id = :id", id=li) == 1


def test_the_server_is_more_than_one_process(live: Live) -> None:
    """Else the races above would prove little."""
    children = Path(f"/proc/{live.processes[0].pid}/task/{live.processes[0].pid}/children").read_text().split()
    assert len(children) == 2
