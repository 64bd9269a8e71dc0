"""Puts the lives of sample letters into the database, in bulk: the letters, and all that hangs on them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from wdj.core.contacts import Contact
from wdj.core.db import Model, db
from wdj.core.deadlines import Deadline, Pause
from wdj.core.items import SOURCES, Event
from wdj.core.jobs import Job
from wdj.core.likes import Like
from wdj.core.orgs import Kind, Org
from wdj.core.people import WRITER_ROLES, Grant, Person, Role
from wdj.core.placements import Placement
from wdj.core.privacy import mask
from wdj.core.receipts import NUMBER, Receipt, spell
from wdj.core.search import Document
from wdj.modules.letters.answering import RATE_WITHIN
from wdj.modules.letters.asking import begin
from wdj.modules.letters.messages import Draft, Message, Rating
from wdj.modules.letters.models import BOARD, Letter, State
from wdj.modules.letters.sample_lives import Life, Place

BATCH = 500
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
CALLED = ("师傅", "大姐", "老汉", "大叔", "嫂子", "大妈")
ALONE = ("declined", "withdrawn", "merged")
"""States in which nobody else reads it."""


def places() -> list[Place]:
    """Every village and community with its town, the county's departments, and the clerks there are."""
    orgs = list(db.session.scalars(select(Org).order_by(Org.id)))
    names = {org.id: org.short_name for org in orgs}
    county = next(org.id for org in orgs if org.kind == Kind.county)
    units = {org.short_name: org.id for org in orgs if org.kind == Kind.department}
    grants = select(Grant.org_id, func.min(Person.id)).join(Person).group_by(Grant.org_id)
    clerks = {row[0]: row[1] for row in db.session.execute(grants.where(Grant.role.in_(WRITER_ROLES)))}
    leader = db.session.scalar(select(func.min(Grant.person_id)).where(Grant.role == Role.leader))
    return [
        Place(org.id, org.short_name, org.parent_id, names[org.parent_id], county, units, clerks, leader)
        for org in orgs
        if org.kind in (Kind.village, Kind.community) and org.parent_id
    ]


def file(lives: Sequence[Life], chance: Random, likes: Sequence[int]) -> None:
    """Add these letters, oldest first, with all that hangs on them; each gets its id."""
    rows = [_row(life, number, liked) for number, (life, liked) in enumerate(zip(lives, likes, strict=True))]
    ids: list[int] = []
    for start in range(0, len(rows), BATCH):
        inserted = insert(Letter).returning(Letter.id, sort_by_parameter_order=True)
        ids += db.session.scalars(inserted, rows[start : start + BATCH]).all()
    for life, item_id in zip(lives, ids, strict=True):
        life.id = item_id
    merged = [{"id": life.id, "merged_into_id": life.into.id} for life in lives if life.into and _is_merged(life)]
    if merged:
        db.session.execute(_letters_alone(), [{"b_id": each["id"], "into": each["merged_into_id"]} for each in merged])
    _hang_on(lives, chance, likes)
    _on_boards(lives)


def _letters_alone() -> Any:
    letters = Letter.__table__
    return update(letters).where(letters.c.id == bindparam("b_id")).values(merged_into_id=bindparam("into"))  # type: ignore[arg-type]


def _is_merged(life: Life) -> bool:
    return any(event["action"] == "merge" for event in life.events)


def _row(life: Life, number: int, likes: int) -> dict[str, Any]:
    columns, by_clerk = life.columns, life.source != "web"
    title = columns["title"] or begin(columns["text"])
    return {
        **columns, "type": Letter.type_name(), "kind": life.story.kind, "org_id": life.org, "door": life.door,
        "title": title, "public_title": mask(title), "public_text": mask(columns["text"]),
        "version": 1 + len(life.events), "is_public": is_shown(life), "source": life.source,
        "published_at": columns["published_at"] if is_shown(life) else None,
        "device_id": None if life.is_anonymous or by_clerk else f"sample letter {number:05}",
        "recorder_id": life.place.clerks.get(life.org) if by_clerk else None, "created_at": life.begun,
        "received_on": life.begun.date(),
        "due_at": life.due_at if life.is_open else None, "like_count": likes, "comment_count": 0,
        "from_org_id": life.place.village, "is_anonymous": life.is_anonymous, "may_publish": life.may_publish,
    }  # fmt: skip


def is_shown(life: Life) -> bool:
    """Whether everybody reads it."""
    return bool(life.columns["published_at"]) and life.columns["state"] not in ALONE


