"""Documents as attachments: PDF, Word and Excel, told by their content; nothing with macros, passwords or a bomb."""

import re
import struct
import unicodedata
from typing import IO

from wdj.core.media.check import BadUpload, MiB, Type
from wdj.core.media.containers import OLE, Damaged, Entry, Ole, Part, beginning_of, zip_parts

MOST_BYTES, MOST_UNPACKED, MOST_RATIO, MOST_TYPES = 20 * MiB, 300 * MiB, 200, 256 * 1024
MOST_NAME = 60

EMPTY = "这个文件是空的，请重新选一次"
TOO_HEAVY = "这个文件超过 20 MB。请把里面的图片压缩一下，或分成几个再传"
NOT_THIS = "这个文件不能当附件，只收 PDF、Word 和 Excel（doc、docx、xls、xlsx）"
MACROS = "这个文件里带宏，可能藏着病毒，不能收。请另存成不带宏的 docx 或 xlsx 再传"
LOCKED = "这个文件设了密码，大家打不开。请去掉密码再传"
BOMB = "这个文件解开后大得不正常，不能收。请另存成 PDF 再传"
BROKEN = "这个文件打不开，可能没存完整。请重新存一次再传"

OFFICE = "application/vnd.openxmlformats-officedocument."
TYPES = {
    "pdf": Type("application/pdf", "pdf"),
    "doc": Type("application/msword", "doc"),
    "xls": Type("application/vnd.ms-excel", "xls"),
    "docx": Type(f"{OFFICE}wordprocessingml.document", "docx"),
    "xlsx": Type(f"{OFFICE}spreadsheetml.sheet", "xlsx"),
}
# What the list of contents says of a file's main part, and the folder in which that stands.
MAIN = {"docx": ("wordprocessingml.document.main+xml", "word/"), "xlsx": ("spreadsheetml.sheet.main+xml", "xl/")}
LABELS = {"pdf": "PDF", "doc": "Word", "docx": "Word", "xls": "Excel", "xlsx": "Excel"}
CONTENTS = "[Content_Types].xml"
OLE_MACROS = frozenset({"VBA", "_VBA_PROJECT", "_VBA_PROJECT_CUR", "Macros"})
BEGINS, FILE_PASS = 0x0809, 0x002F


def ending_of(mime: str) -> str:
    """pdf, doc, docx, xls or xlsx; empty for what is no document."""
    return next((ending for ending, type_ in TYPES.items() if type_.mime == mime), "")


def check_document(stream: IO[bytes]) -> Type:
    """Return what the document is, from its content. Reads its directory only. Raises BadUpload."""
    size = stream.seek(0, 2)
    stream.seek(0)
    if not size:
        raise BadUpload(EMPTY)
    if size > MOST_BYTES:
        raise BadUpload(TOO_HEAVY)
    try:
        return TYPES[_told(stream, stream.read(8), size)]
    except (Damaged, struct.error):
        raise BadUpload(BROKEN) from None
    finally:
        stream.seek(0)


def _told(stream: IO[bytes], head: bytes, size: int) -> str:
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head == OLE:
        return _old_office(Ole(stream))
    if head.startswith(b"PK\3\4"):
        return _new_office(stream, zip_parts(stream), size)
    raise BadUpload(NOT_THIS)


def _old_office(file: Ole) -> str:
    top = file.top()
    if "EncryptedPackage" in top:
        raise BadUpload(LOCKED)
    if OLE_MACROS & {entry.name for entry in file.entries}:
        raise BadUpload(MACROS)
    if word := top.get("WordDocument"):
        return _unlocked(file, word, "doc")
    if book := top.get("Workbook") or top.get("Book"):
        return _unlocked(file, book, "xls")
    raise BadUpload(NOT_THIS)


def _unlocked(file: Ole, entry: Entry, ending: str) -> str:
    """`ending`, unless the document says in its first bytes that it needs a password."""
    head = file.head(entry)
    if len(head) < 32:
        raise Damaged("a document without a beginning")
    if ending == "doc":
        locked = struct.unpack_from("<H", head, 10)[0] & 0x100
    else:
        first, length = struct.unpack_from("<HH", head)
        after = 4 + length
        locked = first == BEGINS and head[after : after + 2] == FILE_PASS.to_bytes(2, "little")
    if locked:
        raise BadUpload(LOCKED)
    return ending


def _new_office(stream: IO[bytes], parts: list[Part], size: int) -> str:
    _refuse_bomb(parts, size)
    names = {part.name.lower() for part in parts}
    contents = next((part for part in parts if part.name == CONTENTS), None)
    if contents is None:
        raise BadUpload(NOT_THIS)
    said = beginning_of(stream, contents, MOST_TYPES).decode("utf-8", "replace")
    macros = any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in names)
    if macros or "macroenabled" in said.lower():
        raise BadUpload(MACROS)
    for ending, (main, folder) in MAIN.items():
        if main in said and any(name.startswith(folder) for name in names):
            return ending
    raise BadUpload(NOT_THIS)


def _refuse_bomb(parts: list[Part], size: int) -> None:
    if any(part.is_locked for part in parts):
        raise BadUpload(LOCKED)
    unpacked, packed = sum(part.unpacked for part in parts), sum(part.packed for part in parts)
    # Parts that lie over each other are packed larger than the file they stand in.
    if unpacked > MOST_UNPACKED or packed > size or (unpacked > 10 * MiB and unpacked > MOST_RATIO * size):
        raise BadUpload(BOMB)


def display_name(given: str, type_: Type) -> str:
    """What a document is called on the page: without folders, control and direction marks, with its true ending."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    name = "".join(" " if char.isspace() else char for char in name)
    name = "".join(char for char in name if unicodedata.category(char)[0] != "C" and char not in '<>:"|?*')
    stem, dot, ending = name.rpartition(".")
    if dot and (ending.lower() in (*TYPES, "docm", "xlsm", "wps", "et") or ending.lower() == type_.reader):
        name = stem
    return f"{' '.join(name.split())[:MOST_NAME].strip(' .') or '附件'}.{type_.reader}"
