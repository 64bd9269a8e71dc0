"""Migrations with data in the house: up, down, up again; cut in the middle; a rebuilt table that keeps its children."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect, text

from tests.conftest import _copy, start
from tests.databases import Database, make_database
from tests.floor import change, counts, every, one
from wdj.config import ROOT
from wdj.core import deadlines
from wdj.core.db import Model, db
from wdj.core.schema import migrate, upgrade
from wdj.core.search import in_models
from wdj.portal import sample

COMPARE = {"compare_type": True, "compare_server_default": True, "include_name": in_models}
MIGRATION = '''"""planted"""

import os, signal

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{before}"
branch_labels = depends_on = None


def upgrade():
{up}


def downgrade():
{down}
'''
# Rebuilds items, as SQLite needs it for a changed column: DROP TABLE and all.
REBUILD = """
    with op.batch_alter_table("items") as batch:
        batch.add_column(sa.Column("planted", sa.String(), nullable=True))
        batch.alter_column("title", existing_type=sa.String(), type_=sa.Text())
"""
REBUILD_BACK = """
    with op.batch_alter_table("items") as batch:
        batch.drop_column("planted")
        batch.alter_column("title", existing_type=sa.Text(), type_=sa.String())
"""
ADD = """
    op.add_column("items", sa.Column("planted", sa.String(), nullable=True))
    op.create_table("planted", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("UPDATE items SET planted = 'new', title = 'changed'")
"""


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Flask]:
    """The app on a database in which there is nothing at all."""
    (tmp_path / "instance").mkdir()
    database = make_database(tmp_path / "instance" / "wdj.db")
    app = start(database, tmp_path / "instance")
    yield app
    close(app)
    database.drop()


def close(app: Flask) -> None:
    app.extensions["freshness"].close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def filled_template(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The whole sample: posts, comments, likes, pictures, people."""
    folder = tmp_path_factory.mktemp("filled")
    database = make_database(folder / "wdj.db")
    app = start(database, folder)
    with app.app_context():
        upgrade()
        sample.load()
        db.session.commit()
    close(app)
    database.settle()
    yield database
    database.drop()


@pytest.fixture
def filled(filled_template: Database, tmp_path: Path) -> Iterator[Flask]:
    yield from _copy(filled_template, tmp_path)


def tables(app: Flask) -> set[str]:
    with app.app_context():
        return {
            each
            for each in inspect(db.engine).get_table_names()
            if each != "alembic_version" and in_models(each, "table", {})
        }


def columns(app: Flask, table: str) -> set[str]:
    with app.app_context():
        return {each["name"] for each in inspect(db.engine).get_columns(table)}


def head() -> str:
    """The newest revision of the house."""
    return sorted((ROOT / "wdj" / "migrations" / "versions").glob("0*.py"))[-1].name[:4]


def plant(app: Flask, tmp_path: Path, up: str, down: str = "    pass") -> None:
    """Give `app` a copy of the migrations with one more."""
    folder = tmp_path / "migrations"
    shutil.copytree(ROOT / "wdj" / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
    words = MIGRATION.format(before=head(), up=up, down=down)
    (folder / "versions" / "9999_planted.py").write_text(words, encoding="utf-8")
    app.config["MIGRATIONS"] = folder


def go_up(app: Flask) -> None:
    with app.app_context():
        command.upgrade(migrate.get_config(str(app.config["MIGRATIONS"])), "head")


def go_down(app: Flask, to: str) -> None:
    with app.app_context():
        command.downgrade(migrate.get_config(str(app.config["MIGRATIONS"])), to)


def snapshot(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with app.app_context():
        found = {
            name: sorted(map(tuple, db.session.execute(text(f"SELECT * FROM {name}"))), key=repr)
            for name in Model.metadata.tables
        }
        db.session.remove()
        return found


def test_up_from_nothing_makes_the_schema_of_the_models(bare: Flask) -> None:
    go_up(bare)
    assert tables(bare) == set(Model.metadata.tables)
    with bare.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=COMPARE)
        assert compare_metadata(context, Model.metadata) == []


def test_no_change_of_the_models_waits_for_its_migration(bare: Flask) -> None:
    go_up(bare)
    with bare.app_context():
        command.check(migrate.get_config(str(bare.config["MIGRATIONS"])))


def test_down_takes_everything_away_and_up_brings_it_back(filled: Flask) -> None:
    made = counts(filled)
    assert min(made[name] for name in ("items", "posts", "comments", "likes", "media", "placements", "people")) > 0
    go_down(filled, "base")
    assert tables(filled) == set()
    go_up(filled)
    assert tables(filled) == set(Model.metadata.tables)
    assert set(counts(filled).values()) == {0}
    with filled.app_context():
        sample.load()
        db.session.commit()
    again = counts(filled)
    assert {name: again[name] for name in ("orgs", "people", "items", "comments", "likes")} == {
        name: made[name] for name in ("orgs", "people", "items", "comments", "likes")
    }


def test_up_twice_changes_nothing(filled: Flask) -> None:
    before = snapshot(filled)
    go_up(filled)
    assert snapshot(filled) == before


def test_what_stayed_unsolved_before_has_its_time_from_then_on(filled: Flask) -> None:
    change(filled, "DELETE FROM deadlines WHERE name = 'look'")
    letter = one(filled, "SELECT min(id) FROM items WHERE type = 'letter' AND state = 'answered'")
    change(filled, "UPDATE items SET state = 'unsolved' WHERE id = :id", id=letter)
    go_down(filled, "0013")
    go_up(filled)
    with filled.app_context():
        deadlines.reckon_open()
        db.session.commit()
    for ending, says in (("AND item_id = :id", 1), ("AND due_on IS NULL", 0)):
        assert one(filled, f"SELECT count(*) FROM deadlines WHERE name = 'look' {ending}", id=letter) == says
    assert one(filled, "SELECT due_at FROM items WHERE id = :id", id=letter)


def test_a_rebuilt_table_keeps_every_row_of_its_children(filled: Flask, tmp_path: Path) -> None:
    """A rebuild drops the old table; with foreign keys on, that silently deletes all posts and comments."""
    before = counts(filled)
    plant(filled, tmp_path, REBUILD, REBUILD_BACK)
    go_up(filled)
    assert "planted" in columns(filled, "items")
    assert counts(filled) == before
    go_down(filled, head())
    assert "planted" not in columns(filled, "items")
    assert counts(filled) == before
    go_up(filled)
    assert counts(filled) == before


def test_after_a_migration_foreign_keys_hold_again(filled: Flask, tmp_path: Path) -> None:
    plant(filled, tmp_path, REBUILD, REBUILD_BACK)
    go_up(filled)
    item = one(filled, "SELECT min(item_id) FROM comments")
    change(filled, "DELETE FROM events WHERE item_id = :id", id=item)
    change(filled, "DELETE FROM items WHERE id = :id", id=item)
    assert one(filled, "SELECT count(*) FROM comments WHERE item_id = :id", id=item) == 0
    assert one(filled, "SELECT count(*) FROM posts WHERE id = :id", id=item) == 0


def test_a_migration_that_leaves_orphans_is_refused_and_undone(filled: Flask, tmp_path: Path) -> None:
    before = snapshot(filled)
    plant(filled, tmp_path, "    op.execute('DELETE FROM orgs WHERE id = 1')")
    with pytest.raises(Exception, match=r"(?i)foreign key|without their parent"):
        go_up(filled)
    assert snapshot(filled) == before
    assert every(filled, "SELECT version_num FROM alembic_version") == [head()]


@pytest.mark.parametrize("steps", [ADD, REBUILD])
def test_a_migration_that_fails_half_way_leaves_the_old_house_whole_and_runs_again(
    filled: Flask, tmp_path: Path, steps: str
) -> None:
    before, held = snapshot(filled), tables(filled)
    plant(filled, tmp_path, steps + "    if not os.environ.get('PLANTED_GOES_ON'): raise RuntimeError('half way')")
    with pytest.raises(RuntimeError, match="half way"):
        go_up(filled)
    assert snapshot(filled) == before
    assert tables(filled) == held
    assert "planted" not in columns(filled, "items")
    assert every(filled, "SELECT version_num FROM alembic_version") == [head()]
    go_on(filled)


@pytest.mark.parametrize("steps", [ADD, REBUILD])
def test_a_migration_killed_half_way_leaves_the_old_house_whole_and_runs_again(
    filled: Flask, tmp_path: Path, steps: str
) -> None:
    before, held = snapshot(filled), tables(filled)
    stop = "    if not os.environ.get('PLANTED_GOES_ON'): os.kill(os.getpid(), signal.SIGKILL)"
    plant(filled, tmp_path, steps + stop)
    close(filled)
    script = (
        "import sys; from wdj import create_app; from wdj.core.schema import upgrade; app = create_app()\n"
        "with app.app_context(): upgrade(directory=sys.argv[1])"
    )
    settings = {
        "WDJ_INSTANCE": str(filled.config["WDJ_INSTANCE"]),
        "WDJ_DATABASE_URL": filled.config["WDJ_DATABASE_URL"],
    }
    killed = subprocess.run(
        [sys.executable, "-c", script, str(filled.config["MIGRATIONS"])], cwd=ROOT, env={**os.environ, **settings},
        check=False, capture_output=True, timeout=60,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert snapshot(filled) == before
    assert tables(filled) == held
    assert every(filled, "SELECT version_num FROM alembic_version") == [head()]
    go_on(filled)


def go_on(app: Flask) -> None:
    """The same migration once more, and this time nothing stops it."""
    before = counts(app)
    os.environ["PLANTED_GOES_ON"] = "1"
    try:
        go_up(app)
    finally:
        del os.environ["PLANTED_GOES_ON"]
    assert "planted" in columns(app, "items")
    assert counts(app) == before
    assert every(app, "SELECT version_num FROM alembic_version") == ["9999"]
