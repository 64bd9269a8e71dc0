"""How to reach who sent something: names, telephones and addresses stand here and nowhere else."""

from datetime import timedelta

from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import now
from wdj.core.db import Model, db, references
from wdj.core.items import Item
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.register import digits, starred
from wdj.core.workflow import Workflow

KEPT_OPEN = timedelta(days=30)


class Contact(Model):
    """Who sent the item, as they said it."""

    __tablename__ = "contacts"

    item_id: Mapped[int] = references("items.id", delete="CASCADE", primary_key=True)
    name: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")

    @property
    def masked_name(self) -> str:
        """The name as every page but one shows it: 王**."""
        return self.name and self.name[0] + "*" * min(len(self.name) - 1, 2)

    @property
    def masked_phone(self) -> str:
        """The telephone as every page but one shows it."""
        return masked(self.phone)

    @property
    def tel(self) -> str:
        """The telephone as it is dialled."""
        return digits(self.phone)


def masked(phone: str) -> str:
    """The telephone with its middle hidden: 138****0001."""
    return starred(digits(phone))


def set_contact(item: Item, *, name: str = "", phone: str = "", address: str = "") -> Contact | None:
    """Keep how to reach who sent the item, in place of what was kept; nothing of who says nothing. Returns it."""
    words = {"name": name.strip(), "phone": phone.strip(), "address": address.strip()}
    kept = db.session.get(Contact, item.id)
    if not any(words.values()):
        if kept is not None:
            db.session.delete(kept)
        return None
    contact = kept or Contact(item_id=item.id)
    contact.name, contact.phone, contact.address = words.values()
    db.session.add(contact)
    return contact


def contact_of(item_id: int) -> Contact | None:
    """How to reach who sent the item, if they said it."""
    return db.session.get(Contact, item_id)


def works_on(me: Me | None, item: Item) -> bool:
    """True if this person handles the item: for the org that received it, the unit it was given to, or above them."""
    paths = filter(None, (item.org_path, item.handler_path))
    return me is not None and any(me.has(WRITER_ROLES, path) for path in paths)


def is_shut(item: Item, workflow: Workflow) -> bool:
    """True once the case has ended: then nobody looks at the telephone any more."""
    return item.state in workflow.ends or (item.closed_at is not None and item.closed_at < now() - KEPT_OPEN)
