"""What readers report of comments: once by each of them; a clerk decides, and what was decided stays decided."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Index, PrimaryKeyConstraint, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import now
from wdj.core.comments import Comment
from wdj.core.db import Model, db, insert_new, references

REPORTED_FOR = ("像是广告", "有辱骂的话", "有别人的隐私", "说法不实", "与本篇无关")
FLOOD = 10


class CommentReport(Model):
    """`reporter` is "p12" for a person, else the hash of a device."""

    __tablename__ = "comment_reports"
    __table_args__ = (
        PrimaryKeyConstraint("comment_id", "reporter"),
        Index("ix_comment_reports_reporter", "reporter", "at"),
    )

    comment_id: Mapped[int] = references("comments.id", delete="CASCADE")
    reporter: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


def report(said: Comment, reporter: str, reason: str) -> bool:
    """Add the report; return False if it was there. Only a new one brings the comment before the clerk again."""
    new = insert_new(CommentReport, comment_id=said.id, reporter=reporter, reason=reason, at=now())
    if db.session.scalar(new.returning(CommentReport.comment_id)) is None:
        return False
    more = update(Comment).where(Comment.id == said.id).values(report_count=Comment.report_count + 1)
    db.session.execute(more.execution_options(synchronize_session=False))
    return True


def too_many_reports(reporter: str) -> bool:
    """True if this person or device reported too much in ten minutes. Not by address: a village shares one."""
    since = now() - timedelta(minutes=10)
    recent = select(func.count()).select_from(CommentReport)
    mine = recent.where(CommentReport.reporter == reporter, CommentReport.at > since)
    return (db.session.scalar(mine) or 0) >= FLOOD


def reported_for(comment_ids: Iterable[int]) -> dict[int, list[str]]:
    """The reasons that readers gave, by comment, each once."""
    rows = db.session.execute(
        select(CommentReport.comment_id, CommentReport.reason)
        .where(CommentReport.comment_id.in_(list(comment_ids)))
        .distinct()
    )
    found: dict[int, list[str]] = {}
    for comment_id, reason in rows:
        found.setdefault(comment_id, []).append(reason)
    return found


def forget_reports(device: str) -> None:
    """Cut the tie between a device and what it reported; the counts stay."""
    db.session.execute(delete(CommentReport).where(CommentReport.reporter == device))
