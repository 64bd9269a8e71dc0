"""走访 and 座谈会 as clerks record them: the list, the form with the open letters to tick, the page and its print."""

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.clock import say_day, today
from wdj.core.db import db
from wdj.core.forms import Choice
from wdj.core.items import get_visible_or_404, record, visible_to, with_orgs
from wdj.core.once import claim_once, once_key, release_once, settle_once
from wdj.core.orgs import Org
from wdj.core.pages import page
from wdj.core.people import READER_ROLES, WRITER_ROLES, Me, Person
from wdj.core.receipts import Receipt
from wdj.core.session import holders, me
from wdj.modules.letters import forums, rules
from wdj.modules.letters.forum_forms import ForumForm
from wdj.modules.letters.forums import KINDS, Forum
from wdj.modules.letters.models import Letter
from wdj.modules.letters.views import bp

readers = holders(READER_ROLES, "readers")
writers = holders(WRITER_ROLES, "writers")
PAGE_ROWS, MOST_OFFERED = 30, 40
WORDS = ("kind", "held_on", "title", "place", "people", "text")
FASTER = "您打开以后，别人改过这一条。现在的样子在下面，您的还在框里；看过再存，就以您的为准。"


@bp.get("/forums")
@readers
def forum_list() -> Response:
    person = me() or abort(403)
    found = forums.forums_for(person, request.args.get("before", type=int)).limit(PAGE_ROWS + 1)
    rows = db.session.scalars(found).all()
    older = url_for("letters.forum_list", before=rows[PAGE_ROWS - 1].id) if len(rows) > PAGE_ROWS else None
    return page(
        "letters/forums.html", title="走访和座谈会", tab="letters", older=older, kinds=KINDS, say_day=say_day,
        rows=rows[:PAGE_ROWS], writes=person.has_any(WRITER_ROLES),
    )  # fmt: skip


@bp.get("/forums/<int:id>")
@readers
def forum(id: int) -> Response:
    person = me() or abort(403)
    held = forums.forum_or_404(id, person)
    writer = db.session.scalar(select(Person.name).where(Person.id == held.person_id))
    return page(
        "letters/forum.html", title=held.title, tab="letters", forum=held, kind=KINDS[held.kind], writer=writer,
        day=say_day(held.held_on), letters=_titled(forums.letters_of(held, person), person),
        states=rules.WORKFLOW.states, writes=_writes(person, held),
    )  # fmt: skip


@bp.route("/forums/new", methods=["GET", "POST"])
@writers
def new_forum() -> BaseResponse:
    """A new record; ?letter= ticks the letter that it is about."""
    person = me() or abort(403)
    form = ForumForm(data={"held_on": today()})
    form.org.choices = _orgs_of(person)
    if request.method == "POST" and (earlier := claim_once(once_key())):
        return redirect(earlier, 303)
    if not form.accepted() or not _numbers_fit(form, person):
        return _form(form, None, person)
    held = Forum(org_id=form.org.data, person_id=person.id, **_words(form))
    db.session.add(held)
    db.session.flush()
    return _store(held, form, person)


@bp.route("/forums/<int:id>/edit", methods=["GET", "POST"])
@writers
def edit_forum(id: int) -> BaseResponse:
    """Its words, and further letters; a letter that it was once said to be about stays."""
    person = me() or abort(403)
    if request.method == "POST" and (earlier := claim_once(once_key())):
        return redirect(earlier, 303)
    held = forums.forum_or_404(id, person)
    if not _writes(person, held):
        abort(403)
    form = ForumForm(data={"org": held.org_id, "version": str(held.version), **_kept(held)})
    form.org.choices = [Choice(held.org_id, held.org.short_name)]
    if not form.accepted() or not _numbers_fit(form, person):
        return _form(form, held, person)
    if form.version.data != str(held.version):
        return _somebody_was_faster(form, held, person)
    for name, value in _words(form).items():
        setattr(held, name, value)
    held.version += 1
    return _store(held, form, person)


@bp.get("/<int:id>/visit")
@writers
def visit(id: int) -> BaseResponse:
    """From a letter to the form in which it is ticked."""
    letter = get_visible_or_404(Letter, id, me())
    if not rules.WORKFLOW.find("visit").guard(me(), letter):
        abort(403)
    return redirect(url_for("letters.new_forum", letter=id), 303)


