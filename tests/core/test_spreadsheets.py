"""Tables go out as an independent reader reads them back, and come in from Excel, WPS and CSV; bombs stay outside."""

import csv
import io
import resource
import time
import zipfile
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask, Response
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from python_calamine import CalamineWorkbook
from werkzeug.datastructures import FileStorage

from wdj.core.spreadsheets import BadSheet, Cell, Form, Sheet, download, read_rows

LATIN_FORMULAS = "=+-@\t\r"
FORMULAS = LATIN_FORMULAS + "＝＋－＠"


def sent(sheet: Sheet, form: Form) -> Response:
    app = Flask("sheets")
    app.config["WDJ_TIMEZONE"] = "Asia/Shanghai"
    with app.app_context():
        return download(sheet, form)


def excel(*rows: list[Cell], columns: tuple[str, ...] = ("姓名", "电话")) -> list[list[Any]]:
    """The rows as another program reads them from the xlsx."""
    data = sent(Sheet("名册", columns, rows), "xlsx").get_data()
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def comma(*rows: list[Cell]) -> list[list[str]]:
    data = sent(Sheet("名册", ("姓名", "电话"), rows), "csv").get_data()
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def came(data: bytes) -> list[list[str]]:
    return read_rows(FileStorage(io.BytesIO(data), "表.xlsx"))


def test_telephones_and_identities_come_out_as_they_are() -> None:
    row: list[Cell] = ["李小满", "0917000021", "610330199001011234", "1E5", "TRUE", "#N/A", "00012"]
    assert excel(row)[1] == row
    assert comma(row)[1] == row


def test_numbers_and_days_are_numbers_and_days() -> None:
    moment = datetime(2026, 11, 22, 0, 5, tzinfo=UTC)
    found = excel([3, Decimal("1.5"), -5, date(2026, 11, 22), moment, None, 10**17])[1]
    assert found == [3, 1.5, -5, date(2026, 11, 22), datetime(2026, 11, 22, 8, 5), "", "1" + "0" * 17]  # noqa: DTZ001
    assert comma([3, Decimal("1.5"), date(2026, 11, 22), moment, None])[1] == [
        "3", "1.5", "2026-11-22", "2026-11-22 08:05", "",
    ]  # fmt: skip


@pytest.mark.parametrize("first", FORMULAS)
@pytest.mark.parametrize("before", ["", " ", "\u3000", "\n", "\ufeff", "\u200b"])
def test_no_cell_begins_as_a_formula(first: str, before: str) -> None:
    typed = f"{before}{first}HYPERLINK(1)"
    for name, _ in (excel([typed, "x"])[1], comma([typed, "x"])[1], excel(columns=(typed, "x"))[0]):
        assert name.strip(" \u3000\n\ufeff\u200b")[0] not in FORMULAS
        assert name.endswith("HYPERLINK(1)")


@given(st.lists(st.text(), min_size=2, max_size=2))
def test_whatever_was_typed_both_files_can_be_read(typed: list[str]) -> None:
    for row in (excel(list(typed))[1:], comma(list(typed))[1:]):
        for cell in row[0] if row else []:
            assert str(cell).lstrip()[:1] not in tuple(FORMULAS)


def test_what_excel_writes_as_a_code_stays_the_text_that_it_is() -> None:
    data = sent(Sheet("名册", ["姓名"], [["_x003D_1+1"]]), "xlsx").get_data()
    assert came(data) == [["姓名"], ["_x003D_1+1"]]


def test_a_file_is_named_in_chinese_and_kept_by_nobody() -> None:
    headers = sent(Sheet("沙江寺村/名册", ["姓名"], []), "xlsx").headers
    disposition = headers["Content-Disposition"]
    assert disposition.startswith("attachment; ")
    assert "filename*=UTF-8''%E6%B2%99%E6%B1%9F%E5%AF%BA%E6%9D%91%20%E5%90%8D%E5%86%8C.xlsx" in disposition
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_head_is_bold_and_stays_in_sight() -> None:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(sent(Sheet("名册", ["姓名", "电话"], [["李", "1"]]), "xlsx").get_data()))
    page = book.worksheets[0]
    assert (page.title, page.freeze_panes, page["A1"].font.bold) == ("名册", "A2", True)
    assert page["B2"].data_type == "s"
    assert page["B2"].number_format == "@"


