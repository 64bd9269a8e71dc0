"""Pictures, sound and documents on items: staged with the form, re-made by jobs, served to who sees the item."""

from wdj.core.media import pictures as pictures
from wdj.core.media import sound as sound
from wdj.core.media.check import BadUpload, Faults, Kind
from wdj.core.media.fields import apply_fields
from wdj.core.media.rows import Media, count_on, first_pictures, media_of, remove, retry
from wdj.core.media.serve import blueprint, uploader
from wdj.core.media.staging import Batch, adopt, stage, stage_all, staged

__all__ = [
    "BadUpload",
    "Batch",
    "Faults",
    "Kind",
    "Media",
    "adopt",
    "apply_fields",
    "blueprint",
    "count_on",
    "first_pictures",
    "media_of",
    "remove",
    "retry",
    "stage",
    "stage_all",
    "staged",
    "uploader",
]
