"""A decision beside a withdrawal, at the same moment, against a live server."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import sleep

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from tests.areas.campaigns import campaign_in, contribution_in
from tests.conftest import County
from tests.floor import one
from tests.live import Live, serving
from tests.stage import Stage
from tests.test_races import cookies, form_of
from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.items import hold
from wdj.core.people import Held, Me, Role
from wdj.modules.campaigns import rules
from wdj.modules.campaigns.models import Campaign, Step

WRITER = Me(0, "", "", (Held(Role.county_office, 1, "/", "", ""),), False, 0, "", now())


@pytest.fixture
def live(county: County) -> Iterator[Live]:
    yield from serving(county.app)


def test_what_is_let_in_while_the_campaign_is_withdrawn_is_not_public(county: County, live: Live) -> None:
    stage, chen = Stage(county), county.chen()
    campaign = campaign_in(stage, "open")
    sent, url = contribution_in(stage, Step.waiting, campaign), f"/campaigns/{campaign}/contributions"
    form = form_of(chen, url, then="pass", pick=str(sent))
    with ThreadPoolExecutor(1) as beside:
        with county.app.test_request_context(method="POST"):
            hold(campaign)
            call = db.session.scalars(select(Campaign).options(joinedload(Campaign.org))).one()
            rules.WORKFLOW.apply("withdraw", call, WRITER, "日子写错了")
            answer = beside.submit(partial(live.post, url, form, **cookies(chen)))
            sleep(1.5)
            db.session.commit()
            db.session.remove()
        assert answer.result().status == 409
    assert one(county.app, "SELECT is_public FROM items WHERE id = :id", id=sent) in (0, False)
    assert one(county.app, "SELECT state FROM items WHERE id = :id", id=sent) == "waiting"
