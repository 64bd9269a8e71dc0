"""Clerks beside the cast, and the steps that they take with a letter, for the tests of handling and answering."""

from datetime import date
from typing import Any

from sqlalchemy import select, text

from tests.browser import Browser
from tests.conftest import County
from tests.modules.letters.made import FARMING, one
from tests.stage import HASHED, PASSWORD
from wdj.core.db import db
from wdj.core.deadlines import Deadline
from wdj.core.items import Event
from wdj.core.people import Grant, Role, add_person
from wdj.core.working_days import workdays_after

ANSWERED = "您好，能领。四月二十一日前在村委会登记，带身份证和一张照片。电话 13800000002 找小张。"


def another(county: County, role: Role, org: str, login: str = "another", name: str = "另一个干部") -> Browser:
    """A signed-in person with that role; no such person is in the cast."""
    org_id = county.org(org)
    with county.app.app_context():
        made = add_person(login, name, "", HASHED, must_change=False)
        db.session.add(Grant(person_id=made.id, role=role.value, org_id=org_id))
        db.session.commit()
    return known(county, login)


def known(county: County, login: str) -> Browser:
    """A new browser of somebody whom `another` has made."""
    browser = Browser(county.app)
    browser.sign_in(login, PASSWORD)
    return browser


def colleague_in(county: County) -> Browser:
    """A second clerk of the department."""
    return another(county, Role.department_clerk, FARMING, "colleague", "小王")


def check_answers(county: County, org: str = FARMING) -> None:
    """From now on a second person reads what the unit answers."""
    with county.app.app_context():
        db.session.execute(
            text("UPDATE orgs SET check_replies = :yes WHERE short_name = :org"), {"yes": True, "org": org}
        )
        db.session.commit()


def answer_of(county: County, letter: int) -> Any:
    """The answer of the letter, as it was written."""
    return one(county, "SELECT text FROM letter_messages WHERE letter_id = :id AND kind = 'answer'", id=letter)


def do(browser: Browser, letter: int, action: str, *, open: bool = True, **data: Any) -> int:
    """Open the form of that step, fill it in and send it; returns the status."""
    url = f"/letters/{letter}/{action}"
    browser.get(url if open else "/me")  # which has a form, and so the token
    return browser.post(url, data).status_code


def state(county: County, letter: int) -> str:
    return str(one(county, "SELECT state FROM items WHERE id = :id", id=letter))


def handler(county: County, letter: int) -> str | None:
    """The short name of the unit that has the letter."""
    has = "SELECT short_name FROM orgs JOIN items ON handler_org_id = orgs.id WHERE items.id = :id"
    found = one(county, has, id=letter)
    return str(found) if found else None


def events(county: County, letter: int) -> list[str]:
    """The actions of the letter's log, oldest first."""
    with county.app.app_context():
        found = select(Event.action).where(Event.item_id == letter).order_by(Event.id)
        return list(db.session.scalars(found))


def due_on(county: County, letter: int, clock: str = "whole") -> date | None:
    """The last day of one of its clocks, while that runs."""
    with county.app.app_context():
        found = db.session.get_one(Deadline, (letter, clock))
        return None if found.stopped_on else found.due_on


def later(county: County, day: date, days: int) -> date:
    """The day that is so many working days after."""
    with county.app.app_context():
        return workdays_after(day, days)
