"""The sample county's words: posts and comments, so that a new installation can be tried before anyone has written."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from wdj.config import ROOT
from wdj.core import clock

SAMPLE = ROOT / "wdj" / "data" / "sample"
_DAY = re.compile(r"\{([+-][0-9]+)\}")  # {-3}: the date three days before today


@dataclass(frozen=True)
class SampleComment:
    name: str
    village: str  # short name of an org
    text: str
    posted_at: datetime


@dataclass(frozen=True)
class SamplePost:
    """`column` is policy, knowledge, news, experience, farming or disclosure; `org` the short name of who posts."""

    key: str
    column: str
    org: str
    title: str
    text: str
    published_at: datetime
    picture: Path | None
    alt: str
    comments: tuple[SampleComment, ...]
    period: str
    lines: tuple[tuple[str, int], ...]
    """What a disclosure lists: (label, yuan)."""


def sample_posts(today: date) -> list[SamplePost]:
    """Return the sample posts as of `today`, oldest first, each with its comments in order of time.

    The dates in the texts are counted from `today` too. Nothing lies in the future.
    """
    comments = _read("comments.toml")["comments"]
    posts = [_post(row, comments, today) for row in _read("posts.toml")["posts"]]
    return sorted(posts, key=lambda post: post.published_at)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((SAMPLE / name).read_text(encoding="utf-8"))


def _post(row: dict[str, Any], comments: list[dict[str, Any]], today: date) -> SamplePost:
    published_at = _moment(today - timedelta(days=row["days_ago"]), row["at"])
    mine = [_comment(comment, published_at) for comment in comments if comment["post"] == row["key"]]
    return SamplePost(
        key=row["key"],
        column=row["column"],
        org=row["org"],
        title=_dated(row["title"], today),
        text=_dated(row["text"].strip(), today),
        published_at=published_at,
        picture=SAMPLE / f"{row['picture']}.jpg" if "picture" in row else None,
        alt=row.get("alt", ""),
        comments=tuple(sorted(mine, key=lambda comment: comment.posted_at)),
        period=_period(row.get("period", ""), today),
        lines=tuple((label, yuan) for label, yuan in row.get("lines", ())),
    )


def _comment(row: dict[str, Any], published_at: datetime) -> SampleComment:
    posted_at = min(published_at + timedelta(hours=row["hours"]), clock.now())
    return SampleComment(row["name"], row["village"], row["text"], posted_at)


def _moment(day: date, at: time) -> datetime:
    return min(clock.moment_of(day, at), clock.now())


def _period(which: str, today: date) -> str:
    """year, month, quarter or last quarter, as 2026年第二季度."""
    quarter = today.year * 4 + (today.month - 1) // 3 - (which == "last quarter")
    said = {"": "", "year": f"{today.year}年", "month": f"{today.year}年{today.month}月"}
    return said.get(which, f"{quarter // 4}年第{'一二三四'[quarter % 4]}季度")


def _dated(text: str, today: date) -> str:
    """The text with {-3} as 4月15日."""

    def say(match: re.Match[str]) -> str:
        day = today + timedelta(days=int(match[1]))
        return f"{day.month}月{day.day}日"

    return _DAY.sub(say, text)
