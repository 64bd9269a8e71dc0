"""Tables in and out: Excel and CSV files that hold words and numbers, never a formula."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import IO, Any, Literal
from urllib.parse import quote

from flask import Response
from werkzeug.datastructures import FileStorage

from wdj.core import workbooks
from wdj.core.clock import zone
from wdj.core.workbooks import MOST_COLUMNS, MOST_ROWS, MOST_TEXT, BadSheet

__all__ = ["MOST_ROWS", "BadSheet", "Cell", "Form", "Sheet", "download", "read_rows"]

Cell = str | int | Decimal | date | datetime | None
Form = Literal["xlsx", "csv"]

MIMES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}
MOST_BYTES = 5 * 1024 * 1024
# By these an office program knows a formula; the wide ones are what a Chinese keyboard makes of them.
FORMULAS = frozenset("=+-@＝＋－＠﹦﹢﹣﹫−")
HARMLESS = "·"
SIZED = 200  # rows by which the widths of columns are found; none is kept longer than it is written
EXACT_DIGITS = 15  # a number of more digits comes out of Excel changed

TOO_BIG = "这张表超过 5 MB，太大了。请只留要收的那一页，删掉图片再传"
EMPTY = "这个文件是空的，请重新选一次"
OLD = "这是老格式（xls）或者加了密码的表，打不开。请用 Excel 或 WPS 打开，另存为 xlsx、不加密码再传"
NOT_A_SHEET = "这个文件不是表格，请选 Excel 存的 xlsx，或者 csv"

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile("_(?=x[0-9a-fA-F]{4}_)")
_NOT_IN_NAMES = re.compile(r'[\[\]:*?/\\"<>|\'\s]+')
_AS_TEXT = re.compile(r'="([^"]*)"')


@dataclass(frozen=True)
class Sheet:
    """A table to hand out. Text stays text, so telephones keep their zeros; `title` names the file."""

    title: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def download(sheet: Sheet, form: Form) -> Response:
    """Answer with `sheet` as a file. Excel gets xlsx; a CSV opened by Excel loses zeros, it is for other programs."""
    data = _csv(sheet) if form == "csv" else _xlsx(sheet)
    response = Response(data, mimetype=MIMES[form].partition(";")[0])
    headers = response.headers
    headers["Content-Type"] = MIMES[form]
    name = quote(f"{_NOT_IN_NAMES.sub(' ', sheet.title).strip() or '表'}.{form}")
    headers["Content-Disposition"] = f"attachment; filename=\"table.{form}\"; filename*=UTF-8''{name}"
    headers["Cache-Control"] = "no-store"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def harmless(text: str) -> str:
    """Return `text` as a cell may hold it: no program takes it for a formula, and every file can carry it."""
    text = _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    text = text.strip("\n")[: MOST_TEXT - 1]
    return HARMLESS + text if _first_seen(text) in FORMULAS else text


def _first_seen(text: str) -> str:
    """The first character that is neither a space nor invisible."""
    return next((each for each in text if not each.isspace() and unicodedata.category(each) != "Cf"), "")


def _plain(value: Cell) -> Cell:
    """`value` as both forms hold it."""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, datetime):
        return (value.astimezone(zone()) if value.tzinfo else value).replace(tzinfo=None, microsecond=0)
    if isinstance(value, int) and len(str(abs(value))) > EXACT_DIGITS:
        return harmless(str(value))
    return value


def _csv(sheet: Sheet) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([harmless(column) for column in sheet.columns])
    writer.writerows([_said(_plain(value)) for value in row] for row in sheet.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _said(value: Cell) -> Cell:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, date) else value


def _xlsx(sheet: Sheet) -> bytes:
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    rows = ([_plain(value) for value in row] for row in sheet.rows)
    first = list(islice(rows, SIZED))
    book = Workbook(write_only=True)
    page = book.create_sheet(_NOT_IN_NAMES.sub(" ", harmless(sheet.title)).strip()[:31] or "表")
    page.freeze_panes = "A2"
    for number, column in enumerate(sheet.columns):
        cells = [column, *(_said(row[number]) for row in first if number < len(row))]
        page.column_dimensions[get_column_letter(number + 1)].width = min(max(map(_width, cells)) + 2, 48)
    page.append([_cell(page, harmless(column), bold=True) for column in sheet.columns])
    for row in chain(first, rows):
        page.append([_cell(page, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _width(value: Cell) -> int:
    lines = str("" if value is None else value).split("\n")
    return max(sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line) for line in lines)


def _cell(page: Any, value: Cell, *, bold: bool = False) -> Any:
    """A cell whose type is said, never guessed: a text that looks like a number or an error stays a text."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell = WriteOnlyCell(page, value="" if isinstance(value, str) else value)  # type: ignore[arg-type]
    if isinstance(value, str):
        cell._value, cell.data_type = _ESCAPED.sub("_x005F_", value), "s"  # type: ignore[attr-defined]
        cell.number_format = "@"
    if bold:
        cell.font = Font(bold=True)
    return cell


def read_rows(upload: FileStorage) -> list[list[str]]:
    """Return the first sheet's cells as text, all rows alike long; row n of the file is [n - 1]. Raises BadSheet.

    Slow enough to come before a request's first statement.
    """
    file = upload.stream
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if not size:
        raise BadSheet(EMPTY)
    if size > MOST_BYTES:
        raise BadSheet(TOO_BIG)
    rows = _read(file)
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        raise BadSheet("这张表里一个字也没有，请看看要收的是不是第一页")
    width = max(map(len, rows))
    return [[_UNPRINTABLE.sub("", cell) for cell in row] + [""] * (width - len(row)) for row in rows]


def _read(file: IO[bytes]) -> list[list[str]]:
    head = file.read(8)
    file.seek(0)
    if head.startswith(b"PK\x03\x04"):
        return workbooks.read(file)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadSheet(OLD)
    return _read_csv(file.read())


def _read_csv(data: bytes) -> list[list[str]]:
    text = _decoded(data)
    first = text.partition("\n")[0]
    comma = max(",\t;，", key=first.count)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=comma):
            if len(rows) < MOST_ROWS:
                rows.append([_typed(cell) for cell in row[:MOST_COLUMNS]])
            elif any(row):
                raise BadSheet(workbooks.TOO_LONG)
    except csv.Error:
        raise BadSheet(NOT_A_SHEET) from None
    return rows


def _typed(cell: str) -> str:
    """A cell without its spaces, and without the ="…" by which some programs keep zeros."""
    cell = cell.strip()
    found = _AS_TEXT.fullmatch(cell)
    return (found[1] if found else cell)[:MOST_TEXT]


def _decoded(data: bytes) -> str:
    """The text of a CSV file by its mark, else as UTF-8, else as Chinese Windows writes it."""
    marked = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    for encoding in (marked, "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _UNPRINTABLE.search(text):
            return text
    raise BadSheet(NOT_A_SHEET)
