"""Files are kept under their form's key until the form is accepted, so that a mistake in it loses no photo."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage, MultiDict

from wdj.core.clock import now
from wdj.core.db import brief_read, db, insert_new
from wdj.core.jobs import every
from wdj.core.media import files
from wdj.core.media.check import BadUpload, Kind, check
from wdj.core.media.documents import check_document, display_name
from wdj.core.media.fields import apply_fields
from wdj.core.media.rows import Media, process, remove
from wdj.core.media.sound import refuse_unfit

UNITS = {"picture": ("照片", "张"), "sound": ("录音", "段"), "file": ("附件", "个")}
FIELDS: dict[Kind, str] = {"picture": "pictures", "sound": "sound", "file": "files"}
"""The name of the field in which each kind comes."""
Problems = list[tuple[Kind, str]]
CHUNK = 64 * 1024


@dataclass(frozen=True)
class Batch:
    """The files of one field: at most `most` of the kind, `already` of which hang on the item."""

    kind: Kind
    uploads: Sequence[FileStorage]
    most: int
    already: int = 0
    seconds: int = 120


@dataclass(frozen=True)
class Kept:
    """An original that lies on the disk and waits for its row."""

    key: str
    digest: str
    mime: str
    bytes: int
    seconds: int | None
    name: str


def stage(
    uploads: Sequence[FileStorage],
    form_key: str,
    owner: str,
    kind: Kind,
    most: int,
    *,
    already: int = 0,
    seconds: int = 120,
) -> list[Media]:
    """`stage_all` for a form with one field of files; returns what is newly there."""
    return stage_all([Batch(kind, uploads, most, already, seconds)], form_key, owner)


def stage_all(
    batches: Iterable[Batch], form_key: str, owner: str, form: MultiDict[str, str] | None = None
) -> list[Media]:
    """Keep uploaded files under their form's key; return what is newly there. The same file twice is kept once.

    First all slow work, without the database, then `form`'s words and removals for what was staged before, then the
    rows. Raises BadUpload after everything good was staged, so commit then too; OSError (disk full) with no file left.
    """
    problems: Problems = []
    received: list[tuple[Batch, list[Kept]]] = []
    rows: list[Media] = []
    try:
        for batch in batches:
            received.append((batch, []))
            _receive(*received[-1], problems)
        if form:
            apply_fields(staged(form_key, owner), form)
        for batch, kept in received:
            rows += _add_rows(batch, kept, form_key, owner, problems)
    except BaseException:
        for _, kept in received:
            for each in kept:
                files.wipe(each.key)
        raise
    if problems:
        raise BadUpload(_sentence(problems), _by_field(problems))
    return rows


def _by_field(problems: Problems) -> dict[str, str]:
    return {FIELDS[kind]: _sentence([each for each in problems if each[0] == kind]) for kind, _ in problems}


def _sentence(problems: Problems) -> str:
    return "；".join(words for _, words in problems) + "。"


def _receive(batch: Batch, kept: list[Kept], problems: Problems) -> None:
    chosen = [upload for upload in batch.uploads if upload.filename]
    for number, upload in enumerate(chosen[: batch.most], 1):
        try:
            kept.append(_keep(upload, batch.kind, batch.seconds))
        except BadUpload as wrong:
            words = _numbered(str(wrong), number, batch.kind) if len(chosen) > 1 else str(wrong)
            problems.append((batch.kind, words))
    if len(chosen) > batch.most:
        problems.append((batch.kind, _too_many(batch)))


def _numbered(problem: str, number: int, kind: Kind) -> str:
    return f"第 {number} {UNITS[kind][1]}：{problem}"


def _too_many(batch: Batch) -> str:
    noun, unit = UNITS[batch.kind]
    return f"{noun}最多 {batch.most} {unit}，多出来的没有收"


def _keep(upload: FileStorage, kind: Kind, seconds: int) -> Kept:
    is_file = kind == "file"
    type_ = check_document(upload.stream) if is_file else check(upload.stream, kind)
    key = secrets.token_urlsafe(16)
    with files.appearing(files.original(key)) as draft:
        digest, size = _copy(upload.stream, draft)
        length = refuse_unfit(draft, type_, seconds) if kind == "sound" else None
    return Kept(key, digest, type_.mime, size, length, display_name(upload.filename or "", type_) if is_file else "")


def _copy(stream: IO[bytes], path: Path) -> tuple[str, int]:
    digest = hashlib.blake2b(digest_size=16)
    with path.open("xb") as file:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            file.write(chunk)
        return digest.hexdigest(), file.tell()


def _add_rows(batch: Batch, kept: list[Kept], form_key: str, owner: str, problems: Problems) -> list[Media]:
    """The new rows. A file that is known or finds no room gets none, and goes."""
    here = staged(form_key, owner)
    known = {each.digest for each in here}
    room = batch.most - batch.already - sum(each.kind == batch.kind for each in here)
    place = max((each.position for each in here), default=0) + 1
    added: list[str] = []
    for each in kept:
        again = each.digest in known
        if not again and len(added) < room and _add(each, form_key, owner, batch.kind, place + len(added)):
            added.append(each.key)
            known.add(each.digest)
            continue
        files.wipe(each.key)
        if not again and (batch.kind, _too_many(batch)) not in problems:
            problems.append((batch.kind, _too_many(batch)))
    return list(db.session.scalars(select(Media).where(Media.key.in_(added)).order_by(Media.position)))


def _add(kept: Kept, form_key: str, owner: str, kind: Kind, position: int) -> bool:
    row = insert_new(
        Media, key=kept.key, form_key=form_key, owner=owner, digest=kept.digest, kind=kind, position=position,
        mime=kept.mime, bytes=kept.bytes, seconds=kept.seconds, name=kept.name,
    )  # fmt: skip
    return db.session.scalar(row.returning(Media.id)) is not None


def staged(form_key: str, owner: str) -> list[Media]:
    """What this owner has staged under the form, in its order."""
    mine = (Media.form_key == form_key, Media.owner == owner, Media.state == "staged")
    return list(db.session.scalars(select(Media).where(*mine).order_by(Media.position, Media.id)))


def adopt(form_key: str, owner: str, item_id: int, *, keeps_owner: bool = False) -> list[Media]:
    """Hang what is staged under the form on the item, behind what hangs there, and have it processed.

    From here on the item says whose it is; with `keeps_owner`, what a clerk puts there for somebody stays theirs too.
    """
    last = db.session.scalar(select(func.max(Media.position)).where(Media.item_id == item_id)) or 0
    rows = staged(form_key, owner)
    for number, media in enumerate(rows, last + 1):
        media.item_id, media.state, media.position = item_id, "waiting", number
        media.form_key, media.owner, media.digest = None, owner if keeps_owner else "", ""
        process(media)
    return rows


@every(60)
def forget_abandoned() -> None:
    """Forms that were never sent lose their files after a day; so do files that no row knows."""
    sweep_files()
    old = select(Media).where(Media.state == "staged", Media.made_at < now() - timedelta(hours=24))
    for media in db.session.scalars(old).all():
        remove(media)


def sweep_files() -> None:
    """Remove files older than a day whose row is gone: an item was erased, or a run was killed."""
    found = list(files.old_files())
    for start in range(0, len(found), 500):
        part = found[start : start + 500]
        with brief_read() as connection:
            known = set(connection.scalars(select(Media.key).where(Media.key.in_({key for key, _ in part}))))
        for key, path in part:
            if key not in known:
                path.unlink(missing_ok=True)
