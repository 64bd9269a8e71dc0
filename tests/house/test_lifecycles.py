"""Workflow tables: no state without a way in, no dead end, no guard for nothing; their page is up to date."""

import ast

import pytest

from tests.house.code import Source
from wdj.config import ROOT
from wdj.core.items import Item
from wdj.core.module import Module
from wdj.core.workflow import STAYS, Guard, Workflow
from wdj.modules import MODULES
from wdj.portal.lifecycles import lifecycles

TYPES = [(cls, workflow) for module in MODULES for cls, workflow in module.types.items()]
each_type = pytest.mark.parametrize(("cls", "workflow"), TYPES, ids=lambda each: getattr(each, "__name__", ""))


def test_the_page_of_lifecycles_is_what_the_tables_say() -> None:
    written = (ROOT / "docs/lifecycles.md").read_text(encoding="utf-8")
    assert written == lifecycles(), "run: flask --app wsgi wdj lifecycles > docs/lifecycles.md"


@each_type
def test_every_state_can_be_reached_from_the_first(cls: type[Item], workflow: Workflow) -> None:
    reached = {next(iter(workflow.states))}
    for _ in workflow.states:
        reached |= {way.to for way in workflow.transitions if reached & set(way.sources)}
    assert set(workflow.states) - reached == set(), f"{cls.__name__}: no transition leads to these states"


@each_type
def test_there_is_no_dead_end_but_the_declared_ones(cls: type[Item], workflow: Workflow) -> None:
    left = {source for way in workflow.transitions for source in way.sources}
    assert set(workflow.states) - left == set(workflow.ends), f"{cls.__name__}: a state that nothing leaves is an end"


@each_type
def test_transitions_name_states_that_exist_and_actions_once(cls: type[Item], workflow: Workflow) -> None:
    named = {state for way in workflow.transitions for state in (*way.sources, way.to)} - {STAYS}
    groups = workflow.public | workflow.waiting | workflow.working | workflow.decided | workflow.ends
    assert named | groups <= set(workflow.states), f"{cls.__name__}: give these states a label in `states`"
    actions = [way.action for way in workflow.transitions]
    assert len(actions) == len(set(actions)), f"{cls.__name__}: an action stands twice"


@each_type
def test_every_state_says_in_whose_hands_the_thing_is(cls: type[Item], workflow: Workflow) -> None:
    groups = workflow.public | workflow.waiting | workflow.working | workflow.decided | workflow.ends
    assert set(workflow.states) - groups == set(), (
        f"{cls.__name__}: put the state into public, waiting, working, decided or ends"
    )


@each_type
def test_every_guard_says_in_chinese_whom_it_lets_through(cls: type[Item], workflow: Workflow) -> None:
    silent = {way.guard.__name__ for way in workflow.transitions if not getattr(way.guard, "words", "")}
    assert not silent, f"{cls.__name__}: write @said(…) above these guards; docs/lifecycles.md shows the words"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_every_guard_is_used(module: Module) -> None:
    """A guard is what carries @said: it stands in a transition of one of the module's types."""
    files = [Source(path) for path in sorted((ROOT / "wdj/modules" / module.name).glob("*.py"))]
    guards = {
        function.name
        for file in files
        for function in file.functions
        if any(isinstance(each, ast.Call) and ast.unparse(each.func) == "said" for each in function.decorator_list)
    }
    assert guards, f"{module.name} has no guard"
    used = {
        guard.__name__
        for workflow in module.types.values()
        for way in workflow.transitions
        for guard in parts_of(way.guard)
    }
    assert guards <= used, f"{module.name}: no transition asks {guards - used}"


def parts_of(guard: Guard) -> list[Guard]:
    """The guard, and those that it is made of."""
    return [guard, *(part for each in getattr(guard, "any_of", ()) for part in parts_of(each))]


@each_type
def test_what_takes_something_from_people_gives_a_reason(cls: type[Item], workflow: Workflow) -> None:
    """Whoever takes back what they sent themselves owes nobody one."""
    taking = [way for way in workflow.transitions if way.action in ("return_to", "withdraw", "decline")]
    silent = [way.action for way in taking if not way.note and "写信的人" not in way.guard.words]  # type: ignore[attr-defined]
    assert not silent, f"{cls.__name__}: {silent} needs note=True; who wrote it reads why"
