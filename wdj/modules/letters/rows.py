"""What the desk's list and its files say of letters beyond what they say of every item."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Row, and_, func, select

from wdj.core import receipts
from wdj.core.db import db
from wdj.core.deadlines import WHOLE, Deadline
from wdj.core.items import Item
from wdj.core.module import Columns, Mark
from wdj.core.orgs import Org
from wdj.core.receipts import Receipt
from wdj.core.spreadsheets import Cell
from wdj.modules.letters import similar
from wdj.modules.letters.messages import Rating
from wdj.modules.letters.models import DOORS, Door, Letter, State
from wdj.modules.letters.rules import OPEN

BEGINNING = 160  # characters in which two letters of one list are compared
SATISFIED = {3: "满意", 2: "一般", 1: "不满意"}
HEADS = ("回执号", "哪个门", "来自", "答复时间", "第几轮", "延期工作日", "解决了没有", "满意不满意")


def marks(ids: Sequence[int]) -> Mapping[int, Sequence[Mark]]:
    """What is known of these letters at a glance: danger, the mailbox, a second round, who else asks, who is alike."""
    table = Letter.__table__.c
    found = select(
        table.id, Item.state, Item.like_count, Org.short_name, table.danger, table.door, table.round,
        table.extension_days, table.told_org_id, func.substr(Item.public_text, 1, BEGINNING).label("words"),
    ).join(Item, Item.id == table.id).outerjoin(Org, Org.id == table.from_org_id)  # fmt: skip
    rows = db.session.execute(found.where(table.id.in_(ids))).all()
    alike = similar.alike({row.id: row.words for row in rows if row.state in OPEN})
    return {row.id: _marks(row, row.id in alike) for row in rows}


def _marks(row: Row[*tuple[object, ...]], alike: bool) -> list[Mark]:
    said = [
        (row.danger, Mark("危险", "d")),
        (row.short_name, Mark(row.short_name or "")),
        (row.door == Door.mailbox, Mark(DOORS[Door.mailbox], "b")),
        (row.round > 1, Mark(f"第 {row.round} 次", "y")),
        (row.told_org_id, Mark("说没解决", "d")),
        (row.extension_days, Mark("要延期", "y")),
        (alike, Mark("相似", "b")),
        (row.like_count, Mark(f"{row.like_count} 人也遇到")),
    ]
    return [mark for so, mark in said if so]


def cells(connection: Connection, ids: Sequence[int]) -> Mapping[int, Sequence[Cell]]:
    """The columns HEADS of these letters. What nobody rated stays empty: silence is not content."""
    table = Letter.__table__.c
    rated = and_(Rating.letter_id == table.id, Rating.round == table.round)
    found = (
        select(
            table.id, Receipt.number, table.door, Org.short_name, table.answered_at, table.round,
            Deadline.extended_days, Rating.solved, Rating.satisfaction,
        )
        .outerjoin(Receipt, Receipt.item_id == table.id)
        .outerjoin(Org, Org.id == table.from_org_id)
        .outerjoin(Deadline, and_(Deadline.item_id == table.id, Deadline.name == WHOLE))
        .outerjoin(Rating, rated)
    )  # fmt: skip
    return {row.id: _cells(row) for row in connection.execute(found.where(table.id.in_(ids)))}


def _cells(row: Row[*tuple[object, ...]]) -> list[Cell]:
    number = receipts.printed(row.number)
    solved = "" if row.solved is None else "解决了" if row.solved else "没解决"
    return [
        number, DOORS[row.door], row.short_name or "", row.answered_at, row.round, row.extended_days or 0, solved,
        SATISFIED.get(row.satisfaction, ""),
    ]  # fmt: skip


columns = Columns(HEADS, cells)
LETTERS = Letter.__table__.c
asks = select(LETTERS.extension_days.is_not(None)).where(LETTERS.id == Item.id).scalar_subquery()
dangerous = select(LETTERS.danger != "").where(LETTERS.id == Item.id).scalar_subquery()
urgent = and_(Item.state.in_((State.posted, State.accepted, State.assigned)), dangerous)
