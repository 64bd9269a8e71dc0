"""The board with its answers, and a letter as everybody reads it."""

from datetime import timedelta

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from wdj.core import search
from wdj.core.db import db
from wdj.core.items import get_visible_or_404
from wdj.core.likes import like
from wdj.core.once import claim_once, once_key
from wdj.core.orgs import Org
from wdj.core.pages import done, page
from wdj.core.people import READER_ROLES, Me
from wdj.core.scope import crumb_of, org_or_404, remembered_village
from wdj.core.session import everyone, me, remember_device
from wdj.core.site import site
from wdj.modules.letters import board as lists
from wdj.modules.letters import following, handling, months, reading
from wdj.modules.letters.models import Letter

SECOND_TAP = timedelta(seconds=2)
bp = Blueprint("letters", __name__, url_prefix="/letters")


@bp.get("")
@everyone
def board() -> Response:
    query = request.args.get("q", "").strip()
    return _found(query) if query else _board(_scope())


def board_of(org_id: int) -> str:
    """The address of the board of an org."""
    return url_for("letters.board", org=org_id)


def _scope() -> Org:
    """The org that was asked for, or the one that this phone remembers, or the county."""
    if "org" in request.args:
        return org_or_404(request.args.get("org", 0, type=int))
    county_id = site().county_id
    return remembered_village() or (org_or_404(county_id) if county_id else abort(503))


def _board(scope: Org) -> Response:
    kind, before, asked_for = request.args.get("kind", ""), request.args.get("before"), request.args.get("org")
    if kind and kind not in lists.CHIPS:
        abort(404)
    rows, older = lists.listed(scope.id, kind or None, before)
    return page(
        "letters/board.html", title=f"{scope.short_name}的留言", tab="letters", keep=True, by_village=True, scope=scope,
        crumb=crumb_of(scope, board_of), month=months.month_of(scope.id), rows=rows, first=not (before or kind),
        running=[] if before or kind else lists.running(scope),
        older=older and url_for("letters.board", org=asked_for, kind=kind or None, before=older),
        chips=[
            (label, url_for("letters.board", org=asked_for, kind=name or None), name == kind)
            for name, label in [("", "全部"), *lists.CHIPS.items()]
        ],
    )  # fmt: skip


def _found(query: str) -> Response:
    """Public letters with these words, the answered ones first: perhaps the answer is there already."""
    words, problem = search.asked_for(query)
    place = search.read_place(request.args.get("before", ""))
    rows = [] if problem else search.found(words, None, place, lists.PAGE_ROWS + 1, Letter.type_name())
    older = rows[lists.PAGE_ROWS - 1][0] if len(rows) > lists.PAGE_ROWS else None
    # A search that finds nothing is not kept: anybody can invent words.
    return page(
        "letters/found.html", title=f"找“{query[:search.MOST_CHARACTERS]}”", tab="letters", keep=bool(rows), q=query,
        problem=problem, rows=lists.with_answers([item_id for _, item_id in rows[: lists.PAGE_ROWS]]),
        older=older and url_for("letters.board", q=query, before=older), status=422 if problem else 200,
    )  # fmt: skip


@bp.get("/<int:id>")
@everyone
def show(id: int) -> BaseResponse:
    """The page of the letter for who handles it or reads it as a leader, for who wrote it down, or for everybody."""
    person = me()
    letter = reading.find(id, person)
    if letter and person and (letter.is_public or letter.author_id != person.id):
        if _works_on(person, letter):
            return handling.work_page(letter, person)
        if letter.recorder_id == person.id:
            return _recorded(letter, person)
    return _thread(letter, person) if letter and letter.is_public else _own(id, person)


def _works_on(person: Me, letter: Letter) -> bool:
    """Whether the letter is visible to the person by what they hold, in its receiver or the unit that has it."""
    return any(person.has(READER_ROLES, path) for path in (letter.org_path, letter.handler_path) if path)


def _own(id: int, person: Me | None) -> BaseResponse:
    """Who wrote it has a page of their own; for everybody else there is no such letter."""
    return redirect(following.page_of(id), 303) if following.own(id, person) else abort(404)


def _recorded(letter: Letter, person: Me) -> Response:
    return page("letters/recorded.html", tab="letters", **reading.for_recorder(letter, person))


def _thread(letter: Letter, person: Me | None) -> Response:
    context = reading.public(letter)
    return page(
        "letters/letter.html", title=letter.public_title, tab="letters", keep=True, read=letter.id,
        liked=reading.me_too(letter, person), likes=letter.like_count, id=letter.id, **context,
    )  # fmt: skip


@bp.post("/<int:id>/me-too")
@everyone
def me_too(id: int) -> BaseResponse:
    """It is so with this person too: counted once, instead of another letter."""
    person = me()
    letter = get_visible_or_404(Letter, id, person)
    if not letter.is_public:
        abort(409)
    second_tap = person is None and claim_once(once_key(), first=SECOND_TAP) is not None
    more = not second_tap and like(id, f"p{person.id}" if person else remember_device())
    db.session.commit()
    return done(
        "letters/me_too.html", to=url_for("letters.show", id=id, ok="me_too", _anchor=f"me-too-{id}"), id=id,
        likes=letter.like_count + more, liked=True,
    )  # fmt: skip
