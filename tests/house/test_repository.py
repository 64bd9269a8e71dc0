"""What may stand in the repository: pinned parts with hashes, nothing of one machine, sizes that git can carry."""

import re
import subprocess

import pytest

from wdj.config import ROOT

# Written so that this file does not find itself.
MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/[\w.]|[Cc]:\\Users|/tmp/[A-Za-z]")
INDEX = re.compile(r"^\s*(?:-i|-f|--(?:extra-)?index-url|--find-links|--trusted-host)\b", re.MULTILINE)
REGISTRY = re.compile(
    r"\b(?:[\w-]+\.)*(?:p[y]pi\.org|p[y]thonhosted\.org|n[p]mjs\.(?:org|com)|p[r]oxy\.golang\.org|t[u]na\.[\w.]+)\b|/simple/"
)
MOST_BYTES = 1_500_000


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    assert len(found) > 100, "git ls-files says nothing: run the tests in a clone"
    return found


def texts() -> dict[str, str]:
    found = {}
    for name in tracked():
        try:
            found[name] = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    parts = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    loose = [part[:60] for part in parts if not re.match(r"[\w.\[\]-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", part)]
    assert parts
    assert not loose, f"{loose}: run make lock; what is not pinned may be another thing tomorrow"


def test_no_list_of_requirements_names_an_index() -> None:
    wrong = [name for name, text in texts().items() if name.startswith("requirements") and INDEX.search(text)]
    assert not wrong, f"{wrong}: every machine uses its own index (pip config); write none down"


def test_no_tracked_file_knows_the_machine_it_was_written_on() -> None:
    wrong = {}
    for name, text in texts().items():
        if found := MACHINE.search(text):
            wrong[name] = found[0]
    wrong.pop("tests/house/test_repository.py", None)
    assert not wrong, f"{wrong}: write paths from the root of the project"


def test_no_tracked_file_names_a_registry() -> None:
    wrong = {name: found[0] for name, text in texts().items() if (found := REGISTRY.search(text))}
    wrong.pop("tests/house/test_repository.py", None)
    assert not wrong, f"{wrong}: parts come from wherever this machine gets them"


def test_every_guide_names_what_exists() -> None:
    gone = []
    for name, text in texts().items():
        if not name.endswith(".md") or name.startswith("tests/"):
            continue
        here = (ROOT / name).parent
        links = {(here, link) for link in re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", text)}
        paths = {(ROOT, path) for path in re.findall(r"`((?:wdj|tests|templates|deploy|static|docs)/[\w./-]+)`", text)}
        gone += [f"{name}: {path}" for folder, path in links | paths if not (folder / path).exists()]
    assert not gone, f"{gone}: a guide that is wrong once is not read again"


def test_every_decision_is_short_and_says_when_what_and_why() -> None:
    for path in sorted((ROOT / "docs/decisions").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        assert re.match(r"# .+\n\n\d{4}-\d\d-\d\d\n", text), f"{path.name} begins with its title and its day"
        assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE) == ["Decided", "Why", "Price"], (
            f"{path.name}: three parts"
        )
        assert len(text.splitlines()) <= 40, f"{path.name}: a decision is one page"


def test_no_data_of_an_installation_is_tracked() -> None:
    wrong = [
        name for name in tracked() if re.search(r"^instance/|\.db(-wal|-shm)?$|secret_key$|\.pem$|\.env\.local$", name)
    ]
    assert not wrong, f"{wrong}: data and keys live in the instance folder, never in git"


def test_no_tracked_file_is_heavy() -> None:
    heavy = {name: size for name in tracked() if (size := (ROOT / name).stat().st_size) > MOST_BYTES}
    assert not heavy, f"{heavy}: everybody who clones carries it for ever"


def test_telephone_numbers_are_invented() -> None:
    """Samples and tests use 1380000xxxx and numbers of zeros; 13912345678 is nobody's either."""
    invented = re.compile(r"1380000\d{4}|139123456\d\d|1(\d)\1{9}|1[3-9]\d0000\d{4}|1[35]812345678|12345678\d{3}")
    wrong: dict[str, str] = {}
    for name, text in texts().items():
        if name.startswith("requirements") or name.endswith((".min.js", ".json")):
            continue
        for number in re.findall(r"(?<![\w.])1[3-9]\d{9}(?![\w.])", text):
            if not invented.fullmatch(number):
                wrong[name] = number
    assert not wrong, f"{wrong}: use a number like 13800000001, which belongs to nobody"
