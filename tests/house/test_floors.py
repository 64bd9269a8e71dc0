"""Where a line may stand: floors, the one floor plan of modules, commits, sizes."""

import ast
import re
from statistics import median, quantiles

import pytest

from tests.house.code import Source, length, sources
from wdj.config import ROOT
from wdj.modules import MODULES

# Only these touch the library; everybody else asks them.
ALONE = {
    "flask_login": "wdj/core/session.py",
    "flask_wtf": "wdj/core/forms.py",
    "huey": "wdj/core/jobs.py",
    "argon2": "wdj/core/people.py",
}
# The work begun by a request, a job or a command ends where it began. Jobs are committed by their runner.
COMMITTERS = re.compile(
    r"wdj/(modules/\w+/(\w*views|editing|autosave|steps|mending|pins|checking)|"
    r"portal/\w+|core/jobs)\.py"
)
NEVER = (
    "utils",
    "util",
    "helpers",
    "helper",
    "services",
    "service",
    "managers",
    "manager",
    "common",
    "constants",
    "misc",
)
FOLDERS = {path.name for path in (ROOT / "wdj/modules").iterdir() if path.is_dir() and path.name != "__pycache__"}
FLOOR_PLAN = {"__init__.py", "models.py", "forms.py", "rules.py", "views.py"}
# Longer than the house allows, each with its reason.
LONG_FILES = {
    "wdj/migrations/versions/0001_foundation.py": "one migration is one list of steps",
    "tests/screen/test_attacks.py": "the payloads stand beside the fields they are typed in",
    "tests/core/test_media.py": "every refusal of a file beside the bytes that provoke it",
}
LONG_FUNCTIONS = {
    "wdj/migrations/versions/0001_foundation.py:upgrade": "one migration is one list of steps",
}


def may_import(file: str, name: str) -> bool:
    """True where the house allows `file` to import the dotted `name` of wdj."""
    floor = file.split("/")[1]
    if floor == "core":
        return not name.startswith(("wdj.modules", "wdj.portal"))
    if floor == "modules" and file != "wdj/modules/__init__.py":
        other = name.startswith("wdj.modules.") and name.split(".")[2] != file.split("/")[2]
        return not other and not name.startswith("wdj.portal")
    if floor == "portal":
        return not name.startswith("wdj.modules.") or name.split(".")[2] not in FOLDERS
    return True


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_imports_go_down(source: Source) -> None:
    wrong = [
        f"{source.name}:{line} imports {name}"
        for name, line in source.imports
        if name.startswith("wdj.") and not may_import(source.name, name)
    ]
    assert not wrong, (
        f"{wrong}: core knows no module; a module knows core and itself; the portal sees modules through the register. "
        "What joins two modules goes up into the portal, what three need goes down into core."
    )


def _uses() -> dict[str, set[str]]:
    """Which file imports which, inside functions too; packages stand for their __init__."""
    names = {source.name: source for source in sources()}
    found: dict[str, set[str]] = {}
    for name, source in names.items():
        wanted = {each.replace(".", "/") for each, _ in source.imports if each.startswith("wdj.")}
        files = {path for each in wanted for path in (f"{each}.py", f"{each}/__init__.py") if path in names}
        # What hands on its own parts is no user of them.
        found[name] = {path for path in files if path != name and not path.endswith("__init__.py")}
    return found


def test_no_files_import_each_other_in_a_circle() -> None:
    uses = _uses()
    circles = []
    for start in uses:
        ways, seen = [[start]], set()
        while ways:
            way = ways.pop()
            for step in uses[way[-1]]:
                if step == start:
                    circles.append(" → ".join([*way, step]))
                elif step not in seen:
                    seen.add(step)
                    ways.append([*way, step])
    assert not circles, f"{circles[:3]}: what both need goes into a file below both"


