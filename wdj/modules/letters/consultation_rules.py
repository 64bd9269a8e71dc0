"""The way of a consultation: written by a town or the county, open from day to day, ended by what was made of it."""

from collections.abc import Sequence

from flask import abort
from sqlalchemy import select

from wdj.core import deadlines, search
from wdj.core.clock import end_of, moment_of, now, today
from wdj.core.db import db
from wdj.core.items import Item, hold, record
from wdj.core.jobs import enqueue, job
from wdj.core.orgs import Kind, Org, below
from wdj.core.people import REVIEWER_ROLES, Me
from wdj.core.placements import NEWS, place, unplace
from wdj.core.privacy import mask
from wdj.core.workflow import Subject, Transition, Workflow, said, the_clock
from wdj.modules.letters import answering, handling, rules
from wdj.modules.letters.consultations import KIND, Consultation, Step, Verdict
from wdj.modules.letters.models import Letter, State

SAID = {True: "您的主意采纳了。", False: "您的主意这次没有采纳。"}


@said("这个单位和上级管发布的人")
def keeper(me: Me | None, consultation: Subject) -> bool:
    """Who asks for the town or the county, and says what came of it."""
    return me is not None and me.has(REVIEWER_ROLES, consultation.org_path)


def nearest(me: Me | None, consultation: Subject) -> bool:
    """Whose desk it stands on: that of the org that asks; those above are asked late."""
    return me is not None and any(grant.path == consultation.org_path for grant in me.grants)


def _of(item: Item) -> Consultation:
    assert isinstance(item, Consultation)  # noqa: S101
    return item


def _lacks_days(item: Item) -> str:
    over = _of(item).ends_on < today()
    return "最后一天已经过了，一开始就结束了。请先改一改日期，再开始。" if over else ""


def _lacks_outcome(item: Item) -> str:
    return "" if _of(item).outcome else "还没有写结果。请先写上采纳了什么、没采纳的为什么。"


def _open(item: Item, me: Me | None, note: str) -> None:
    asked = _of(item)
    asked.published_at = now()
    asked.starts_on = min(asked.starts_on, today())
    place(asked, pages_for(asked.org), NEWS, asked.published_at)
    close_after(asked)


def _plan(item: Item, me: Me | None, note: str) -> None:
    enqueue("letters.consult", run_at=moment_of(_of(item).starts_on), consultation_id=item.id)


def _close(item: Item, me: Me | None, note: str) -> None:
    _close_letters(_of(item))


def _close_letters(asked: Consultation) -> Sequence[Letter]:
    """Let what is not answered be due after today where that is before its last day; returns those letters."""
    was, asked.ends_on = asked.ends_on, min(asked.ends_on, today())
    unanswered = select(Letter).where(Letter.consultation_id == asked.id, Item.state.in_((*rules.OPEN, State.merged)))
    held = unanswered.order_by(Letter.id).with_for_update(of=Item)
    letters = db.session.scalars(held).all()
    deadlines.move(letters, was, asked.ends_on)
    return letters


def _tell(item: Item, me: Me | None, note: str) -> None:
    _of(item).outcome_at = now()


def _withdraw(item: Item, me: Me | None, note: str) -> None:
    """It is asked no more; what was sent stays a letter, due as if it had been closed today; who wrote it reads so."""
    unplace(item)
    for each in _close_letters(_of(item)):
        record("unasked", "这次征集撤下了，您的信照样答复", me, item_id=each.id)


PUBLIC = (Step.open, Step.closed, Step.published)
# fmt: off
WORKFLOW = Workflow(
    states={
        Step.draft: "草稿", Step.planned: "到日子开始", Step.open: "正在问", Step.closed: "等公布结果",
        Step.published: "结果公布了", Step.withdrawn: "已撤下",
    },
    public=frozenset(PUBLIC),
    waiting=frozenset({Step.closed}),
    working=frozenset({Step.draft, Step.planned}),
    ends=frozenset({Step.withdrawn}),
    decided=frozenset({Step.published}),
    first=nearest,
    transitions=(
        #          action      label           from                        to              guard
        Transition("open",     "现在就开始",   (Step.draft, Step.planned), Step.open,      keeper,
                   then=_open, needs=_lacks_days),
        Transition("plan",     "到日子开始",   (Step.draft,),              Step.planned,   keeper,
                   then=_plan, needs=_lacks_days),
        Transition("start",    "到日子自动开始", (Step.planned,),          Step.open,      the_clock,
                   then=_open, needs=_lacks_days),
        Transition("unplan",   "先不开始",     (Step.planned,),            Step.draft,     keeper),
        Transition("close",    "提前结束",     (Step.open,),               Step.closed,    keeper, then=_close),
        Transition("end",      "到日子自动结束", (Step.open,),             Step.closed,    the_clock),
        Transition("tell",     "公布结果",     (Step.closed,),             Step.published, keeper,
                   own_form=True, then=_tell, needs=_lacks_outcome),
        Transition("withdraw", "撤下",         PUBLIC, Step.withdrawn, keeper, note=True, undo=True, then=_withdraw),
    ),
)
# fmt: on
UNOPENED = (Step.draft, Step.planned)


