"""Two years of a county's feed: as much as was asked for, of many kinds, clean, adding up, and the same every time."""

import gzip
import hashlib
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.browser import Browser
from tests.conftest import _copy
from tests.databases import Database
from wdj.core.comments import REASONS
from wdj.core.db import db
from wdj.core.orgs import Kind
from wdj.core.plain import tidy
from wdj.core.privacy import mask
from wdj.modules.feed.models import Post
from wdj.modules.feed.sample_grammar import stories
from wdj.modules.feed.sample_plan import SHARES, Planner, Told, Unit
from wdj.portal import sample
from wdj.portal.cli import wdj
from wdj.portal.county import first_county

DAY = "2026-04-18"
# What the county holds, as one row each; ids and the keys of pictures are left out.
HELD = (
    "SELECT o.short_name, i.kind, i.state, i.title, i.text, i.published_at, i.like_count, i.comment_count, p.period "
    "FROM items i JOIN posts p ON p.id = i.id JOIN orgs o ON o.id = i.org_id ORDER BY i.created_at, i.title",
    "SELECT name, village, text, state, reason, at FROM comments ORDER BY at, name, text",
    "SELECT org_id, name, number, phone FROM register ORDER BY id",
    "SELECT org_id, said, at FROM acknowledgements ORDER BY at, said, org_id",
    "SELECT org_id, list, kind, placed_at, pinned_at FROM placements ORDER BY org_id, list, placed_at, item_id",
)
# Stories of accounts whose total stands in their words.
TOTALLED = {"quarter", "work-account", "water-account", "jobs-paid", "rent", "clean-account", "old-age-list", "goods"}


def loaded(template: Database, folder: Path) -> Iterator[Flask]:
    """A county with the sample and its two years."""
    for app in _copy(template, folder, WDJ_SAMPLE_TODAY=DAY):
        with app.app_context():
            sample.load()
            sample.load_years(lambda words: None)
            db.session.commit()
            db.session.remove()
        yield app


