"""What a phone sends from the form in which anybody asks, and what became of it."""

import io
from typing import Any

from tests.browser import Browser
from tests.conftest import County
from tests.modules.letters.made import one
from tests.screen.things import small_photo
from wdj.core import jobs
from wdj.core.db import db

FROST = "沙江寺二组有十几户椒园冻得厉害，想问能不能领补贴，找谁。"
PHONE = "13900000002"  # a sample number


def said(county: County, village: str = "沙江寺村", **more: Any) -> dict[str, Any]:
    """What the form is sent with."""
    place = str(county.org(village)) if village else "0"
    return {"text": FROST, "kind": "question", "door": "board", "village": place, **more}


def ask(by: Browser, county: County, address: str = "/letters/ask", **more: Any) -> int:
    """Send a letter from the page `address`; returns its id."""
    by.get(address)
    response = by.post("/letters/ask", said(county, **more))
    assert response.status_code == 303, by.text
    return int(one(county, "SELECT max(id) FROM letters"))


def letter(county: County, column: str, id: int | None = None) -> Any:
    """A column of the letter, the newest one if none is named."""
    which = "letters.id = :id" if id else "letters.id = (SELECT max(id) FROM letters)"
    return one(county, f"SELECT {column} FROM letters JOIN items ON items.id = letters.id WHERE {which}", id=id)


def receiver(county: County) -> str:
    return str(one(county, "SELECT short_name FROM orgs WHERE id = :id", id=letter(county, "org_id")))


def photo(number: int = 1) -> tuple[io.BytesIO, str]:
    return io.BytesIO(small_photo(number)), "椒园.jpg"


def work(county: County) -> None:
    with county.app.app_context():
        jobs.run_due()
        db.session.remove()
