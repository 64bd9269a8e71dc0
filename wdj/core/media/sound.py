"""Sound goes through ffmpeg in a process of its own: opened by one named reader, never by a playlist or a network."""

import re
import shutil
import subprocess
from pathlib import Path

from flask import current_app
from sqlalchemy import select, update

from wdj.core.db import brief_read, db
from wdj.core.items import Item, keeps_originals
from wdj.core.jobs import job
from wdj.core.media import files
from wdj.core.media.check import TYPES, VIDEO, BadUpload, Type
from wdj.core.media.pictures import set_failed
from wdj.core.media.rows import Media

LONGEST = 600
GRACE = 5  # recorders that stop by themselves at two minutes stop a little late
DECODERS = "aac,amrnb,amrwb,mp3,mp3float,opus,libopus,vorbis,pcm_s16le,pcm_s24le,pcm_u8,pcm_f32le"
BROKEN = "这段录音打不开，请重新录一段"


class NoFfmpeg(RuntimeError):
    """The program that converts sound is missing; the text says which."""


class Unreadable(RuntimeError):
    """ffmpeg could make nothing of the file; the text is its last word."""


def refuse_unfit(path: Path, type_: Type, most_seconds: int) -> int | None:
    """Return the length of the sound in seconds; None where ffmpeg is missing.

    Raises BadUpload for a film, for what is no sound at all, and for more than `most_seconds`.
    """
    try:
        told = _ffmpeg(path, type_, ["-t", "3600", "-c", "copy", "-f", "null", "-"], patience=10)
    except NoFfmpeg:
        return None
    except (Unreadable, subprocess.TimeoutExpired):
        raise BadUpload(BROKEN) from None
    if any("(attached pic)" not in line for line in re.findall(r"^ *Stream #.*: Video:.*", told, re.MULTILINE)):
        raise BadUpload(VIDEO["sound"])
    seconds = _seconds(told)
    if not seconds:
        raise BadUpload(BROKEN)
    if seconds > most_seconds + GRACE:
        raise BadUpload(
            f"录音最长 {most_seconds // 60} 分钟，这段有 {seconds // 60} 分 {seconds % 60} 秒。请录短一些，或分两次交"
        )
    return seconds


@job("sound", failed=set_failed)
def make_sound(media_id: int) -> None:
    """Re-make the sound as small m4a, then forget the original; what raises (NoFfmpeg, Unreadable) keeps it.

    So do items of a type that keeps them, for who handles it: a voice may be heard better as it came.
    """
    found = select(Media.key, Media.mime, Media.seconds, Item.type).outerjoin(Item, Item.id == Media.item_id)
    with brief_read() as connection:
        row = connection.execute(found.where(Media.id == media_id)).one_or_none()
    if row is None:
        return
    source, target = files.original(row.key), files.made(row.key, "sound.m4a")
    seconds = row.seconds
    if source.exists():
        with files.appearing(target) as draft:
            seconds = _convert(source, TYPES[row.mime], draft)
        if not keeps_originals(row.type):
            source.unlink()
    values = {"state": "ready", "mime": "audio/mp4", "bytes": target.stat().st_size, "seconds": seconds}
    db.session.execute(update(Media).where(Media.id == media_id).values(values))


def _convert(source: Path, type_: Type, target: Path) -> int:
    small = ["-t", str(LONGEST + GRACE), "-ac", "1", "-ar", "22050", "-c:a", "aac", "-b:a", "32k"]
    bare = ["-vn", "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
    told = _ffmpeg(source, type_, [*small, *bare, "-movflags", "+faststart", "-f", "ipod", str(target)], patience=200)
    return _seconds(told)


def _ffmpeg(source: Path, type_: Type, output: list[str], patience: int) -> str:
    """Run ffmpeg on the first sound of `source` and return all it said."""
    program = shutil.which(current_app.config["WDJ_FFMPEG"])
    if program is None:
        raise NoFfmpeg(f"{current_app.config['WDJ_FFMPEG']}: no such program; install ffmpeg or set WDJ_FFMPEG")
    quiet = ["nice", "-n", "10", program, "-hide_banner", "-nostdin", "-nostats", "-y", "-threads", "1"]
    only = ["-protocol_whitelist", "file", "-codec_whitelist", DECODERS, "-f", type_.reader, "-i", f"file:{source}"]
    ran = subprocess.run(  # noqa: S603  a list in which nothing was typed by a visitor
        [*quiet, *only, "-map", "0:a:0", "-progress", "pipe:2", *output],
        check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=patience,
    )  # fmt: skip
    told = ran.stderr.decode("utf-8", "replace")
    if ran.returncode:
        raise Unreadable((told.strip().splitlines() or ["killed"])[-1][-200:])
    return told


def _seconds(told: str) -> int:
    """The length that was written, from ffmpeg's last progress report, rounded up."""
    times = re.findall(r"^out_time_us=(\d+)", told, re.MULTILINE)
    return -(-int(times[-1]) // 1_000_000) if times else 0