def made(*rows: list[Any]) -> bytes:
    """An xlsx as a clerk's Excel saves it."""
    book = Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_clerks_workbook_comes_in_as_text() -> None:
    data = made(["姓名", "电话", "日子"], [], [" 李小满 ", 13800000001, date(2026, 11, 22)], [1.5, True, None], [None])
    assert came(data) == [
        ["姓名", "电话", "日子"], ["", "", ""], ["李小满", "13800000001", "2026-11-22"], ["1.5", "是", ""],
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_csv_comes_in_however_it_was_saved(encoding: str, mark: str) -> None:
    text = f'姓名{mark}电话\r\n李小满{mark}="0917000021"\r\n\r\n"王{mark}二"{mark} 1 \r\n'
    assert came(text.encode(encoding)) == [
        ["姓名", "电话"], ["李小满", "0917000021"], ["", ""], [f"王{mark}二", "1"],
    ]  # fmt: skip


def test_what_goes_out_comes_in_again() -> None:
    rows: list[list[Cell]] = [["李小满", "0917000021"], ["王_x0041_", "610330199001011234"], ["两\n行", ""]]
    for form in ("xlsx", "csv"):
        data = sent(Sheet("名册", ["姓名", "电话"], rows), form).get_data()  # type: ignore[arg-type]
        assert came(data) == [["姓名", "电话"], *rows]


BOOK = '<workbook xmlns:r="r"><sheets><sheet name="a" r:id="i"/></sheets></workbook>'
LINKS = (
    '<R><Relationship Id="i" Type="x/worksheet" Target="worksheets/s.xml"/>'
    '<Relationship Id="j" Type="x/sharedStrings" Target="ss.xml"/></R>'
)
ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<!DOCTYPE w [<!ENTITY e0 "{"a" * 10}">{ENTITIES}]>'


def crafted(sheet: str, strings: str = "<s/>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", LINKS)
        archive.writestr("xl/worksheets/s.xml", sheet)
        archive.writestr("xl/ss.xml", strings)
    return out.getvalue()


def inline(text: str) -> str:
    return f'<w><row><c t="inlineStr"><is><t>{text}</t></is></c></row></w>'


def attributes(first: int, last: int) -> str:
    return " ".join(f"a{number:x}=''" for number in range(first, last))


BOMBS = {
    "one great part": lambda: crafted(f"<w>{' ' * 400_000_000}<row><c><v>1</v></c></row></w>"),
    "cells without end": lambda: crafted(f"<w><row>{'<c/>' * 6_000_000}</row></w>"),
    "rows without end": lambda: crafted(f"<w>{'<row/>' * 4_000_000}</w>"),
    "strings without end": lambda: crafted("<w/>", f"<s>{'<si/>' * 5_000_000}</s>"),
    "a deep nest": lambda: crafted("<w>" * 2_000_000),
    "a great attribute": lambda: crafted(f'<w a="{"a" * 30_000_000}"/>'),
    "attributes without end": lambda: crafted(f"<w {attributes(0, 2_300_000)}/>"),
    "new attributes in every tag": lambda: crafted(
        f"<w>{''.join(f'<x {attributes(first, first + 5_000)}/>' for first in range(0, 2_300_000, 5_000))}</w>"
    ),
    "a great text": lambda: crafted(inline("a" * 30_000_000).replace("</w>", "")),
    "a billion laughs": lambda: crafted(LAUGHS + inline("&e9;")),
    "a document type": lambda: crafted('<!DOCTYPE w [<!ENTITY e "x">]>' + inline("&e;1")),
    "a file from outside": lambda: crafted('<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + inline("&x;1")),
    "one string a thousand times": lambda: crafted(
        "<w>" + '<row><c t="s"><v>0</v></c></row>' * 20_000 + "</w>", f"<s><si><t>{'_x0041_' * 4_000}</t></si></s>"
    ),
    "a row far down": lambda: crafted('<w><row r="99999999"><c r="ZZZ9999999"><v>1</v></c></row></w>'),
    "lines without end": lambda: b"\n" * 5_000_000 + b"a",
    "a quote without end": lambda: b'"' + b"a" * 5_000_000,
    "more than 5 MB": lambda: b"a," * 2_700_000,
    "20,001 rows": lambda: made(*([number] for number in range(20_001))),
    "half a file": lambda: made(["姓名"], ["李"])[:-400],
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_soon_and_in_words(name: str) -> None:
    data = BOMBS[name]()
    memory, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    with pytest.raises(BadSheet, match="请"):
        came(data)
    assert time.perf_counter() - began < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 150_000


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空的"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 999, "另存为 xlsx"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "不是表格"),
        (b"%PDF-1.4\n\x00\x01", "不是表格"),
        (crafted("<w/>"), "一个字也没有"),
        (b"PK\x03\x04" + b"\0" * 99, "打不开"),
    ],
)
def test_what_is_no_table_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(BadSheet, match=words):
        came(data)


def test_a_word_document_is_no_table() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    with pytest.raises(BadSheet, match="不是 xlsx"):
        came(out.getvalue())


@given(st.binary(max_size=300))
def test_any_bytes_are_rows_or_a_sentence(data: bytes) -> None:
    for each in (data, b"PK\x03\x04" + data):
        with suppress(BadSheet):
            assert came(each)


@given(st.data())
def test_a_workbook_with_a_wrong_byte_is_rows_or_a_sentence(data: st.DataObject) -> None:
    good = bytearray(WHOLE)
    for _ in range(3):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BadSheet):
        assert came(bytes(good))


WHOLE = made(["姓名", "电话"], ["李小满", 13800000001])
