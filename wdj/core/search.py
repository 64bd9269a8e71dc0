"""Search: every item by its public words, through their characters and pairs of neighbours, newest first.

Why it is made like this: docs/decisions/search-by-bigrams.md.
"""

import re
import unicodedata
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, column, delete, func, insert, select, table
from sqlalchemy import cast as as_type
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.db import Model, db, references
from wdj.core.items import Item, visible_to
from wdj.core.people import Me

RUN = re.compile(r"[^\W_]+")
BATCH = 500


class Document(Model):
    """The words of one item as they are searched. The order of ids is the order in which items became public.

    `extra` are words that stand neither in its title nor in its text, as they were given.
    """

    __tablename__ = "documents"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (no id is ever given twice)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = references("items.id", delete="CASCADE", unique=True, index=True)
    text: Mapped[str]
    extra: Mapped[str] = mapped_column(default="", server_default=sql("''"))


# FTS5 on SQLite, a tsvector under a GIN index on PostgreSQL: migration 0003 makes it, and no model describes it.
BIGRAMS = table("bigrams", column("rowid"), column("words"), column("bigrams"))
ADD = {
    "sqlite": "INSERT INTO bigrams (rowid, words) VALUES (:id, :words)",
    "postgresql": "INSERT INTO bigrams (rowid, words) VALUES (:id, array_to_tsvector(CAST(:words AS text[])))",
}
# PostgreSQL's rows go with their document. FTS5 forgets a row only when it is told what stood in it.
DROP = "INSERT INTO bigrams (bigrams, rowid, words) VALUES ('delete', :id, :words)"
ITEMS = table("items", *map(column, ("id", "public_title", "public_text", "published_at", "created_at")))


def in_models(name: str | None, kind: str, _parents: object) -> bool:
    """False for the tables that hold bigrams: alembic, which compares the database with the models, skips them."""
    return not (kind == "table" and name is not None and name.startswith("bigrams"))


def normal(words: str) -> str:
    """`words` as they are compared: in one width and case, only runs of letters and digits, a space between two."""
    return " ".join(RUN.findall(unicodedata.normalize("NFKC", words).casefold()))


def tokens(normal_text: str) -> set[str]:
    """Every character of a normal text, and every two that stand together in a run."""
    pairs = {first + second for first, second in pairwise(normal_text)}
    return {each for each in pairs | set(normal_text) if " " not in each}


def index(item: Item, extra: str = "") -> None:
    """Let `item` be found by its public words and by `extra` alone, whatever it was found by before.

    A new one gets the newest place, a known one keeps its own.
    """
    db.session.flush()
    known = _take_out(item.id)
    _put(item.id, item.public_title, item.public_text, extra, known and known.id)


def renew(item: Item) -> None:
    """Give `item` the newest place, for it has just become public."""
    known = _take_out(item.id)
    _put(item.id, item.public_title, item.public_text, known.extra if known else "")


def _take_out(item_id: int) -> Any:
    """Remove the item's document; return its (id, text, extra), None if it had none."""
    taken = delete(Document).where(Document.item_id == item_id)
    known = db.session.connection().execute(
        taken.returning(Document.id, Document.text, Document.extra)
    ).one_or_none()  # fmt: skip
    if known and db.engine.dialect.name == "sqlite":
        db.session.connection().execute(sql(DROP), {"id": known.id, "words": _packed(known.text, "sqlite")})
    return known


def _put(item_id: int, title: str, words: str, extra: str, place: int | None = None) -> None:
    row = _row(item_id, title, words, extra) | ({"id": place} if place else {})
    _write(db.session.connection(), [row])


def _row(item_id: int, title: str, words: str, extra: str) -> dict[str, Any]:
    return {"item_id": item_id, "text": normal(f"{title} {words} {extra}"), "extra": extra}


def _write(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Add documents and their tokens in the order of `rows`."""
    name = connection.dialect.name
    inserted = insert(Document.__table__).returning(Document.id, sort_by_parameter_order=True)  # type: ignore[arg-type]
    ids = connection.execute(inserted, rows).scalars().all()
    packed = [{"id": document, "words": _packed(row["text"], name)} for document, row in zip(ids, rows, strict=True)]
    connection.execute(sql(ADD[name]), packed)


def _packed(normal_text: str, dialect: str) -> str | list[str]:
    found = sorted(tokens(normal_text))
    return " ".join(found) if dialect == "sqlite" else found


def rebuild(connection: Connection) -> int:
    """Index every item anew in the order of publication, and return how many there are. Extra words stay.

    Migration 0003 calls it too, so it reads no column that came later.
    """
    kept = connection.execute(select(Document.item_id, Document.extra).where(Document.extra != "")).all()
    extras = {row[0]: row[1] for row in kept}
    if connection.dialect.name == "sqlite":
        connection.execute(sql("INSERT INTO bigrams (bigrams) VALUES ('delete-all')"))
    connection.execute(sql("DELETE FROM documents"))
    by_time = func.coalesce(ITEMS.c.published_at, ITEMS.c.created_at)
    ids = connection.execute(select(ITEMS.c.id).order_by(by_time, ITEMS.c.id)).scalars().all()
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        words = select(ITEMS.c.id, ITEMS.c.public_title, ITEMS.c.public_text).where(ITEMS.c.id.in_(batch))
        rows = {row[0]: _row(*row, extras.get(row[0], "")) for row in connection.execute(words)}
        _write(connection, [rows[each] for each in batch])
    if connection.dialect.name == "sqlite":
        connection.execute(sql("INSERT INTO bigrams (bigrams) VALUES ('optimize')"))
    return len(ids)


def words_of(query: str) -> list[str]:
    """The words that a query asks for, each once; none if it holds no letter and no digit."""
    return list(dict.fromkeys(normal(query).split()))


def found(words: list[str], me: Me | None, before: int | None = None) -> Select[int, int]:
    """(place, item id) of what holds every one of `words` and `me` may see, newest first, those before a place."""
    place = BIGRAMS.c.rowid
    rows = select(Document.id, Document.item_id).join(BIGRAMS, place == Document.id)
    rows = rows.join(Item, Item.id == Document.item_id).where(_holds(words), visible_to(me))
    return (rows.where(place < before) if before else rows).order_by(place.desc())


def _holds(words: list[str]) -> ColumnElement[bool]:
    """The bigrams find what may hold the words; of those longer than two characters the text itself is asked."""
    parts = sorted(
        {each for word in words for each in ({word} if len(word) == 1 else set(map("".join, pairwise(word))))}
    )
    if db.engine.dialect.name == "sqlite":
        asked = BIGRAMS.c.bigrams.op("MATCH")(" ".join(f'"{each}"' for each in parts))
        within = func.instr
    else:
        asked = BIGRAMS.c.words.op("@@")(as_type(" & ".join(f"'{each}'" for each in parts), TSQUERY))
        within = func.strpos
    return and_(asked, *(within(Document.text, word) > 0 for word in words if len(word) > 2))
