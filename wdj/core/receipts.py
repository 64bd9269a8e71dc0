"""What a person holds for what they sent: a number that clerks see, and a secret code beside it (house.md §6).

The code is a keyed hash of the number and a salt: it is kept nowhere, and can be printed again for who sent it.
"""

import hashlib
import hmac
import secrets
from datetime import datetime

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import now
from wdj.core.db import Model, db, references
from wdj.core.items import Item

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # 30, without 0 O 1 I L and U
NUMBER = CODE = 6


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
        return f"{self.number[:4]}-{self.number[4:]}"

    @property
    def code(self) -> str:
        """The secret code: six letters of a keyed hash."""
        key = str(current_app.secret_key).encode()
        whole = hmac.new(key, f"receipt {self.number} {self.salt}".encode(), hashlib.sha256).digest()
        return spell(int.from_bytes(whole), CODE)


def spell(value: int, letters: int) -> str:
    """The last `letters` digits of `value` to the base of LETTERS."""
    found = ""
    for _ in range(letters):
        value, digit = divmod(value, len(LETTERS))
        found += LETTERS[digit]
    return found


def give(item: Item) -> Receipt:
    """Add a receipt for the item to the session; return it."""
    number = spell(secrets.randbits(64), NUMBER)
    while db.session.scalar(select(Receipt.item_id).where(Receipt.number == number)):
        number = spell(secrets.randbits(64), NUMBER)
    receipt = Receipt(item_id=item.id, number=number, salt=secrets.token_urlsafe(9))
    db.session.add(receipt)
    return receipt


def holds(item_id: int) -> bool:
    """True if the person of this request has opened the receipt of the item in the last half hour."""
    return False
