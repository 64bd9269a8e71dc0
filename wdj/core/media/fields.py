"""What a person changed in the list of what hangs on a form: words, order, what to take away, what to retry."""

from collections.abc import Iterable

from werkzeug.datastructures import MultiDict

from wdj.core.media.rows import Media, remove, retry
from wdj.core.plain import one_line, tidy

MOST_CAPTION, MOST_TRANSCRIPT = 100, 2000


def apply_fields(media: Iterable[Media], form: MultiDict[str, str]) -> list[Media]:
    """Apply what parts/media_fields.html sent to exactly these rows; return those that stay, pictures first."""
    media = list(media)
    ordered = [each for kind in ("picture", "sound", "file") for each in _in_order(media, kind, form)]
    gone, again = form.getlist("remove"), form.getlist("retry")
    for each in ordered:
        if str(each.id) in gone:
            remove(each)
        elif each.state == "failed" and str(each.id) in again:
            retry(each)
    staying = [each for each in ordered if str(each.id) not in gone]
    for number, each in enumerate(staying, 1):
        each.position = number
        _apply_words(each, form)
    return staying


def _in_order(media: list[Media], kind: str, form: MultiDict[str, str]) -> list[Media]:
    """Who was given another place goes there; the others keep theirs around it."""
    here = [each for each in media if each.kind == kind]
    places = {each.id: (_wanted(each, number, form), number) for number, each in enumerate(here, 1)}

    def place(each: Media) -> tuple[int, int, int]:
        wanted, number = places[each.id]
        return wanted, (wanted > number) - (wanted < number), number

    return sorted(here, key=place)


def _wanted(media: Media, number: int, form: MultiDict[str, str]) -> int:
    given = form.get(f"order-{media.id}", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 4 else number


def _apply_words(media: Media, form: MultiDict[str, str]) -> None:
    if (caption := form.get(f"caption-{media.id}")) is not None:
        media.caption = one_line(tidy(caption))[:MOST_CAPTION]
    if (transcript := form.get(f"transcript-{media.id}")) is not None:
        media.transcript = tidy(transcript)[:MOST_TRANSCRIPT]
