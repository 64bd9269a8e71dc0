"""Forms: the base class, who may send one (CSRF), and the key by which sending twice makes one thing.

The only file that touches flask-wtf.
"""

import hmac
import re
import secrets
import time
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, redirect, request, url_for
from flask_wtf import FlaskForm
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, DateField, Field, HiddenField
from wtforms.fields.choices import SelectChoice, SelectFieldBase  # type: ignore[attr-defined]
from wtforms.validators import InputRequired

from wdj.core.db import SAFE_METHODS
from wdj.core.pages import page
from wdj.core.plain import one_line, tidy
from wdj.core.receipts import session_value
from wdj.core.session import SignInFirst, device_id, keyed, me, remember_device

Choice = SelectChoice
EXPIRED = ("您的登录过期了", "请先在新窗口里登录，再回到这里交一次。您写的字都还在。")
SHUT = ("请再按一次", "回执开半小时就自己关上了。要补充、评价的，先打开回执再按；别的直接按就行。您写的都在下面。")
OF_RECEIPT = "r"  # how the token of a receipt session begins; all others are hexadecimal digits
NOBODY_WRITES = frozenset({"back", "batch", "next", "q", "reason", "rows", "seen"})
MACHINES = re.compile(r"[a-z][a-z0-9_-]*|[0-9.:+-]+|/[!-~]*|[!-~]+=[!-~]*|[\w-]{16,}", re.ASCII)
DAY = 86400
DATES = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"]


class Form(FlaskForm):  # type: ignore[misc]
    """The base of every form: labels in Chinese, text tidied by `plain`, checkable alone."""

    class Meta:
        csrf = False
        locales = ("zh",)

    def accepted(self) -> bool:
        """True if this is a POST and everything typed is right."""
        g.form = self
        return bool(self.validate_on_submit())

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(field id, sentence) of everything to mend, in the order of the page."""
        return [(field.id, str(error)) for field in self for error in field.errors]


def tidied(value: str | None) -> str:
    """A WTForms filter: text without the mess it was pasted with."""
    return tidy(value or "")


def one_lined(value: str | None) -> str:
    """A WTForms filter: the same in one line."""
    return one_line(tidied(value))


class DayField(DateField):
    """A day that has to be said, in any of the ways in which people type one."""

    def __init__(self, label: str, need: str = "请写上日期", **rest: Any) -> None:
        super().__init__(label, format=DATES, validators=[InputRequired(need)], **rest)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("日期请写成 2026-04-18 这样") from None


def token() -> str:
    """The CSRF token: one for a whole login or an open receipt, else one for this device and these two days."""
    person = me()
    if person:
        return keyed("csrf", person.token_hash)
    if (session := session_value()) and not g.get("needs_token"):
        return OF_RECEIPT + keyed("csrf", session)
    return keyed("csrf", remember_device(), int(time.time() // DAY))


def _token_fits(given: str) -> bool:
    person, device, session = me(), device_id(), session_value()
    if person:
        good = [keyed("csrf", person.token_hash)]
    else:
        today = int(time.time() // DAY)
        good = [keyed("csrf", device, day) for day in (today, today - 1)] if device else []
        good += [OF_RECEIPT + keyed("csrf", session)] if session else []
    return any(hmac.compare_digest(given.encode(), each.encode()) for each in good)


def new_key() -> str:
    """A fresh once-only key for a form."""
    return secrets.token_urlsafe(12)


def csrf(once: str = "") -> Markup:
    """The hidden inputs of a form: token and once-only key for the signed-in and for who has a receipt open.

    Nothing in a page that is kept.

    A form shown again keeps its key `once`, and so the files that were staged under it.
    """
    if me() is None and not g.get("needs_token") and not session_value():
        return Markup()
    key = escape(once) if once else new_key()
    return Markup(  # noqa: S704  (a token and a new key are letters and digits)
        f'<input type="hidden" name="csrf" value="{token()}"><input type="hidden" name="once" value="{key}">'
    )


def _same_site() -> bool | None:
    """True or False where the browser says where the form was; None where it says nothing."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin" or (site == "none" and None)
    source = request.headers.get("Origin") or request.headers.get("Referer")
    if source is None:
        return None
    try:
        return source != "null" and urlsplit(source).netloc == request.host
    except ValueError:
        return False


def vouch() -> BaseResponse | None:
    """Before every request: an unsafe one comes from our own page, and with the token of a login or an open receipt."""
    if request.method in SAFE_METHODS:
        return None
    same_site = _same_site()
    if same_site is False:
        abort(403)
    if _token_fits(request.form.get("csrf", "") or request.headers.get("X-Csrf", "")):
        return None
    given = request.form.get("csrf", "")
    if me() is None and given.startswith(OF_RECEIPT):
        g.needs_token = True
        return again(*SHUT, 403, receipt=True)
    if same_site and me() is None and not session_value():
        if not given:
            return None
        # A page for the signed-in was sent by nobody: a clerk's words must not go out as a villager's.
        g.needs_token = True
        return again(*EXPIRED, 403, sign_in=True)
    g.needs_token = True
    return again("请再按一次", "这一页放得久了。您写的都在下面，再按一次就好。", 403)


def again(heading: str, text: str, status: int, *, sign_in: bool = False, receipt: bool = False) -> Response:
    """The page that gives everything typed back, ready to be sent once more.

    Files have to be chosen again, and passwords typed again: they never stand in a page.
    """
    return page(
        "errors/again.html", title=heading, heading=heading, text=text, action=request.full_path.rstrip("?"),
        fields=typed(), files=any(each.filename for each in request.files.values()), sign_in=sign_in, status=status,
        once=request.form.get("once", ""), receipt=receipt,
    )  # fmt: skip


def typed() -> list[dict[str, Any]]:
    """What this request was sent with, field by field, as errors/again.html draws it; the value of no password."""
    form = g.pop("form", None)
    fields = []
    for name, value in request.form.items(multi=True):
        if name in ("csrf", "once"):
            continue
        known = form[name] if form is not None and name in form else None
        secret = "password" in name
        fields.append(
            {
                "name": name,
                "value": "" if secret else value,
                "label": known.label.text if known is not None else ("密码" if secret else "您写的"),
                "hidden": not (_is_written(name, value, known) or secret),
                "secret": secret,
                "multiline": not secret and ("\n" in value or len(value) > 40),
            }
        )
    return fields


def _is_written(name: str, value: str, known: Field | None) -> bool:
    """True for what somebody wrote themselves. A known field says so.

    Of others we see name and value: small letters, a number, an address or a query may come from a hidden input.
    """
    if known is not None:
        return not isinstance(known, (HiddenField, SelectFieldBase, BooleanField))
    return name.partition("-")[0] not in NOBODY_WRITES and not MACHINES.fullmatch(value)


def _ask_to_sign_in(_error: SignInFirst) -> BaseResponse:
    if request.method in SAFE_METHODS:
        return redirect(url_for("accounts.login", next=request.full_path.rstrip("?")), 303)
    return again(*EXPIRED, 403, sign_in=True)


def init_app(app: Flask) -> None:
    app.before_request(vouch)
    app.register_error_handler(SignInFirst, _ask_to_sign_in)
    app.jinja_env.globals.update(csrf=csrf)
