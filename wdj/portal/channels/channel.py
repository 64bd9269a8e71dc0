"""What every channel says of itself, and what the automatic words of all are made of: whole sentences of an item."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from markupsafe import Markup

from wdj.core.items import Item
from wdj.core.plain import blocks

_SENTENCE = re.compile(r"[^。！？!?]+[。！？!?]*[”’」』）)]*")
# A name begins where no letter stands before it and has no more parts than any: each place is read a few times at most.
_NAME = r"(?<![a-z0-9-])(?:[a-z0-9-]{1,63}\.){1,8}(?:cn|com|net|org)\b"
_LINK = re.compile(rf"(?:https?://|www\.|{_NAME})[!-~]*", re.IGNORECASE)
_HOLE = "\x00"  # stands for a link, whose marks would end a sentence; no text holds it
_ANNOUNCES = re.compile(r"第[一二三四五六七八九十]+[^。]{0,9}。|.{0,6}分?[几两二三四五六七八九十][步件样条种]走?。")
_GOES_ON = tuple("：:，,、；;—")
_MARKS = tuple("。！？!?")


@dataclass(frozen=True)
class Channel:
    """`write` makes the words of an item of at most `most` characters; its link is given."""

    name: str
    heading: str
    most: int
    hint: str
    write: Callable[[Item, str], str]
    share: Callable[[str, str], str] | None = None
    """The address of a page elsewhere that carries (words, link) on."""


def sentences(text: str) -> list[str]:
    """The whole sentences of public text in their order, without headings and without those that hold a link.

    What ends in a colon or comma goes on in the next line; where nothing follows it is no sentence.
    """
    found, begun = [], ""
    for line in _lines(text):
        begun += line
        if not line or begun[-1] not in _GOES_ON:
            found += [ended(each) for each in _split(begun) if _HOLE not in each]
            begun = ""
    return found


def _split(line: str) -> Iterator[str]:
    """Its sentences; what stands in quotation marks is not taken apart."""
    whole: list[str] = []
    quoted = 0
    for part in _SENTENCE.findall(line):
        whole.append(part)
        quoted += part.count("“") - part.count("”")
        if quoted <= 0:
            yield from filter(None, ["".join(whole).strip()])
            whole, quoted = [], 0
    yield from filter(None, ["".join(whole).strip()])


def _lines(text: str) -> Iterator[str]:
    """Its lines; a heading is an empty one."""
    for block in blocks(text):
        for line in str(block.html).split("<br>") if block.type == "p" else [""]:
            yield _LINK.sub(_HOLE, Markup(line).striptags())  # noqa: S704


def without_links(words: str) -> str:
    return _LINK.sub("", words)


def ended(sentence: str) -> str:
    """The sentence with a full stop where it has no mark of its own."""
    return sentence if sentence.rstrip("”’」』）)")[-1:] in _MARKS else f"{sentence}。"


def as_many_as_fit(found: Iterable[str], room: int) -> str:
    """The first sentences that together have at most `room` characters; the last is none that only announces more."""
    taken: list[str] = []
    for each in found:
        if sum(map(len, taken)) + len(each) > room:
            break
        taken.append(each)
    while taken and _ANNOUNCES.fullmatch(taken[-1]):
        taken.pop()
    return "".join(taken)


def cut(words: str, room: int) -> str:
    """Words that have to be shortened end at a mark of theirs if there is one, else where the room ends."""
    if len(words) <= room:
        return words
    short = words[: max(0, room)]
    place = max(short.rfind(mark) for mark in "，。、；：！？,;:!? ")
    return short[:place] if place > room // 2 else short
