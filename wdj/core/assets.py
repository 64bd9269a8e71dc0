"""The few static files, held in memory compressed, under names that carry their hash and never change."""

import base64
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

import brotli

FILES = {
    "wdj.css": ("wdj.css", "text/css; charset=utf-8"),
    "wdj.js": ("wdj.js", "text/javascript; charset=utf-8"),
    "desk.js": ("desk.js", "text/javascript; charset=utf-8"),
    "htmx.js": ("vendor/htmx.min.js", "text/javascript; charset=utf-8"),
}


@dataclass(frozen=True)
class Asset:
    url: str
    mime: str
    plain: bytes
    packed: dict[str, bytes]
    """By content coding: br, gzip, identity."""


def gzip(data: bytes, level: int) -> bytes:
    """`data` as a gzip stream without name or time."""
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


class Assets:
    """What is under /static/: `by_name` for templates, `by_url` for the front."""

    def __init__(self, folder: Path) -> None:
        self.by_name = {name: self._read(name, folder / path, mime) for name, (path, mime) in FILES.items()}
        self.by_url = {asset.url: asset for asset in self.by_name.values()}
        css = self.by_name["wdj.css"]
        self.css_hash = css.url.split(".")[1]
        digest = base64.b64encode(hashlib.sha256(css.plain).digest()).decode()
        self.css_source = f"'sha256-{digest}'"

    @staticmethod
    def _read(name: str, path: Path, mime: str) -> Asset:
        plain = path.read_bytes()
        stem, _, suffix = name.partition(".")
        url = f"/static/{stem}.{hashlib.sha256(plain).hexdigest()[:10]}.{suffix}"
        packed = {"br": brotli.compress(plain, quality=11), "gzip": gzip(plain, 9), "identity": plain}
        return Asset(url, mime, plain, packed)

    def url(self, name: str) -> str:
        return self.by_name[name].url
