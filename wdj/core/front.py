"""WSGI before Flask: keeps anonymous pages until the next commit, puts in the stylesheet, compresses, answers 304."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import brotli
from flask import Flask

from wdj.core.asked import Asked, Environ, best_coding, read
from wdj.core.assets import Assets, gzip
from wdj.core.fresh import Freshness, Key, Memory
from wdj.core.pages import BY_VILLAGE, KEEP, READ
from wdj.core.reads import Reads, is_person

Start = Callable[..., Any]
Headers = list[tuple[str, str]]

MARK = b"<!--css-->"
# What alone makes no page new: the once-only keys of its forms, and how often something was read (阅 1,286).
PASSING = re.compile(rb'name="once" value="[^"]*"|<span class="nb">\xe9\x98\x85 [^<]*</span>')


@dataclass
class Kept:
    """A page drawn once, packed with its headers on first demand for each way it is asked for."""

    body: bytes
    etag: str
    status: str
    headers: Headers
    memory: Memory | None = None
    """Where it is kept, if it is."""
    read: int = 0
    """The item that who gets it has read; 0: none."""
    packed: dict[tuple[str, str], tuple[Headers, bytes]] = field(default_factory=dict)


class Front:
    """Serve kept pages and static files without waking Flask; pack everything else that Flask answers."""

    def __init__(self, app: Callable[..., Iterable[bytes]], freshness: Freshness, assets: Assets, reads: Reads) -> None:
        self._app, self._freshness, self._assets, self._reads = app, freshness, assets, reads
        css = assets.by_name["wdj.css"]
        link = f'<link rel="stylesheet" href="{css.url}"'
        self._styles = {
            "inline": (b"<style>" + css.plain + b"</style>", b""),
            "warm": (b"<style>" + css.plain + b"</style>", f'{link} media="print">'.encode()),
            "link": (f"{link}>".encode(), b""),
        }

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._through(environ, start, read(environ, self._assets.css_hash))
        path = environ["PATH_INFO"]
        if path.startswith("/static/"):
            return self._static(environ, start, path)
        asked = read(environ, self._assets.css_hash)
        if asked.signed_in or asked.query is None:
            return self._through(environ, start, asked)
        memory = self._freshness.memory()
        key = ("page", path, asked.query, asked.size, asked.lite, asked.htmx)
        kept = self._find(memory, key, asked)
        if kept is not None:
            return self._answer(environ, start, asked, kept)
        with memory.drawing.setdefault(key, threading.Lock()):
            try:
                kept = self._find(memory, key, asked)
                if kept is None:
                    return self._through(environ, start, asked, keep_in=(memory, key))
                return self._answer(environ, start, asked, kept)
            finally:
                memory.drawing.pop(key, None)

    @staticmethod
    def _find(memory: Memory, key: Key, asked: Asked) -> Kept | None:
        found = memory.get(key)
        if found == BY_VILLAGE:
            found = memory.get((*key, asked.village))
        return found if isinstance(found, Kept) else None

    def _through(
        self, environ: Environ, start: Start, asked: Asked, keep_in: tuple[Memory, Key] | None = None
    ) -> Iterable[bytes]:
        """Let Flask answer; pack what is a page, hand on what is not (files) as it is."""
        caught: list[Any] = []

        def catch(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], object]:
            caught[:] = [status, headers]
            return lambda data: None

        # Drawn for HEAD too: its headers are those of the page, and an empty page must never be kept.
        head = environ["REQUEST_METHOD"] == "HEAD"
        body = self._app({**environ, "REQUEST_METHOD": "GET"} if head else environ, catch)
        status, headers = caught
        names = {name.lower(): value for name, value in headers}
        if not names.get("content-type", "").startswith("text/html"):
            start(status, headers)
            return _closed(body) if head else body
        data = b"" if status.startswith("3") else b"".join(body)
        _closed(body)
        # A fragment is no document: a policy beside it would only be weight.
        told = {KEEP.lower(), BY_VILLAGE.lower(), READ.lower(), "content-length"}
        own = told | ({"content-security-policy"} if asked.htmx else set())
        passed = [(name, value) for name, value in headers if name.lower() not in own]
        kept = Kept(data, self._etag(data, asked.turn), status, passed, read=int(names.get(READ.lower(), 0)))
        if keep_in and KEEP.lower() in names and "set-cookie" not in names:
            self._keep(*keep_in, kept, asked, BY_VILLAGE.lower() in names)
        return self._answer(environ, start, asked, kept)

    def _etag(self, data: bytes, turn: str) -> str:
        """Over the page without its stylesheet, so that inlined and linked share it; a new stylesheet is a new page.

        What is PASSING is left out: it alone makes no page new. Who sent a form since has another `turn`.
        """
        salt = self._assets.css_hash.encode()
        said = PASSING.sub(b"", data) + turn.encode()
        return f'W/"{hashlib.blake2b(said, digest_size=9, key=salt).hexdigest()}"'

    @staticmethod
    def _keep(memory: Memory, key: Key, kept: Kept, asked: Asked, by_village: bool) -> None:
        if not memory.takes(invented=bool(asked.query or (by_village and asked.village))):
            return
        if by_village:
            memory[key] = BY_VILLAGE
            key = (*key, asked.village)
        kept.memory = memory
        memory[key] = kept
        memory.bytes += len(kept.body)

    def _answer(self, environ: Environ, start: Start, asked: Asked, kept: Kept) -> Iterable[bytes]:
        if kept.read and is_person(environ):
            self._reads.count(kept.read)
        if not asked.htmx and kept.status.startswith("200") and kept.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
            cookies = [pair for pair in kept.headers if pair[0] == "Set-Cookie"]
            start("304 Not Modified", [*_caching(kept, asked), *cookies])
            return []
        way = (asked.coding, asked.css)
        found = kept.packed.get(way)
        if found is None:
            found = self._pack_whole(kept, asked)
            if kept.memory is not None and kept.memory.takes(invented=False):
                kept.packed[way] = found
                kept.memory.bytes += len(found[1])
        headers, data = found
        start(kept.status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [data]

    def _pack_whole(self, kept: Kept, asked: Asked) -> tuple[Headers, bytes]:
        data = self._pack(kept, asked) if kept.body else b""
        headers = [*kept.headers, *_caching(kept, asked), ("Content-Length", str(len(data)))]
        if asked.coding != "identity" and data:
            headers.append(("Content-Encoding", asked.coding))
        return headers, data

    def _pack(self, kept: Kept, asked: Asked) -> bytes:
        head, tail = self._styles[asked.css]
        data = kept.body.replace(MARK, head, 1)
        if tail:
            data = data.replace(b"</body>", tail + b"</body>", 1)
        # What is packed for one reader only is packed in half the time, for a twentieth more bytes.
        often = kept.memory is not None
        if asked.coding == "br":
            packed: bytes = brotli.compress(data, quality=5 if often else 3, lgwin=17)
            return packed
        return gzip(data, 6 if often else 4) if asked.coding == "gzip" else data

    def _static(self, environ: Environ, start: Start, path: str) -> Iterable[bytes]:
        asset = self._assets.by_url.get(path)
        if asset is None:
            start("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return []
        coding = best_coding(environ.get("HTTP_ACCEPT_ENCODING", ""))
        data = asset.packed[coding]
        headers = [
            ("Content-Type", asset.mime),
            ("Content-Length", str(len(data))),
            ("Cache-Control", "public, max-age=31536000, immutable"),
            ("Vary", "Accept-Encoding"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if coding != "identity":
            headers.append(("Content-Encoding", coding))
        if path.endswith(".css"):
            headers.append(("Set-Cookie", f"css={self._assets.css_hash}; Path=/; Max-Age=31536000; SameSite=Lax"))
        start("200 OK", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [data]


def _caching(kept: Kept, asked: Asked) -> Headers:
    headers = [
        ("Vary", "Accept-Encoding, Cookie, HX-Request"),
        ("Cache-Control", "no-store" if asked.htmx else "private, no-cache"),
    ]
    if kept.status.startswith("200") and not asked.htmx:
        headers.append(("ETag", kept.etag))
    return headers


def _closed(body: Iterable[bytes]) -> Iterable[bytes]:
    """Let go of what stands behind a body that nobody reads any more; return an empty one."""
    if close := getattr(body, "close", None):
        close()
    return []


def init_app(app: Flask, assets: Assets) -> None:
    app.wsgi_app = Front(app.wsgi_app, app.extensions["freshness"], assets, app.extensions["reads"])  # type: ignore[assignment,method-assign]