@pytest.fixture(scope="module")
def years(empty_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    yield from loaded(empty_template, tmp_path_factory.mktemp("years"))


@pytest.fixture(scope="module")
def told() -> list[Told]:
    """The posts as they are planned, without a database."""
    units = [Unit(number, Kind.department, each.name, "") for number, each in enumerate(first_county().departments)]
    for town in first_county().towns:
        units.append(Unit(100 + len(units), Kind.town, town.name, town.name))
        units += [Unit(int(each.code), each.kind, each.short_name, town.name) for each in town.villages]
    return list(Planner(units, Random(7)).plan(SHARES, date.fromisoformat(DAY)))


def one(app: Flask, statement: str) -> int:
    with app.app_context():
        return int(db.session.execute(text(statement)).scalar() or 0)


def digest(app: Flask) -> str:
    found = hashlib.blake2b()
    with app.app_context():
        for statement in HELD:
            for row in db.session.execute(text(statement)):
                found.update("\t".join(map(str, row)).encode())
    with sqlite3.connect(app.config["WDJ_INSTANCE"] / "reads.db") as connection:
        found.update(str(connection.execute("SELECT day, sum(count) FROM reads GROUP BY day").fetchall()).encode())
    connection.close()
    return found.hexdigest()


def test_the_county_has_what_two_years_bring(years: Flask) -> None:
    assert one(years, "SELECT count(*) FROM items WHERE type = 'post' AND is_public") == 3560
    for column, share in SHARES.items():
        shown = f"SELECT count(*) FROM items WHERE type = 'post' AND is_public AND kind = '{column}'"
        assert one(years, shown) == share
    for state, least in (("withdrawn", 9), ("returned", 4), ("submitted", 3), ("featured", 14), ("recommended", 2)):
        assert one(years, f"SELECT count(*) FROM items WHERE state = '{state}'") >= least, state
    for state, least in (("shown", 2000), ("refused", 100), ("pending", 8)):
        assert one(years, f"SELECT count(*) FROM comments WHERE state = '{state}'") >= least, state
    assert one(years, "SELECT count(*) FROM placements WHERE pinned_at IS NOT NULL") >= 20
    assert one(years, "SELECT count(*) FROM posts WHERE must_read") >= 6
    assert one(years, "SELECT count(*) FROM acknowledgements") > 1000
    with sqlite3.connect(years.config["WDJ_INSTANCE"] / "reads.db") as connection:
        (read,) = connection.execute("SELECT sum(count) FROM totals").fetchone()
        assert connection.execute("SELECT sum(count) FROM reads").fetchone() == (read,)
    connection.close()
    assert 600_000 <= read < 610_000


def test_what_hangs_on_a_post_is_what_the_post_says(years: Flask) -> None:
    said = "SELECT count(*) FROM comments c WHERE c.item_id = i.id AND c.state = 'shown'"
    liked = "SELECT count(*) FROM likes l WHERE l.item_id = i.id"
    wrong = f"SELECT count(*) FROM items i WHERE comment_count <> ({said}) OR like_count <> ({liked})"
    assert one(years, wrong) == 0
    standing = "EXISTS (SELECT 1 FROM placements p WHERE p.item_id = i.id AND p.list = 'feed')"
    assert one(years, f"SELECT count(*) FROM items i WHERE type = 'post' AND is_public <> {standing}") == 0
    empty = "NOT EXISTS (SELECT 1 FROM disclosure_lines d WHERE d.post_id = i.id)"
    assert one(years, f"SELECT count(*) FROM items i WHERE kind = 'disclosure' AND author_id IS NULL AND {empty}") == 0
    with years.app_context():
        reasons = set(db.session.scalars(text("SELECT reason FROM comments WHERE state = 'refused'")))
    assert reasons <= set(REASONS)


def test_nothing_lies_in_the_future_and_all_of_two_years_is_there(years: Flask) -> None:
    with years.app_context():
        months = Counter(at.strftime("%Y-%m") for at in db.session.scalars(select(Post.published_at)) if at)
    assert max(months) == "2026-04"
    assert len(months) == 25
    assert min(months[month] for month in sorted(months)[1:-1]) > 100
    late = "SELECT count(*) FROM {} WHERE at > '2026-04-18 12:00:00'"
    assert one(years, late.format("events")) == one(years, late.format("acknowledgements")) == 0


@pytest.mark.once
def test_two_loads_bring_the_same(years: Flask, empty_template: Database, tmp_path: Path) -> None:
    for again in loaded(empty_template, tmp_path):
        assert digest(again) == digest(years)


def test_every_column_tells_stories_of_many_kinds(told: list[Told]) -> None:
    kinds = defaultdict(set)
    for each in told:
        kinds[each.column].add(each.key)
    for column in SHARES:
        assert len(kinds[column]) >= 12
        assert kinds[column] == {story.key for story in stories(column)}, "a story that is never told"
    assert len({each.title for each in told}) == len(told)
    assert len({each.text for each in told}) > len(told) * 0.98
    most = Counter(each.key for each in told).most_common(1)[0]
    assert most[1] < len(told) / 20, most


def test_the_words_are_clean_and_nobody_is_real(told: list[Told]) -> None:
    for each in told:
        for words in (each.title, each.text, each.period, *(label for label, _ in each.lines)):
            assert mask(words) == words, each.key
            assert tidy(words) == words, each.key
            assert not set("{}") & set(words), each.key
        assert len(each.title) <= 40
        assert 60 <= len(each.text) <= 700, each.key
        assert each.text.count("0917-") == each.text.count("0917-000-00"), "a telephone that may be somebody's"


def test_accounts_add_up(told: list[Told]) -> None:
    accounts = [each for each in told if each.column == "disclosure"]
    assert all(each.lines and each.period for each in accounts)
    seen = set()
    for each in accounts:
        if each.key in TOTALLED:
            total = str(sum(yuan for _, yuan in each.lines))
            assert f"{total} 元" in each.title + each.text, (each.key, each.title, each.text, each.lines)
            seen.add(each.key)
    assert seen == TOTALLED


def test_festivals_come_on_their_days(told: list[Told]) -> None:
    spoken = {"dragon": (5, 6), "mid-autumn": (9, 10), "double-ninth": (10,), "qingming": (3, 4), "lantern": (2, 3)}
    for key, months in spoken.items():
        days = [each.at for each in told if each.key == key]
        assert days, key
        assert {at.month for at in days} <= set(months), key


def test_pages_stay_light_with_two_years_in_them(years: Flask) -> None:
    visitor = Browser(years)
    for url in ("/", "/?kind=news", "/search?q=花椒", "/search?q=沙江寺村"):
        response = visitor.get(url, headers={"Accept-Encoding": "identity"})
        assert response.status_code == 200, url
        without_style = re.sub(rb"<style.*?</style>", b"", response.get_data(), flags=re.DOTALL)
        assert len(gzip.compress(without_style)) <= 6 * 1024, url


def test_it_is_loaded_once_and_never_into_a_real_county(
    years: Flask, county_template: Database, tmp_path: Path
) -> None:
    again = years.test_cli_runner().invoke(wdj, ["sample"])
    assert again.exit_code == 1
    assert "不再装第二遍" in again.output
    assert one(years, "SELECT count(*) FROM items WHERE type = 'post' AND is_public") == 3560
    for real in _copy(county_template, tmp_path):
        refused = real.test_cli_runner().invoke(wdj, ["sample"])
        assert refused.exit_code == 1
        assert "真实的县" in refused.output
        assert one(real, "SELECT count(*) FROM items") == 0