def _hang_on(lives: Sequence[Life], chance: Random, likes: Sequence[int]) -> None:
    numbers = receipt_numbers(len(lives), chance)
    _add(Receipt, (
        {"item_id": life.id, "number": number, "salt": f"{chance.getrandbits(48):012x}", "made_at": life.begun}
        for life, number in zip(lives, numbers, strict=True)
    ))  # fmt: skip
    _add(Contact, (_contact(life, chance) for life in lives if not life.is_anonymous))
    _add(Deadline, (row for life in lives for row in _clocks(life)))
    _add(Pause, (
        {"item_id": life.id, "from_on": each.start, "to_on": each.end} for life in lives for each in life.pauses
    ))  # fmt: skip
    _add(Event, sorted(
        ({"item_id": life.id, "about_id": None, **event} for life in lives
         for event in (*_recorded(life), *life.events)),
        key=lambda event: (event["at"], event["item_id"]),
    ))  # fmt: skip
    _add(Message, sorted(
        (row for life in lives for row in _messages(life)),
        key=lambda message: (message["at"], message["letter_id"]),
    ))  # fmt: skip
    _add(Rating, ({"letter_id": life.id, **each} for life in lives for each in life.ratings))
    _add(Draft, (
        {"letter_id": life.id, "text": life.draft, "version": 1, "at": life.at, "person_id": life.clerk or 1,
         "editors": str(life.clerk or 1)}
        for life in lives if life.draft
    ))  # fmt: skip
    _add(Like, (
        {"item_id": life.id, "liker": f"sample {number}", "at": life.at}
        for life, liked in zip(lives, likes, strict=True) for number in range(liked)
    ))  # fmt: skip
    _add(Document, (
        {"item_id": life.id, "text": "", "extra": "\n".join(answers)}
        for life in lives if (answers := [mask(each["text"]) for each in life.said if each["kind"] == "answer"])
    ))  # fmt: skip
    _add(Job, (
        {"name": "letters.close", "args": {"letter_id": life.id, "round": life.columns["round"]}, "state": "waiting",
         "tries": 0, "error": "", "made_at": life.columns["answered_at"],
         "run_at": life.columns["answered_at"] + RATE_WITHIN}
        for life in lives if life.columns["state"] == State.answered
    ))  # fmt: skip


def _messages(life: Life) -> Iterator[dict[str, Any]]:
    """What was said in it; in a public letter everybody reads all its answers."""
    for each in life.said:
        yield {"letter_id": life.id, "public_text": mask(each["text"]), "is_shown": is_shown(life), **each}


def _recorded(life: Life) -> Iterator[dict[str, Any]]:
    """The line of the clerk who wrote it down for somebody."""
    if life.source != "web":
        yield {"at": life.begun, "action": "record", "label": "代录", "note": SOURCES[life.source],
               "person_id": life.place.clerks.get(life.org), "org_id": None}  # fmt: skip


def _contact(life: Life, chance: Random) -> dict[str, Any]:
    """An invented name and a number that nobody has; most ask for help with one."""
    name = chance.choice(SURNAMES) + chance.choice(CALLED)
    phone = f"1380000{chance.randrange(1, 10000):04}" if life.story.kind == "help" or chance.random() < 0.6 else ""
    return {"item_id": life.id, "name": name, "phone": phone, "address": ""}


def _clocks(life: Life) -> Iterator[dict[str, Any]]:
    for name, clock in life.clocks.items():
        yield {
            "item_id": life.id, "name": name, "started_on": clock.started_on, "days": clock.days, "told": 0,
            "extended_days": clock.extended_days, "stopped_on": clock.stopped_on, **clock.ends(life.pauses),
        }  # fmt: skip


def _on_boards(lives: Sequence[Life]) -> None:
    """Show what is public on the pages of its village, its town and the county."""
    _add(Placement, (
        {"org_id": org, "list": BOARD, "item_id": life.id, "kind": life.story.kind,
         "placed_at": life.columns["published_at"]}
        for life in lives if is_shown(life) for org in (life.place.county, life.place.town, life.place.village)
    ))  # fmt: skip


def receipt_numbers(count: int, chance: Random) -> list[str]:
    """So many numbers of receipts, none twice and none that is given."""
    taken = set(db.session.scalars(select(Receipt.number)))
    numbers: list[str] = []
    while len(numbers) < count:
        number = spell(chance.getrandbits(64), NUMBER)
        if number not in taken:
            taken.add(number)
            numbers.append(number)
    return numbers


def _add(model: type[Model], rows: Iterable[dict[str, Any]]) -> None:
    """Insert them as they come, some at a time."""
    coming = iter(rows)
    while batch := list(islice(coming, BATCH)):
        db.session.execute(insert(model), batch)
