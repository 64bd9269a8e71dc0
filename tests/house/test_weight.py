"""What no worker needs, no worker reads: it would be there in each of them, all the time."""

import os
import subprocess
import sys
from pathlib import Path

from wdj.config import ROOT

# Who migrates, who hands out a workbook, who has the other database: each reads its own when it is asked for it.
NOT_IN_A_WORKER = ("alembic", "mako", "openpyxl", "psycopg", "chinese_calendar", "hypothesis")


def run(folder: Path, *argv: str) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("WDJ_")}
    done = subprocess.run(
        [sys.executable, *argv], cwd=ROOT, env={**environ, "WDJ_INSTANCE": str(folder)}, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_worker_begins_without_what_only_others_need(tmp_path: Path) -> None:
    names = run(tmp_path, "-c", "import sys, wsgi; print(*sys.modules)").split()
    assert "wdj.portal.cli" in names
    assert not set(NOT_IN_A_WORKER) & set(names)


def test_the_commands_that_migrate_are_there_when_they_are_called(tmp_path: Path) -> None:
    run(tmp_path, "-m", "flask", "--app", "wsgi", "db", "upgrade")
    assert "(head)" in run(tmp_path, "-m", "flask", "--app", "wsgi", "db", "current")
