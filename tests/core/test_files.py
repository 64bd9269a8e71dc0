"""Documents on posts: what is taken is told by content, goes out as it came, and nothing dangerous comes in."""

import io
import struct
import time
import tracemalloc
from collections.abc import Iterator

import pytest
from flask import Flask

from tests.conftest import County
from tests.core.documents import (
    LOCKED_DOC,
    LOCKED_XLS,
    MACRO_WORD,
    OLE_MARK,
    PDF,
    SHEET,
    WORD,
    a_workbook,
    office,
    ole,
    zipped,
)
from tests.core.test_media import DEVICE, FORM, a_post, on_disk, upload
from tests.modules.posts import published, words
from wdj.core import jobs
from wdj.core.db import db
from wdj.core.media import BadUpload, Media, adopt, files, media_of, remove, stage, staged
from wdj.core.media.containers import MOST_PARTS, MOST_READS, Damaged, Ole
from wdj.core.media.documents import TYPES, display_name


@pytest.fixture
def site(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app
        db.session.remove()


def send(*contents: bytes, name: str = "公示.pdf", most: int = 5) -> list[Media]:
    try:
        return stage([upload(each, name) for each in contents], FORM, DEVICE, "file", most)
    finally:
        db.session.commit()


def kinds() -> dict[str, bytes]:
    return {
        "pdf": PDF,
        "docx": office(WORD, "word/"),
        "xlsx": a_workbook(),
        "doc": ole("WordDocument", "1Table"),
        "xls": ole("Workbook"),
    }


@pytest.mark.parametrize("ending", list(TYPES))
def test_each_kind_is_told_by_its_content_and_goes_out_as_it_came(site: Flask, ending: str) -> None:
    content = kinds()[ending]
    send(content, name="三季度收支.txt")
    (media,) = adopt(FORM, DEVICE, a_post())
    db.session.commit()
    assert (media.state, media.mime, media.name) == ("ready", TYPES[ending].mime, f"三季度收支.txt.{ending}")
    answer = site.test_client().get(media.url(), buffered=True)
    assert answer.data == content
    assert answer.headers["Content-Type"] == TYPES[ending].mime
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    quoted = "%E4%B8%89%E5%AD%A3%E5%BA%A6%E6%94%B6%E6%94%AF.txt." + ending
    assert f"filename*=UTF-8''{quoted}" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert site.test_client().get(f"/media/{media.key}/file.exe").status_code == 404


def test_an_old_word_file_with_a_table_of_excel_in_it_is_word(site: Flask) -> None:
    (media,) = send(ole("WordDocument", inside=("Workbook",)))
    assert media.mime == TYPES["doc"].mime


def test_a_document_is_ready_at_once_and_keeps_one_name_on_the_disk(site: Flask) -> None:
    send(PDF)
    (media,) = adopt(FORM, DEVICE, a_post())
    db.session.rollback()
    assert files.original(staged(FORM, DEVICE)[0].key).read_bytes() == PDF, "a failed transaction loses no file"
    (media,) = adopt(FORM, DEVICE, a_post())
    db.session.commit()
    assert media.state == "ready"
    assert jobs.run_due() == 1
    assert on_disk() == [f"{media.key}.file.pdf"]
    remove(media)
    db.session.commit()
    assert jobs.run_due() == 1
    assert on_disk() == []


REFUSED = {
    "html": (b"<html><script>alert(1)</script>", "不能当附件"),
    "html with a pdf behind": (b"<html>" + PDF, "不能当附件"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "不能当附件"),
    "program": (b"MZ" + bytes(200), "不能当附件"),
    "text": ("项目,金额".encode(), "不能当附件"),
    "empty": (b"", "空的"),
    "plain zip": (zipped({"virus.exe": b"MZ"}), "不能当附件"),
    "slides": (office("application/x.presentationml.presentation.main+xml", "ppt/"), "不能当附件"),
    "word without word": (office(WORD, "other/"), "不能当附件"),
    "docm": (office(MACRO_WORD, "word/"), "带宏"),
    "docx with vba": (office(WORD, "word/", **{"word/vbaProject.bin": b"x"}), "带宏"),
    "xlsx with old macros": (office(SHEET, "xl/", **{"xl/macrosheets/sheet1.xml": b"x"}), "带宏"),
    "doc with vba": (ole("WordDocument", inside=("VBA",)), "带宏"),
    "locked docx": (ole("EncryptedPackage", "EncryptionInfo"), "密码"),
    "locked doc": (ole("WordDocument", stream=LOCKED_DOC), "密码"),
    "locked xls": (ole("Workbook", stream=LOCKED_XLS), "密码"),
    "installer": (ole("Property"), "不能当附件"),
    "half a docx": (office(WORD, "word/")[:-40], "没存完整"),
    "half a doc": (ole("WordDocument")[:700], "没存完整"),
}


def refused(content: bytes) -> str:
    with pytest.raises(BadUpload) as wrong:
        send(content)
    assert on_disk() == []
    return str(wrong.value)


@pytest.mark.parametrize("case", list(REFUSED))
def test_everything_else_is_refused_in_a_sentence(site: Flask, case: str) -> None:
    content, sentence = REFUSED[case]
    assert sentence in refused(content)


def with_directory(content: bytes, **changed: int) -> bytes:
    """The zip with other numbers in the first line of its directory: `unpacked`, `packed`, `flags`."""
    at = content.rfind(b"PK\1\2")
    places = {"flags": (8, "<H"), "packed": (20, "<I"), "unpacked": (24, "<I")}
    mutable = bytearray(content)
    for name, value in changed.items():
        struct.pack_into(places[name][1], mutable, at + places[name][0], value)
    return bytes(mutable)


def bombs() -> dict[str, tuple[bytes, str]]:
    good = office(WORD, "word/")
    ended = good.rfind(b"PK\5\6")
    many = bytearray(good)
    struct.pack_into("<H", many, ended + 10, MOST_PARTS + 1)
    wide = bytearray(good)
    struct.pack_into("<I", wide, ended + 12, 0x7FFFFFFF)
    return {
        "ten gigabytes": (with_directory(good, unpacked=0xFFFFFFF0), "大得不正常"),
        "a thousandfold": (office(WORD, "word/", **{"word/a.xml": bytes(30_000_000)}), "大得不正常"),
        "parts over each other": (with_directory(good, packed=1_000_000), "大得不正常"),
        "locked part": (with_directory(good, flags=1), "密码"),
        "a million parts": (bytes(many), "没存完整"),
        "a directory of two gigabytes": (bytes(wide), "没存完整"),
        "a chain that bites its tail": (biting(), "没存完整"),
        "a chain of chains": (winding(), "没存完整"),
        "noise": (OLE_MARK + bytes(range(256)) * 4000, "没存完整"),
    }


def biting() -> bytes:
    content = bytearray(ole("WordDocument"))
    struct.pack_into("<I", content, 512 + 4, 1)
    return bytes(content)


def winding() -> bytes:
    """1.5 KB whose directory leads by a table of tables, each the same sector, back to where it began."""
    far = 109 * 128 + 127 * 128 * 1_900
    header = OLE_MARK + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, far, 0, 4096, 0xFFFFFFFE, 0, 0, 1).ljust(512 - len(header), b"\0")
    tables = struct.pack("<127I", *([1] * 127)) + struct.pack("<I", 0)
    return header + tables + struct.pack("<128I", *([far] * 128))


