"""What the page of a letter's clerks is made of: the words as they came, clocks, talk, every step, the buttons."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, url_for
from sqlalchemy import select

from wdj.core import deadlines
from wdj.core.clock import say_day, say_when
from wdj.core.contacts import contact_of, is_shut, works_on
from wdj.core.db import db
from wdj.core.items import SOURCES, events_of, with_orgs
from wdj.core.media import media_of
from wdj.core.orgs import short_names
from wdj.core.pages import page
from wdj.core.people import Me, Person
from wdj.core.privacy import mask
from wdj.core.receipts import Receipt
from wdj.core.workflow import Transition
from wdj.modules.letters import forums, hanging, rules, second, similar, units
from wdj.modules.letters.deciders import deciders
from wdj.modules.letters.messages import Draft, Message, Rating, talk_of
from wdj.modules.letters.models import DOORS, KINDS, Door, Kind, Letter, State, merged_into

SAID = {
    "answer": "答复", "decline": "不予受理", "ask_more": "请群众补充", "more": "群众补充", "again": "群众接着问",
}  # fmt: skip
FIRST = ("accept", "assign", "sign_for", "answer", "approve", "grant_extension", "go_on")


# What whoever wrote says on the telephone has one page; what a button says to a clerk where the log says it to them.
ON_THE_PHONE = ("supply", "rate", "find_unsolved", "again", "withdraw")
SPOKEN = {"ask_more": "请写信的人补充"} | dict.fromkeys(ON_THE_PHONE, "电话里说的，替他记下")


@dataclass(frozen=True)
class Step:
    """One line of a letter's course: `unit` is the one that it was given to, or that gave it back."""

    when: str
    who: str
    action: str
    label: str
    unit: str
    note: str


@dataclass(frozen=True)
class Said:
    """One turn of the talk."""

    kind: str
    label: str
    unit: str
    who: str
    checker: str
    when: str
    text: str


@dataclass(frozen=True)
class Button:
    """A step that is open: `posts` says whether its button does it at once, else it leads to its form."""

    label: str
    url: str
    posts: bool
    first: bool


def work_page(letter: Letter, me: Me) -> Response:
    """The page of who works on the letter, or reads and instructs as a leader."""
    context = whole(letter, me)
    return page("letters/work.html", title=context["said"](letter.title), tab="letters", **context)


def whole(letter: Letter, me: Me) -> dict[str, Any]:
    """The context of letters/work.html. `said` is how words stand there: a leader reads no number, as in the pane."""
    steps, draft = course(letter.id), draft_of(letter)
    receipt, contact = db.session.get(Receipt, letter.id), contact_of(letter.id) if works_on(me, letter) else None
    media, others = media_of(letter.id), merged(letter.id)
    return {
        "letter": letter,
        "said": str if rules.clerk(me, letter) else mask,
        "number": receipt.shown_number if receipt else "",
        "came": letter.came,
        "unit": letter.handler_org.short_name if letter.handler_org else "",
        "state": rules.WORKFLOW.states[letter.state],
        "done": letter.state in rules.DONE,
        "kind": KINDS[Kind(letter.kind)][0],
        "left": (left := say_left(letter)),
        "late": "超期" in left,
        "clocks": clocks(letter),
        "facts": facts(letter),
        "buttons": buttons(letter, me),
        "handles": rules.clerk(me, letter),
        "contact": contact,
        "contact_opens": not is_shut(letter, rules.WORKFLOW),
        "media": media,
        "added": hanging.added(letter, media),
        "unshown": letter.is_public and has_unshown(letter.id),
        "talk": said_in(letter.id),
        "draft": draft,
        "checkers": second.readers(letter) if letter.state == State.drafted else [],
        "steps": steps,
        "instructions": [each for each in reversed(steps) if each.action == "instruct"],
        "merged": others,
        "hung": hanging.hung([each.id for each in others]),
        "visits": forums.forums_of(letter.id, me),
        "ratings": ratings(letter.id),
        "asks_days": bool(letter.extension_days),
        "decides": rules.overseer(me, letter),
        "decided_by": deciders([letter]) if letter.extension_days else "",
        "alike": alike(letter, me),
    }


