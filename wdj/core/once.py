"""Sending a form twice makes one thing: a key for each sending, and where what it made is shown."""

from datetime import datetime, timedelta

from flask import g, request
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import now
from wdj.core.db import Model, db, insert_new
from wdj.core.jobs import every
from wdj.core.receipts import session_value
from wdj.core.session import device_id, keyed, me, network

# A key that was derived counts so long; later, the same words are said anew.
DERIVED, TEN_MINUTES = "~", timedelta(minutes=10)
# A phone that has no cookie yet is known by its network and make alone, and a village shares both.
FIRST, ONE_MINUTE = "^", timedelta(minutes=1)


class Once(Model):
    """A form that was accepted, by its key, and the page that shows what it made."""

    __tablename__ = "once"

    key: Mapped[str] = mapped_column(primary_key=True)
    form: Mapped[str] = mapped_column(default="", index=True)
    """The form it came from, for the signed-in and with an open receipt: with other words it has another key."""
    url: Mapped[str] = mapped_column(default="")
    made: Mapped[int | None]
    """The id of the item it made, if it made one."""
    made_at: Mapped[datetime] = mapped_column(default=now, index=True)


def once_key() -> str:
    """The key of this sending: of the form, with a login or an open receipt, else of the device; and of every word."""
    words = _words()
    if form := _form():
        return keyed(form, words)
    if "device_token" not in g and (device := device_id()):
        return DERIVED + keyed("once", device, words)
    return _first_key(words)


def form_key(*but: str) -> str:
    """The key of a form that brings its own nonce, whoever sends it: of that and every word but in the fields `but`.

    It names nobody: neither person, nor device, nor network. The same words with other files are the same sending.
    """
    return keyed("nonce", request.form.get("once", ""), request.path, _typed(*but))


def _words() -> str:
    return keyed(request.path, _typed(), sorted(file.filename or "" for file in request.files.values()))


def _typed(*but: str) -> list[tuple[str, str]]:
    left_out = {"csrf", "once", *but}
    return sorted((name, value) for name, value in request.form.items(multi=True) if name not in left_out)


def _form() -> str:
    person, given = me(), request.form.get("once", "")
    who = person.id if person else session_value()
    return keyed("form", who, given) if who and given else ""


def _first_key(words: str) -> str:
    return FIRST + keyed("once", network(), request.user_agent.string, words)


def claim_once(key: str, *, first: timedelta = ONE_MINUTE, tied: bool = True) -> str | None:
    """Take `key` in this transaction. Returns None if it was free, else the page that the first sending made.

    `first`: how long the first tap of a phone without a cookie counts as the same one as its second.
    `tied` False: nothing says from which person's form it came.
    """
    if key.startswith(DERIVED) and (earlier := _made_since(_first_key(_words()), first)):
        return earlier
    form = _form() if tied else ""
    if db.session.scalar(insert_new(Once, key=key, form=form, url="", made_at=now()).returning(Once.key)):
        return None
    window = {DERIVED: TEN_MINUTES, FIRST: first}.get(key[0])
    if window and _taken_over(key, window):
        return None
    return db.session.scalar(select(Once.url).where(Once.key == key)) or request.path


def _made_since(key: str, window: timedelta) -> str | None:
    return db.session.scalar(select(Once.url).where(Once.key == key, Once.made_at >= now() - window))


def _taken_over(key: str, window: timedelta) -> bool:
    old = update(Once).where(Once.key == key, Once.made_at < now() - window)
    return db.session.scalar(old.values(url="", made_at=now()).returning(Once.key)) is not None


def settle_once(key: str, url: str, made: int | None = None) -> None:
    """Note where what this submission made is shown, and the item's id if it made one."""
    db.session.execute(update(Once).where(Once.key == key).values(url=url, made=made))


def made_by(key: str) -> int | None:
    """The id of the item that the first sending under this key made."""
    return db.session.scalar(select(Once.made).where(Once.key == key))


def release_once(key: str) -> None:
    """Give `key` back: the form was not accepted after all and will be sent again."""
    db.session.execute(delete(Once).where(Once.key == key))


def made_before() -> int | None:
    """The id of the item that this very form has made already, with other words: somebody went back and wrote on."""
    form = _form()
    return db.session.scalar(select(Once.made).where(Once.form == form, Once.made.is_not(None))) if form else None


@every(60)
def forget_old_keys() -> None:
    db.session.execute(delete(Once).where(Once.made_at < now() - timedelta(days=2)))