def test_the_sectors_of_one_file_are_read_so_often_and_no_oftener() -> None:
    read: list[int] = []

    class Counted(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            read.append(1)
            return super().read(size)

    with pytest.raises(Damaged):
        Ole(Counted(winding()))
    assert MOST_READS // 2 < len(read) < MOST_READS + 10


@pytest.mark.parametrize("case", list(bombs()))
def test_a_bomb_is_refused_from_its_directory_fast_and_in_little_memory(site: Flask, case: str) -> None:
    content, sentence = bombs()[case]
    refused(PDF[1:])  # what is imported and opened the first time is not the bomb's
    tracemalloc.start()
    began = time.monotonic()
    assert sentence in refused(content)
    assert time.monotonic() - began < 2
    assert tracemalloc.get_traced_memory()[1] < 8 * 2**20 + 2 * len(content)
    tracemalloc.stop()


def test_twenty_megabytes_are_taken_and_a_byte_more_is_not(site: Flask) -> None:
    most = PDF.ljust(20 * 1024 * 1024)
    assert "20 MB" in refused(most + b" ")
    began = time.monotonic()
    (media,) = send(most)
    assert time.monotonic() - began < 2
    assert media.weight == "20.0 MB"


def test_the_sixth_document_is_told_and_the_five_stay(site: Flask) -> None:
    with pytest.raises(BadUpload, match="附件最多 5 个"):
        send(*(PDF + bytes([number]) for number in range(6)))
    assert len(staged(FORM, DEVICE)) == 5


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("C:\\桌面\\三季度收支.PDF", "三季度收支.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("公示.exe", "公示.exe.pdf"),
        ("收支\u202efdp.exe", "收支fdp.exe.pdf"),
        ("第一行\r\nSet-Cookie: a=b.pdf", "第一行 Set-Cookie a=b.pdf"),
        ("  .hidden.pdf", "hidden.pdf"),
        (".pdf", "附件.pdf"),
        ("长" * 300 + ".pdf", "长" * 60 + ".pdf"),
        ("报告.docm", "报告.pdf"),
    ],
)
def test_a_document_keeps_a_clean_name_with_its_true_ending(given: str, shown: str) -> None:
    assert display_name(given, TYPES["pdf"]) == shown


