"""The must-read notices of the two-year sample, and an invented register of who should read them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select, update

from wdj.core.db import db
from wdj.core.orgs import Kind, Org
from wdj.core.register import RegisterEntry, RegisterKind
from wdj.modules.feed.acks import Acknowledgement
from wdj.modules.feed.aims import villages_of
from wdj.modules.feed.models import Post
from wdj.modules.feed.sample_grammar import words
from wdj.modules.feed.sample_talk import Filed

GIVEN = "德秀有贵桂香玉兰建国志明春生福来银花长林小红彩霞金锁新民文斌海燕凤英保全满仓喜莲治平"
HOUSES, MEMBERS = (28, 62), (8, 21)
# Stories that ask to be read by everybody, and how many of the newest of them do.
ASKING = ("fire-ban", "medical-fee", "insure", "pension", "old-house", "water-safe", "land-subsidy")
NOTICES = 6
BATCH = 4000

Register = Mapping[int, Sequence[tuple[int, str]]]
"""(id, name) of the households of each village, by its id."""


def write_register(orgs: Iterable[Org], chance: Random, end: datetime) -> Register:
    """Add households and members of every village, all invented, with telephones 0917-000-xxxx."""
    villages = [org.id for org in orgs if org.kind in (Kind.village, Kind.community)]
    for org_id in villages:
        rows = [*_entries(org_id, RegisterKind.household, HOUSES, chance, end),
                *_entries(org_id, RegisterKind.member, MEMBERS, chance, end)]  # fmt: skip
        db.session.execute(insert(RegisterEntry), rows)
    found: dict[int, list[tuple[int, str]]] = {org_id: [] for org_id in villages}
    households = select(RegisterEntry.org_id, RegisterEntry.id, RegisterEntry.name)
    for row in db.session.execute(
        households.where(RegisterEntry.kind == RegisterKind.household).order_by(RegisterEntry.id)
    ):
        found[row.org_id].append((row.id, row.name))
    return found


def _entries(
    org_id: int, kind: RegisterKind, many: tuple[int, int], chance: Random, end: datetime
) -> Iterator[dict[str, Any]]:
    names: set[str] = set()
    for number in range(1, chance.randrange(*many) + 1):
        name = _name(chance)
        while name in names:
            name = _name(chance)
        names.add(name)
        is_house = kind == RegisterKind.household
        yield {
            "org_id": org_id, "kind": kind.value, "number": f"{number:03}" if is_house else "", "name": name,
            "group_name": chance.choice(words().always["group"]), "phone": f"0917000{chance.randrange(10000):04}",
            "people": chance.randrange(1, 7) if is_house else None, "note": "", "added_at": end - timedelta(days=700),
        }  # fmt: skip


def _name(chance: Random) -> str:
    first = chance.randrange(0, len(GIVEN), 2)
    given = GIVEN[first : first + 2] if chance.random() < 0.8 else chance.choice(GIVEN)
    return chance.choice(words().always["surname"]) + given


def ask_for_reading(filed: Sequence[Filed], register: Register, chance: Random, end: datetime) -> None:
    """Let the newest notices ask to be read, and most households of their villages have read them."""
    asking = [each for each in filed if each.told.key in ASKING and not each.told.is_villages][-NOTICES:]
    db.session.execute(update(Post).where(Post.id.in_([each.id for each in asking])).values(must_read=True))
    db.session.flush()
    for each in asking:
        post = db.session.get_one(Post, each.id, populate_existing=True)
        rows = [row for org in villages_of(post) for row in _read_by(each, org.id, register[org.id], chance, end)]
        for start in range(0, len(rows), BATCH):
            db.session.execute(insert(Acknowledgement), rows[start : start + BATCH])


def _read_by(
    filed: Filed, org_id: int, households: Sequence[tuple[int, str]], chance: Random, end: datetime
) -> Iterator[dict[str, Any]]:
    willing = chance.uniform(0.4, 1.0)
    for entry_id, name in households:
        at = filed.told.at + timedelta(minutes=chance.expovariate(1 / 2500))
        if chance.random() > willing or at >= end:
            continue
        known = chance.random() < 0.97
        yield {
            "item_id": filed.id, "org_id": org_id, "entry_id": entry_id if known else None,
            "said": name if known else f"{name[0]}家", "reader": f"sample {entry_id}", "at": at,
        }  # fmt: skip
