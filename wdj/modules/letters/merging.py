"""Merging (并案): letters about the same thing are answered together, and each keeps its own receipt."""

from collections.abc import Iterable, Sequence

from flask import abort
from sqlalchemy import func, select, union, update

from wdj.core import deadlines
from wdj.core.clock import say_day, today
from wdj.core.db import db
from wdj.core.deadlines import Deadline
from wdj.core.items import Item, record, visible_to, with_orgs
from wdj.core.people import Me
from wdj.modules.letters.models import Letter, State, waiting_for
from wdj.modules.letters.rules import OPEN, WORKFLOW

LETTERS = Letter.__table__.c
OTHER_RECEIVER = "并案的信要是同一个单位收的。不是这里收的那几封，请先把勾去掉。"


def merge(main: Letter, others: Iterable[int], me: Me) -> list[Letter]:
    """Have the letters with these ids answered together with `main`, and those that were merged into them before.

    Returns them. 404 for one that I may not see, 403 that I do not receive, 422 for another receiver's,
    409 if somebody was faster: then nothing is merged.
    """
    ids = sorted({*others} - {main.id})
    if not ids:
        abort(422, "请先在要并进来的信前面打勾。")
    rows = {each.id: each for each in held([main.id, *ids], me)}
    if len(rows) <= len(ids):
        abort(404)
    if rows[main.id].state not in OPEN:
        abort(409)
    merged = [_into(main, rows[each], me) for each in ids]
    _take_along(main, ids)
    record("merge_in", f"并进来 {len(merged)} 封", me, item_id=main.id, note=keep_promises(main))
    return merged


def held(ids: Sequence[int], me: Me) -> Sequence[Letter]:
    """Those of these letters that I may see, as they are now, and nobody else's until the commit."""
    hold(ids)
    found = with_orgs(Letter).where(Letter.id.in_(ids), visible_to(me)).order_by(Letter.id)
    return db.session.scalars(found.execution_options(populate_existing=True)).all()


def hold(ids: Sequence[int]) -> None:
    """Keep other writers from these letters, those that wait for their answers and those whose they wait for.

    All are taken in one order before anything is changed, until the commit, lest two clerks wait for each other. 409
    where one was merged meanwhile.
    """
    mains = select(LETTERS.merged_into_id).where(LETTERS.id.in_(ids), LETTERS.merged_into_id.is_not(None))
    theirs = union(select(LETTERS.id).where(LETTERS.merged_into_id.in_(ids)), mains)
    held = {*ids, *db.session.scalars(theirs)}
    db.session.scalars(select(Item.id).where(Item.id.in_(held)).order_by(Item.id).with_for_update()).all()
    if not held.issuperset(db.session.scalars(theirs)):
        abort(409)


def _into(main: Letter, letter: Letter, me: Me) -> Letter:
    if letter.org_id != main.org_id:
        abort(422, OTHER_RECEIVER)
    if letter.state == State.waiting:
        deadlines.resume(letter)
    WORKFLOW.apply("merge", letter, me)
    letter.merged_into_id, letter.handler_org = main.id, main.handler_org
    return letter


def _take_along(main: Letter, ids: Sequence[int]) -> None:
    """What waits for the answer of one of these waits for that of `main` now, and is in the hands of its unit."""
    db.session.flush()
    for letter in [letter for each in ids for letter in db.session.scalars(waiting_for(each)).all()]:
        letter.merged_into_id = main.id
    follow(main)


def keep_promises(main: Letter) -> str:
    """Let `main` be due no later than any that waits for its answer now; says so where it comes to be due earlier.

    Each keeps its own clock, by which it is late or not: what makes the main one wait moves none of them.
    """
    db.session.flush()
    ids = waiting_for(main.id).with_only_columns(LETTERS.id).order_by(None)
    first = select(func.min(Deadline.due_on)).where(Deadline.item_id.in_(ids), Deadline.name == deadlines.WHOLE)
    day = db.session.scalar(first)
    earlier = deadlines.promise(main, day)
    return f"并进来的有一封{say_day(day)}到期，这一封跟着提前" if day and earlier else ""


def let_go(main_id: int | None) -> None:
    """One letter does not wait for this one's answer any more: it is due as if that one never had."""
    if main_id and (main := db.session.get(Letter, main_id)):
        keep_promises(main)


def extend(main: Letter, days: int, me: Me) -> None:
    """Let what waits for the answer of `main` be due so much later too, and its writers read so: what is not late."""
    for each in waiting(main):
        clock = db.session.get(Deadline, (each.id, deadlines.WHOLE))
        if clock and clock.due_on and clock.due_on >= today():
            deadlines.extend(each, days)
            record("grant_extension", "同意延期", me, item_id=each.id, note=f"多给 {days} 个工作日")
    keep_promises(main)


def waiting(main: Letter) -> Sequence[Letter]:
    """The letters that the answer of `main` will answer."""
    return db.session.scalars(waiting_for(main.id)).all()


def release(main: Letter) -> None:
    """The letters that were merged into `main` are answered by themselves: it will not be answered any more."""
    for each in waiting(main):
        WORKFLOW.apply("go_alone", each, None)


def follow(main: Letter) -> None:
    """Let the letters that wait for the answer of `main` be in the hands of the unit that it is in, for who answers.

    One that was answered with it and asked again since goes its own way.
    """
    db.session.flush()
    theirs = select(LETTERS.id).where(LETTERS.merged_into_id == main.id)
    given = update(Item).where(Item.id.in_(theirs), Item.state == State.merged)
    given = given.values(handler_org_id=main.handler_org_id)
    db.session.execute(given.execution_options(synchronize_session=False))
