"""并案: letters about the same thing are answered together, and each keeps its receipt and its clock."""

from collections.abc import Iterator
from functools import partial
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import County, _copy
from tests.databases import SERVER, Database
from tests.live import Live, at_once, serving, wait_for
from tests.modules.letters.authors import opened, send
from tests.modules.letters.clerks import do, state
from tests.modules.letters.made import FARMING, letter_in, one
from tests.stage import Stage
from tests.test_races import cookies, form_of, statuses
from wdj.core.clock import today
from wdj.core.db import db
from wdj.core.items import Item
from wdj.modules.letters.models import Letter

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


def answered_together(county: County) -> tuple[int, int]:
    """A letter with one that was merged into it, answered by its unit."""
    main, farming = letter_in(county.app, "in_hand"), county.org(FARMING)
    other = letter_in(county.app, "merged", words=OTHER, merged_into_id=main, handler_org_id=farming)
    assert do(county.zhao(), main, "answer", text=REPLY, then="answer") == 303
    assert of(county, other)[0] == "answered"
    return main, other


def test_one_that_was_asked_again_after_the_answer_stays_where_it_is(county: County) -> None:
    main, other = answered_together(county)
    for letter in (main, other):
        send(opened(county, letter), letter, "again", text="还是没人来看苗，几时来。")
    assert do(county.zhao(), main, "return_to", note="这件事归林业上管") == 303
    assert [state(county, each) for each in (main, other)] == ["accepted", "in_hand"]
    assert one(county, "SELECT handler_org_id FROM items WHERE id = :id", id=other) == county.org(FARMING)
    clerk, third = county.zhou(), letter_in(county.app)
    assert merge(clerk, third, main) == 303
    assert of(county, other) == ("in_hand", main), "nor is it taken along"
    clerk.get(f"/letters/{third}/merge")
    assert f'href="/letters/{other}"' not in clerk.html


def test_a_letter_that_is_merged_asks_for_no_more_days(county: County) -> None:
    clerk, main = county.zhou(), letter_in(county.app)
    other = letter_in(county.app, "in_hand", extension_days=3, extension_reason="要等材料到货")
    assert merge(clerk, main, other) == 303
    assert do(clerk, other, "split", note="说的不是一件事") == 303
    assert one(county, "SELECT extension_days FROM letters WHERE id = :id", id=other) is None
    assert one(county, "SELECT extension_reason FROM letters WHERE id = :id", id=other) == ""


def due(county: County, letter: int) -> Any:
    return one(county, "SELECT due_on FROM deadlines WHERE item_id = :id AND name = 'whole'", id=letter)


def test_what_was_late_before_it_was_merged_stays_late(county: County) -> None:
    clerk, main, other = county.zhou(), letter_in(county.app), letter_in(county.app, words=OTHER, days_ago=30)
    was = due(county, other)
    assert merge(clerk, main, other) == 303
    assert do(clerk, main, "take") == 303
    assert do(clerk, main, "answer", text=REPLY, then="answer") == 303
    assert of(county, other)[0] == "answered"
    assert due(county, other) == was


STEPS: dict[str, dict[str, Any]] = {
    "assign": {"org": "县水利局", "note": ""},
    "answer": {"text": REPLY, "then": "answer"},
    "decline": {"reason": "像是广告或别人冒写的", "text": "这封信像是广告，没有往下办。"},
    "withdraw": {"text": ""},
    "merge": {},
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_takes_the_letter_and_what_waits_for_its_answer_in_the_order_of_all(county: County, step: str) -> None:
    """Somebody else holds the one that waits, and reaches for the main one: neither waits for ever."""
    child = letter_in(county.app, words=OTHER)
    main = letter_in(county.app, "in_hand" if step == "answer" else "accepted")
    third = letter_in(county.app)
    with county.app.app_context():
        letter = db.session.get_one(Letter, child)
        letter.state, letter.merged_into_id = "merged", main
        db.session.commit()
    clerk = opened(county, main) if step == "withdraw" else county.zhao() if step == "answer" else county.zhou()
    clerk.get(f"/letters/{third if step == 'merge' else main}/{step}")
    sent = {**STEPS[step]}
    if step == "assign":
        sent["org"] = county.org(sent["org"])
    into = f"/letters/{third}/merge" if step == "merge" else f"/letters/{main}/{step}"
    answers: list[int] = []
    task = Thread(target=lambda: answers.append(clerk.post(into, {**sent, "pick": str(main)}).status_code))
    with county.app.app_context(), db.engine.connect() as other:
        other.execute(select(Item.id).where(Item.id == child).with_for_update())
        task.start()
        if SERVER:
            wait_for(lambda: one(county, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
        other.execute(select(Item.id).where(Item.id == main).with_for_update(nowait=True))
        other.rollback()
    task.join()
    assert answers == [303]


@pytest.fixture(scope="module")
def stage(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    for app in _copy(county_template, tmp_path_factory.mktemp("merging-races")):
        yield Stage(County(app=app))


@pytest.fixture(scope="module")
def live(stage: Stage) -> Iterator[Live]:
    yield from serving(stage.app)


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
