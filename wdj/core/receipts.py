"""What a person holds for what they sent: a number that clerks see, and a secret code beside it (house.md §6).

The code is a keyed hash of the number and a salt: it is kept nowhere, and can be printed again for who sent it.
"""

import hashlib
import hmac
import re
import secrets
import time
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from flask import Flask, Response, current_app, g, has_request_context, request
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.clock import now
from wdj.core.db import Model, brief_read, db, references
from wdj.core.items import Item
from wdj.core.session import cookie, keyed, network, take_cookie
from wdj.core.throttle import Bound, count_failure, wait_of

R = TypeVar("R", bound=BaseResponse)
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # 30, without 0 O 1 I L and U
NUMBER = CODE = 6
WRITTEN = re.compile(rf"(?<![0-9A-Z])[{LETTERS}]{{4}}[\W_]{{0,3}}[{LETTERS}]{{2}}(?![0-9A-Z])")  # 4F7K-92
# The cookie of who has a receipt open, and that of a clerk who has just made one for somebody.
RECEIPT_COOKIE, SLIP_COOKIE = "wdj_r", "wdj_p"
OPEN_SECONDS, SLIP_SECONDS = 1800, 600


class MustWait(Exception):
    """Too many wrong codes: so many `seconds` to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Receipt(Model):
    """The receipt of one item. A new `salt` makes a new code, and the old one is dead."""

    __tablename__ = "receipts"

    item_id: Mapped[int] = references("items.id", delete="CASCADE", primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    salt: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def shown_number(self) -> str:
        """As it is printed: 4F7K-92."""
        return printed(self.number)

    @property
    def code(self) -> str:
        """The secret code: six letters of a keyed hash."""
        return code_of(self.number, self.salt)

    @property
    def shown_code(self) -> str:
        """As it is printed for who sent the item, and for nobody else: K7P-M4T."""
        return f"{self.code[:3]}-{self.code[3:]}"

    def url(self, code: str = "") -> str:
        """The author's page; with the code the address that opens it, for the QR code alone."""
        return f"/r/{self.number}/{code}" if code else f"/r/{self.number}"

    @property
    def sent_url(self) -> str:
        """The page after sending, with number and code in big letters: for who holds it open."""
        return f"/r/{self.number}?new=1"

    @property
    def slip_url(self) -> str:
        """The slip to print: for who holds it open, and for a clerk with `lend_slip`."""
        return f"/r/{self.number}/slip"

    @property
    def mark(self) -> str:
        """Another one for each code: what was opened with the old code is shut with it."""
        return keyed("receipt mark", self.number, self.salt)[:12]


def printed(number: str | None) -> str:
    """A number as it is printed: 4F7K-92; empty for none."""
    return f"{number[:4]}-{number[4:]}" if number else ""


def code_of(number: str, salt: str) -> str:
    """The code of a number and a salt: nobody can make it without the secret key."""
    key = str(current_app.secret_key).encode()
    whole = hmac.new(key, f"receipt {number} {salt}".encode(), hashlib.sha256).digest()
    return spell(int.from_bytes(whole), CODE)


def spell(value: int, letters: int) -> str:
    """The last `letters` digits of `value` to the base of LETTERS."""
    found = ""
    for _ in range(letters):
        value, digit = divmod(value, len(LETTERS))
        found += LETTERS[digit]
    return found


