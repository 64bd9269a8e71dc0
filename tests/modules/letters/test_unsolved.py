"""Two answers that solved nothing: the letter stands on the desk of the level above until that has looked into it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests.conftest import County
from tests.modules.letters.authors import actions_of, opened, send, state_of
from tests.modules.letters.clerks import do, due_on, later
from tests.modules.letters.made import FARMING, TOWN, VILLAGE, letter_in, one, receipt_of
from wdj.core import reminders
from wdj.core.clock import now, today
from wdj.core.db import db
from wdj.core.limits import set_limit

SEEN = "今天到二组看了，苗木这个月底发下来。"


def found_unsolved_twice(county: County, handler: str = FARMING, **more: bool) -> int:
    """A letter that went round twice, and whose writer says both times that it solved nothing."""
    letter = letter_in(county.app, "answered", handler=handler, round=2, closed_at=None, **more)
    send(opened(county, letter), letter, "rate", solved="no", words="还是老样子")
    return letter


def waits(county: County, who: str, letter: int) -> bool:
    """Whether it stands under 等我办的 of that clerk."""
    clerk = getattr(county, who)()
    clerk.get("/desk?view=mine")
    return f"open={letter}" in clerk.html


@pytest.mark.parametrize(("handler", "asked", "others"), [
    (FARMING, "chen", ("zhou", "wang", "zhao")), (VILLAGE, "zhou", ("wang", "li")), (TOWN, "chen", ("zhou", "li")),
])  # fmt: skip
def test_it_stands_on_the_desk_above_and_on_no_other_until_somebody_has_looked(
    county: County, handler: str, asked: str, others: tuple[str, ...]
) -> None:
    letter = found_unsolved_twice(county, handler)
    assert state_of(county, letter) == "unsolved"
    assert one(county, "SELECT closed_at FROM items WHERE id = :id", id=letter) is None
    assert waits(county, asked, letter)
    for who in others:
        assert not waits(county, who, letter), who
        assert do(getattr(county, who)(), letter, "settle", open=False, note=SEEN) in (403, 404), who
    above = getattr(county, asked)()
    above.get("/desk?view=mine")
    assert "没解决，上级在看" in above.text
    assert "时间停着" not in above.text
    assert do(above, letter, "settle") == 422
    assert do(above, letter, "settle", note=SEEN) == 303
    assert state_of(county, letter) == "closed"
    assert one(county, "SELECT told_org_id FROM letters WHERE id = :id", id=letter) is None
    assert one(county, "SELECT closed_at FROM items WHERE id = :id", id=letter) is not None
    assert actions_of(county, letter).endswith("stay_unsolved tell settle")
    assert not waits(county, asked, letter)
    assert do(above, letter, "settle", note=SEEN) in (403, 409)


def test_its_writer_reads_that_the_level_above_looks_and_what_it_says(county: County) -> None:
    letter = found_unsolved_twice(county)
    writer, page = opened(county, letter), f"/r/{receipt_of(county.app, letter)[0]}"
    writer.get(page)
    assert "没解决，上级在看" in writer.text
    assert "✓" not in writer.text.partition("没解决，上级在看")[0][-4:]
    assert f"/letters/{letter}/again" not in writer.html, "there is no third time"
    assert do(county.chen(), letter, "settle", note=SEEN) == 303
    writer.get(page)
    assert "上级看过，办结" in writer.text
    assert SEEN in writer.text


def test_everybody_reads_of_a_public_one_that_it_is_not_solved_and_nothing_of_what_was_seen(county: County) -> None:
    letter = found_unsolved_twice(county, public=True)
    phone = county.visitor()
    phone.get(f"/letters?org={county.org(VILLAGE)}")
    assert "没解决，上级在看" in phone.text
    assert do(county.chen(), letter, "settle", note=SEEN) == 303
    phone.get(f"/letters/{letter}")
    assert "上级看过，办结" in phone.text
    assert SEEN not in phone.text


def test_the_county_may_end_what_a_town_was_told_of(county: County) -> None:
    letter = found_unsolved_twice(county, VILLAGE)
    assert do(county.chen(), letter, "settle", note=SEEN) == 303
    assert state_of(county, letter) == "closed"


def test_meanwhile_its_telephone_is_open_and_it_is_visited_noted_and_instructed(county: County) -> None:
    letter, chen = found_unsolved_twice(county), county.chen()
    assert do(chen, letter, "remark", note="约了明天上门") == 303
    assert chen.get(f"/letters/{letter}/visit").status_code in (200, 303)
    chen.get(f"/letters/{letter}")
    assert "看姓名电话" in chen.text


def test_it_counts_as_answered_and_as_not_solved(county: County) -> None:
    found_unsolved_twice(county)
    chen = county.chen()
    chen.get("/letters/digest")
    assert "合计 1 1 0 100%" in chen.text, "received, answered, open, in time"
    assert "解决了的 0%" in chen.text


def test_what_was_solved_the_second_time_is_closed_at_once(county: County) -> None:
    letter = letter_in(county.app, "answered", round=2)
    send(opened(county, letter), letter, "rate", solved="yes")
    assert state_of(county, letter) == "closed"


def after(days: int) -> Any:
    return time_machine.travel(now() + timedelta(days=days), tick=True)


def test_who_was_told_has_so_many_working_days_and_the_county_says_how_many(county: County) -> None:
    letter = found_unsolved_twice(county, VILLAGE)
    assert due_on(county, letter, "look") == later(county, today(), 5)
    zhou = county.zhou()
    zhou.get("/desk?view=mine")
    assert "还剩 5 个工作日" in zhou.text
    with county.app.app_context():
        set_limit("letter.look", 2)
        db.session.commit()
    assert due_on(county, found_unsolved_twice(county, VILLAGE), "look") == later(county, today(), 2)


def test_overdue_it_goes_up_and_looked_into_it_is_over(county: County) -> None:
    letter = found_unsolved_twice(county, VILLAGE)
    assert not waits(county, "chen", letter)
    with after(10):
        assert waits(county, "chen", letter), "the county is asked too"
        assert waits(county, "zhou", letter)
        zhou = county.zhou()
        zhou.get(f"/late?org={county.org(TOWN)}")
        assert f"/letters/{letter}" in zhou.html
        assert "上级看过" in zhou.text
        assert do(zhou, letter, "settle", note=SEEN) == 303
        assert due_on(county, letter, "look") is None
        zhou.get("/late")
        assert f"/letters/{letter}" not in zhou.html


def test_late_it_is_the_unit_that_was_told_and_those_above_it(county: County) -> None:
    letter = found_unsolved_twice(county, VILLAGE)
    with after(30):
        with county.app.app_context():
            reminders.tell()
            db.session.commit()
        units = "SELECT o.short_name FROM events JOIN orgs o ON o.id = org_id WHERE item_id = :id AND action = :action"
        for action in ("overdue", "escalated"):
            assert one(county, units, id=letter, action=action) == "凤县", action
        chen = county.chen()
        chen.get(f"/late?org={county.org(TOWN)}")
        assert f"/letters/{letter}" in chen.html
        chen.get(f"/late?org={county.org(VILLAGE)}")
        assert f"/letters/{letter}" not in chen.html, "the village has answered"


def test_however_late_somebody_looked_the_answer_was_in_time(county: County) -> None:
    letter, day = found_unsolved_twice(county), today().isoformat()
    with after(40):
        chen = county.chen()
        chen.get(f"/letters/digest?month={day[:7]}")
        assert "合计 1 1 0 100%" in chen.text
        assert do(chen, letter, "settle", note=SEEN) == 303
        chen.get(f"/letters/digest?month={day[:7]}")
        assert "合计 1 1 0 100%" in chen.text


def test_who_wrote_it_reads_which_unit_looks_into_it_and_by_which_day(county: County) -> None:
    letter = found_unsolved_twice(county, public=True)
    writer = opened(county, letter)
    writer.get(f"/r/{receipt_of(county.app, letter)[0]}")
    assert "您说没有解决，凤县在看，最晚" in writer.text
    phone = county.visitor()
    phone.get(f"/letters/{letter}")
    assert "当天就答复" not in phone.text
