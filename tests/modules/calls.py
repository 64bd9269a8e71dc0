"""Campaigns for tests: called by a clerk, answered from phones, checked by a clerk, as people do it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from tests.browser import Browser
from tests.conftest import County
from wdj.core import jobs
from wdj.core.clock import today
from wdj.core.db import db

CALL = "请您对党说句心里话，怎么想就怎么说。\n\n不会写字的，录一段话也行。"
HEART = "路修到家门口，下雨天不用踩泥了。"


def words(county: County, org: str = "凤县", **more: Any) -> dict[str, Any]:
    """What the form of a new campaign is sent with."""
    call = {"org": str(county.org(org)), "title": "对党说句心里话", "text": CALL}
    days = {"starts_on": today().isoformat(), "ends_on": (today() + timedelta(days=7)).isoformat()}
    taken = {"takes_pictures": "y", "takes_sound": "y", "shows_all": "y", "then": "open"}
    return {name: value for name, value in {**call, **days, **taken, **more}.items() if value is not None}


def call(county: County, by: str = "chen", org: str = "凤县", **more: Any) -> int:
    """A campaign as its clerk has sent the form; returns its id."""
    clerk: Browser = getattr(county, by)()
    clerk.get("/campaigns/new")
    response = clerk.post("/campaigns/new", words(county, org, **more))
    assert response.status_code == 303, clerk.text
    return int(response.headers["Location"].split("/")[2].partition("?")[0])


def send(phone: Browser, county: County, campaign: int, said: str = HEART, org: str = "沙江寺村", **more: Any) -> int:
    """What the phone sends to the campaign; returns the contribution's id."""
    phone.get(f"/campaigns/{campaign}/join")
    sent = {"text": said, "name": "老王", "org": str(county.org(org)), **more}
    response = phone.post(f"/campaigns/{campaign}/join", sent)
    assert response.status_code == 303, phone.text
    return int(response.headers["Location"].split("/")[3].partition("?")[0])


def decide(clerk: Browser, campaign: int, then: str, *ids: int, show: str = "waiting", **more: Any) -> int:
    """Press the button `then` for these contributions; returns the status."""
    clerk.get(f"/campaigns/{campaign}/contributions?show={show}")
    data = {"then": then, "pick": [str(each) for each in ids], **more}
    return clerk.post(f"/campaigns/{campaign}/contributions?show={show}", data).status_code


def one(county: County, statement: str, **values: Any) -> Any:
    with county.app.app_context():
        return db.session.execute(text(statement), values).scalar()


def counted(county: County, campaign: int) -> dict[str, int]:
    """What the kept figures say, by org."""
    with county.app.app_context():
        rows = db.session.execute(
            text(
                "SELECT short_name, count FROM campaign_counts JOIN orgs ON orgs.id = org_id "
                "WHERE campaign_id = :id AND count <> 0"
            ),
            {"id": campaign},
        )
        return {name: count for name, count in rows}  # noqa: C416


def work(county: County) -> None:
    with county.app.app_context():
        jobs.run_due()
        db.session.remove()