def on_a_post(county: County, **more: object) -> int:
    """A post of 沙江寺村 that 周 has let out, with documents that 李 chose."""
    li = county.li()
    li.get("/feed/new")
    sent = li.post("/feed/new", {**words(county), "then": "submit", **more})
    assert sent.status_code == 303, li.text
    return int(sent.headers["Location"].split("/")[2].partition("?")[0])


def test_a_villager_reads_what_a_document_weighs_and_takes_it_home(county: County) -> None:
    post = on_a_post(county, files=(io.BytesIO(PDF.ljust(300_000)), "收支 13800000001.pdf"))
    with county.app.app_context():
        url = media_of(post)[0].url()
    visitor = county.visitor()
    assert visitor.get(url).status_code == 404, "not before the post is out"
    zhou = county.zhou()
    zhou.get(f"/feed/{post}")
    zhou.post(f"/feed/{post}/publish")
    visitor.get(f"/feed/{post}")
    assert "附件：收支 138****0001.pdf（PDF， 293 KB ）" in visitor.text
    answer = visitor.get(url)
    assert answer.status_code == 200
    assert "138****0001" not in answer.headers["Content-Disposition"]
    assert "13800000001" not in answer.headers["Content-Disposition"]
    zhou.get(f"/feed/{post}/withdraw")
    zhou.post(f"/feed/{post}/withdraw", {"note": "数字有误"})
    assert visitor.get(url).status_code == 404


def test_a_mistake_in_the_text_loses_no_document_and_one_can_be_taken_away(county: County) -> None:
    li = county.li()
    li.get("/feed/new")
    sent = {**words(county), "title": "短", "files": (io.BytesIO(PDF), "收支.pdf")}
    assert li.post("/feed/new", sent).status_code == 422
    assert "收支.pdf" in li.text
    done = li.post("/feed/new", words(county))
    post = int(done.headers["Location"].split("/")[2])
    with county.app.app_context():
        (media,) = media_of(post)
        assert (media.name, media.state) == ("收支.pdf", "ready")
    li.get(f"/feed/{post}/edit")
    assert "收支.pdf" in li.text
    li.post(f"/feed/{post}/edit", {**words(county), "remove": str(media.id)})
    with county.app.app_context():
        assert media_of(post) == []


def test_a_page_of_html_named_pdf_is_refused_at_its_field(county: County) -> None:
    li = county.li()
    li.get("/feed/new")
    sent = {**words(county), "files": (io.BytesIO(b"<html>"), "收支.pdf")}
    assert li.post("/feed/new", sent).status_code == 422
    assert "只收 PDF、Word 和 Excel" in li.text
    assert published(county)
