"""村务公开: what was taken in and spent, item by item, in whole fen; read as people type it or paste it from Excel."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import BigInteger, Select, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.db import Model, db, references
from wdj.core.privacy import mask

MOST_LINES, LONGEST_LABEL, LONGEST_ROW, MOST_FEN = 300, 80, 300, 10**14
TOTALS = ("合计", "总计", "共计", "总额", "合计金额")
# One character stands for one, so that a place in the plain form is the same place in what was typed.
_PLAIN = str.maketrans('０１２３４５６７８９，．＋－−–（）￥：；\u3000\t"', "0123456789,.+---()¥:;   ")
_NUMBER = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?", re.ASCII)
_AMOUNT = re.compile(
    r"(?P<open>\()?\s*(?P<sign>[+-])?\s*(?:¥|人民币|RMB)?\s*(?P<inner>[+-])?\s*(?P<number>[0-9][0-9,.]*)\s*"
    r"(?P<unit>万元|万|元整|圆整|元|圆)?\s*(?P<close>\))?",
    re.ASCII,
)
# Not in the middle of a number; a minus needs a gap before it, for 水费-300 may be a dash.
_BEGINS = r"(?<![0-9.+-])(?<![0-9],)(?:(?![+-])|(?<=[\s,:;、|]))"
_AT_END = re.compile(rf"(?P<label>.*?)[\s,:;、|]*{_BEGINS}(?P<amount>{_AMOUNT.pattern})$", re.ASCII)
_HEADING = re.compile(r"[^0-9]*(?:项目|名称|事项|金额|摘要)[^0-9]*")


class DisclosureLine(Model):
    """One item of a disclosure: `label` as it was typed, `fen` may be negative."""

    __tablename__ = "disclosure_lines"

    post_id: Mapped[int] = references("posts.id", delete="CASCADE", primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str]
    fen: Mapped[int] = mapped_column(BigInteger)


@dataclass(frozen=True)
class Line:
    """What one item was for, as it was typed, and how much."""

    label: str
    fen: int

    @property
    def public_label(self) -> str:
        return mask(self.label)

    @property
    def amount(self) -> str:
        return say(self.fen)


@dataclass
class Account:
    """What was typed: its items, the total if a row of it says one, and what could not be read, in words."""

    lines: list[Line] = field(default_factory=list)
    total: int | None = None
    errors: list[str] = field(default_factory=list)

    @property
    def sum(self) -> int:
        return sum(line.fen for line in self.lines)


def read(typed: str) -> Account:
    """Read one item a line: a name and an amount. A heading is left out, a row of 合计 is the total."""
    account, begun = Account(), False
    for number, row in enumerate(typed.splitlines(), 1):
        if not row.strip() or (not begun and _HEADING.fullmatch(row)):
            continue
        begun = True
        label, amount = _split(row)
        fen = fen_of(amount)
        if fen is None:
            account.errors.append(f"第 {number} 行：金额看不懂")
        elif re.sub(r"\W", "", label) in TOTALS:
            account.total = fen
        elif not label or len(label) > LONGEST_LABEL:
            account.errors.append(f"第 {number} 行：" + (f"名称不超过 {LONGEST_LABEL} 个字" if label else "少名称"))
        else:
            account.lines.append(Line(label, fen))
    if len(account.lines) > MOST_LINES:
        account.errors.append(f"最多 {MOST_LINES} 项，现在有 {len(account.lines)} 项")
    return account


def _split(row: str) -> tuple[str, str]:
    """(name, amount) of one row: by its cells where it came from a table, else the amount stands at the end."""
    if len(row) > LONGEST_ROW:
        return row, ""
    cells = [each.strip() for each in re.split("[\t\u3000]", row) if each.strip()]
    amounts = [place for place, cell in enumerate(cells) if place and _AMOUNT.fullmatch(_plain(cell))]
    if amounts:
        place = amounts[-1]
        serial = place > 1 and cells[0].isdecimal()
        return _label(" ".join(cells[serial:place]), cells[place + 1 :]), cells[place]
    found = _AT_END.match(_plain(row))
    return (_label(row[: found.end("label")]), found["amount"]) if found else (row, "")


def _plain(typed: str) -> str:
    return typed.translate(_PLAIN).rstrip()


def _label(name: str, notes: Sequence[str] = ()) -> str:
    name = " ".join(name.split()).strip(" ,，:：;；、|")
    return name + (f"（{'，'.join(notes)}）" if notes else "")


def fen_of(typed: str) -> int | None:
    """12,300.50, ￥３００, 1.2万元, （300） or -300 in fen; None if it is no amount to the fen."""
    found = _AMOUNT.fullmatch(_plain(typed).lstrip())
    if not found or not _NUMBER.fullmatch(found["number"]) or bool(found["open"]) != bool(found["close"]):
        return None
    unit = 1_000_000 if (found["unit"] or "").startswith("万") else 100
    fen = Decimal(found["number"].replace(",", "")) * unit
    if fen != fen.to_integral_value() or fen > MOST_FEN:
        return None
    minus = [found["open"] == "(", found["sign"] == "-", found["inner"] == "-"]
    return -int(fen) if any(minus) else int(fen)


def say(fen: int) -> str:
    """1230050 as 12,300.50."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan:,}.{rest:02}"


def misfit(lines: Iterable[Line], total: int | None) -> str:
    """What is wrong with the total that was written, in words with the difference; empty if it fits or none was."""
    found = sum(line.fen for line in lines)
    if total is None or total == found:
        return ""
    return f"各项加起来是 {say(found)} 元，合计写的是 {say(total)} 元，差 {say(abs(total - found))} 元。"


def as_typed(lines: Iterable[Line]) -> str:
    """The items as they stand in the editor; `read` makes the same of them."""
    return "\n".join(f"{line.label}\u3000{line.amount}" for line in lines)


def rows_of(post_id: int) -> Select[DisclosureLine]:
    return select(DisclosureLine).where(DisclosureLine.post_id == post_id).order_by(DisclosureLine.position)


def lines_of(post_id: int) -> list[Line]:
    """The items of a disclosure in their order."""
    return [Line(row.label, row.fen) for row in db.session.scalars(rows_of(post_id))]


def set_lines(post_id: int, lines: Iterable[Line]) -> None:
    """Let the disclosure have these items and no others."""
    db.session.execute(delete(DisclosureLine).where(DisclosureLine.post_id == post_id))
    db.session.add_all(
        DisclosureLine(post_id=post_id, position=place, label=line.label, fen=line.fen)
        for place, line in enumerate(lines, 1)
    )
    db.session.flush()