def say_left(letter: Letter) -> str:
    """How much of its time is left, in words for its clerks."""
    pauses = deadlines.pauses_of([letter.id]).get(letter.id, [])
    return deadlines.say_left(letter, pauses).replace("等您", "等写信的人")


def alike(letter: Letter, me: Me) -> list[dict[str, Any]]:
    """What other letters tell of the same, each with where they are put together, for who may."""
    if letter.state not in rules.OPEN:
        return []
    ids = similar.similar_to(f"{letter.title} {letter.text}", me, but=letter.id)
    rows = db.session.scalars(with_orgs(Letter).where(Letter.id.in_(ids))).all() if ids else []
    fits = rules.WORKFLOW.find("merge").sources if rules.receiver(me, letter) else ()
    return [
        {
            "id": each.id,
            "title": each.title if rules.clerk(me, each) or rules.leader(me, each) else each.public_title,
            "state": rules.WORKFLOW.states[each.state],
            "merge_url": _merge_url(letter, each) if each.state in fits and each.org_id == letter.org_id else "",
        }
        for each in sorted(rows, key=lambda each: ids.index(each.id))
    ]


def _merge_url(letter: Letter, other: Letter) -> str:
    return url_for("letters.merge", id=letter.id, pick=other.id)


def course(letter_id: int, *, shown: Collection[str] | None = None, notes: Collection[str] | None = None) -> list[Step]:
    """What happened to the letter, oldest first: all of it, or the steps `shown` with the notes of `notes` alone."""
    rows = [row for row in db.session.execute(events_of(letter_id)) if shown is None or row[0].action in shown]
    names = short_names(event.org_id for event, _ in rows)
    return [
        Step(
            say_when(event.at), name or "系统", event.action, event.label, names.get(event.org_id or 0, ""),
            event.note if notes is None or event.action in notes else "",
        )
        for event, name in rows
    ]  # fmt: skip


def has_unshown(letter_id: int) -> bool:
    """Whether it was answered since somebody looked through what everybody reads."""
    kept = talk_of(letter_id).where(Message.kind == "answer", Message.is_shown.is_(False))
    return db.session.scalars(kept.limit(1)).one_or_none() is not None


def merged(letter_id: int) -> Sequence[Letter]:
    """The letters that are answered together with this one."""
    return db.session.scalars(merged_into(letter_id)).all()


def said_in(letter_id: int) -> list[Said]:
    """The talk of the letter, as it was said."""
    rows = db.session.scalars(talk_of(letter_id)).all()
    names = short_names(each.org_id for each in rows)
    people = _people({each for row in rows for each in (row.person_id, row.checker_id) if each})
    return [
        Said(
            each.kind, SAID.get(each.kind, ""), names.get(each.org_id or 0, ""), people.get(each.person_id or 0, ""),
            people.get(each.checker_id or 0, ""), say_when(each.at), each.text,
        )
        for each in rows
    ]  # fmt: skip


