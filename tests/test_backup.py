"""Backups of a database that is being written: nothing acknowledged is missing, and a damaged backup is refused."""

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from wdj.config import ROOT

# Writes one row after the other and says each number only once it is committed.
WRITER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
number = 0
while True:
    number += 1
    db.execute("BEGIN IMMEDIATE")
    db.execute("INSERT INTO letters VALUES (?, ?)", (number, "x" * 2000))
    db.execute("UPDATE counted SET letters = letters + 1")
    db.execute("COMMIT")
    print(number, flush=True)
"""


def backup(*args: object) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(ROOT / "deploy" / "backup.py"), *map(str, args)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=60)


def made(done: subprocess.CompletedProcess[str]) -> Path:
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip().removeprefix("backup: "))


@pytest.fixture
def instance(tmp_path):
    folder = tmp_path / "instance"
    (folder / "media" / "ab").mkdir(parents=True)
    (folder / "media" / "ab" / "picture.jpg").write_bytes(b"a picture" * 1000)
    (folder / "secret_key").write_text("k" * 64)
    (folder / "secret_key").chmod(0o600)
    for name in ("wdj.db", "jobs.db"):
        with closing(sqlite3.connect(folder / name)) as db:
            db.executescript(
                "PRAGMA journal_mode=WAL; CREATE TABLE letters (id INTEGER PRIMARY KEY, text TEXT);"
                "CREATE TABLE counted (letters INTEGER); INSERT INTO counted VALUES (0);"
            )
    return folder


def test_a_backup_taken_while_writing_holds_all_that_was_acknowledged(instance, tmp_path):
    argv = [sys.executable, "-c", WRITER, str(instance / "wdj.db")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        for acknowledged in map(int, writer.stdout):
            if acknowledged == 300:
                break
        done = made(backup("make", instance, tmp_path / "backups"))
        writer.kill()
    restored = tmp_path / "restored"
    assert backup("restore", done, restored).returncode == 0
    with closing(sqlite3.connect(restored / "wdj.db")) as db:
        kept = db.execute("SELECT count(*) FROM letters").fetchone()[0]
        assert kept >= acknowledged
        assert db.execute("SELECT letters FROM counted").fetchone()[0] == kept
    assert (restored / "media" / "ab" / "picture.jpg").read_bytes() == b"a picture" * 1000
    assert (restored / "secret_key").stat().st_mode & 0o777 == 0o600


# Backs up, and does what the site may do meanwhile each time that the backup opens the first picture.
MEANWHILE = """
import os, runpy, sys
script, media = sys.argv[1], sys.argv[2] + "/media"

def work(event, args):
    if event == "open" and str(args[0]).endswith("/aa/first.jpg") and os.path.exists(media + "/ab"):
        os.unlink(media + "/ab/picture.jpg")
        os.rmdir(media + "/ab")
        os.rename(media + "/ac/.draft", media + "/ac/done.jpg")

