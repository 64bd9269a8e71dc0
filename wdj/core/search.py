"""Search: every item by its public words, through their characters and pairs of neighbours, newest first.

Why it is made like this: docs/decisions/search-by-bigrams.md.
"""

import re
import unicodedata
from itertools import pairwise
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Connection, Select, Subquery, column, delete, func, insert, select, table
from sqlalchemy import cast as as_type
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.db import Model, db, references
from wdj.core.items import Item, visible_to
from wdj.core.people import Me

T = TypeVarTuple("T")
RUN = re.compile(r"[^\W_]+")
BATCH = 500
MOST_CHARACTERS, MOST_WORDS = 60, 8


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


# Migration 0003 makes what no model describes: on SQLite the table `bigrams` of FTS5, on PostgreSQL a function of that
# name and a GIN index over what it makes of a document's text. FTS5 forgets a row only when told what stood in it.
BIGRAMS = table("bigrams", column("rowid"), column("bigrams"))
ADD = sql("INSERT INTO bigrams (rowid, words) VALUES (:id, :words)")
DROP = sql("INSERT INTO bigrams (bigrams, rowid, words) VALUES ('delete', :id, :words)")
ITEMS = table("items", *map(column, ("id", "public_title", "public_text", "published_at", "created_at")))
RECENT, MOST_NEAR = 1000, 5000


def in_models(name: str | None, _kind: str, _parents: object) -> bool:
    """False for what holds bigrams: alembic, which compares the database with the models, skips it."""
    return name is None or "bigrams" not in name


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
    connection = db.session.connection()
    taken = delete(Document).where(Document.item_id == item_id)
    known = connection.execute(taken.returning(Document.id, Document.text, Document.extra)).one_or_none()
    if known and connection.dialect.name == "sqlite":
        connection.execute(DROP, {"id": known.id, "words": " ".join(tokens(known.text))})
    return known


def _put(item_id: int, title: str, words: str, extra: str, place: int | None = None) -> None:
    row = _row(item_id, title, words, extra) | ({"id": place} if place else {})
    _write(db.session.connection(), [row])


def _row(item_id: int, title: str, words: str, extra: str) -> dict[str, Any]:
    return {"item_id": item_id, "text": normal(f"{title} {words} {extra}"), "extra": extra}


