"""What a post is: an item with a column, pictures and perhaps a time to go out."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, Select, false, select, text
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.clock import local, now
from wdj.core.db import references
from wdj.core.items import Item


class State(StrEnum):
    draft = "draft"
    submitted = "submitted"
    returned = "returned"
    scheduled = "scheduled"
    published = "published"
    recommended = "recommended"
    featured = "featured"
    withdrawn = "withdrawn"


# The columns: name in the database and in URLs, Chinese label, colour of the tag.
COLUMNS = {
    "policy": ("政策", ""),
    "farming": ("农技", "y"),
    "news": ("动态", ""),
    "disclosure": ("村务", "b"),
    "experience": ("经验", "g"),
    "knowledge": ("党务", "d"),
}
# As its index says it: SQLite does not see that `must_read = 1` means the same.
MUST_READ = text("must_read")
MOST_MARKED = 200


class Post(Item):
    """A post of one org in one column (`kind`)."""

    __tablename__ = "posts"
    __mapper_args__ = {"polymorphic_identity": "post"}  # noqa: RUF012
    __table_args__ = (Index("ix_posts_must_read", "id", sqlite_where=MUST_READ, postgresql_where=MUST_READ),)

    id: Mapped[int] = references("items.id", delete="CASCADE", primary_key=True)
    publish_at: Mapped[datetime | None]
    period: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """Of a disclosure: what time it accounts for, as 2026年第三季度."""
    must_read: Mapped[bool] = mapped_column(default=False, server_default=false())
    revised_at: Mapped[datetime | None]
    """When its words were changed after it had gone out."""

    @classmethod
    def must_be_read(cls) -> Select[int]:
        """Ids of the newest notices that ask to be read by everybody: what lists mark."""
        return select(cls.__table__.c.id).where(MUST_READ).order_by(cls.__table__.c.id.desc()).limit(MOST_MARKED)

    @property
    def goes_out_at(self) -> datetime | None:
        return self.publish_at

    @property
    def changed_at(self) -> datetime | None:
        return self.revised_at or self.published_at

    @property
    def time_in_words(self) -> str:
        """When it goes out, as 4月20日 7:00; empty where no time is set."""
        if self.publish_at is None:
            return ""
        there = local(self.publish_at)
        return f"{there.month}月{there.day}日 {there.hour}:{there.minute:02}"

    @property
    def waits_for_its_time(self) -> bool:
        return self.publish_at is not None and self.publish_at > now()
