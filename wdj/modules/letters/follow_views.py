"""What who wrote a letter finds behind its receipt, and does there; and what a clerk writes down for them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from flask import Response, abort, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.db import db
from wdj.core.forms import Form
from wdj.core.items import Item, get_visible_or_404
from wdj.core.media import Faults, Media, adopt, apply_fields, count_on, remove, staged, uploader
from wdj.core.once import claim_once, form_key, once_key, release_once, settle_once
from wdj.core.pages import page, render
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.session import everyone, holders, me
from wdj.modules.letters import following, limits, reading, rules
from wdj.modules.letters.ask_views import PICTURES, files_of_form, stage_files
from wdj.modules.letters.follow_forms import FORMS
from wdj.modules.letters.models import Letter
from wdj.modules.letters.views import bp

writers = holders(WRITER_ROLES, "writers")
# What comes with a form besides words, and what of it says enough without a word.
TAKES = {"supply": ("sound", "picture"), "again": ("sound", "picture"), "photos": ("picture",)}
ENOUGH = {"supply": TAKES["supply"], "again": ("sound",), "photos": ("picture",)}
EMPTY = {"supply": "请写上几句", "again": "请写上还想问什么"}
OR_FILES = {"supply": "，或者录一段话、加照片", "again": "，或者录一段话"}
NO_PHOTO = "请先选照片，再按按钮"
TOO_MANY = "照片、录音交得太快了，请等几分钟再交"
# What stands as the words of who sent none.
STANDS = {"sound": "录了一段话", "picture": "补了照片"}
HEADINGS = {
    "rate": "评一评", "supply": "补充", "again": "接着问", "withdraw": "撤回这封信", "photos": "再加照片",
}  # fmt: skip
# What a clerk writes down for who is on the telephone.
SPOKEN = ("supply", "rate", "again", "withdraw")
OK = {"rate": "rated", "supply": "supplied", "again": "asked_again", "withdraw": "letter_withdrawn", "photos": "photos"}


def receipt(item: Item) -> Markup:
    """The cards of a letter for who wrote it: the answer first, then what they may do, then its course."""
    assert isinstance(item, Letter)  # noqa: S101
    forms = {verb: FORMS[verb](formdata=None) for verb in FORMS if following.fits(verb, item)}
    return render("letters/receipt.html", forms=forms, most=PICTURES, **reading.for_author(item))


@bp.post("/<int:id>/supply")
@everyone
def supply(id: int) -> BaseResponse:
    return _send(id, "supply")


@bp.post("/<int:id>/photos")
@everyone
def photos(id: int) -> BaseResponse:
    return _send(id, "photos")


@bp.post("/<int:id>/rate")
@everyone
def rate(id: int) -> BaseResponse:
    return _send(id, "rate")


@bp.post("/<int:id>/again")
@everyone
def ask_again(id: int) -> BaseResponse:
    return _send(id, "again")


@bp.get("/<int:id>/withdraw")
@everyone
def ask_to_withdraw(id: int) -> Response:
    letter = _own_or_404(id)
    if not following.fits("withdraw", letter):
        abort(409)
    return _form(letter, "withdraw", FORMS["withdraw"]())


@bp.post("/<int:id>/withdraw")
@everyone
def withdraw(id: int) -> BaseResponse:
    return _send(id, "withdraw")


def _send(id: int, verb: str) -> BaseResponse:
    """Do what the form of the author's page says, once."""
    nonce, takes_files = _nonce(), verb in TAKES
    wrong = _stage(id, verb, nonce) if takes_files and following.takes(verb, id, me()) else {}
    key = form_key()
    if earlier := claim_once(key, tied=False):
        return _sent_before(earlier, nonce)
    letter = _own_or_404(id)
    if not following.fits(verb, letter):
        abort(409)
    form, files = FORMS[verb](), staged(nonce, uploader()) if takes_files else []
    if not (form.accepted() and _says_something(verb, form, files)) or wrong:
        return _again(letter, verb, form, wrong, key, files)
    _let_stand(form, files)
    ok = DO[verb](letter, form, following.signs(letter, me()), None)
    if files:
        apply_fields(adopt(nonce, uploader(), id), request.form)
    url = f"{following.page_of(id)}?ok={ok}"
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def _sent_before(url: str, nonce: str) -> BaseResponse:
    """The second tap: the files that it has brought once more go."""
    for each in staged(nonce, uploader()):
        remove(each)
    db.session.commit()
    return redirect(url, 303)


def _nonce() -> str:
    """Under what the files of this form are staged."""
    return request.form.get("once", "")[:40] or form_key()


def _own_or_404(id: int) -> Letter:
    """The letter of who asks: 403 for others who may see it, 404 for all else."""
    letter = following.own(id, me())
    return letter or (get_visible_or_404(Letter, id, me()) and abort(403))


def _stage(id: int, verb: str, nonce: str) -> Faults:
    """Keep the files before anything else is judged; returns what is wrong with them, by field.

    They are counted by their letter: behind a receipt nobody's network is kept.
    """
    files = [replace(each, already=_already(id, each.kind)) for each in files_of_form(PICTURES)]
    files = [each for each in files if each.uploads and each.kind in TAKES[verb]]
    counter = limits.files_of(id)
    if files and limits.must_wait(counter):
        return {"pictures": TOO_MANY}
    wrong = stage_files(files, nonce)
    limits.count_files(counter, sum(min(len(each.uploads), each.most) for each in files))
    return wrong


