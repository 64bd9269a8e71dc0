"""The sample's words are fit to be shown: every unit exists, nothing private stands in them, no date is wrong."""

import tomllib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
import time_machine
from sqlalchemy import select

from tests.conftest import County
from wdj.core import clock
from wdj.core.db import db
from wdj.core.plain import blocks, tidy
from wdj.core.privacy import mask
from wdj.modules.feed import sample
from wdj.modules.feed.models import Post, State
from wdj.modules.feed.sample_texts import SAMPLE, SamplePost, sample_posts
from wdj.portal.county import first_county

SATURDAY = date(2026, 4, 18)


@pytest.fixture(scope="module")
def posts() -> list[SamplePost]:
    with time_machine.travel(datetime(2026, 11, 22, tzinfo=UTC)):
        return sample_posts(SATURDAY)


def units() -> set[str]:
    county = first_county()
    return (
        {office.name for office in county.departments}
        | {town.name for town in county.towns}
        | {village.short_name for town in county.towns for village in town.villages}
    )


def test_there_is_enough_to_read_in_every_column(posts: list[SamplePost]) -> None:
    assert len(posts) >= 40
    columns = Counter(post.column for post in posts)
    assert set(columns) == {"policy", "knowledge", "news", "experience", "farming", "disclosure"}
    assert min(columns.values()) >= 5
    assert sum(len(post.comments) for post in posts) >= 60
    assert sum(post.picture is not None for post in posts) >= 6


def test_every_unit_and_village_is_of_the_county(posts: list[SamplePost]) -> None:
    assert {post.org for post in posts} <= units()
    assert {comment.village for post in posts for comment in post.comments} <= units()


def test_texts_are_of_a_readable_length_and_clean(posts: list[SamplePost]) -> None:
    assert len({post.key for post in posts}) == len(posts)
    for post in posts:
        assert 150 <= len(post.text) <= 700, post.key
        assert len(post.title) <= 40, post.key
        for text in (post.title, post.text, *(comment.text for comment in post.comments)):
            assert mask(text) == text, post.key
            assert tidy(text) == text, post.key


def test_days_in_the_text_follow_the_day_of_the_sample(posts: list[SamplePost]) -> None:
    frost = next(post for post in posts if post.key == "frost-week")
    assert frost.text.startswith("4月15日夜里")
    assert clock.local(frost.published_at).strftime("%Y-%m-%d %H:%M") == "2026-04-18 09:20"
    assert not any("{" in post.title + post.text for post in posts)


def test_nothing_of_a_fresh_sample_lies_in_the_future() -> None:
    now = datetime(2026, 4, 17, 22, 0, tzinfo=UTC)  # six in the morning of the 18th
    with time_machine.travel(now, tick=False):
        fresh = sample_posts(clock.today())
    moments = [post.published_at for post in fresh]
    assert moments == sorted(moments)
    assert max(moments) == now
    assert max(comment.posted_at for post in fresh for comment in post.comments) <= now
    assert min(moments) > now - timedelta(days=40)


def test_comments_belong_to_a_post_and_come_in_order(posts: list[SamplePost]) -> None:
    written = tomllib.loads((SAMPLE / "comments.toml").read_text(encoding="utf-8"))["comments"]
    assert sum(len(post.comments) for post in posts) == len(written)
    for post in posts:
        times = [comment.posted_at for comment in post.comments]
        assert times == sorted(times)
        assert all(moment > post.published_at for moment in times)


def test_disclosures_say_for_when_and_how_much(posts: list[SamplePost]) -> None:
    periods = set()
    for post in posts:
        assert bool(post.lines) == bool(post.period) == (post.column == "disclosure"), post.key
        periods.add(post.period)
        total = f"{sum(yuan for _, yuan in post.lines):,}"
        assert post.key != "finance-q1" or total in post.text
    assert {"2026年第一季度", "2026年第二季度", "2026年", "2026年4月"} <= periods


def test_pictures_exist_and_say_what_they_show(posts: list[SamplePost]) -> None:
    for post in posts:
        marked = [block.number for block in blocks(post.text) if block.type == "picture"]
        assert marked in ([], [1]), post.key
        if post.picture is None:
            assert not marked, post.key
        else:
            assert post.picture.read_bytes().startswith(b"\xff\xd8")
            assert post.alt


def test_what_waits_on_a_desk_says_by_when(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "sample_posts", lambda day: [])
    with county.app.app_context():
        sample.load(Random(1), SATURDAY)
        db.session.commit()
        waiting = db.session.scalars(select(Post.due_at).where(Post.state == State.submitted)).all()
    assert waiting == [datetime(2026, 4, 19, tzinfo=UTC)], "a day after it was handed in, at eight"
    zhou = county.zhou()
    zhou.get("/desk")
    assert "三组便道通车了" in zhou.text
