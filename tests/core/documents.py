"""Office files for tests, made of their parts: whole ones, locked ones, and the frame for broken ones."""

import io
import struct
import zipfile

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MACRO_WORD = "application/vnd.ms-word.document.macroEnabled.main+xml"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LOCKED_DOC = bytes(10) + struct.pack("<H", 0x100) + bytes(500)
LOCKED_XLS = struct.pack("<HH", 0x809, 16) + bytes(16) + struct.pack("<HH", 0x2F, 54) + bytes(480)


def zipped(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


def office(main: str, folder: str, **more: bytes) -> bytes:
    """A docx or xlsx: its list of contents, one part, and `more` by name."""
    contents = f'<Types><Override PartName="/{folder}main.xml" ContentType="{main}"/></Types>'.encode()
    return zipped({"[Content_Types].xml": contents, f"{folder}main.xml": b"<x/>" * 50, **more})


def a_workbook() -> bytes:
    from openpyxl import Workbook

    book, out = Workbook(), io.BytesIO()
    book.active.append(["项目", "金额"])
    book.save(out)
    return out.getvalue()


def ole(*names: str, stream: bytes = bytes(512), inside: tuple[str, ...] = ()) -> bytes:
    """An OLE file with these streams in its root, each beginning with `stream`; `inside` a storage of their own."""
    none = 0xFFFFFFFF
    chain = len(names) and 1
    entries = [("Root Entry", 5, none, chain or none)]
    every = [*names, *(["ObjectPool"] if inside else []), *inside]
    top = len(every) - len(inside)
    for number, name in enumerate(every, 1):
        right = number + 1 if number not in (top, len(every)) else none
        child = top + 1 if inside and number == top else none
        entries.append((name, 1 if child != none else 2, right, child))
    directory = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBBIII", len(name) * 2 + 2, kind, 1, none, right, child).ljust(52, b"\0")
        + struct.pack("<III", 1 + (len(every) + 4) // 4, 4096, 0)
        for name, kind, right, child in entries
    )
    sectors = -(-len(directory) // 512)
    table = [0xFFFFFFFD, *range(2, sectors + 1), 0xFFFFFFFE, *([0xFFFFFFFE] * 8)]
    header = OLE_MARK + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    fat = struct.pack(f"<{len(table)}I", *table).ljust(512, b"\xff")
    return header.ljust(512, b"\xff") + fat + directory.ljust(sectors * 512, b"\0") + stream.ljust(4096, b"\0") * 2
