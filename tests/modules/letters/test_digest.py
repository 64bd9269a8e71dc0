"""决策参考: every figure is what a slow count of the same letters says."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

from tests.conftest import County, _copy
from tests.databases import Database
from tests.modules.letters.made import FARMING, letter_in, one
from wdj.core import deadlines
from wdj.core.clock import local, now, today
from wdj.core.db import db
from wdj.core.items import Item
from wdj.core.orgs import Org
from wdj.core.working_days import is_workday
from wdj.modules.letters import digest, months
from wdj.modules.letters.digest import shifted
from wdj.modules.letters.figures import percent
from wdj.modules.letters.messages import Rating
from wdj.modules.letters.models import Letter

VILLAGES = ("沙江寺村", "东庄村", "酒奠沟村")
OPEN = ("posted", "accepted", "assigned", "in_hand", "waiting", "drafted", "merged")
STATES = (*OPEN, "answered", "answered", "closed", "closed", "declined", "withdrawn")
ORGS = ("凤县", "留凤关镇", "平木镇", FARMING)


@pytest.fixture(scope="module")
def full(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A county with a hundred and fifty letters of three months, in every state, paused, extended, rated."""
    for app in _copy(county_template, tmp_path_factory.mktemp("digest")):
        chance, county = random.Random(7), County(app=app)
        for _ in range(150):
            furnish(county, chance)
        yield county


def furnish(county: County, chance: random.Random) -> None:
    state, days = chance.choice(STATES), chance.randrange(75)
    letter = letter_in(
        county.app, state, kind=chance.choice(("help", "question", "suggestion", "dispute")), days_ago=days,
        org=chance.choice((None, "凤县", "平木镇")), village=chance.choice(VILLAGES),
        handler=chance.choice((FARMING, "留凤关镇")),
    )  # fmt: skip
    with county.app.app_context():
        item = db.session.get_one(Letter, letter)
        since = local(item.created_at).date()
        if chance.random() < 0.3:
            start = since + timedelta(days=chance.randrange(1, 4))
            end = start + timedelta(days=chance.randrange(1, 9))
            db.session.add(deadlines.Pause(item_id=letter, from_on=start, to_on=end))
        if chance.random() < 0.3:
            deadlines.extend(item, chance.randrange(1, 6))
        deadlines.reckon(item)
        if chance.random() < 0.2:  # written down some days after it came
            item.received_on -= timedelta(days=chance.randrange(1, 20))
        if item.answered_at:
            item.answered_at = min(now(), item.created_at + timedelta(days=chance.randrange(20), minutes=1))
            rate(letter, chance)
        db.session.commit()


def rate(letter: int, chance: random.Random) -> None:
    for turn in range(1, chance.randrange(1, 4)):
        said = chance.choice((None, 1, 2, 3, 3))
        db.session.add(
            Rating(
                letter_id=letter,
                round=turn,
                solved=chance.choice((None, True, False)),
                satisfaction=said,
                way=chance.choice(("receipt", "telephone")),
            )
        )


def counted_slowly(county: County, org: str, month: date) -> dict[str, Any]:
    """The same figures by hand: every letter is looked at by itself, every day of its clock is walked."""
    figures: Counter[str] = Counter()
    rows = every(county, "SELECT * FROM items JOIN letters ON letters.id = items.id")
    paths = {row["id"]: row["path"] for row in every(county, "SELECT id, path FROM orgs")}
    mine = paths[county.org(org)]
    for row in rows:
        came = day_of(row["received_on"])
        touched = any(paths.get(row[column], "").startswith(mine) for column in ("org_id", "handler_org_id"))
        if (came.year, came.month) != (month.year, month.month) or not touched:
            continue
        figures["received"] += 1
        figures["kind " + row["kind"]] += 1
        figures["open"] += row["state"] in OPEN
        answered = row["answered_at"] is not None and row["state"] not in OPEN
        figures["answered"] += answered
        due = due_by_hand(county, row["id"])
        if answered or (due is not None and ended_by_hand(county, row) > due):
            figures["due"] += 1
            figures["in time"] += answered and moment(row["answered_at"]).date() <= due
        said = every(county, f"SELECT * FROM letter_ratings WHERE letter_id = {row['id']} ORDER BY round DESC")[:1]
        figures["by telephone"] += bool(said) and said[0]["way"] == "telephone"
        solved, content = (said[0]["solved"], said[0]["satisfaction"]) if said else (None, None)
        figures["said solved"] += solved is not None
        figures["solved"] += bool(solved)
        figures["said content"] += content is not None
        figures["content"] += content == 3
        figures["silent"] += answered and solved is None and content is None
    return figures


