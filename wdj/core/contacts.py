"""How to reach who sent something: names, telephones and addresses stand here and nowhere else."""

from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.db import Model, references


class Contact(Model):
    """Who sent the item, as they said it."""

    __tablename__ = "contacts"

    item_id: Mapped[int] = references("items.id", delete="CASCADE", primary_key=True)
    name: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
