"""A live site and a real browser for the tests of this folder; both end with it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.databases import make_database
from tests.screen.device import Device
from tests.screen.site import Site, prepare

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, started once."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("no Chromium here; `apt-get install chromium` brings it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], Site]]:
    """Starts sites, each with its own copy of one prepared sample county."""
    folder = tmp_path_factory.mktemp("sample")
    database = make_database(folder / "wdj.db")
    prepare(folder, database)
    database.settle()
    yield lambda instance: Site(folder, database, instance)
    database.drop()


@pytest.fixture(scope="module")
def site(sample: Callable[[Path], Site], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The live site of a file's tests, each of which makes its own posts where it changes them.

    What one file's tests leave on the lists is not in the way of another's. No answer may have been a 500.
    """
    running = sample(tmp_path_factory.mktemp("site") / "instance")
    yield running
    running.stop()
    assert not running.accidents


@pytest.fixture(scope="module")
def states() -> dict[str, Any]:
    """The cookies of who has signed in to the site already, by login: each signs in once."""
    return {}


@pytest.fixture
def device(chromium: Browser, site: Site, states: dict[str, Any]) -> Iterator[Callable[..., Device]]:
    """Hands out devices: `device()` a visitor's, `device("sjs")` one on which the clerk is signed in.

    At the end none may have met a script error, a CSP violation, a dialog or a request to another host.
    """
    handed_out: list[Device] = []

    def hand_out(login: str = "", **how: Any) -> Device:
        if login and login not in states:
            first = Device(chromium, site)
            first.sign_in(login)
            states[login] = first.context.storage_state()
            first.close()
        if login:
            how["storage_state"] = states[login]
        handed_out.append(Device(chromium, site, **how))
        return handed_out[-1]

    yield hand_out
    troubles = [trouble for each in handed_out for trouble in each.troubles]
    for each in handed_out:
        each.close()
    assert not troubles
