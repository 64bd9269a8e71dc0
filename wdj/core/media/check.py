"""What may be uploaded: told by the content, never by the name; refused with a sentence a villager understands."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

MiB = 1024 * 1024
MOST_BYTES = {"picture": 12 * MiB, "sound": 20 * MiB}
MOST_PIXELS = 40_000_000
# What decoding one picture may take; with the process around it this keeps under the promised 150 MB.
MOST_MEMORY = 140_000_000

TOO_MANY_PIXELS = "这张照片尺寸太大，打不开。请截个图，或用微信发给自己再存下来传"
BROKEN = "这张照片打不开，可能没存完整。请换一张"
HEIC = "这种照片格式打不开，请在手机相机设置里选“兼容性最佳”，或截个图再传"
VIDEO = {"picture": "这是录像，这里只收照片", "sound": "这是录像，这里只收录音"}
NOT_THIS = {
    "picture": "这个文件不是照片，请选手机相册里的照片（JPG、PNG）",
    "sound": "这个文件不是录音，请用手机的录音机录一段再传",
}
TOO_HEAVY = {
    "picture": "这张照片超过 12 MB。请截个图，或用微信发给自己再存下来传",
    "sound": "这段录音超过 20 MB，请录短一些",
}


Faults = dict[str, str]
"""What is wrong with the files of a form, by the name of their field."""


class BadUpload(ValueError):
    """An uploaded file is refused; the text is a plain Chinese sentence for the page.

    `faults` says it field by field, where it was a form that came with them.
    """

    def __init__(self, words: str, faults: Faults | None = None) -> None:
        super().__init__(words)
        self.faults = faults or {}


Kind = Literal["picture", "sound", "file"]


@dataclass(frozen=True)
class Type:
    """A kind of file we take: its MIME type, and what alone may open it: Pillow's format, ffmpeg's demuxer.

    Documents are opened by nothing here; theirs is the ending of the name.
    """

    mime: str
    reader: str


_SIGNS: tuple[tuple[Kind, Type, Callable[[bytes], bool]], ...] = (
    ("picture", Type("image/jpeg", "JPEG"), lambda head: head.startswith(b"\xff\xd8\xff")),
    ("picture", Type("image/png", "PNG"), lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    ("picture", Type("image/gif", "GIF"), lambda head: head[:6] in (b"GIF87a", b"GIF89a")),
    ("picture", Type("image/webp", "WEBP"), lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
    ("sound", Type("audio/amr", "amr"), lambda head: head.startswith((b"#!AMR\n", b"#!AMR-WB\n"))),
    ("sound", Type("audio/mp4", "mov"), lambda head: head[4:8] == b"ftyp" and not _is_heic(head)),
    ("sound", Type("audio/webm", "matroska"), lambda head: head.startswith(b"\x1a\x45\xdf\xa3")),
    ("sound", Type("audio/ogg", "ogg"), lambda head: head.startswith(b"OggS")),
    ("sound", Type("audio/wav", "wav"), lambda head: head[:4] == b"RIFF" and head[8:12] == b"WAVE"),
    ("sound", Type("audio/mpeg", "mp3"), lambda head: head.startswith(b"ID3") or _is_mp3_frame(head)),
    ("sound", Type("audio/aac", "aac"), lambda head: head[:2] in (b"\xff\xf0", b"\xff\xf1", b"\xff\xf8", b"\xff\xf9")),
)  # fmt: skip
TYPES = {type_.mime: type_ for _, type_, _ in _SIGNS}


def _is_heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in (
        b"heic",
        b"heix",
        b"hevc",
        b"heim",
        b"heis",
        b"mif1",
        b"msf1",
        b"avif",
    )


def _is_mp3_frame(head: bytes) -> bool:
    """A frame of layer III begins with eleven set bits; two of the next say the layer (FF FE is a text's mark)."""
    return len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2


def check(stream: IO[bytes], kind: Kind) -> Type:
    """Return what the file is, from its content. Reads the header only. Raises BadUpload."""
    size = stream.seek(0, 2)
    stream.seek(0)
    if not size:
        raise BadUpload("这个文件是空的，请重新选一次")
    if size > MOST_BYTES[kind]:
        raise BadUpload(TOO_HEAVY[kind])
    head = stream.read(64)
    stream.seek(0)
    type_ = _sniff(head, kind)
    if kind == "picture":
        _check_pixels(stream, type_.reader)
    return type_


def mime_of(path: Path) -> str:
    """What a recording is that was taken, from its content, for who wants it as it came."""
    try:
        with path.open("rb") as file:
            return _sniff(file.read(64), "sound").mime
    except OSError:
        return "application/octet-stream"


def _sniff(head: bytes, kind: Kind) -> Type:
    found, type_ = next(((kind, type_) for kind, type_, fits in _SIGNS if fits(head)), (None, None))
    if type_ and found == kind:
        return type_
    if kind == "picture" and _is_heic(head):
        raise BadUpload(HEIC)
    if (type_ and type_.reader in ("mov", "matroska")) or (head[:4] == b"RIFF" and head[8:12] == b"AVI "):
        raise BadUpload(VIDEO[kind])
    raise BadUpload(NOT_THIS[kind])


def _check_pixels(stream: IO[bytes], reader: str) -> None:
    try:
        with Image.open(stream, formats=(reader,)) as picture:
            refuse_huge(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadUpload(TOO_MANY_PIXELS) from None
    except BadUpload:
        raise
    except Exception:  # Pillow raises anything at damaged bytes
        raise BadUpload(BROKEN) from None
    finally:
        stream.seek(0)


def refuse_huge(picture: Image.Image) -> None:
    """Raise BadUpload for a picture whose decoding would take too much memory; asks its header only."""
    pixels = picture.width * picture.height
    if pixels > MOST_PIXELS or pixels * _bytes_a_pixel(picture) > MOST_MEMORY:
        raise BadUpload(TOO_MANY_PIXELS)


def _bytes_a_pixel(picture: Image.Image) -> float:
    """The measured peak of decoding. A JPEG is decoded small, but a progressive one keeps all its coefficients."""
    if isinstance(picture, JpegImageFile):
        return _progressive(picture) if "progressive" in picture.info else 2
    if picture.format == "WEBP":
        return 15.5
    return {"1": 2, "L": 2, "RGB": 5}.get(picture.mode, 10.5)


def _progressive(picture: JpegImageFile) -> float:
    """Two bytes for each coefficient; colours are mostly kept at half width and height."""
    sizes = [across * down for _, across, down, _ in picture.layer]
    return 0.5 + 2 * sum(sizes) / max(sizes)
