"""Who wrote a letter, in a browser of their own with its receipt open."""

from typing import Any

from tests.browser import Browser
from tests.conftest import County
from tests.modules.letters.made import one, receipt_of


def opened(county: County, letter: int) -> Browser:
    """A browser in which the receipt of the letter has just been opened by number and code."""
    browser = county.visitor()
    browser.get("/r")
    number, code = receipt_of(county.app, letter)
    assert browser.post("/r", {"number": number, "code": code}, follow=True).status_code == 200
    return browser


def state_of(county: County, letter: int) -> str:
    return str(one(county, "SELECT state FROM items WHERE id = :id", id=letter))


def actions_of(county: County, letter: int) -> str:
    """What was done to the letter, in order."""
    ways = "SELECT group_concat(action, ' ') FROM (SELECT action FROM events WHERE item_id = :id ORDER BY id) AS done"
    if not county.app.config["WDJ_DATABASE_URL"].startswith("sqlite"):
        ways = "SELECT string_agg(action, ' ' ORDER BY id) FROM events WHERE item_id = :id"
    return str(one(county, ways, id=letter))


def send(browser: Browser, letter: int, verb: str, **data: Any) -> str:
    """Send a form of the author's page and follow it; returns the words of the page."""
    answer = browser.post(f"/letters/{letter}/{verb}", data, follow=True)
    assert answer.status_code == 200, browser.text
    return browser.text