def _titled(letters: Sequence[Letter], person: Me) -> list[tuple[Letter, str]]:
    """Each with the title that this person may read: who does not handle it reads the masked one."""
    return [(each, each.title if rules.clerk(person, each) else each.public_title) for each in letters]


def _writes(person: Me, held: Forum) -> bool:
    return person.has(WRITER_ROLES, held.org.path)


def _orgs_of(person: Me) -> list[Choice]:
    held = sorted((each for each in person.grants if each.role in WRITER_ROLES), key=lambda grant: len(grant.path))
    return [Choice(*each) for each in dict.fromkeys((grant.org_id, grant.org_name) for grant in held)]


def _words(form: ForumForm) -> dict[str, Any]:
    return {name: form[name].data or "" for name in WORDS}


def _kept(held: Forum) -> dict[str, Any]:
    return {name: getattr(held, name) for name in WORDS}


def _numbers_fit(form: ForumForm, person: Me) -> bool:
    """Whether each receipt number that was typed is that of a letter that this person handles."""
    wrong = [number for number, letter_id in _numbers(form).items() if not _handles(letter_id, person)]
    form.number.errors = [f"没有找到 {each}，或者不归您这里办" for each in wrong]
    return not wrong


def _numbers(form: ForumForm) -> dict[str, int]:
    """The letter of each receipt number that was typed, 0 where there is none."""
    typed = {each: "".join(filter(str.isalnum, each.upper())) for each in _split(form.number.data or "")}
    rows = db.session.execute(select(Receipt.number, Receipt.item_id).where(Receipt.number.in_(typed.values())))
    known = {number: item_id for number, item_id in rows}  # noqa: C416
    return {each: known.get(number, 0) for each, number in typed.items()}


def _split(text: str) -> list[str]:
    for each in "，、；,;":
        text = text.replace(each, " ")
    return text.split()[:MOST_OFFERED]


def _handles(letter_id: int, person: Me) -> bool:
    found = with_orgs(Letter).where(Letter.id == letter_id, visible_to(person))
    letter = db.session.scalars(found).one_or_none()
    return letter is not None and rules.clerk(person, letter)


def _form(form: ForumForm, held: Forum | None, person: Me, *, status: int = 422, theirs: str = "") -> Response:
    """The form as it is opened, or as it was sent."""
    if request.method == "GET":
        status = 200
    else:
        release_once(once_key())
        db.session.commit()
    mine = [each.org_id for each in person.grants if each.role in WRITER_ROLES]
    org = held.org if held else db.session.get_one(Org, form.org.data if form.org.data in mine else mine[0])
    linked = {each.id for each in forums.letters_of(held, person)} if held else set()
    offered = [each for each in _offered(org, person) if each.id not in linked]
    return page(
        "letters/forum_form.html", title="记走访、座谈", tab="letters", status=status, form=form, forum=held,
        theirs=theirs, letters=_titled(offered, person), states=rules.WORKFLOW.states, ticked=set(_ticked()),
        full=len(offered) >= MOST_OFFERED,
    )  # fmt: skip


def _offered(org: Org, person: Me) -> Sequence[Letter]:
    """The open letters of the org, and first the one from which the form was opened, whatever its state."""
    rows = list(forums.open_for(org, person, MOST_OFFERED))
    asked_for = request.args.get("letter", type=int)
    if asked_for and asked_for not in {each.id for each in rows}:
        rows.insert(0, get_visible_or_404(Letter, asked_for, person))
    return sorted(rows, key=lambda each: each.id != asked_for)


def _ticked() -> list[int]:
    return request.form.getlist("pick", type=int) or request.args.getlist("letter", type=int)


def _somebody_was_faster(form: ForumForm, held: Forum, person: Me) -> Response:
    form.version.data = str(held.version)
    form.version.raw_data = None
    form.text.errors = [FASTER]
    theirs = f"{say_day(held.held_on)}　{held.place}\n{held.people}\n\n{held.text}"
    return _form(form, held, person, status=409, theirs=theirs)


def _store(held: Forum, form: ForumForm, person: Me) -> BaseResponse:
    forums.link(held, [*request.form.getlist("pick", type=int), *_numbers(form).values()], person)
    record("forum", KINDS[held.kind], person, note=held.title, org_id=held.org_id)
    url = url_for("letters.forum", id=held.id, ok="saved")
    settle_once(once_key(), url)
    db.session.commit()
    return redirect(url, 303)