def may_edit(me: Me | None, asked: Consultation) -> bool:
    """Who writes it, until it has begun."""
    return asked.state in UNOPENED and keeper(me, asked)


def may_tell(me: Me | None, asked: Consultation) -> bool:
    """Who writes what came of it, once it is over; also afterwards, to mend it."""
    return asked.state in (Step.closed, Step.published) and keeper(me, asked)


def write(org: Org, me: Me, **words: object) -> Consultation:
    """Add a draft of `org` to the session; returns it with its id."""
    asked = Consultation(org=org, org_id=org.id, author_id=me.id, state=Step.draft, kind=KIND)
    _set_words(asked, words)
    db.session.add(asked)
    db.session.flush()
    return asked


def edit(asked: Consultation, **words: object) -> None:
    """Change the words and days of one that has not begun; one that waits for its day begins at the new one."""
    starts_on = asked.starts_on
    _set_words(asked, words)
    asked.version += 1
    if asked.state == Step.planned and asked.starts_on != starts_on:
        _plan(asked, None, "")


def _set_words(asked: Consultation, words: dict[str, object]) -> None:
    for name, value in words.items():
        setattr(asked, name, value)
    asked.public_title, asked.public_text = mask(asked.title), mask(asked.text)


def put_outcome(asked: Consultation, words: str) -> None:
    """Keep what came of it; everybody reads it once it is told."""
    asked.outcome, asked.public_outcome = words, mask(words)
    asked.version += 1
    search.index(asked, asked.public_outcome if asked.state == Step.published else "")


def pages_for(org: Org) -> list[int]:
    """Ids of the orgs whose pages show what `org` asks: its own, and every town and village below."""
    shown = (Kind.town, Kind.village, Kind.community)
    inside = select(Org.id).where(below(org.path), Org.kind.in_(shown)).order_by(Org.id)
    return list(dict.fromkeys([org.id, *db.session.scalars(inside)]))


def decide(asked: Consultation, letters: list[Letter], adopted: bool, why: str, me: Me) -> None:
    """Say of these letters whether what they propose is adopted, and why, and answer so; said again, the last holds.

    409 where one of them is no letter to this consultation, or was taken back.
    """
    if asked.state not in PUBLIC:
        abort(409)
    for letter in letters:
        if letter.consultation_id != asked.id:
            abort(409)
        rules.WORKFLOW.apply("adopt" if adopted else "not_adopt", letter, me, why)
        _answer(letter, f"{SAID[adopted]}{why}", me)
        verdict = db.session.get(Verdict, letter.id) or Verdict(letter_id=letter.id, consultation_id=asked.id)
        verdict.is_adopted, verdict.why, verdict.public_why, verdict.at = adopted, why, mask(why), now()
        db.session.add(verdict)


def _answer(letter: Letter, text: str, me: Me) -> None:
    """Let whoever wrote it read that as the answer, where nobody else has the letter in hand or reads it first."""
    if letter.state in (State.posted, State.accepted):
        handling.step("take", letter, me)
        if not answering.is_checked(letter):
            answering.answer(letter, text, me)


def close_after(asked: Consultation) -> None:
    """Have it closed when its last day is over."""
    enqueue("letters.consulted", run_at=end_of(asked.ends_on), consultation_id=asked.id)


@job("letters.consult")
def start_on_its_day(consultation_id: int) -> None:
    """Open a planned one. One that was put off, taken back or opened meanwhile, or is over, is left alone."""
    asked = _held(consultation_id)
    if asked and asked.state == Step.planned and asked.starts_on <= today() <= asked.ends_on:
        WORKFLOW.apply("start", asked, None)


@job("letters.consulted")
def end_after_its_day(consultation_id: int) -> None:
    """Close one whose last day is over."""
    asked = _held(consultation_id)
    if asked and asked.state == Step.open and asked.ends_on < today():
        WORKFLOW.apply("end", asked, None)


def _held(consultation_id: int) -> Consultation | None:
    hold(consultation_id)
    asked = db.session.get(Consultation, consultation_id)
    if asked is not None:
        asked.org = db.session.get_one(Org, asked.org_id)
    return asked
