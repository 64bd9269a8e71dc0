"""Where the bytes of what hangs on items lie, and how a file appears: whole, synced to the disk, or not at all."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import current_app

DAY = 86400


def folder() -> Path:
    instance: Path = current_app.config["WDJ_INSTANCE"]
    return instance / "media"


def original(key: str) -> Path:
    """Where what was uploaded lies, under no name of its own, until its job has re-made it."""
    return folder() / "staged" / key


def made(key: str, name: str) -> Path:
    """Where a re-made file lies; `name` is its size and ending: 640.jpg, sound.m4a."""
    return folder() / key[:2] / f"{key}.{name}"


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """Give the path of a draft to fill; afterwards it stands under `path`, and a power cut cannot take it away.

    On any error nothing is left behind. Raises OSError (ENOSPC on a full disk).
    """
    _make_folder(path.parent)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        yield draft
        _sync(draft)
        os.replace(draft, path)
        _sync(path.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def name_again(key: str, name: str) -> None:
    """Let the original stand under `name` as well: a transaction that fails afterwards finds it where it was."""
    path = made(key, name)
    _make_folder(path.parent)
    if not path.exists():
        os.link(original(key), path)
    _sync(path.parent)


def _make_folder(path: Path) -> None:
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def wipe(key: str) -> None:
    """Remove every file of `key`."""
    original(key).unlink(missing_ok=True)
    for path in (folder() / key[:2]).glob(f"{key}.*"):
        path.unlink(missing_ok=True)


def old_files() -> Iterator[tuple[str, Path]]:
    """(key, path) of every file older than a day: younger ones may still be on their way into the database."""
    before = time.time() - DAY
    for path in folder().glob("*/*"):
        try:
            if path.stat().st_mtime < before:
                yield _key(path), path
        except FileNotFoundError:
            continue


def _key(path: Path) -> str:
    """The key a file belongs to; a draft that a kill left behind belongs to none."""
    return "" if path.name.startswith(".") else path.name.partition(".")[0]