sys.addaudithook(work)
sys.argv = [script, "make", *sys.argv[2:]]
runpy.run_path(script, run_name="__main__")
"""


def test_pictures_that_vanish_meanwhile_are_left_out_and_the_rest_is_whole(instance, tmp_path):
    for name in ("aa/first.jpg", "ac/.draft", "ac/last.jpg"):
        (instance / "media" / name).parent.mkdir(exist_ok=True)
        (instance / "media" / name).write_bytes(name.encode() * 1000)
    argv = [sys.executable, "-c", MEANWHILE, ROOT / "deploy" / "backup.py", instance, tmp_path / "backups"]
    done = made(subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False))
    assert backup("verify", done).returncode == 0
    assert backup("restore", done, tmp_path / "restored").returncode == 0
    media = tmp_path / "restored" / "media"
    kept = {str(path.relative_to(media)): path.read_bytes() for path in media.rglob("*") if path.is_file()}
    assert kept == {name: name.encode() * 1000 for name in ("aa/first.jpg", "ac/last.jpg")}


def test_a_picture_with_two_names_comes_back_twice(instance, tmp_path):
    os.link(instance / "media" / "ab" / "picture.jpg", instance / "media" / "ab" / "second.jpg")
    done = made(backup("make", instance, tmp_path / "backups"))
    assert backup("restore", done, tmp_path / "restored").returncode == 0
    assert (tmp_path / "restored" / "media" / "ab" / "second.jpg").read_bytes() == b"a picture" * 1000


def test_the_counts_of_readings_come_back_and_an_older_backup_has_none(instance, tmp_path):
    older = made(backup("make", instance, tmp_path / "older"))
    with closing(sqlite3.connect(instance / "reads.db")) as db:
        db.executescript(
            "CREATE TABLE totals (item_id INTEGER PRIMARY KEY, count INTEGER); INSERT INTO totals VALUES (1, 9)"
        )
    newer = made(backup("make", instance, tmp_path / "newer"))
    for done, name in ((older, "old"), (newer, "new")):
        assert backup("restore", done, tmp_path / name).returncode == 0
    assert not (tmp_path / "old" / "reads.db").exists()
    with closing(sqlite3.connect(tmp_path / "new" / "reads.db")) as db:
        assert db.execute("SELECT count FROM totals").fetchone() == (9,)


def cut_the_database(done: Path) -> None:
    with (done / "wdj.db").open("r+b") as file:
        file.truncate(4096)


def change_one_byte_of_the_pictures(done: Path) -> None:
    with (done / "files.tar").open("r+b") as file:
        file.seek(2000)
        file.write(b"?")


def lose_the_pictures(done: Path) -> None:
    (done / "files.tar").unlink()


def lose_the_sums(done: Path) -> None:
    (done / "SHA256SUMS").unlink()


@pytest.mark.parametrize(
    "harm",
    [cut_the_database, change_one_byte_of_the_pictures, lose_the_pictures, lose_the_sums],
    ids=lambda f: f.__name__,
)
def test_a_damaged_backup_is_refused_and_restores_nothing(instance, tmp_path, harm):
    done = made(backup("make", instance, tmp_path / "backups"))
    assert backup("verify", done).returncode == 0
    harm(done)
    assert backup("verify", done).returncode == 1
    refused = backup("restore", done, tmp_path / "restored")
    assert refused.returncode == 1
    assert refused.stderr.startswith("backup: ")
    assert not (tmp_path / "restored").exists()


def test_a_damaged_database_gives_no_backup_and_keeps_the_old_ones(instance, tmp_path):
    with closing(sqlite3.connect(instance / "wdj.db")) as db:
        db.executemany("INSERT INTO letters VALUES (?, ?)", [(n, "x" * 2000) for n in range(100)])
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    good = made(backup("make", instance, tmp_path / "backups", "--keep", 1))
    with (instance / "wdj.db").open("r+b") as file:
        file.seek(4096 * 10)
        file.write(b"\xff" * 4096 * 5)
    time.sleep(1.1)  # folders are named by the second
    assert backup("make", instance, tmp_path / "backups", "--keep", 1).returncode == 1
    assert list((tmp_path / "backups").iterdir()) == [good]


def test_only_the_newest_are_kept(instance, tmp_path):
    backups = tmp_path / "backups"
    for day in ("01", "02", "03"):
        (backups / f"2026-11-{day}T031500Z").mkdir(parents=True)
    (backups / "notes").mkdir()
    done = made(backup("make", instance, backups, "--keep", 2))
    assert sorted(file.name for file in backups.iterdir()) == sorted(["2026-11-03T031500Z", "notes", done.name])


def test_a_restore_never_overwrites_a_site(instance, tmp_path):
    done = made(backup("make", instance, tmp_path / "backups"))
    before = (instance / "wdj.db").read_bytes()
    refused = backup("restore", done, instance)
    assert refused.returncode == 1
    assert "restore into an empty folder" in refused.stderr
    assert (instance / "wdj.db").read_bytes() == before


def test_a_folder_without_a_site_is_named(tmp_path):
    refused = backup("make", tmp_path, tmp_path / "backups")
    assert refused.returncode == 1
    assert "wdj.db does not exist" in refused.stderr