@pytest.mark.parametrize(("library", "owner"), ALONE.items())
def test_one_file_alone_touches_the_library(library: str, owner: str) -> None:
    users = {source.name for source in sources() for name, _ in source.imports if name.partition(".")[0] == library}
    assert users == {owner}, f"only {owner} may import {library}; ask it for what you need"


def test_every_folder_of_modules_is_in_the_register() -> None:
    assert {module.name for module in MODULES} == FOLDERS, "add the module to MODULES in wdj/modules/__init__.py"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_one_name_in_four_places(module: object) -> None:
    name, blueprint = module.name, module.blueprint  # type: ignore[attr-defined]
    assert (blueprint.name, blueprint.url_prefix) == (name, f"/{name}"), "folder = blueprint = URL = templates folder"
    assert (ROOT / "templates" / name).is_dir(), f"the templates of {name} stand in templates/{name}/"
    here = {path.name for path in (ROOT / "wdj/modules" / name).glob("*.py")}
    assert here >= FLOOR_PLAN, f"every module has the same floor plan; {name} lacks {FLOOR_PLAN - here}"


def test_nothing_is_called_utils() -> None:
    wrong = [source.name for source in sources() if source.path.stem in NEVER or source.path.parent.name in NEVER]
    assert not wrong, f"{wrong}: name the file for what it holds (a noun), or put the line where its noun is"


def test_only_views_jobs_and_commands_commit() -> None:
    wrong = [
        f"{source.name}:{node.lineno}"
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("session.commit")
        and not COMMITTERS.fullmatch(source.name)
    ]
    assert not wrong, f"{wrong}: a verb never commits; its view, job or command does, once, before rendering"


def test_a_view_commits_before_it_renders_and_once() -> None:
    wrong = []
    for source in sources():
        if not re.fullmatch(r"wdj/(modules/\w+|portal)/\w+\.py", source.name):
            continue
        for function in source.functions:
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
            drawn = [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "done"]
            ends = [
                call.lineno for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "commit"
            ]
            wrong += [f"{source.name}:{line}" for line in ends if drawn and line > min(drawn)]
    assert not wrong, f"{wrong}: commit first, then draw: rendering must not hold the write lock"


def test_every_file_says_why_it_exists_in_one_to_three_lines() -> None:
    missing, long = [], []
    for source in sources():
        said = ast.get_docstring(source.tree)
        if source.text.strip() and not said:
            missing.append(source.name)
        # A first paragraph; more may follow where a rule of the platform needs its reason.
        if said and len(said.split("\n\n")[0].splitlines()) > 3:
            long.append(source.name)
    assert not missing, f"{missing}: begin the file with a docstring that says why it exists"
    assert not long, f"{long}: the reason for a file fits in three lines"


@pytest.mark.parametrize("folder", ["wdj", "tests", "bench", "deploy"])
def test_a_file_of_more_than_300_lines_has_a_reason(folder: str) -> None:
    long = {each.name: each.lines for each in sources(folder) if each.lines > 300 and each.name not in LONG_FILES}
    assert not long, f"{long}: split it by noun, never by layer, or state the reason in LONG_FILES"


def test_functions_are_short() -> None:
    lengths = {
        f"{source.name}:{function.name}": length(function)
        for source in sources()
        if "/migrations/" not in source.name
        for function in source.functions
    }
    long = {name: lines for name, lines in lengths.items() if lines > 40 and name not in LONG_FUNCTIONS}
    assert not long, f"{long}: split it where a comment would stand, or state the reason in LONG_FUNCTIONS"
    middle, most = median(lengths.values()), quantiles(lengths.values(), n=20)[-1]
    assert middle <= 6, f"the median function has {middle} lines: aim at 6, so that a page of code reads as a list"
    assert most <= 20, f"one function of twenty has more than {most} lines: aim at 20"


def test_lists_of_exceptions_hold_only_what_still_needs_one() -> None:
    stale = [name for name in LONG_FILES if Source(ROOT / name).lines <= 300]
    assert not stale, f"{stale} is short now: take it off the list"
