"""The lifecycles as they are answered over HTTP: for each state, action and person exactly what the table says."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.conftest import County, _copy
from tests.databases import Database
from tests.floor import change, counts, every, one
from tests.stage import VISITOR, Stage
from wdj.core.clock import now
from wdj.core.workflow import STAYS, Transition, Workflow
from wdj.modules import MODULES
from wdj.modules.feed.rules import WORKFLOW, featurer, publisher, recommender, writer

WORKFLOWS = [workflow for module in MODULES for workflow in module.types.values()]
# Who stands where to a post of 沙江寺村: (may write for it, may let it out); the rest do not even see a draft.
WRITERS = {"村干部": (True, False), "镇干部": (True, True), "县委办公室": (True, True)}
READERS = {"领导"}
OUTSIDE = ("别镇干部", "部门干部", "信息技术", VISITOR)


@pytest.fixture(scope="module")
def stage(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    for app in _copy(county_template, tmp_path_factory.mktemp("workflow")):
        made = Stage(County(app=app))
        for browser in made.browsers.values():
            browser.get("/me")
        yield made


def may(who: str, transition: Transition) -> bool:
    """What the table says in words, worked out from the two rights alone."""
    writes, lets_out = WRITERS.get(who, (False, False))
    if transition.guard is publisher:
        return lets_out
    if transition.guard is writer:
        return writes
    if transition.guard in (recommender, featurer):
        return who == {recommender: "镇干部", featurer: "县委办公室"}[transition.guard]
    return writes and not lets_out if transition.action in ("submit", "take_back") else False


def expected(who: str, state: str, transition: Transition) -> int:
    if who == VISITOR:
        return 403
    if who in ("领导", "信息技术"):
        return 403
    if who in OUTSIDE and state not in WORKFLOW.public:
        return 404
    if not may(who, transition):
        return 403
    return 303 if state in transition.sources else 409


@pytest.mark.parametrize("state", list(WORKFLOW.states))
@pytest.mark.parametrize("transition", WORKFLOW.transitions, ids=lambda each: each.action)
def test_each_action_in_each_state_by_each_person(stage: Stage, state: str, transition: Transition) -> None:
    for who in (*WRITERS, *READERS, *OUTSIDE):
        timed = {"publish_at": now() + timedelta(days=2)} if transition.action == "schedule" else {}
        post = stage.post(state, **timed)
        before = one(stage.app, "SELECT version FROM items WHERE id = :id", id=post)
        answer = stage.browsers[who].post(f"/feed/{post}/{transition.action}", {"note": "请写上海拔多少米以上"})
        assert answer.status_code == expected(who, state, transition), who
        logged = every(stage.app, "SELECT action FROM events WHERE item_id = :id", id=post)
        now_in = one(stage.app, "SELECT state FROM items WHERE id = :id", id=post)
        if answer.status_code == 303:
            assert now_in != state
            assert len(logged) == 1
            assert one(stage.app, "SELECT version FROM items WHERE id = :id", id=post) == before + 1
        else:
            assert (now_in, logged) == (state, []), "nothing happened"


def test_an_unknown_action_is_missing(stage: Stage) -> None:
    post = stage.post("submitted")
    for action in ("fly", "Publish", "__init__", "state"):
        assert stage.browsers["镇干部"].post(f"/feed/{post}/{action}").status_code == 404


def test_what_the_clock_does_no_person_does(stage: Stage) -> None:
    post = stage.post("scheduled")
    for who in (*WRITERS, *READERS):
        assert stage.browsers[who].post(f"/feed/{post}/go_out").status_code == 403


@pytest.mark.parametrize("action", [each.action for each in WORKFLOW.transitions if each.note])
def test_without_a_reason_nothing_happens(stage: Stage, action: str) -> None:
    source = WORKFLOW.find(action).sources[0]
    post = stage.post(source)
    before = counts(stage.app)
    assert stage.browsers["县委办公室"].post(f"/feed/{post}/{action}", {"note": " \n"}).status_code == 422
    assert one(stage.app, "SELECT state FROM items WHERE id = :id", id=post) == source
    assert counts(stage.app) == before


def test_the_buttons_are_what_may_be_done_and_nothing_else(stage: Stage) -> None:
    for state in WORKFLOW.states:
        for who in WRITERS:
            post = stage.post(state)
            page = stage.browsers[who].get(f"/feed/{post}").get_data(as_text=True)
            offered = {each.action for each in WORKFLOW.transitions if f"/feed/{post}/{each.action}" in page}
            allowed = {each.action for each in WORKFLOW.transitions if may(who, each) and state in each.sources}
            assert offered == allowed - {"schedule"}, (state, who)  # that is 发布 with a time


def test_a_withdrawn_post_is_gone_everywhere_at_once(stage: Stage) -> None:
    post, visitor = stage.post("published"), stage.browsers[VISITOR]
    pages = ["/", f"/orgs/{stage.org('沙江寺村')}", f"/orgs/{stage.org('留凤关镇')}"]
    assert all(f"/feed/{post}" in visitor.get(page).get_data(as_text=True) for page in pages[1:])
    assert stage.browsers["镇干部"].post(f"/feed/{post}/withdraw", {"note": "数字写错了"}).status_code == 303
    assert not any(f"/feed/{post}" in visitor.get(page).get_data(as_text=True) for page in pages)
    assert visitor.get(f"/feed/{post}").status_code == 404


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda each: next(iter(each.states)))
def test_every_state_is_reached_and_only_ends_are_dead_ends(workflow: Workflow) -> None:
    states = set(workflow.states)
    reached, left = {each.to for each in workflow.transitions}, set()
    for each in workflow.transitions:
        assert {*each.sources, each.to} <= states | {STAYS}
        left |= set(each.sources)
    assert len(states - reached) <= 1, "only where it begins"
    assert states - left == set(workflow.ends)
    assert workflow.public | workflow.waiting | workflow.working | workflow.ends <= states


def test_what_is_published_is_public_and_nothing_else_is(stage: Stage) -> None:
    public = every(stage.app, "SELECT DISTINCT state FROM items WHERE is_public")
    assert set(public) <= set(WORKFLOW.public)
    hidden = every(stage.app, "SELECT DISTINCT state FROM items WHERE NOT is_public")
    assert not set(hidden) & set(WORKFLOW.public)
    change(stage.app, "DELETE FROM throttles")
