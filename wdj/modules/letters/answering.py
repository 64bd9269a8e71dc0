"""The answer of a letter: its draft, the second person who reads it, the answer, and what everybody sees of it."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from flask import abort
from sqlalchemy import select

from wdj.core import deadlines, search
from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.items import Item, hold
from wdj.core.jobs import enqueue, every, job
from wdj.core.media import media_of
from wdj.core.orgs import Org, ancestors
from wdj.core.people import Me
from wdj.core.placements import place
from wdj.core.privacy import mask
from wdj.modules.letters.messages import Draft, Message, talk_of
from wdj.modules.letters.models import BOARD, Letter, State, merged_into
from wdj.modules.letters.rules import WORKFLOW

RATE_WITHIN, KEPT_AT_HAND = timedelta(days=15), timedelta(days=90)
AT_ONCE = 200  # letters that one round of the clock puts away
OWN_DRAFT = "这份答复您动过笔，请换一个没写过的人审。"
CHECKED = "本单位的答复要第二个人看过再发，请按“交给别人审”。"


def is_checked(letter: Letter) -> bool:
    """Whether a second person of the unit that has it reads the answer before it goes out."""
    return bool(db.session.scalar(select(Org.check_replies).where(Org.id == (letter.handler_org_id or letter.org_id))))


def save_draft(letter: Letter, text: str, me: Me) -> None:
    """Keep the answer that the unit is writing. Whether somebody was faster is asked before, with the letter held."""
    draft = db.session.get(Draft, letter.id)
    if draft is None:
        db.session.add(Draft(letter_id=letter.id, text=text, person_id=me.id, editors=str(me.id)))
    elif draft.text != text:
        draft.text, draft.person_id, draft.at, draft.version = text, me.id, now(), draft.version + 1
        if me.id not in draft.writers:
            draft.editors += f" {me.id}"


def hand_in(letter: Letter, text: str, me: Me) -> None:
    """Give the draft to a second person."""
    save_draft(letter, text, me)
    WORKFLOW.apply("draft", letter, me)


def approve(letter: Letter, me: Me) -> None:
    """Answer with the draft as it stands; 403 for everybody who wrote in it."""
    draft = db.session.get(Draft, letter.id) or abort(409)
    if me.id in draft.writers:
        abort(403, OWN_DRAFT)
    WORKFLOW.apply("approve", letter, me)
    _give(letter, draft.text, draft.person_id, me.id)


def answer(letter: Letter, text: str, me: Me) -> None:
    """Answer the letter, and those that were merged into it; 422 where a second person must read it first."""
    if letter.state == State.in_hand and is_checked(letter):
        abort(422, CHECKED)
    WORKFLOW.apply("answer", letter, me)
    _give(letter, text, me.id, None)


def _give(letter: Letter, text: str, person_id: int, checker_id: int | None) -> None:
    db.session.flush()
    unit = letter.handler_org_id or letter.org_id
    others = [each for each in db.session.scalars(merged_into(letter.id)) if each.state == State.merged]
    for each in others:
        WORKFLOW.apply("answer_too", each, None)
    for each in (letter, *others):
        _tell(each, text, unit, person_id, checker_id)
    draft = db.session.get(Draft, letter.id)
    if draft is not None:
        db.session.delete(draft)


def _tell(letter: Letter, text: str, unit: int, person_id: int, checker_id: int | None) -> None:
    """Write the answer into one letter: its clocks stand, and it ends by itself where nobody says anything."""
    db.session.add(
        Message(
            letter_id=letter.id, kind="answer", round=letter.round, text=text, public_text=mask(text), org_id=unit,
            person_id=person_id, checker_id=checker_id,
        )
    )  # fmt: skip
    deadlines.stop(letter)
    letter.answered_at, letter.extension_days, letter.extension_reason = now(), None, ""
    enqueue("letters.close", run_at=now() + RATE_WITHIN, letter_id=letter.id, round=letter.round)
    index(letter)


def index(letter: Letter) -> None:
    """Let the letter be found by its own public words and by those of its answers that everybody reads."""
    db.session.flush()
    search.index(letter, "\n".join(each.public_text for each in answers_of(letter.id) if each.is_shown))


def answers_of(letter_id: int) -> Sequence[Message]:
    """The answers that the letter got, oldest first."""
    return db.session.scalars(talk_of(letter_id).where(Message.kind == "answer")).all()


@job("letters.close")
def close(letter_id: int, round: int) -> None:
    """End a letter that nobody has rated. One that was asked again meanwhile is left alone."""
    hold(letter_id)
    letter = db.session.get(Letter, letter_id)
    if letter is not None and letter.state == State.answered and letter.round == round:
        WORKFLOW.apply("close", letter, None)


@every(60)
def archive() -> None:
    """Put away what has ended a good while ago."""
    ended = (State.closed, State.declined, State.withdrawn)
    found = select(Letter).where(Item.state.in_(ended), Item.closed_at < now() - KEPT_AT_HAND).limit(AT_ONCE)
    for letter in db.session.scalars(found.with_for_update(of=Item)):
        WORKFLOW.apply("archive", letter, None)


def publish(
    letter: Letter, me: Me, title: str, text: str, answers: dict[int, str], files: Collection[int] = ()
) -> None:
    """Show everybody these words of the letter and of these answers, masked once more, and these files; nothing else.

    The originals stay as written. What comes later is not shown before somebody publishes again.
    """
    WORKFLOW.apply("publish", letter, me)
    letter.public_title, letter.public_text, letter.shows_media = mask(title), mask(text), bool(files)
    for each in answers_of(letter.id):
        each.public_text, each.is_shown = mask(answers.get(each.id, each.public_text)), each.id in answers
    for file in media_of(letter.id):
        file.is_shown = file.id in files and file.state == "ready"
    letter.published_at = letter.published_at or now()
    place(letter, boards_of(letter), BOARD, letter.published_at)
    index(letter)


def boards_of(letter: Letter) -> list[int]:
    """The orgs on whose page the letter stands: the village it comes from, its town, the county."""
    village = db.session.get(Org, letter.from_org_id) if letter.from_org_id else None
    here = village or letter.org
    return [*ancestors(here), here.id]