def ended_by_hand(county: County, row: dict[str, Any]) -> date:
    """The day on which a letter that got no answer was ended; today while it is open."""
    clock = every(county, f"SELECT stopped_on FROM deadlines WHERE item_id = {row['id']} AND name = 'whole'")[0]
    return today() if row["state"] in OPEN else day_of(clock["stopped_on"])


def due_by_hand(county: County, letter: int) -> date | None:
    """The last day of the letter's clock, walked day by day."""
    row = every(county, f"SELECT * FROM deadlines WHERE item_id = {letter} AND name = 'whole'")[0]
    pauses = [
        (day_of(each["from_on"]), each["to_on"] and day_of(each["to_on"]))
        for each in every(county, f"SELECT * FROM pauses WHERE item_id = {letter}")
    ]
    day, used = day_of(row["started_on"]), 0
    with county.app.app_context():
        while used < row["days"] + row["extended_days"]:
            day += timedelta(days=1)
            if any(start < day and end is None for start, end in pauses):
                return None
            used += is_workday(day) and not any(start < day <= end for start, end in pauses)
    return day


def every(county: County, statement: str) -> list[dict[str, Any]]:
    with county.app.app_context():
        return [dict(row) for row in db.session.execute(text(statement)).mappings()]


def moment(value: Any) -> datetime:
    given = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return local(given if given.tzinfo else given.replace(tzinfo=now().tzinfo))


