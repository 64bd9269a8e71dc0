"""Plain text: what clerks paste from Word and WPS comes out clean, and goes onto the page as paragraphs and links."""

import html
import re
from dataclasses import dataclass, field
from typing import Literal

import nh3
from markupsafe import Markup, escape

# Source that only Word or WPS writes; ordinary text with a "<" in it is left alone.
_OFFICE = re.compile(r"<(?:/?[owv]:|!--\[if|!\[(?:if|endif)|[a-z][^<>]*\bclass\s*=\s*[\"']?Mso)", re.IGNORECASE)
_TAGS = {"p", "div", "br", "li", "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6"}
_DROPPED = {"script", "style", "xml", "title", "textarea", "noscript", "iframe"}


_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_ODD_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffc\ud800-\udfff]"
)
# Wingdings comes as private characters, or as the letter that stood under the sign.
_BULLET = re.compile("(?:[\uf000-\uf0ff]|^[ \t\u3000]*[lØü§](?=\t|  ))[ \t\u3000]*", re.MULTILINE)
_WRAPPED = re.compile(r"(?<=[^ -~]) ?\n ?(?=[^ -~])")
_CELL = re.compile(r"<t[dh]>(.*?)</t[dh]>", re.DOTALL)

_CHINESE = "[一二三四五六七八九十百零〇]+"
_HEADING = re.compile(rf"(?:{_CHINESE}、|[（(]{_CHINESE}[）)]|第(?:{_CHINESE}|[0-9]+)[章节条]).{{0,28}}[^。；;，,]")
_HEADING_LENGTH = 30
_PICTURE = re.compile(r"\s*[\[［【]图\s*([0-9]{1,2})[\]］】]\s*")
_LINK = re.compile(r"(?<![a-z0-9])https?://[a-z0-9][a-z0-9.-]*(?::[0-9]+)?(?:[/?#][!#-&(-;=?-~]*)?", re.IGNORECASE)
_TELEPHONE = re.compile(r"(?<![0-9-])0[0-9]{2,3}-?[0-9]{3}-?[0-9]{4,5}(?![0-9-])")


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading or place of a picture. `html` is safe; `number` is the picture's as written, else 0."""

    type: Literal["p", "h", "picture"]
    html: Markup = field(default_factory=Markup)
    number: int = 0


def tidy(text: str) -> str:
    """Return `text` without the mess of Word: no markup, hidden characters, indents or runs of spaces and blank lines.

    Words and punctuation stay as typed. Tidying twice changes nothing more.
    """
    text = _visible(text)
    if _OFFICE.search(text):
        text = _visible(_text_of(text))
    text = "\n".join(map(_tidy_line, text.split("\n")))
    text = re.sub(r"\n{3,}", "\n\n", text).strip("\n")
    return _OFFICE.sub(lambda tag: "＜" + tag[0][1:], text)


def blocks(text: str) -> list[Block]:
    """Return the paragraphs, headings (一、 （一） 第三条) and places of pictures ([图1]) of `text`, in order."""
    found: list[Block] = []
    lines: list[Markup] = []
    for line in [*map(str.strip, text.splitlines()), ""]:
        special = _special(line)
        if lines and (special or not line):
            found.append(Block("p", Markup("<br>").join(lines)))
            lines = []
        if special:
            found.append(special)
        elif line:
            lines.append(_linked(line))
    return found


def one_line(text: str) -> str:
    """Return `text` on one line: runs of spaces and line breaks are one space, after Chinese punctuation none."""
    return re.sub("(?<=[，。、；：！？…”）》]) ", "", " ".join(text.split()))


def _visible(text: str) -> str:
    text = _LINE_ENDS.sub("\n", text)
    text = _INVISIBLE.sub("", _ODD_SPACES.sub(" ", text)).replace("\u2011", "-")
    return _BULLET.sub("· ", text)


def _text_of(source: str) -> str:
    """The text of Word's HTML: paragraphs apart, a row of a table on one line with tabs."""
    safe = nh3.clean(source, tags=_TAGS, clean_content_tags=_DROPPED, attributes={})
    safe = _WRAPPED.sub("", re.sub(r"[ \t]+", " ", safe)).replace("\n", " ")
    safe = _CELL.sub(lambda cell: re.sub("<[^>]*>", " ", cell[1]).strip() + "\t", safe)
    safe = re.sub(r"<br>|</(?:tr|li)>", "\n", safe)
    safe = re.sub(r"</(?:p|div|h[1-6])>", "\n\n", safe)
    return html.unescape(re.sub(r"<[^>]*>", "", safe))


def _tidy_line(line: str) -> str:
    line = re.sub(" +", " ", line.replace("\t", "\u3000"))
    return re.sub(" ?\u3000 ?", "\u3000", line).strip(" \u3000")


def _special(line: str) -> Block | None:
    if picture := _PICTURE.fullmatch(line):
        return Block("picture", number=int(picture[1]))
    if len(line) <= _HEADING_LENGTH and _HEADING.fullmatch(line):
        return Block("h", _linked(line))
    return None


def _linked(line: str) -> Markup:
    parts, end = [], 0
    for match in _LINK.finditer(line):
        url = _without_tail(match[0])
        parts += [_callable(line[end : match.start()]), _ANCHOR.format(url, url)]
        end = match.start() + len(url)
    return Markup("").join([*parts, _callable(line[end:])])


def _callable(text: str) -> Markup:
    """The text, escaped, with office telephones that one tap calls and that stay on one line."""
    parts, end = [], 0
    for match in _TELEPHONE.finditer(text):
        parts += [escape(text[end : match.start()]), _CALL.format(match[0].replace("-", ""), match[0])]
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])


_CALL = Markup('<a class="nb" href="tel:{}">{}</a>')
_ANCHOR = Markup('<a href="{}" rel="nofollow noopener">{}</a>')


def _without_tail(url: str) -> str:
    """The link without the punctuation of the sentence it stands in."""
    end, closing = len(url), url.count(")") - url.count("(")
    while url[end - 1] in ".,;:!?" or (url[end - 1] == ")" and closing > 0):
        closing -= url[end - 1] == ")"
        end -= 1
    return url[:end]