def _write(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Add documents in the order of `rows`, and what finds them."""
    inserted = insert(Document.__table__).returning(Document.id, sort_by_parameter_order=True)  # type: ignore[arg-type]
    ids = connection.execute(inserted, rows).scalars().all()
    if connection.dialect.name == "sqlite":
        packed = [" ".join(tokens(row["text"])) for row in rows]
        connection.execute(ADD, [{"id": place, "words": words} for place, words in zip(ids, packed, strict=True)])


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


def asked_for(query: str) -> tuple[list[str], str]:
    """The words of a query as it was typed, and the sentence that says what to mend in it; empty if it is searched."""
    words = words_of(query[: MOST_CHARACTERS + 1])
    if len(query) > MOST_CHARACTERS:
        return words, f"写得有点长，请留下最要紧的几个词（最多 {MOST_CHARACTERS} 个字）"
    if len(words) > MOST_WORDS:
        return words, f"一次最多找 {MOST_WORDS} 个词，请少写几个"
    return words, "" if words or not query else "光有标点找不了，请写一两个字"


def read_place(given: str) -> int | None:
    """The place after which a page begins; None for none or for nonsense, which begins at the newest."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else None


def found(
    words: list[str], me: Me | None, before: int | None, most: int, type_: str | None = None
) -> list[tuple[int, int]]:
    """(place, item id) of the newest `most` that hold every one of `words` and that `me` may see, those before a place.

    `type_`: only items of that one.

    PostgreSQL would have to sort all that its index finds. What is written often stands among the recent anyway, so
    the index is only asked for the rest.
    """
    if db.engine.dialect.name == "sqlite":
        return _read(_of(type_, by_index(words, me, before)), most)
    recent = _read(_of(type_, among_recent(words, me, before)), most)
    return recent if len(recent) == most else _read(_of(type_, by_index(words, me, before)), most)


def _of(type_: str | None, rows: Select[int, int]) -> Select[int, int]:
    return rows.where(Item.type == type_) if type_ else rows


def _read(rows: Select[int, int], most: int) -> list[tuple[int, int]]:
    return [(place, item_id) for place, item_id in db.session.execute(rows.limit(most))]


def by_index(words: list[str], me: Me | None, before: int | None) -> Select[int, int]:
    """What the bigrams find; of words longer than two characters the text itself is asked."""
    parts = sorted({part for word in words for part in parts_of(word)})
    rows = select(Document.id, Document.item_id).join(Item, Item.id == Document.item_id)
    place: ColumnElement[int] = Document.id.expression
    if db.engine.dialect.name == "sqlite":
        place = BIGRAMS.c.rowid
        rows = rows.join(BIGRAMS, place == Document.id)
        rows = rows.where(BIGRAMS.c.bigrams.op("MATCH")(" ".join(f'"{part}"' for part in parts)))
    else:
        asked = as_type(" & ".join(f"'{part}'" for part in parts), TSQUERY)
        rows = rows.where(func.bigrams(Document.text).op("@@")(asked))
    held = (_holds(Document.text, word) for word in words if len(word) > 2)
    return _before(rows.where(visible_to(me), *held), place, before)


def parts_of(word: str) -> set[str]:
    """The tokens that a document must have to hold `word`."""
    return {first + second for first, second in pairwise(word)} or {word}


def among_recent(words: list[str], me: Me | None, before: int | None) -> Select[int, int]:
    """The same of the last thousand documents alone, by reading them."""
    recent = _before(select(Document.id, Document.item_id, Document.text), Document.id, before).limit(RECENT).subquery()
    rows = select(recent.c.id, recent.c.item_id).join(Item, Item.id == recent.c.item_id)
    held = (_holds(recent.c.text, word) for word in words)
    return rows.where(visible_to(me), *held).order_by(recent.c.id.desc())


def _holds(words: Any, word: str) -> ColumnElement[bool]:
    within = func.instr if db.engine.dialect.name == "sqlite" else func.strpos
    return within(words, word) > 0


def _before(rows: Select[*T], place: Any, before: int | None) -> Select[*T]:
    return (rows.where(place < before) if before else rows).order_by(place.desc())


def holding(
    pairs: list[str], cls: type[Item], me: Me | None, most: int, *but: ColumnElement[bool]
) -> list[tuple[int, str]]:
    """(item id, its words) of the newest things of that type that hold at least one of `pairs` and that `me` may see.

    `but` are further conditions on the thing.
    """
    near = _with_any_of(pairs)
    rows = select(near.c.item_id, near.c.text).join(Item, Item.id == near.c.item_id)
    rows = rows.where(visible_to(me), Item.type == cls.type_name(), *but).order_by(near.c.place.desc()).limit(most)
    return [(item_id, words) for item_id, words in db.session.execute(rows)]


def _with_any_of(pairs: list[str]) -> Subquery:
    """(place, item_id, text) of the documents that hold at least one of `pairs`; on PostgreSQL of the newest alone.

    Their number keeps it from going down the things first, and `+ 0` from going down the places: it would make bigrams
    of every text there.
    """
    if db.engine.dialect.name == "sqlite":
        rows = select(BIGRAMS.c.rowid.label("place"), Document.item_id, Document.text)
        rows = rows.join_from(BIGRAMS, Document, BIGRAMS.c.rowid == Document.id)
        return rows.where(BIGRAMS.c.bigrams.op("MATCH")(" OR ".join(f'"{pair}"' for pair in pairs))).subquery()
    place = Document.id + 0
    asked = as_type(" | ".join(f"'{pair}'" for pair in pairs), TSQUERY)
    found = select(place.label("place"), Document.item_id, Document.text).order_by(place.desc()).limit(MOST_NEAR)
    return found.where(func.bigrams(Document.text).op("@@")(asked)).subquery()


def texts_of(cls: type[Item], most: int) -> list[str]:
    """The words of the newest `most` things of that type, read along its key from the end."""
    things = cls.__table__
    newest = select(Document.text).join(things, things.c.id == Document.item_id).order_by(things.c.id.desc())
    return list(db.session.scalars(newest.where(things.c.id > 0).limit(most)))
