"""What of a request decides which page it gets, read once, so that the front and Flask can never disagree about it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import request

Environ = dict[str, Any]

# Query names that a kept page may depend on, and those that others hang on a link and that mean nothing here.
NAMES = frozenset({"before", "kind", "org", "q", "size"})
NOISE = re.compile(r"(from|isappinstalled|scene|nsukey|clicktime|enterid|utm_\w+|_t)$")
COOKIES = re.compile(r"(?:^|;\s*)(?:__Host-)?(wdj_[srt]|v|size|lite|css)=([\w-]{1,64})")
SIZES = ("", "big", "huge")


@dataclass(frozen=True)
class Asked:
    signed_in: bool
    """Or a receipt is open: then a page may be of one person too, and its forms hold a token."""
    turn: str
    """Another one after each form that a signed-in browser sent: the keys in older pages are used up."""
    village: int | None
    size: str
    lite: bool
    css: str
    """inline, warm or link: how the stylesheet comes to who asks."""
    query: str | None
    """None: the query has a name that is not known here, so Flask must answer."""
    htmx: bool
    coding: str


def read(environ: Environ, css_hash: str) -> Asked:
    """What this request asks for; kept in `environ` for `asked()`."""
    cookies = dict(COOKIES.findall(environ.get("HTTP_COOKIE", "")))
    if cookies.get("css") == css_hash:
        css = "link"
    else:
        # A visitor who came from a page of ours is on the second page: let the file come in quietly for the third.
        inside = f"//{environ.get('HTTP_HOST')}/" in environ.get("HTTP_REFERER", "")
        css = "warm" if inside else "inline"
    village, size = cookies.get("v", ""), cookies.get("size", "")
    found = environ["wdj.asked"] = Asked(
        signed_in="wdj_s" in cookies or "wdj_r" in cookies,
        turn=cookies.get("wdj_t", "") if "wdj_s" in cookies else "",
        village=int(village) if village.isascii() and village.isdecimal() and len(village) < 8 else None,
        size=size if size in SIZES else "",
        lite=cookies.get("lite") == "1",
        css=css,
        query=clean_query(environ.get("QUERY_STRING", "")),
        htmx="HTTP_HX_REQUEST" in environ and "HTTP_HX_HISTORY_RESTORE_REQUEST" not in environ,
        coding=best_coding(environ.get("HTTP_ACCEPT_ENCODING", "")),
    )
    return found


def asked() -> Asked:
    """What the running request asks for, as the front has read it."""
    found: Asked = request.environ.get("wdj.asked") or read(request.environ, "")
    return found


def best_coding(accepted: str) -> str:
    """The best content coding of an Accept-Encoding header: br, gzip or identity."""
    if "br" in accepted:
        return "br"
    return "gzip" if "gzip" in accepted else "identity"


@lru_cache(maxsize=256)
def clean_query(query: str) -> str | None:
    """The query with what means nothing left out, in one order; None if it has a name not known here, or one twice."""
    if not query:
        return ""
    if len(query) > 300:
        return None
    pairs = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if not NOISE.match(name)]
    names = [name for name, _ in pairs]
    if any(name not in NAMES for name in names) or len(set(names)) < len(names):
        return None
    return urlencode(sorted(pairs))
