"""The desks are told of what is late: each level once, the unit that has it, the one above it, the county."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import text

from tests.conftest import County
from tests.core.test_deadlines import item, on
from tests.floor import every
from wdj.core import deadlines, reminders
from wdj.core.db import db
from wdj.core.deadlines import WHOLE
from wdj.core.jobs import CHORES

TOLD = "SELECT action FROM events WHERE action IN ('warned', 'overdue', 'escalated') ORDER BY id"


@pytest.fixture(autouse=True)
def here(county: County) -> Iterator[None]:
    with county.app.app_context():
        yield
        db.session.remove()


def tell(county: County) -> list[str]:
    """Run the chore once more; what has been told in all."""
    reminders.tell()
    db.session.commit()
    return every(county.app, TOLD)


def test_the_desks_are_told_of_each_level_once(county: County) -> None:
    with on("2026-11-02"):
        deadlines.start(item("留凤关镇", "县农业农村局"), WHOLE, 10)
        db.session.commit()
    assert reminders.tell in [chore for _, chore in CHORES]
    expected: list[str] = []
    for day, new in (("11-11", []), ("11-12", ["warned"]), ("11-17", ["overdue"]), ("11-23", ["escalated"])):
        with on(f"2026-{day}"):
            expected += new
            assert tell(county) == expected, day
            assert tell(county) == expected, "twice is as once"
    orgs = "SELECT orgs.short_name FROM events JOIN orgs ON orgs.id = org_id WHERE action IN ('warned', 'overdue')"
    assert every(county.app, f"{orgs} ORDER BY events.id") == ["县农业农村局", "凤县"]


def test_a_village_is_reported_to_its_town_and_the_town_to_the_county(county: County) -> None:
    with on("2026-11-02"):
        for org in ("沙江寺村", "留凤关镇", "凤县"):
            deadlines.start(item(org), WHOLE, 1)
        db.session.commit()
    with on("2026-11-04"):
        tell(county)
    orgs = "SELECT orgs.short_name FROM events JOIN orgs ON orgs.id = events.org_id WHERE action = 'overdue'"
    assert every(county.app, f"{orgs} ORDER BY events.item_id") == ["留凤关镇", "凤县", "凤县"]


def test_an_extension_in_between_tells_nothing_twice_and_a_new_lateness_anew(county: County) -> None:
    with on("2026-11-02"):
        made = item()
        clock = deadlines.start(made, WHOLE, 5)
        db.session.commit()
    with on("2026-11-06"):
        assert tell(county) == ["warned"]
        deadlines.extend(made, 1)  # of six days the fifth is used tomorrow
        assert clock.told == 0
        db.session.commit()
        assert tell(county) == ["warned"]
    with on("2026-11-11"):
        assert tell(county) == ["warned", "overdue"]
        deadlines.extend(made, 1)  # due today: warned of before
        db.session.commit()
        assert clock.told == 1
        assert tell(county) == ["warned", "overdue"]
    with on("2026-11-12"):
        assert tell(county) == ["warned", "overdue", "overdue"]


def test_who_waits_or_is_done_is_not_told(county: County) -> None:
    with on("2026-11-02"):
        waits, done = item(), item()
        deadlines.start(waits, WHOLE, 5)
        deadlines.start(done, WHOLE, 5)
    with on("2026-11-06"):
        deadlines.pause(waits)
        deadlines.stop(done)
        db.session.commit()
        assert tell(county) == []
    with on("2026-11-20"):
        assert tell(county) == []
        deadlines.resume(waits)
        db.session.commit()
        assert tell(county) == ["warned"]


def test_after_a_long_standstill_nobody_is_warned_of_what_is_overdue(county: County) -> None:
    with on("2026-11-02"):
        deadlines.start(item(), WHOLE, 1)
        db.session.commit()
    with on("2026-11-25"):
        assert tell(county) == ["overdue", "escalated"]


def test_two_runners_at_once_tell_once(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    read = reminders._later_than_told

    def meanwhile_told(day: date) -> object:
        found = read(day)
        db.session.execute(text("UPDATE deadlines SET told = 2"))  # as another runner did
        return found

    with on("2026-11-02"):
        deadlines.start(item(), WHOLE, 1)
        db.session.commit()
    monkeypatch.setattr(reminders, "_later_than_told", meanwhile_told)
    with on("2026-11-04"):
        assert tell(county) == []
