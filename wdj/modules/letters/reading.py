"""What the pages of a letter are made of: its words, the answers, its course; for everybody, and for who wrote it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from werkzeug.exceptions import NotFound

from wdj.core import deadlines, receipts
from wdj.core.clock import say_day, say_when
from wdj.core.db import db
from wdj.core.deadlines import Deadline
from wdj.core.fresh import memory
from wdj.core.items import read_or_404
from wdj.core.likes import liked
from wdj.core.media import media_of
from wdj.core.orgs import short_names
from wdj.core.people import Me
from wdj.core.plain import Block, blocks
from wdj.core.share import share_card
from wdj.modules.letters import board, following, hanging, rules, similar
from wdj.modules.letters.messages import Message, talk_of
from wdj.modules.letters.models import DOORS, KINDS, Door, Kind, Letter, State
from wdj.modules.letters.working import course, ratings

OTHERS = 3


@dataclass(frozen=True)
class Said:
    """One turn of the talk as it is shown: by which unit (empty for who wrote the letter), when, what."""

    kind: str
    unit: str
    when: str
    blocks: list[Block]
    way: str = ""


def find(letter_id: int, me: Me | None) -> Letter | None:
    """The letter, if it is public or this person may see it."""
    try:
        return read_or_404(Letter, letter_id, me)
    except NotFound:
        return None


def public(letter: Letter) -> dict[str, Any]:
    """The context of letters/letter.html but for its button: the same for everybody, remembered."""
    known = memory()
    key = ("thread", letter.id)
    if key not in known:
        known[key] = _public(letter)
    context: dict[str, Any] = known[key]
    return context


def _public(letter: Letter) -> dict[str, Any]:
    row = next(iter(board.rows_of([letter.id])))
    media = [each for each in media_of(letter.id) if each.state == "ready" and each.is_shown]
    pictures = [each for each in media if each.kind == "picture"]
    answers = [each for each in talk_in(letter.id) if each.kind == "answer"]
    return {
        "letter": letter,
        "row": row,
        "text": words(letter.public_text),
        "pictures": pictures,
        "spoken": [each.public_transcript for each in media if each.kind == "sound" and each.public_transcript],
        "replies": said(reversed([each for each in answers if each.is_shown]), public=True),
        "more_to_come": not all(each.is_shown for each in answers),
        "steps": course(letter.id, shown=rules.FOR_ALL, notes=()),
        "others": others(letter),
        "head": share_card(letter, row.url, next(iter(pictures), None)),
    }


def words(text: str) -> list[Block]:
    """The blocks of a text; a letter has no pictures to put anywhere."""
    return [each for each in blocks(text) if each.type != "picture"]


def talk_in(letter_id: int) -> Sequence[Message]:
    """Everything said in a letter after its own words, oldest first."""
    return db.session.scalars(talk_of(letter_id)).all()


def said(talk: Iterable[Message], *, public: bool) -> list[Said]:
    """These turns as they are shown: to everybody in their public words, else as they were said."""
    turns = list(talk)
    units = short_names(each.org_id for each in turns)
    return [_said(each, units.get(each.org_id or 0, ""), public) for each in turns]


def _said(message: Message, unit: str, public: bool) -> Said:
    way = "电话里说的" if message.person_id and not message.org_id else ""
    text = message.public_text if public else message.text
    return Said(message.kind, unit, say_when(message.at), words(text), way)


def others(letter: Letter) -> list[Markup]:
    """The rows of public letters about something like it."""
    ids = similar.similar_to(f"{letter.public_title} {letter.public_text}", None, most=OTHERS, but=letter.id)
    return board.drawn(ids)


def me_too(letter: Letter, person: Me | None) -> bool:
    """Whether this person has said already that it is so with them too; of a device that is not asked."""
    return person is not None and liked(letter.id, f"p{person.id}")


def for_author(letter: Letter) -> dict[str, Any]:
    """The context of letters/receipt.html but for its forms: all that is for who wrote it, never what handlers note.

    Their own words and what they were told stand as they were written, telephone numbers too.
    """
    talk = said(talk_in(letter.id), public=False)
    clock = db.session.get(Deadline, (letter.id, deadlines.WHOLE))
    media = media_of(letter.id)
    main = _main_of(letter)
    return {
        "letter": letter,
        "title": letter.title,
        "kind": KINDS[Kind(letter.kind)][0],
        "door": DOORS[Door(letter.door)],
        "state": board.SAID[letter.state],
        "color": board.color_of(letter.state),
        "came": letter.came,
        "left": _left(clock) if clock and letter.state in rules.OPEN else "",
        "due": say_day(clock.due_on) if clock and clock.due_on and letter.state in rules.OPEN else "",
        "unit": letter.handler_org.short_name if letter.handler_org else "",
        "took": board.took(letter.created_at, letter.answered_at) if letter.state in board.ANSWERED else "",
        "replies": [each for each in reversed(talk) if each.kind in ("answer", "decline")],
        "asked_for": [each for each in talk if each.kind == "ask_more"][-1:] if letter.state == State.waiting else [],
        "text": words(letter.text),
        "talk": [each for each in talk if each.kind not in ("answer", "decline")],
        "rated": _rated(letter.id),
        "pictures": sum(each.kind == "picture" for each in media),
        "files": media,
        "added": hanging.added(letter, media),
        "steps": course(letter.id, shown=rules.FOR_AUTHOR, notes=rules.NOTES_FOR_AUTHOR),
        "main": main,
        "rounds": following.ROUNDS,
        "looks": _looks(letter),
    }


def _rated(letter_id: int) -> list[Said]:
    """What was said with the ratings of its answers."""
    spoken = [each for each in ratings(letter_id) if each.words]
    ways = {following.TELEPHONE: following.SPOKEN}
    return [Said("rate", "", say_when(each.at), words(each.words), ways.get(each.way, "")) for each in spoken]


def _looks(letter: Letter) -> tuple[str, str]:
    """(unit, by which day) of who looks into what stays unsolved; ("", "") where nobody has to."""
    if letter.state != State.unsolved or not letter.told_org_id:
        return "", ""
    clock = db.session.get(Deadline, (letter.id, deadlines.LOOK))
    day = say_day(clock.due_on) if clock and clock.due_on and clock.stopped_on is None else ""
    return short_names([letter.told_org_id])[letter.told_org_id], day


def _left(clock: Deadline) -> str:
    return deadlines.say_left(clock, deadlines.pauses_of([clock.item_id]).get(clock.item_id, []))


def for_recorder(letter: Letter, me: Me) -> dict[str, Any]:
    """The context of letters/recorded.html: what the clerk who wrote the letter down tells who it is from.

    What that person has said to the unit since, behind the own receipt, and sent with it, is between those two.
    """
    context, receipt = for_author(letter), receipts.of([letter.id]).get(letter.id)
    since = [each for each in talk_in(letter.id) if each.kind not in ("answer", "decline")]
    return {
        **context,
        "files": [each for each in context["files"] if each.owner == f"person {me.id}"],
        "talk": said([each for each in since if each.org_id or each.person_id == me.id], public=False),
        "steps": course(letter.id, shown=rules.FOR_AUTHOR, notes=rules.NOTES_FOR_AUTHOR - {"withdraw"}),
        "number": receipt.shown_number if receipt else "",
        "slip": receipt.slip_url if receipt and receipts.has_slip(letter.id) else "",
    }


def _main_of(letter: Letter) -> board.Row | None:
    """The row of the letter that this one waits for, where everybody may read it."""
    rows = board.rows_of([letter.merged_into_id]) if letter.merged_into_id else []
    return rows[0] if rows else None
