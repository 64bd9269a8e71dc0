"""The county that the tests live in, its named cast, and the databases they run on."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType, SimpleNamespace

import brotli
import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from tests.browser import Browser
from tests.databases import Database, make_database
from wdj import create_app
from wdj.core import assets, people
from wdj.core.db import db
from wdj.core.orgs import Org
from wdj.core.schema import upgrade
from wdj.portal import sample

for name in [each for each in os.environ if each.startswith("WDJ_") and each != "WDJ_TEST_DATABASE_URL"]:
    del os.environ[name]


class Compiled(BytecodeCache):
    """The templates of all apps of this run, compiled once: that was a third of a test's time."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code
        self._code[bucket.key, bucket.checksum] = bucket.code


COMPILED = Compiled()
# Static files are packed as tightly as they can be: once for each of their bytes, not for each app. That a password
# fits its hash, and how the addresses of a route are built, is reckoned once too.
assets.brotli = SimpleNamespace(compress=cache(brotli.compress))  # type: ignore[assignment]
people.HASHER = SimpleNamespace(hash=people.HASHER.hash, verify=cache(people.HASHER.verify))  # type: ignore[assignment]


def _build_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
    if key not in BUILDERS:
        BUILDERS[key] = COMPILE_BUILDER(rule, append_unknown)
    return BUILDERS[key]


BUILDERS: dict[object, Callable[..., tuple[str, str]]] = {}
COMPILE_BUILDER = Rule._compile_builder
Rule._compile_builder = _build_once  # type: ignore[method-assign]


def start(database: Database, instance: Path, **environ: str) -> Flask:
    """The app on this database, as the server would make it."""
    settings = {"WDJ_INSTANCE": str(instance), "WDJ_DATABASE_URL": database.url, **environ}
    app = create_app(settings)
    app.testing = False
    app.jinja_env.bytecode_cache = COMPILED
    return app


def _template(tmp_path_factory: pytest.TempPathFactory, name: str, fill: Callable[[], None]) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp(name)
    database = make_database(folder / "wdj.db")
    app = start(database, folder)
    with app.app_context():
        upgrade()
        fill()
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    database.settle()
    yield database
    database.drop()


@pytest.fixture(scope="session")
def empty_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    yield from _template(tmp_path_factory, "empty", lambda: None)


@pytest.fixture(scope="session")
def county_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    yield from _template(tmp_path_factory, "county", sample.load_people)


def _copy(template: Database, folder: Path, **environ: str) -> Iterator[Flask]:
    shutil.rmtree(folder / "instance", ignore_errors=True)
    (folder / "instance").mkdir()
    database = template.copy(folder / "instance" / "wdj.db")
    app = start(database, folder / "instance", **environ)
    yield app
    app.extensions["freshness"].close()
    app.extensions["reads"].close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    database.drop()


@pytest.fixture
def app(empty_template: Database, tmp_path: Path) -> Iterator[Flask]:
    """The app on an empty migrated database."""
    yield from _copy(empty_template, tmp_path)


class County(SimpleNamespace):
    """Feng County with its cast: `county.zhou()` is a fresh browser in which the clerk of 留凤关镇 is signed in."""

    app: Flask

    def visitor(self, **headers: str) -> Browser:
        return Browser(self.app, **headers)

    def __getattr__(self, name: str) -> Callable[[], Browser]:
        login = CAST[name]

        def signed_in() -> Browser:
            browser = Browser(self.app)
            browser.sign_in(login, sample.PASSWORD)
            return browser

        return signed_in

    def org(self, short_name: str) -> int:
        with self.app.app_context():
            return int(db.session.query(Org.id).filter_by(short_name=short_name).scalar())


# Who is who, by surname: village clerk of 沙江寺村, town clerk over it, the stranger of 平木镇, a department,
# the county office, and IT.
CAST = {"li": "sjs", "zhou": "liufengguan", "wang": "pingmu", "zhao": "nongye", "chen": "xian", "sun": "it"}


@pytest.fixture
def county(county_template: Database, tmp_path: Path) -> Iterator[County]:
    """Feng County with its cast and no posts."""
    for app in _copy(county_template, tmp_path):
        yield County(app=app)