def _people(ids: Collection[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {person_id: name for person_id, name in rows}  # noqa: C416


def ratings(letter_id: int) -> list[Rating]:
    """What was thought of its answers, oldest first."""
    return list(db.session.scalars(select(Rating).where(Rating.letter_id == letter_id).order_by(Rating.round)))


def draft_of(letter: Letter) -> dict[str, Any] | None:
    """The answer that its unit is writing, with who wrote it last."""
    draft = db.session.get(Draft, letter.id)
    if draft is None:
        return None
    who = _people({draft.person_id}).get(draft.person_id, "")
    return {"text": draft.text, "who": who, "when": say_when(draft.at), "version": draft.version, "by": draft.writers}


def clocks(letter: Letter) -> list[tuple[str, str, bool]]:
    """(what, by when in words, whether that is over) of each clock that runs."""
    found = []
    for each in deadlines.of(letter.id):
        if each.stopped_on is None:
            more = f"，含延期 {each.extended_days} 天" if each.extended_days else ""
            name = "答复" if each.name == deadlines.WHOLE else deadlines.CLOCKS[each.name]
            days = f"{each.whole} 个工作日{more}" if each.due_on != each.promised_on else "并进来的信这天到期"
            words = f"{say_day(each.due_on)}前（{days}）" if each.due_on else "等补充，时间停着"
            found.append((name, words, bool(each.due_on and deadlines.days_late(each.due_on))))
    return found


def facts(letter: Letter) -> list[tuple[str, str]]:
    """(what, words) of where the letter came from and where it is."""
    recorder = _people({letter.recorder_id}).get(letter.recorder_id, "") if letter.recorder_id else ""
    village = short_names([letter.from_org_id]).get(letter.from_org_id or 0, "没说")
    given = [
        ("来自", village),
        ("怎么来的", SOURCES.get(letter.source, "网上") + (f"，{recorder} 代录" if recorder else "")),
        ("交到", DOORS[Door(letter.door)]),
        ("收信单位", letter.org.short_name),
        ("承办单位", letter.handler_org.short_name if letter.handler_org else ""),
        ("谁能看", "写信的人同意公开" if letter.may_publish else "只给办的人看"),
        ("退回过", f"{letter.returns} 次" if letter.returns else ""),
        ("裁定", "县上裁定，不能再退" if letter.is_ruled else ""),
        ("第几轮", f"第 {letter.round} 轮" if letter.round > 1 else ""),
        ("调解人", letter.mediator),
    ]  # fmt: skip
    return [(what, words) for what, words in given if words]


def buttons(letter: Letter, me: Me) -> list[Button]:
    """What this person may do with it now, what is asked for first."""
    found = [each for each in rules.WORKFLOW.open_to(me, letter) if _fits(each, letter, me)]
    drawn = {
        url: Button(_spoken(each, letter), url, _posts(each), _is_first(each, letter))
        for each in found
        if (url := _url(each, letter))
    }
    return sorted(drawn.values(), key=lambda each: not each.first)


def _is_first(transition: Transition, letter: Letter) -> bool:
    """Whether it is what is asked for now: a letter that a unit has is answered there, not given on."""
    given = letter.state in (State.assigned, State.in_hand)
    return transition.action in FIRST and not (given and transition.action == "assign")


def _spoken(transition: Transition, letter: Letter) -> str:
    if transition.action == "publish" and letter.is_public:
        return "改公开的内容"
    return SPOKEN.get(transition.action, transition.label)


def _fits(transition: Transition, letter: Letter, me: Me) -> bool:
    """Whether it has anything to do here: not what the letter lacks, no unit to choose from, not one's own draft."""
    if transition.needs and transition.needs(letter):
        return False
    if transition.action == "assign":
        return bool(units.places(letter, me))
    if transition.action == "approve":
        draft = db.session.get(Draft, letter.id)
        return draft is not None and me.id not in draft.writers
    return True


def _posts(transition: Transition) -> bool:
    return not (transition.note or transition.words or transition.own_form)


def _url(transition: Transition, letter: Letter) -> str:
    """Where its button leads; empty for one whose form is not here."""
    if not transition.own_form:
        return url_for("letters.act", id=letter.id, action=transition.action)
    if transition.action in ("assign", "rule"):
        return url_for("letters.assign", id=letter.id, action=transition.action)
    endpoint = "letters.by_phone" if transition.action in ON_THE_PHONE else f"letters.{transition.action}"
    return url_for(endpoint, id=letter.id) if endpoint in current_app.view_functions else ""