def plain(typed: str) -> str:
    """A number or code as it was typed, in capitals without spaces and dashes; full-width letters are letters too."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", typed)).upper()[:40]


def is_whole(word: str, length: int = NUMBER) -> bool:
    """True if `word` could be a number or a code."""
    return len(word) == length and all(letter in LETTERS for letter in word)


def names_one(text: str) -> bool:
    """True if the number of a receipt stands in the text, however it is typed."""
    found = {plain(each) for each in WRITTEN.findall(unicodedata.normalize("NFKC", text).upper())}
    numbers = select(Receipt.item_id).where(Receipt.number.in_(found)).limit(1)
    return bool(found) and db.session.scalar(numbers) is not None


def give(item: Item) -> Receipt:
    """Add a receipt for the item to the session; return it."""
    number = spell(secrets.randbits(64), NUMBER)
    while db.session.scalar(select(Receipt.item_id).where(Receipt.number == number)):
        number = spell(secrets.randbits(64), NUMBER)
    receipt = Receipt(item_id=item.id, number=number, salt=_salt())
    db.session.add(receipt)
    return receipt


def renew(receipt: Receipt) -> None:
    """A new code for the receipt: the old one is dead, and so is whatever it has opened."""
    receipt.salt = _salt()


def _salt() -> str:
    return secrets.token_urlsafe(9)


def of(item_ids: Iterable[int]) -> dict[int, Receipt]:
    """The receipts of the items that have one."""
    found = select(Receipt).where(Receipt.item_id.in_(list(item_ids)))
    return {each.item_id: each for each in db.session.scalars(found)}


def by_number(number: str) -> Receipt | None:
    """The receipt with that number, to be changed; who may do that is asked by the caller."""
    return db.session.scalar(select(Receipt).where(Receipt.number == plain(number)))


def _read(number: str) -> Receipt | None:
    with brief_read() as connection:
        found = select(Receipt.item_id, Receipt.number, Receipt.salt).where(Receipt.number == number)
        row = connection.execute(found).one_or_none()
    return Receipt(item_id=row.item_id, number=row.number, salt=row.salt) if row else None


def find(number: str, code: str) -> Receipt | None:
    """The receipt that number and code open. None: unknown, wrong and dead are one answer, after the same work.

    Wrong ones are counted, in a GET too. Raises MustWait after too many of them.
    """
    number, code = plain(number), plain(code)
    bounds = _bounds(number)
    if wait := wait_of(bounds):
        raise MustWait(wait)
    receipt = _read(number)
    right = code_of(number, receipt.salt if receipt else "no such number")
    if hmac.compare_digest(right.encode(), code.encode()) and receipt is not None:
        return receipt
    if wait := count_failure(bounds):
        raise MustWait(wait)
    return None


def _bounds(number: str) -> list[Bound]:
    """What counts wrong codes. Only guesses at one number from one network wait long.

    A village shares one address, and a number can be guessed at from everywhere: those waits stay so short that
    nobody can keep an owner out, and so long that guessing takes centuries (docs/decisions/receipts.md).
    """
    return [
        Bound(_counted(number, network()), 5),
        Bound(_counted(network()), 40, longest=60),
        Bound(_counted(number), 50, longest=10),
    ]


def _counted(*what: str) -> str:
    """The key of a count: it tells nobody whose number was typed, nor where."""
    return f"receipt:{keyed('guesses', *what)}"


def open_session(response: R, receipt: Receipt) -> R:
    """Let this browser read the receipt for half an hour; the cookie goes with the answer."""
    enter(receipt)
    return response


def enter(receipt: Receipt) -> None:
    """Hold the receipt in the rest of this request, and for half an hour in this browser."""
    until = int(time.time()) + OPEN_SECONDS
    g.receipt_session = _signed("receipt", receipt, until)
    g.receipts_held = {receipt.item_id: True}


def close_session(response: BaseResponse) -> BaseResponse:
    """Shut what is open in this browser."""
    return take_cookie(response, RECEIPT_COOKIE, SLIP_COOKIE)


def session_value() -> str:
    """The receipt session of this request, signed and not yet over; empty for none."""
    value = str(g.get("receipt_session") or request.cookies.get(cookie(RECEIPT_COOKIE), ""))
    return value if _opened("receipt", value) else ""


def holds(item_id: int) -> bool:
    """True if the person of this request has opened the receipt of the item in the last half hour."""
    if not has_request_context():
        return False
    known: dict[int, bool] = g.setdefault("receipts_held", {})
    if item_id not in known:
        opened = _opened("receipt", session_value())
        known[item_id] = opened is not None and opened[0] == item_id and _is_alive(*opened)
    return known[item_id]


def lend_slip(response: R, receipt: Receipt) -> R:
    """Let the clerk of this browser print the slip that they have just made, for ten minutes."""
    value = _signed("slip", receipt, int(time.time()) + SLIP_SECONDS)
    return _give(response, SLIP_COOKIE, value, SLIP_SECONDS)


def has_slip(item_id: int) -> bool:
    """True if the clerk of this browser has just made this receipt."""
    opened = _opened("slip", request.cookies.get(cookie(SLIP_COOKIE), ""))
    return opened is not None and opened[0] == item_id and _is_alive(*opened)


def _signed(what: str, receipt: Receipt, until: int) -> str:
    words = f"{receipt.item_id}-{until}-{receipt.mark}"
    return f"{words}-{keyed(what, words)}"


def _opened(what: str, value: str) -> tuple[int, str] | None:
    """(item id, mark) of a cookie that we have signed and whose time is not over."""
    words, _, sign = value.rpartition("-")
    if not words or not hmac.compare_digest(sign.encode(), keyed(what, words).encode()):
        return None
    item_id, until, mark = words.split("-")
    return (int(item_id), mark) if int(until) > time.time() else None


def _is_alive(item_id: int, mark: str) -> bool:
    """True if the code is still the one with which it was opened."""
    with brief_read() as connection:
        found = select(Receipt.number, Receipt.salt).where(Receipt.item_id == item_id)
        row = connection.execute(found).one_or_none()
    return row is not None and hmac.compare_digest(Receipt(number=row.number, salt=row.salt).mark, mark)


def _give(response: R, name: str, value: str, seconds: int) -> R:
    secure = current_app.config["WDJ_HTTPS"]
    response.set_cookie(cookie(name), value, max_age=seconds, httponly=True, samesite="Lax", secure=secure)
    return response


def init_app(app: Flask) -> None:
    @app.after_request
    def give_session(response: Response) -> Response:
        if value := g.get("receipt_session"):
            _give(response, RECEIPT_COOKIE, value, OPEN_SECONDS)
        return response
