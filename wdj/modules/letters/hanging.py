"""What hangs on letters, in words for their clerks: which of it came later, and what the merged ones bring along."""

from collections.abc import Sequence

from sqlalchemy import func, select

from wdj.core.clock import say_when
from wdj.core.db import db
from wdj.core.media import Media
from wdj.modules.letters.models import Letter


def added(letter: Letter, media: Sequence[Media]) -> dict[int, str]:
    """When those of these came that did not come with the letter itself, by their ids."""
    return {each.id: f"{say_when(each.made_at)} 补的" for each in media if each.made_at > letter.created_at}


def hung(letter_ids: Sequence[int]) -> dict[int | None, str]:
    """How many photos and recordings hang on each of these letters; those with none are left out."""
    if not letter_ids:
        return {}
    counts = select(Media.item_id, Media.kind, func.count()).where(Media.item_id.in_(letter_ids))
    found: dict[int | None, list[str]] = {}
    for letter_id, kind, number in db.session.execute(counts.group_by(Media.item_id, Media.kind)):
        found.setdefault(letter_id, []).append(f"照片 {number} 张" if kind == "picture" else f"录音 {number} 段")
    return {letter_id: "，".join(sorted(words)) for letter_id, words in found.items()}
