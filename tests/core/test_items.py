"""One predicate says who sees what: for every person and item, lists, pages and counts agree with it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from tests.conftest import County, _copy
from tests.databases import Database
from tests.stage import COUNTY, DEPARTMENT, ROLES, TOWN, VILLAGE, VISITOR, Stage
from wdj.core.db import db
from wdj.core.items import Event, Item, events_of, get_visible_or_404, record, visible_to
from wdj.core.people import Me
from wdj.core.session import me
from wdj.modules.feed.models import Post
from wdj.modules.feed.rules import WORKFLOW

ORGS = (VILLAGE, TOWN, "平木镇", COUNTY, DEPARTMENT)
# Whose drafts each one sees: their own org's and all below it.
SEES = {
    "村干部": {VILLAGE},
    "支部书记": {VILLAGE},
    "镇干部": {VILLAGE, TOWN},
    "别镇干部": {"平木镇"},
    "部门干部": {DEPARTMENT},
    "县委办公室": set(ORGS),
    "领导": set(ORGS),
    "党员": set(),
    "信息技术": set(),
    VISITOR: set(),
}  # type: dict[str, set[str]]


@pytest.fixture(scope="module")
def stage(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    for app in _copy(county_template, tmp_path_factory.mktemp("items")):
        made = Stage(County(app=app))
        made.posts = {(org, state): made.post(state, org) for org in ORGS for state in WORKFLOW.states}  # type: ignore[attr-defined]
        yield made


def seen_by(stage: Stage, who: str) -> set[int]:
    posts: dict[tuple[str, str], int] = stage.posts  # type: ignore[attr-defined]
    return {post for (org, state), post in posts.items() if state in WORKFLOW.public or org in SEES[who]}


def as_person(stage: Stage, who: str) -> Me | None:
    """The person as a request of theirs sees them."""
    browser = stage.browsers[who]
    cookie = browser.client.get_cookie("wdj_s")
    headers = {"Cookie": f"wdj_s={cookie.value}"} if cookie else {}
    with stage.app.test_request_context(headers=headers):
        return me()


@pytest.mark.parametrize("who", SEES)
def test_the_predicate_lists_exactly_what_one_may_see(stage: Stage, who: str) -> None:
    person = as_person(stage, who)
    with stage.app.app_context():
        assert set(db.session.scalars(select(Item.id).where(visible_to(person)))) == seen_by(stage, who)


@pytest.mark.parametrize("who", SEES)
def test_the_lookup_finds_the_same_and_the_rest_is_missing(stage: Stage, who: str) -> None:
    person, seen = as_person(stage, who), seen_by(stage, who)
    with stage.app.app_context():
        for post in stage.posts.values():  # type: ignore[attr-defined]
            if post in seen:
                assert get_visible_or_404(Post, post, person).org.id
            else:
                with pytest.raises(NotFound):
                    get_visible_or_404(Post, post, person)


@pytest.mark.parametrize("who", SEES)
def test_so_do_the_pages(stage: Stage, who: str) -> None:
    browser, seen = stage.browsers[who], seen_by(stage, who)
    for post in stage.posts.values():  # type: ignore[attr-defined]
        assert browser.get(f"/feed/{post}").status_code == (200 if post in seen else 404)
        if post not in seen:
            assert browser.get(f"/feed/{post}/preview").status_code in (303, 403, 404)


def test_a_number_that_somebody_invents_is_not_remembered(stage: Stage) -> None:
    for who in (VISITOR, "镇干部"):
        for number in range(888_000, 888_020):
            assert stage.browsers[who].get(f"/feed/{number}").status_code == 404
            assert stage.browsers[who].get(f"/orgs/{number}").status_code == 404
        remembered = stage.app.extensions["freshness"].memory()
        assert not [key for key in remembered if any(f"{number}" in str(key) for number in range(888_000, 888_020))]


def test_what_one_wrote_oneself_one_sees_also_after_leaving(stage: Stage) -> None:
    author = stage.ids["党员"]
    own = stage.post("draft", "平木镇", author_id=author)
    person = as_person(stage, "党员")
    with stage.app.app_context():
        assert set(db.session.scalars(select(Item.id).where(visible_to(person), ~Item.is_public))) == {own}
    stage.change("DELETE FROM items WHERE id = :id", id=own)


def test_the_log_is_in_order_and_names_who_did_it(stage: Stage) -> None:
    post, person = stage.post("draft"), as_person(stage, "镇干部")
    with stage.app.app_context():
        record("first", "第一", person, note="因为", item_id=post)
        record("second", "第二", None, item_id=post)
        db.session.commit()
        found = [(event.action, event.note, name) for event, name in db.session.execute(events_of(post))]
    assert person
    assert found == [("first", "因为", person.name), ("second", "", None)]


def test_an_item_that_has_a_history_cannot_vanish_without_it(stage: Stage) -> None:
    post = stage.post("draft")
    with stage.app.app_context():
        db.session.add(Event(action="made", label="写下", item_id=post))
        db.session.commit()
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        stage.change("DELETE FROM items WHERE id = :id", id=post)


def test_every_role_of_the_county_stands_in_this_table() -> None:
    assert set(SEES) == {*ROLES, VISITOR}
