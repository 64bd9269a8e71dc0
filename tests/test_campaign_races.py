"""Many clerks and phones at the same moment on one campaign: every contribution counted once, whoever is faster."""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.areas.campaigns import campaign_in, contribution_in
from tests.conftest import County, _copy
from tests.databases import Database
from tests.live import Live, at_once, serving
from tests.modules.calls import HEART, counted, one
from tests.stage import VILLAGE, Stage
from tests.test_races import cookies, device, form_of, statuses
from wdj.modules.campaigns.models import Step


@pytest.fixture(scope="module")
def stage(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    for app in _copy(county_template, tmp_path_factory.mktemp("campaign-races")):
        yield Stage(County(app=app))


@pytest.fixture(scope="module")
def live(stage: Stage) -> Iterator[Live]:
    yield from serving(stage.app)


def test_thirty_are_let_in_by_three_clerks_at_once_and_thirty_are_counted(stage: Stage, live: Live) -> None:
    campaign = campaign_in(stage, "open")
    url, tasks = f"/campaigns/{campaign}/contributions", []
    clerks = [stage.county.li(), stage.county.zhou(), stage.county.chen()]
    sent = [contribution_in(stage, Step.waiting, campaign) for _ in range(30)]
    for number, each in enumerate(sent):
        clerk = clerks[number % 3]
        form = form_of(clerk, url, then="pass", pick=str(each))
        tasks.append(partial(live.post, url, form, **cookies(clerk)))
    assert statuses(at_once(tasks)) == [303] * 30
    assert counted(stage.county, campaign) == {VILLAGE: 30}


@pytest.mark.parametrize("go", range(5))
def test_two_clerks_let_the_same_in_and_it_is_counted_once(stage: Stage, live: Live, go: int) -> None:
    campaign = campaign_in(stage, "open")
    sent, url = contribution_in(stage, Step.waiting, campaign), f"/campaigns/{campaign}/contributions"
    tasks = []
    for clerk in (stage.county.zhou(), stage.county.chen()):
        form = form_of(clerk, url, then="pass", pick=str(sent))
        tasks.append(partial(live.post, url, form, **cookies(clerk)))
    assert statuses(at_once(tasks)) == [303, 409]
    assert counted(stage.county, campaign) == {VILLAGE: 1}


@pytest.mark.parametrize("go", range(5))
def test_one_is_chosen_while_another_clerk_refuses_it_and_the_figure_fits_the_end(
    stage: Stage, live: Live, go: int
) -> None:
    campaign = campaign_in(stage, "open")
    sent, url = contribution_in(stage, Step.waiting, campaign), f"/campaigns/{campaign}/contributions"
    decisions = ({"then": "choose"}, {"then": "refuse", "reason": "像是广告"})
    tasks = []
    for clerk, decision in zip((stage.county.zhou(), stage.county.chen()), decisions, strict=True):
        form = form_of(clerk, url, pick=str(sent), **decision)
        tasks.append(partial(live.post, url, form, **cookies(clerk)))
    at_once(tasks)
    state = one(stage.county, "SELECT state FROM items WHERE id = :id", id=sent)
    assert counted(stage.county, campaign) == ({VILLAGE: 1} if state == "chosen" else {})


def test_one_answer_sent_a_hundred_times_is_one(stage: Stage, live: Live) -> None:
    campaign = campaign_in(stage, "open")
    said = {"text": HEART, "name": "老王", "org": str(stage.org(VILLAGE))}
    answers = at_once([partial(live.post, f"/campaigns/{campaign}/join", said, wdj_d=device(1)) for _ in range(100)])
    assert statuses(answers) == [303] * 100
    assert len({each.headers["Location"] for each in answers}) == 1
    assert one(stage.county, "SELECT count(*) FROM contributions WHERE campaign_id = :id", id=campaign) == 1
