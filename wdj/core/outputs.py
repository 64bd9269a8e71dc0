"""One entry, many outputs: where an item shall go beside its page, in which words, and what of it was sent.

Any type of item may be ticked for a channel in its editor; the portal writes the words and keeps the list.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Index, PrimaryKeyConstraint, Select, false, select, text
from sqlalchemy.orm import Mapped, mapped_column
from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from wdj.core.clock import now
from wdj.core.db import Model, db, insert_new, references
from wdj.core.forms import Choice
from wdj.core.items import Item, record
from wdj.core.people import Me, Person

# The channels by the name in the database, in the order of the ticks.
CHANNELS = {"wechat": "微信", "weibo": "微博", "script": "大喇叭", "notice": "明白纸"}
NOTHING, UNSENT = text("''"), text("wanted AND sent_at IS NULL")


class Output(Model):
    """What one channel shall carry of an item. `text` None: it is made of the item's words each time it is needed."""

    __tablename__ = "outputs"
    __table_args__ = (
        PrimaryKeyConstraint("item_id", "channel"),
        Index("ix_outputs_unsent", "org_id", "item_id", sqlite_where=UNSENT, postgresql_where=UNSENT),
    )

    item_id: Mapped[int] = references("items.id", delete="CASCADE")
    channel: Mapped[str]
    org_id: Mapped[int] = references("orgs.id")
    wanted: Mapped[bool] = mapped_column(default=False, server_default=false())
    text: Mapped[str | None]
    made_from: Mapped[str] = mapped_column(default="", server_default=NOTHING)
    """Which words of the item the clerk had before them who wrote `text`."""
    sent_at: Mapped[datetime | None]
    sent_by: Mapped[int | None] = references("people.id")


def outputs_of(item_id: int) -> dict[str, Output]:
    """The rows of an item by channel; a channel that nobody has touched has none."""
    return {each.channel: each for each in db.session.scalars(select(Output).where(Output.item_id == item_id))}


def ticks(label: str) -> SelectMultipleField:
    """A form's field with a tick for each channel; `want` stores it."""
    return SelectMultipleField(
        label, choices=[Choice(*each) for each in CHANNELS.items()], widget=ListWidget(), option_widget=CheckboxInput()
    )


def wanted_of(item_id: int) -> list[str]:
    """The channels that are ticked."""
    return [name for name, each in outputs_of(item_id).items() if each.wanted]


def wanted_on(item_ids: Collection[int]) -> list[tuple[int, str]]:
    """(item id, channel) of every tick on these items."""
    if not item_ids:
        return []
    found = select(Output.item_id, Output.channel).where(Output.item_id.in_(item_ids), Output.wanted)
    return [(row[0], row[1]) for row in db.session.execute(found)]


def want(item: Item, names: Collection[str]) -> None:
    """Tick exactly these channels; what was written or sent stays."""
    known = outputs_of(item.id)
    for name in CHANNELS:
        if name in known:
            known[name].wanted = name in names
        elif name in names:
            output(item, name).wanted = True


def output(item: Item, channel: str) -> Output:
    """The row of one channel, added where there is none."""
    if known := db.session.get(Output, (item.id, channel)):
        return known
    # Somebody else may add it at this very moment.
    db.session.execute(insert_new(Output, item_id=item.id, channel=channel, org_id=item.org_id))
    return db.session.get_one(Output, (item.id, channel))


def mark_sent(item: Item, channel: str, me: Me) -> None:
    """Note that it went out by this channel, when and by whom."""
    row = output(item, channel)
    row.sent_at, row.sent_by = now(), me.id
    record("sent", f"发到{CHANNELS[channel]}", me, item_id=item.id)


def mark_unsent(item: Item, channel: str, me: Me) -> None:
    """It was marked by mistake."""
    row = output(item, channel)
    row.sent_at = row.sent_by = None
    record("unsent", f"还没有发到{CHANNELS[channel]}", me, item_id=item.id)


def senders(rows: Iterable[Output]) -> dict[int, str]:
    """The names of who sent, by their ids."""
    ids = {each.sent_by for each in rows if each.sent_by}
    found = select(Person.id, Person.name).where(Person.id.in_(ids))
    return {row[0]: row[1] for row in db.session.execute(found)} if ids else {}


# As the index says it: SQLite does not see that `wanted = 1` means the same.
WANTED = text("outputs.wanted")


def unsent(org_ids: Collection[int]) -> Select[int, str]:
    """(item id, channel) of what is out, wanted by these orgs and not yet sent, the newest first."""
    return (
        select(Output.item_id, Output.channel)
        .join(Item, Item.id == Output.item_id)
        .where(Output.org_id.in_(org_ids), WANTED, Output.sent_at.is_(None), Item.is_public)
        .order_by(Output.item_id.desc())
    )