def _already(id: int, kind: str) -> int:
    """How many hang on the letter that leave less room: with each turn comes one recording, whatever came before."""
    return count_on(id, kind) if kind == "picture" else 0


def _says_something(verb: str, form: Form, files: Sequence[Media], *, spoken: bool = False) -> bool:
    """True if there are words, or a file that speaks for itself, where one of them is needed; else the form says so."""
    if verb not in ENOUGH or any(each.kind in ENOUGH[verb] for each in files):
        return True
    if "text" in form and not form["text"].data:
        form["text"].errors = [*form["text"].errors, EMPTY[verb] + ("" if spoken else OR_FILES[verb])]
    return "text" in form and bool(form["text"].data)


def _let_stand(form: Form, files: Sequence[Media]) -> None:
    """Where nothing was typed, let the words say what was sent instead."""
    kinds = {each.kind for each in files}
    if kinds and "text" in form and not form["text"].data:
        form["text"].data = f"（{'，'.join(words for kind, words in STANDS.items() if kind in kinds)}）"


def _again(letter: Letter, verb: str, form: Form, wrong: Faults, key: str, files: list[Media]) -> Response:
    """The form as it was sent, with its files and what is wrong."""
    if verb == "photos" and not (wrong or files):
        wrong = {"pictures": NO_PHOTO}
    release_once(key)
    db.session.commit()
    return _form(letter, verb, form, 422, wrong=wrong, media=files)


def _form(letter: Letter, verb: str, form: Form, status: int = 200, **more: Any) -> Response:
    shown = {"wrong": {}, "media": [], "by_phone": False, **more}
    back = letter_url(letter) if shown["by_phone"] else following.page_of(letter.id)
    return page(
        "letters/follow.html", title=HEADINGS[verb], tab="letters", status=status, letter=letter, forms={verb: form},
        heading=HEADINGS[verb], back=back, most=PICTURES - count_on(letter.id, "picture") if verb in TAKES else 0,
        once=request.form.get("once", "")[:40], **shown,
    )  # fmt: skip


def letter_url(letter: Letter) -> str:
    return url_for("letters.show", id=letter.id)


def _rate(letter: Letter, form: Any, person: Me | None, clerk: Me | None) -> str:
    was = letter.round
    following.rate(letter, form.opinion, person, clerk)
    return "reopened" if letter.round > was else "rated"


def _supply(letter: Letter, form: Any, person: Me | None, clerk: Me | None) -> str:
    following.supply(letter, form.text.data, person, clerk)
    return OK["supply"]


def _ask_again(letter: Letter, form: Any, person: Me | None, clerk: Me | None) -> str:
    following.ask_again(letter, form.text.data, person, clerk)
    return OK["again"]


def _withdraw(letter: Letter, form: Any, person: Me | None, clerk: Me | None) -> str:
    following.withdraw(letter, form.text.data or "", person, clerk)
    return OK["withdraw"]


def _add_photos(letter: Letter, form: Any, person: Me | None, clerk: Me | None) -> str:
    following.add_photos(letter, person)
    return OK["photos"]


DO: dict[str, Callable[[Letter, Any, Me | None, Me | None], str]] = {
    "rate": _rate, "supply": _supply, "again": _ask_again, "withdraw": _withdraw, "photos": _add_photos,
}  # fmt: skip


@bp.get("/<int:id>/by-phone")
@writers
def by_phone(id: int) -> Response:
    return _spoken(_worked_on(id), {})


@bp.post("/<int:id>/by-phone")
@writers
def write_down(id: int) -> BaseResponse:
    """Do for who is on the telephone what they would do with their receipt; it is marked so."""
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    letter, verb, clerk = _worked_on(id), request.form.get("do", ""), me()
    if verb not in SPOKEN:
        abort(404)
    if not following.hears(verb, letter, clerk):
        abort(403)
    if not following.fits(verb, letter):
        abort(409)
    form = FORMS[verb]()
    if not (form.accepted() and _says_something(verb, form, [], spoken=True)):
        release_once(key)
        db.session.commit()
        return _spoken(letter, {verb: form}, 422)
    url = url_for("letters.show", id=id, ok=DO[verb](letter, form, clerk, clerk))
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def _worked_on(id: int) -> Letter:
    """The letter, if this person receives or handles it: 403 for others who may see it."""
    letter = get_visible_or_404(Letter, id, me())
    return letter if rules.clerk(me(), letter) else abort(403)


def _spoken(letter: Letter, sent: dict[str, Form], status: int = 200) -> Response:
    """The forms that fit its state; that which was sent comes back alone, with what is wrong."""
    fits = [verb for verb in SPOKEN if following.fits(verb, letter)]
    heard = [verb for verb in fits if following.hears(verb, letter, me())]
    forms = sent or {verb: FORMS[verb](formdata=None) for verb in heard}
    for verb, form in forms.items():
        for each in form:
            each.id = f"{verb}-{each.name}"  # two of them ask for words
    return page(
        "letters/follow.html", title="电话里说的", tab="letters", status=status, letter=letter, forms=forms,
        heading="电话里说的，替他记下", back=letter_url(letter), most=0, once="", wrong={}, media=[], by_phone=True,
        left_out=len(fits) > len(heard),
    )  # fmt: skip
