"""Reads a workbook (xlsx) that anybody may have made: its first sheet as text, bounded in time and memory.

What the zip unpacks to is counted before it is unpacked, a document type is refused, and elements are counted while
they are read; nothing of the XML is kept as a tree.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import IO
from xml.parsers import expat

from wdj.core.cells import column, day, unescaped

MOST_ROWS, MOST_COLUMNS, MOST_CELLS, MOST_TEXT = 20_000, 100, 400_000, 32_767
# What all the parts that are read may unpack to, and hold; only broken and hostile files do.
MOST_UNPACKED, MOST_ELEMENTS, MOST_LETTERS = 32 * 1024 * 1024, 1_500_000, 8_000_000
# One tag, and the different names of tags and attributes in a part: the parser keeps them all.
MOST_TAG, MOST_NAMES = 64 * 1024, 10_000

TOO_LONG = "这张表超过 2 万行，请分成几张再传"
TOO_MUCH = "这张表里东西太多，收不下。请新建一张表，只把要收的几列粘过去再传"
BROKEN = "这张表打不开，可能没存完整。请用 Excel 或 WPS 打开，另存为 xlsx 再传"
NO_SHEET = "这个文件不是 xlsx 表格。请用 Excel 或 WPS 打开，另存为 xlsx 再传"

_REFERENCE = re.compile("([A-Z]{1,3})([0-9]{1,7})")
# Numbers of the built-in formats that show a day or a time, also the Chinese ones.
_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_UNSHOWN = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.')

Attributes = dict[str, str]


class BadSheet(ValueError):
    """A table is refused; the text is a plain Chinese sentence for the page."""


def read(file: IO[bytes]) -> list[list[str]]:
    """Return the cells of the first sheet that is shown, row n at [n - 1]. Raises BadSheet."""
    try:
        with _Archive(file) as archive:
            book = _Book(archive)
            return _Sheet(archive, book.sheet, book).rows()
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, NotImplementedError, RuntimeError):
        raise BadSheet(BROKEN) from None


class _Archive(zipfile.ZipFile):
    """A zip that counts what it is asked for: `zipfile` gives out no more of a part than its directory says."""

    unpacked = elements = 0

    def part(self, name: str) -> IO[bytes] | None:
        """The part for reading, or None if it is not there."""
        info = self.NameToInfo.get(name)
        if info is None:
            return None
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadSheet(BROKEN)
        self.unpacked += info.file_size
        if self.unpacked > MOST_UNPACKED:
            raise BadSheet(TOO_MUCH)
        return self.open(info)

    def count(self) -> None:
        """One more element was met."""
        self.elements += 1
        if self.elements > MOST_ELEMENTS:
            raise BadSheet(TOO_MUCH)


class _Part:
    """Goes through one XML part: `opened` and `closed` are called with each element's local name.

    How a word is spoken (rPh) is no part of its text.
    """

    def __init__(self, archive: _Archive, name: str) -> None:
        self._text: list[str] = []
        self._length = 0
        self._spoken = False
        self._archive, self._name = archive, name
        self._names: dict[str, str] = {}

    def opened(self, tag: str, attributes: Attributes) -> None: ...

    def closed(self, tag: str, text: str) -> None: ...

    def go(self) -> None:
        """Read it to its end; a part that is not there has no elements."""
        stream = self._archive.part(self._name)
        if stream is None:
            return
        parser = expat.ParserCreate(intern=self._names)
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler, parser.EndElementHandler = self._open, self._close
        parser.CharacterDataHandler = self._data
        with stream:
            fed = 0
            while chunk := stream.read(1 << 14):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > MOST_TAG or len(self._names) > MOST_NAMES:
                    raise BadSheet(TOO_MUCH)
        parser.Parse(b"", True)

    def _open(self, name: str, attributes: Attributes) -> None:
        self._archive.count()
        self._text, self._length = [], 0
        tag = name.rpartition(":")[2]
        self._spoken = self._spoken or tag == "rPh"
        self.opened(tag, attributes)

    def _close(self, name: str) -> None:
        text, self._text, self._length = "".join(self._text), [], 0
        tag = name.rpartition(":")[2]
        self.closed(tag, "" if self._spoken else text)
        self._spoken = self._spoken and tag != "rPh"

    def _data(self, text: str) -> None:
        self._length += len(text)
        if self._length <= MOST_TEXT:
            self._text.append(text)


def _refuse_doctype(*_declared: object) -> None:
    raise BadSheet(BROKEN)


class _List(_Part):
    """Elements of a part, each handed to `found`."""

    def __init__(self, archive: _Archive, name: str, found: Callable[[str, Attributes], None]) -> None:
        super().__init__(archive, name)
        self._found = found
        self.go()

    def opened(self, tag: str, attributes: Attributes) -> None:
        self._found(tag, attributes)


class _Strings(_Part):
    """The table of shared strings: `all`."""

    def __init__(self, archive: _Archive, name: str) -> None:
        super().__init__(archive, name)
        self.all: list[str] = []
        self._one: list[str] = []
        self.go()

    def opened(self, tag: str, attributes: Attributes) -> None:
        if tag == "si":
            self._one = []

    def closed(self, tag: str, text: str) -> None:
        if tag == "t":
            self._one.append(text)
        elif tag == "si":
            self.all.append(unescaped("".join(self._one)[:MOST_TEXT]))
            if len(self.all) > MOST_CELLS:
                raise BadSheet(TOO_MUCH)


class _Book:
    """What a sheet needs of its workbook: where it is, the shared strings, which styles are dates, when days began."""

    def __init__(self, archive: _Archive) -> None:
        self._archive = archive
        self.began = datetime(1899, 12, 30)  # noqa: DTZ001
        self._sheets: list[str] = []
        links = self._links("_rels/.rels", "", "officeDocument")
        workbook = next(iter(links.values()), "xl/workbook.xml")
        folder, name = posixpath.split(workbook)
        _List(archive, workbook, self._note)
        rels = f"{folder}/_rels/{name}.rels"
        places = self._links(rels, folder, "worksheet")
        self.sheet = next((places[each] for each in self._sheets if each in places), "")
        if not self.sheet:
            raise BadSheet(NO_SHEET)
        self.strings = _Strings(archive, next(iter(self._links(rels, folder, "sharedStrings").values()), "")).all
        self.dates = self._date_styles(next(iter(self._links(rels, folder, "styles").values()), ""))

    def _note(self, tag: str, attributes: Attributes) -> None:
        if tag == "sheet" and attributes.get("state", "visible") == "visible":
            self._sheets += [value for name, value in attributes.items() if name.endswith(":id")]
        elif tag == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.began = datetime(1904, 1, 1)  # noqa: DTZ001

    def _links(self, part: str, folder: str, kind: str) -> dict[str, str]:
        """Paths of the parts of one kind that `part` names, by their ids."""
        found: dict[str, str] = {}

        def note(tag: str, attributes: Attributes) -> None:
            if tag == "Relationship" and attributes.get("Type", "").endswith(f"/{kind}"):
                target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
                found[attributes.get("Id", "")] = target.lstrip("/")

        _List(self._archive, part, note)
        return found

    def _date_styles(self, part: str) -> frozenset[str]:
        """The numbers of the styles whose cells show a day or a time."""
        own: dict[str, str] = {}
        formats: list[str] = []
        inside = False

        def note(tag: str, attributes: Attributes) -> None:
            nonlocal inside
            if tag == "numFmt":
                own[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
            elif tag in ("cellXfs", "cellStyles"):
                inside = tag == "cellXfs"
            elif tag == "xf" and inside and len(formats) < MOST_CELLS:
                formats.append(attributes.get("numFmtId", ""))

        _List(self._archive, part, note)
        dates = {number for number, code in own.items() if re.search("[ymdhs年月日]", _UNSHOWN.sub("", code).lower())}
        dates |= {str(number) for number in _DATES} - own.keys()
        return frozenset(str(style) for style, number in enumerate(formats) if number in dates)


class _Sheet(_Part):
    """The cells of one sheet as text."""

    def __init__(self, archive: _Archive, name: str, book: _Book) -> None:
        super().__init__(archive, name)
        self._book = book
        self._rows: dict[int, dict[int, str]] = {}
        self._row = self._column = self._cells = self._letters = 0
        self._cell: Attributes = {}
        self._value: list[str] = []

    def rows(self) -> list[list[str]]:
        self.go()
        return [self._line(number) for number in range(1, max(self._rows, default=0) + 1)]

    def _line(self, number: int) -> list[str]:
        cells = self._rows.get(number, {})
        return [cells.get(column, "") for column in range(1, max(cells, default=0) + 1)]

    def opened(self, tag: str, attributes: Attributes) -> None:
        if tag == "row":
            given = attributes.get("r", "")
            self._row = int(given) if given.isascii() and given.isdecimal() and len(given) < 9 else self._row + 1
            self._column = 0
        elif tag == "c":
            self._cell, self._value = attributes, []
            place = _REFERENCE.fullmatch(attributes.get("r", ""))
            self._column = column(place[1]) if place else self._column + 1
            self._cells += 1
            if self._cells > MOST_CELLS:
                raise BadSheet(TOO_MUCH)

    def closed(self, tag: str, text: str) -> None:
        if tag in ("v", "t"):
            self._value.append(unescaped(text) if tag == "t" else text)
        elif tag == "c" and (value := self._said("".join(self._value)).strip()[:MOST_TEXT]):
            if self._row > MOST_ROWS:
                raise BadSheet(TOO_LONG)
            self._letters += len(value)
            if self._letters > MOST_LETTERS:
                raise BadSheet(TOO_MUCH)
            if self._column <= MOST_COLUMNS:
                self._rows.setdefault(self._row, {})[self._column] = value

    def _said(self, value: str) -> str:
        kind = self._cell.get("t", "n")
        if kind == "s":
            return self._shared(value)
        if kind in ("e", "b"):
            return {"1": "是", "0": "否"}.get(value, "")
        return self._number(value) if kind == "n" and value else value

    def _shared(self, value: str) -> str:
        strings = self._book.strings
        number = int(value) if value.isascii() and value.isdecimal() and len(value) < 9 else len(strings)
        return strings[number] if number < len(strings) else ""

    def _number(self, value: str) -> str:
        try:
            number = float(value)
            if self._cell.get("s") in self._book.dates:
                return day(self._book.began + timedelta(days=number), number)
            return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.15g}"
        except (ValueError, OverflowError):
            return value
