"""The table of pictures, sound and documents, and how pages read it: always whole, never lazily."""

from collections.abc import Collection
from datetime import datetime
from functools import cache

from sqlalchemy import Index, Select, UniqueConstraint, bindparam, false, func, select, text
from sqlalchemy.orm import Mapped, aliased, mapped_column

from wdj.core.clock import now
from wdj.core.db import Model, brief_read, db, references
from wdj.core.jobs import enqueue, job
from wdj.core.media import files
from wdj.core.media.documents import LABELS, ending_of
from wdj.core.privacy import mask

WORDS = {
    "staged": "收到了",
    "waiting": "正在处理，过一会儿就好",
    "ready": "",
    "failed": "没处理成，请换一个",
}


class Media(Model):
    """A picture, a sound or a document (`file`). States: staged (with a form), waiting (for its job), ready, failed.

    `owner` is who uploaded it: a device or a person, see `uploader`; once it hangs on an item, only the clerk who wrote
    that down for somebody. `caption` and `transcript` stay as written.
    When ready, width and height are those of the largest size and `bytes` is what a phone loads.
    """

    __tablename__ = "media"
    __table_args__ = (
        UniqueConstraint("form_key", "owner", "digest"),
        Index("ix_media_item", "item_id", "position"),
        Index("ix_media_state", "state", "made_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    item_id: Mapped[int | None] = references("items.id", delete="CASCADE")
    form_key: Mapped[str | None]
    owner: Mapped[str]
    digest: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="staged")
    position: Mapped[int] = mapped_column(default=0)
    caption: Mapped[str] = mapped_column(default="")
    transcript: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """What a document was called where it came from; pictures and sound have none."""
    is_shown: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A clerk has let it out to everybody; only asked of items that keep their files back."""
    mime: Mapped[str]
    bytes: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    seconds: Mapped[int | None]
    made_at: Mapped[datetime] = mapped_column(default=now)

    def url(self, size: int = 640) -> str:
        """The address of a ready picture at 1280, 640 or 208 (4:3), of the sound, or of the document."""
        return f"/media/{self.key}/{f'{size}.jpg' if self.kind == 'picture' else self.file_name}"

    @property
    def file_name(self) -> str:
        """The last part of its one address: sound.m4a, file.pdf."""
        return "sound.m4a" if self.kind == "sound" else f"file.{ending_of(self.mime)}"

    @property
    def label(self) -> str:
        """What a document is, as people say it: PDF, Word, Excel."""
        return LABELS.get(ending_of(self.mime), "")

    @property
    def public_name(self) -> str:
        return mask(self.name)

    @property
    def public_caption(self) -> str:
        return mask(self.caption)

    @property
    def public_transcript(self) -> str:
        return mask(self.transcript)

    @property
    def original_url(self) -> str:
        """The address at which who uploaded it finds it again while it is staged."""
        return f"/media/{self.key}/original"

    @property
    def state_words(self) -> str:
        return WORDS[self.state]

    @property
    def weight(self) -> str:
        """Its size as people say it: 85 KB, 1.2 MB."""
        return f"{max(1, round(self.bytes / 1024))} KB" if self.bytes < 1_000_000 else f"{self.bytes / 1048576:.1f} MB"

    @property
    def length(self) -> str:
        """How long a sound is, as 0:43; empty while unknown."""
        return "" if self.seconds is None else f"{self.seconds // 60}:{self.seconds % 60:02}"


def media_of(item_id: int) -> list[Media]:
    """Everything that hangs on the item, pictures and sound, in their order."""
    return list(db.session.scalars(select(Media).where(Media.item_id == item_id).order_by(Media.position, Media.id)))


def first_pictures(item_ids: Collection[int]) -> dict[int, Media]:
    """The first ready picture of each of the items that has one, by the item's id, in one query."""
    found = db.session.scalars(_first_pictures(), {"ids": list(item_ids)})
    return {each.item_id: each for each in found if each.item_id is not None}


@cache
def _first_pictures() -> Select[Media]:
    # Every list asks this, and putting it together took a quarter of drawing one.
    place = func.row_number().over(partition_by=Media.item_id, order_by=(Media.position, Media.id))
    mine = (Media.item_id.in_(bindparam("ids", expanding=True)), Media.kind == "picture", Media.state == "ready")
    ranked = select(Media, place.label("place")).where(*mine).subquery()
    return select(aliased(Media, ranked)).where(ranked.c.place == 1)


def count_on(item_id: int, kind: str, but: Collection[str] = ()) -> int:
    """How many of `kind` hang on the item, without the ids in `but` (what the form takes away).

    Read without the write lock, since slow checks follow.
    """
    mine = select(Media.id).where(Media.item_id == item_id, Media.kind == kind)
    with brief_read() as connection:
        return sum(str(each) not in but for each in connection.scalars(mine))


def remove(media: Media) -> None:
    """Take it away in this transaction; its files follow after the commit."""
    db.session.delete(media)
    enqueue("wipe media", key=media.key)


def retry(media: Media) -> None:
    """Let its job try once more: a failed one has kept its original."""
    media.state = "waiting"
    process(media)


def process(media: Media) -> None:
    """Have it re-made. A document is kept as it came, so it is ready at once."""
    if media.kind != "file":
        enqueue(media.kind, media_id=media.id)
        return
    files.name_again(media.key, media.file_name)
    media.state = "ready"
    enqueue("drop original", key=media.key)


@job("wipe media")
def wipe_files(key: str) -> None:
    files.wipe(key)


@job("drop original")
def drop_original(key: str) -> None:
    """Take the name away under which a document was staged."""
    files.original(key).unlink(missing_ok=True)
