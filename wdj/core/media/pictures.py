"""The job that re-makes a picture small: what leaves here holds no byte, place or device name of what was uploaded."""

import io
from pathlib import Path

from PIL import Image, ImageCms
from sqlalchemy import select, update

from wdj.core.db import brief_read, db
from wdj.core.jobs import job
from wdj.core.media import files
from wdj.core.media.check import TYPES, refuse_huge
from wdj.core.media.rows import Media

SIZES = (1280, 640)
THUMB = (208, 156)
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def set_failed(media_id: int) -> None:
    """The last try failed: say so on the page, keep the original."""
    db.session.execute(update(Media).where(Media.id == media_id).values(state="failed"))


@job("picture", failed=set_failed)
def make_picture(media_id: int) -> None:
    """Re-make the picture in all sizes, then forget the original.

    The sizes are on the disk before the original goes, so a killed run is finished by the next.
    """
    with brief_read() as connection:
        row = connection.execute(select(Media.key, Media.mime).where(Media.id == media_id)).one_or_none()
    if row is None:
        return
    source = files.original(row.key)
    if source.exists():
        _make_sizes(row.key, load_small(source, TYPES[row.mime].reader))
        source.unlink()
    with Image.open(files.made(row.key, "1280.jpg")) as made:
        width, height = made.size
    seen = files.made(row.key, "640.jpg").stat().st_size
    values = {"state": "ready", "mime": "image/jpeg", "bytes": seen, "width": width, "height": height}
    db.session.execute(update(Media).where(Media.id == media_id).values(values))


def load_small(path: Path, reader: str) -> Image.Image:
    """Return the picture upright, in sRGB, at most 1280 pixels long, without anything but its pixels."""
    longest = (SIZES[0], SIZES[0])
    with Image.open(path, formats=(reader,)) as opened:
        refuse_huge(opened)
        opened.draft("RGB", longest)
        turn, profile = _turn(opened), opened.info.get("icc_profile")
        picture = opened if opened.mode in ("L", "RGB", "RGBA", "CMYK") else opened.convert(_plain_mode(opened))
        picture.thumbnail(longest, Image.Resampling.LANCZOS)
        picture = _to_srgb(picture, profile)
        clean = Image.new("RGB", picture.size, "white")
        clean.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    return clean.transpose(turn) if turn else clean


def _plain_mode(picture: Image.Image) -> str:
    return "RGBA" if picture.mode in ("LA", "PA") or "transparency" in picture.info else "RGB"


def _turn(picture: Image.Image) -> Image.Transpose | None:
    try:
        return TURNS.get(picture.getexif().get(ORIENTATION, 1))
    except Exception:  # a camera's broken EXIF must not cost the picture
        return None


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as every screen understands them. A profile that does not fit is ignored, as browsers do."""
    if not profile:
        return picture
    try:
        wanted = "RGBA" if picture.mode == "RGBA" else "RGB"
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(picture, source, srgb, outputMode=wanted) or picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture


def _make_sizes(key: str, picture: Image.Image) -> None:
    for size in SIZES:
        smaller = picture.copy()
        smaller.thumbnail((size, size), Image.Resampling.LANCZOS)
        _save(key, str(size), smaller)
    _save(key, str(THUMB[0]), _thumb(picture))


def _thumb(picture: Image.Image) -> Image.Image:
    """The middle of the picture at 4:3, as lists show it."""
    width = max(1, min(picture.width, round(picture.height * 4 / 3)))
    height = max(1, min(picture.height, round(picture.width * 3 / 4)))
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    middle = picture.crop((left, top, left + width, top + height))
    middle.thumbnail(THUMB, Image.Resampling.LANCZOS)
    return middle


def _save(key: str, size: str, picture: Image.Image) -> None:
    with files.appearing(files.made(key, f"{size}.jpg")) as draft:
        picture.save(draft, "JPEG", quality=72, progressive=True, optimize=True)
    with files.appearing(files.made(key, f"{size}.webp")) as draft:
        picture.save(draft, "WEBP", quality=68, method=4)
