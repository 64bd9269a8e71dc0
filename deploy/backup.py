#!/usr/bin/env python3
"""Backs up a running site: databases as one consistent copy each, media, the key; checked before it counts.

    backup.py make INSTANCE BACKUPS [--keep 7]   a new folder BACKUPS/2026-11-22T031500Z
    backup.py verify BACKUP                      says what is wrong with it, if anything
    backup.py restore BACKUP INSTANCE            into a folder that holds no site; BACKUP is verified first

Needs Python 3.11 and nothing else, so that it also works where the site no longer does. Never copy a live database
with cp: what is still in its -wal file would be missing.
"""

import argparse
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

DATABASES = ("wdj.db", "jobs.db", "reads.db")
SUMS = "SHA256SUMS"


class BackupFailed(RuntimeError):
    """The backup was not made or is not to be trusted; the text says why."""


def make(instance: Path, backups: Path, keep: int) -> Path:
    """Return the folder of a new, checked backup; older ones beyond `keep` are removed only then."""
    postgres = os.environ.get("WDJ_DATABASE_URL", "")
    names = [name for name in DATABASES if (instance / name).exists()]
    if "wdj.db" not in names and not postgres.startswith("postgresql"):
        raise BackupFailed(f"{instance}/wdj.db does not exist")
    backups.mkdir(parents=True, exist_ok=True)
    backups.chmod(0o700)
    demand_space(instance, backups)
    done = backups / datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    part = done.with_suffix(".part")
    part.mkdir(mode=0o700)
    try:
        # The databases first: every picture that they name is then on the disk already.
        for name in names:
            copy_database(instance / name, part / name)
        if postgres.startswith("postgresql"):
            dump_postgres(postgres, part / "wdj.pgdump")
        pack_files(instance, part / "files.tar")
        write_sums(part)
        verify(part)
    except BaseException:
        shutil.rmtree(part)
        raise
    part.rename(done)
    for old in sorted(backups.glob("????-??-??T??????Z"))[:-keep]:
        shutil.rmtree(old)
    return done


def demand_space(instance: Path, backups: Path) -> None:
    """Raise BackupFailed when a copy would fill the disk that the site may be writing to."""
    kept = [*(instance / name for name in DATABASES), *files_below(instance / "media")]
    size = sum(size_of(file) for file in kept)
    free = shutil.disk_usage(backups).free
    if free < size * 1.1:
        raise BackupFailed(f"needs {size >> 20} MB in {backups}, which has {free >> 20} MB left")


def files_below(folder: Path) -> list[Path]:
    """Every file under `folder`, by name; a folder that vanishes meanwhile has none."""
    return sorted(Path(at) / name for at, _, names in os.walk(folder) for name in names)


def size_of(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def copy_database(source: Path, target: Path) -> None:
    """One read transaction: writers go on meanwhile, and the copy is the database of one moment."""
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def dump_postgres(url: str, target: Path) -> None:
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    subprocess.run(["pg_dump", "--format=custom", f"--file={target}", f"--dbname={plain}"], check=True)


def pack_files(instance: Path, target: Path) -> None:
    """The site goes on working: what it removes or renames before its turn came is left out."""
    with tarfile.open(target, "w", dereference=True) as tar:
        for path in [instance / "secret_key", *files_below(instance / "media")]:
            try:
                with path.open("rb") as file:
                    tar.addfile(tar.gettarinfo(arcname=str(path.relative_to(instance)), fileobj=file), file)
            except FileNotFoundError:
                continue


def write_sums(folder: Path) -> None:
    lines = [f"{digest(file)}  {file.name}\n" for file in sorted(folder.iterdir())]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")
    for file in folder.iterdir():
        with file.open("rb") as written:
            os.fsync(written.fileno())


def digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def verify(backup: Path) -> None:
    """Raise BackupFailed unless every file is whole and every database is sound."""
    try:
        lines = (backup / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as wrong:
        raise BackupFailed(f"{backup}: no readable {SUMS}, so it is not a finished backup") from wrong
    sums = {name: known for known, name in (line.split("  ", 1) for line in lines)}
    found = {file.name for file in backup.iterdir()} - {SUMS}
    if "files.tar" not in sums or found != set(sums):
        raise BackupFailed(f"{backup}: files missing or added: {', '.join(sorted(found ^ set(sums))) or 'files.tar'}")
    for name, known in sums.items():
        if digest(backup / name) != known:
            raise BackupFailed(f"{backup}/{name}: damaged, its checksum differs")
    for name in set(DATABASES) & found:
        check_database(backup / name)


def check_database(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as copy:
            sound = copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            lost = copy.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as wrong:
        raise BackupFailed(f"{file}: {wrong}") from wrong
    if not sound or lost:
        raise BackupFailed(f"{file}: the database itself is damaged")


def restore(backup: Path, instance: Path) -> None:
    """Fill `instance` from `backup`; refuses a folder that holds a site and a backup that is not whole."""
    verify(backup)
    taken = [name for name in (*DATABASES, "media", "secret_key") if (instance / name).exists()]
    if taken:
        raise BackupFailed(f"{instance} holds a site ({', '.join(taken)}); restore into an empty folder")
    instance.mkdir(parents=True, exist_ok=True)
    for name in DATABASES:
        if (backup / name).exists():
            shutil.copyfile(backup / name, instance / name)
    unpack_files(backup / "files.tar", instance)


def owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def unpack_files(source: Path, instance: Path) -> None:
    """Plain files into their places; written out because Debian 12's tarfile has no filter for it yet."""
    with tarfile.open(source) as tar:
        for member in tar:
            target = instance / member.name
            if not (member.isfile() or member.isdir()) or not target.resolve().is_relative_to(instance.resolve()):
                raise BackupFailed(f"{source}: {member.name} is not a file of the site")
            if member.isdir():
                target.mkdir(exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            content = tar.extractfile(member)
            if content:
                with content, open(target, "wb", opener=owner_only) as file:
                    shutil.copyfileobj(content, file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("make")
    verb.add_argument("instance", type=Path)
    verb.add_argument("backups", type=Path)
    verb.add_argument("--keep", type=int, default=7, choices=range(1, 1000), metavar="N")
    verb = verbs.add_parser("verify")
    verb.add_argument("backup", type=Path)
    verb = verbs.add_parser("restore")
    verb.add_argument("backup", type=Path)
    verb.add_argument("instance", type=Path)
    args = vars(parser.parse_args())
    try:
        made = {"make": make, "verify": verify, "restore": restore}[args.pop("verb")](**args)
    except (BackupFailed, OSError, sqlite3.Error, subprocess.CalledProcessError) as wrong:
        sys.exit(f"backup: {wrong}")
    print(f"backup: {made}" if made else "backup: all is well")


if __name__ == "__main__":
    main()