def day_of(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def counted(county: County, org: str, month: date) -> digest.Digest:
    org_id = county.org(org)
    with county.app.app_context():
        return digest.digest(db.session.get_one(Org, org_id), month, db.session)


@pytest.mark.parametrize("back", [0, -1, -2])
@pytest.mark.parametrize("org", ORGS)
def test_every_figure_is_what_a_slow_count_says(full: County, org: str, back: int) -> None:
    month = shifted(today().replace(day=1), back)
    slow, found = counted_slowly(full, org, month), counted(full, org, month)
    total = found.total
    assert {
        "received": total.received, "answered": total.answered, "open": total.open, "due": total.due,
        "in time": total.in_time, "said solved": total.said_solved, "solved": total.solved,
        "said content": total.said_content, "content": total.content, "silent": total.silent,
        "by telephone": total.by_telephone,
    } == {name: slow[name] for name in (
        "received", "answered", "open", "due", "in time", "said solved", "solved", "said content", "content", "silent",
        "by telephone",
    )}  # fmt: skip
    assert total.others == slow["received"] - slow["answered"] - slow["open"]
    assert sum(each.received for _, each, _ in found.kinds) == slow["received"]
    assert {label: each.received for label, each, _ in found.kinds}["求助"] == slow["kind help"]
    assert found.before == counted(full, org, shifted(month, -1)).total


def test_the_letters_of_the_county_are_enough_to_tell(full: County) -> None:
    total = counted(full, "凤县", shifted(today().replace(day=1), -1)).total
    assert min(total.received, total.answered, total.open, total.others, total.silent, total.content) > 0
    assert 0 < total.in_time < total.due


def test_villages_and_the_oldest_are_those_of_a_slow_count(full: County) -> None:
    found = counted(full, "凤县", today().replace(day=1))
    rows = every(full, "SELECT items.*, letters.from_org_id FROM items JOIN letters ON letters.id = items.id")
    waits = [each for each in rows if each["state"] in OPEN and each["state"] != "merged"]
    late = Counter(
        each["from_org_id"] for each in waits if (due := due_by_hand(full, each["id"])) is not None and due < today()
    )
    names = {row["id"]: row["short_name"] for row in every(full, "SELECT id, short_name FROM orgs")}
    assert dict(found.late) == {names[village]: count for village, count in late.items()}
    began = {
        row["item_id"]: str(row["started_on"]) for row in every(full, "SELECT * FROM deadlines WHERE name = 'whole'")
    }
    oldest = sorted(waits, key=lambda each: (began[each["id"]], each["id"]))[:10]
    assert [row[0] for row in found.oldest] == [
        "（内容不写）" if each["kind"] == "dispute" else each["public_title"] for each in oldest
    ]


def test_a_town_reads_its_own_and_the_county_all(full: County) -> None:
    clerk = full.zhou()
    assert clerk.get("/letters/digest").status_code == 200
    assert "留凤关镇" in clerk.text
    for other in ("凤县", "平木镇", FARMING):
        assert clerk.get(f"/letters/digest?org={full.org(other)}").status_code == 404
        assert full.chen().get(f"/letters/digest?org={full.org(other)}").status_code == 200
    assert full.sun().get("/letters/digest").status_code == 403
    assert clerk.post(f"/letters/digest/csv?org={full.org('平木镇')}").status_code == 404


def test_no_month_to_come_and_no_nonsense(full: County) -> None:
    clerk = full.zhou()
    for month in ("2099-01", "2026-13", "gestern", "20260-1"):
        assert clerk.get(f"/letters/digest?month={month}").status_code == 404


def test_the_table_holds_the_same_figures_and_is_noted(full: County) -> None:
    clerk, month = full.chen(), shifted(today().replace(day=1), -1)
    clerk.get(f"/letters/digest?month={month:%Y-%m}")
    response = clerk.post(f"/letters/digest/csv?month={month:%Y-%m}&org={full.org('凤县')}")
    total = counted(full, "凤县", month).total
    line = next(row for row in response.get_data(as_text=True).splitlines() if row.startswith("合计"))
    assert line.split(",")[1:6] == [
        str(each) for each in (total.received, total.answered, total.open, total.in_time_rate, total.others)
    ]
    assert one(full, "SELECT count(*) FROM events WHERE action = 'export' AND note LIKE '决策参考%'") == 1


@pytest.mark.parametrize("org", ORGS)
def test_the_figures_of_the_board_are_those_of_the_digest(full: County, org: str) -> None:
    with full.app.app_context():
        months.count_month()
        db.session.commit()
        unit = db.session.query(Org).filter_by(short_name=org).one()
        found = months.month_of(unit.id)
    slow = counted_slowly(full, org, today().replace(day=1))
    assert found is not None
    assert slow["received"] > 0
    assert (found.received, found.answered) == (slow["received"], slow["answered"])
    assert (found.rated, found.content) == (slow["said content"], slow["content"])


def test_the_board_of_a_village_counts_what_came_from_there(full: County) -> None:
    with full.app.app_context():
        months.count_month()
        db.session.commit()
        unit = db.session.query(Org).filter_by(short_name="沙江寺村").one()
        found = months.month_of(unit.id)
    rows = every(full, "SELECT * FROM items JOIN letters ON letters.id = items.id")
    theirs = [row for row in rows if row["from_org_id"] == unit.id]
    theirs = [row for row in theirs if day_of(row["received_on"]) >= today().replace(day=1)]
    answered = [row for row in theirs if row["answered_at"] and row["state"] not in OPEN]
    assert found is not None
    assert theirs
    assert (found.received, found.answered) == (len(theirs), len(answered))


def test_halves_are_rounded_up_and_nothing_is_no_percent() -> None:
    assert [percent(*each) for each in ((0, 0), (1, 2), (1, 8), (2, 3), (5, 5))] == ["—", "50%", "13%", "67%", "100%"]


def test_a_month_of_two_thousand_letters_is_read_in_half_a_second(county: County) -> None:
    org = county.org("凤县")
    with county.app.app_context():
        rows = [
            {"type": "letter", "kind": "help", "org_id": org, "state": "posted", "title": "花椒冻了",
             "public_title": "花椒", "text": "",
             "public_text": f"花椒冻了第{number}户，想问补贴怎么领、找谁报，二组的路也该修一修了。" * 2,
             "created_at": now()}
            for number in range(4000)
        ]  # fmt: skip
        db.session.execute(insert(Item.__table__), rows)
        ids = db.session.execute(text("SELECT id FROM items ORDER BY id")).scalars().all()
        more = {"door": "board", "is_anonymous": False, "may_publish": False, "danger": "", "round": 1, "returns": 0}
        flat = {"is_ruled": False, "extension_reason": "", "mediator": "", "agreement": ""}
        days = [today() - timedelta(days=number * 83 // 2000) for number in range(2000)] * 2
        came = [{"id": each, "received_on": day, **more, **flat} for each, day in zip(ids, days, strict=True)]
        db.session.execute(insert(Letter.__table__), came)
        db.session.commit()
        unit = db.session.get_one(Org, org)
        digest.digest(unit, today().replace(day=1), db.session)
        began = time.perf_counter()
        found = digest.digest(unit, today().replace(day=1), db.session)
        took = time.perf_counter() - began
    assert found.total.received + found.before.received > 1500
    assert took < 0.5, f"{took:.2f} s"
