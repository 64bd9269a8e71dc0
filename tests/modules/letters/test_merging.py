"""并案: letters about the same thing are answered together, and each keeps its receipt and its clock."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.conftest import County, _copy
from tests.databases import Database
from tests.live import Live, at_once
from tests.modules.letters.made import letter_in, one
from tests.stage import Stage
from tests.test_races import cookies, form_of, statuses
from wdj.core.clock import today

OTHER = "二组椒园也冻了，听说有补贴，找谁领，要带啥。"
REPLY = "报过灾的户，六月底前补贴打到一卡通，不用跑镇上。"


def merge(clerk: Any, main: int, *others: int) -> int:
    """Tick these letters on the page of `main`; returns the status."""
    clerk.get(f"/letters/{main}/merge")
    return int(clerk.post(f"/letters/{main}/merge", {"pick": [str(each) for each in others]}).status_code)


def of(county: County, letter: int) -> Any:
    """(state, merged into) of the letter."""
    state = one(county, "SELECT state FROM items WHERE id = :id", id=letter)
    return state, one(county, "SELECT merged_into_id FROM letters WHERE id = :id", id=letter)


def stopped(county: County, letter: int) -> bool:
    return one(county, "SELECT stopped_on FROM deadlines WHERE item_id = :id AND name = 'whole'", id=letter) is not None


def test_what_is_merged_is_answered_together_and_its_clock_stands(county: County) -> None:
    clerk, main, other = county.zhou(), letter_in(county.app), letter_in(county.app, words=OTHER)
    assert merge(clerk, main, other) == 303
    assert of(county, other) == ("merged", main)
    assert stopped(county, other)
    assert not stopped(county, main)
    clerk.post(f"/letters/{main}/take")
    clerk.get(f"/letters/{main}/answer")
    assert clerk.post(f"/letters/{main}/answer", {"text": REPLY, "then": "answer"}).status_code == 303
    for letter in (main, other):
        assert of(county, letter)[0] == "answered"
        assert one(county, "SELECT text FROM letter_messages WHERE letter_id = :id", id=letter) == REPLY


def test_the_page_shows_what_tells_of_the_same_beside_the_letter(county: County) -> None:
    main, other = letter_in(county.app), letter_in(county.app, words=OTHER)
    answered, foreign = letter_in(county.app, "answered", words=OTHER), letter_in(county.app, words=OTHER, org="平木镇")
    clerk = county.zhou()
    clerk.get(f"/letters/{main}/merge")
    ticks = [each["value"] for _, each in clerk.page.elements if each.get("name") == "pick"]  # type: ignore[union-attr]
    assert ticks == [str(other)]
    assert str(answered) not in ticks
    assert str(foreign) not in ticks
    assert "十几户椒园冻得厉害" in clerk.text
    assert "听说有补贴" in clerk.text


def test_what_was_merged_before_moves_along(county: County) -> None:
    clerk = county.zhou()
    first, second, third = (letter_in(county.app) for _ in range(3))
    assert merge(clerk, second, first) == 303
    assert merge(clerk, third, second) == 303
    assert [of(county, each) for each in (first, second)] == [("merged", third), ("merged", third)]


def test_what_is_merged_itself_takes_in_nothing(county: County) -> None:
    clerk = county.zhou()
    first, second, third = (letter_in(county.app) for _ in range(3))
    merge(clerk, first, second)
    assert clerk.post(f"/letters/{second}/merge", {"pick": str(third)}).status_code == 409
    assert of(county, third) == ("posted", None)


def test_nothing_is_merged_that_its_clerk_may_not_see_or_another_unit_received(county: County) -> None:
    main, foreign = letter_in(county.app), letter_in(county.app, org="平木镇")
    clerk = county.zhou()
    clerk.get(f"/letters/{main}/merge")
    assert clerk.post(f"/letters/{main}/merge", {"pick": str(foreign)}).status_code == 404
    above = county.chen()
    above.get(f"/letters/{main}/merge")
    assert above.post(f"/letters/{main}/merge", {"pick": str(foreign)}).status_code == 422
    assert of(county, foreign) == ("posted", None)
    assert county.wang().get(f"/letters/{main}/merge").status_code == 404
    handler = county.zhao()
    assert handler.get(f"/letters/{letter_in(county.app, 'in_hand')}/merge").status_code == 403


def test_where_one_was_answered_meanwhile_none_is_merged(county: County) -> None:
    main, open_one, answered = letter_in(county.app), letter_in(county.app), letter_in(county.app, "answered")
    clerk = county.zhou()
    clerk.get(f"/letters/{main}/merge")
    ids = [str(open_one), str(answered)]
    assert clerk.post(f"/letters/{main}/merge", {"pick": ids}).status_code == 409
    assert of(county, open_one) == ("posted", None)


def test_nothing_ticked_is_said_beside_the_button(county: County) -> None:
    main = letter_in(county.app)
    letter_in(county.app, words=OTHER)
    clerk = county.zhou()
    clerk.get(f"/letters/{main}/merge")
    assert clerk.post(f"/letters/{main}/merge").status_code == 422
    assert "打勾" in clerk.text


def test_split_it_has_its_clock_again(county: County) -> None:
    clerk, main, other = county.zhou(), letter_in(county.app), letter_in(county.app, days_ago=2)
    due = one(county, "SELECT due_on FROM deadlines WHERE item_id = :id AND name = 'whole'", id=other)
    merge(clerk, main, other)
    clerk.get(f"/letters/{other}/split")
    assert clerk.post(f"/letters/{other}/split", {"note": "说的不是一件事"}).status_code == 303
    assert of(county, other) == ("accepted", None)
    assert not stopped(county, other)
    assert one(county, "SELECT due_on FROM deadlines WHERE item_id = :id AND name = 'whole'", id=other) == due


def test_what_waited_for_its_writer_waits_no_more_once_it_was_merged(county: County) -> None:
    clerk, main, other = county.zhou(), letter_in(county.app), letter_in(county.app, "waiting")
    merge(clerk, main, other)
    assert one(county, "SELECT count(*) FROM pauses WHERE item_id = :id AND to_on IS NULL", id=other) == 0
    clerk.get(f"/letters/{other}/split")
    clerk.post(f"/letters/{other}/split", {"note": "说的不是一件事"})
    assert str(one(county, "SELECT due_on FROM deadlines WHERE item_id = :id", id=other)) > str(today())


def test_whoever_answers_reads_what_was_merged(county: County) -> None:
    clerk, main, other = county.zhou(), letter_in(county.app), letter_in(county.app, words=OTHER)
    merge(clerk, main, other)
    assert county.zhao().get(f"/letters/{other}").status_code == 404
    clerk.get(f"/letters/{main}/assign")
    farming = county.org("县农业农村局")
    assert clerk.post(f"/letters/{main}/assign", {"org": farming, "note": ""}).status_code == 303
    assert county.zhao().get(f"/letters/{other}").status_code == 200


def test_where_the_main_one_is_declined_the_others_go_their_own_way(county: County) -> None:
    clerk, main, other = county.zhou(), letter_in(county.app), letter_in(county.app, words=OTHER)
    merge(clerk, main, other)
    clerk.get(f"/letters/{main}/decline")
    words = {"reason": "像是广告或别人冒写的", "text": "这封信像是广告，没有往下办。"}
    assert clerk.post(f"/letters/{main}/decline", words).status_code == 303
    assert of(county, other) == ("accepted", None)
    assert not stopped(county, other)


@pytest.fixture(scope="module")
def stage(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    for app in _copy(county_template, tmp_path_factory.mktemp("merging-races")):
        yield Stage(County(app=app))


@pytest.fixture(scope="module")
def live(stage: Stage) -> Iterator[Live]:
    site = Live(stage.app)
    site.start()
    assert site.get("/help").status == 200
    yield site
    site.close()


@pytest.mark.parametrize("go", range(5))
def test_two_clerks_merge_crosswise_and_one_of_them_is_told(stage: Stage, live: Live, go: int) -> None:
    first, second = letter_in(stage.app), letter_in(stage.app, words=OTHER)
    child = letter_in(stage.app)
    assert merge(stage.county.zhou(), second, child) == 303
    tasks = []
    for clerk, main, other in ((stage.county.zhou(), first, second), (stage.county.chen(), second, first)):
        url = f"/letters/{main}/merge"
        tasks.append(partial(live.post, url, form_of(clerk, url, pick=str(other)), **cookies(clerk)))
    assert statuses(at_once(tasks)) == [303, 409]
    ends = {each: of(stage.county, each) for each in (first, second, child)}
    main = next(each for each, (state, _) in ends.items() if state == "posted")
    assert main in (first, second)
    assert all(end == ("merged", main) for each, end in ends.items() if each != main)
