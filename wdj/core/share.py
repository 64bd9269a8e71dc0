"""What WeChat and others show of a page that somebody passes on: a title, some words, a picture."""

from markupsafe import Markup

from wdj.core.items import Item
from wdj.core.media import Media
from wdj.core.pages import render
from wdj.core.plain import blocks
from wdj.core.site import absolute

WORDS = 80


def share_card(item: Item, path: str, picture: Media | None) -> Markup:
    """The tags for the head of a public item's page; nothing for one that not everybody may see."""
    if not item.is_public:
        return Markup()
    return render(
        "parts/share.html", title=item.public_title, words=first_words(item.public_text), url=absolute(path),
        picture=absolute(picture.url()) if picture else None,
    )  # fmt: skip


def first_words(text: str) -> str:
    """The beginning of public text on one line, without headings."""
    found = ""
    for block in blocks(text):
        if block.type == "p" and len(found) <= WORDS:
            found += Markup(block.html.replace("<br>", " ")).striptags()  # noqa: S704
    return found if len(found) <= WORDS else f"{found[:WORDS]}…"
