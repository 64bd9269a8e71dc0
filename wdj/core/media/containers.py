"""What lies in an office file, from its directory alone: nothing is unpacked but the first bytes of one small part."""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

MOST_PARTS, MOST_DIRECTORY = 5_000, 1 << 20
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_SECTORS, MOST_READS, NO_ENTRY, ROOT = 2_000, 20_000, 0xFFFFFFFA, 0
ENCRYPTED, DEFLATED = 1, 8


class Damaged(ValueError):
    """The directory makes no sense: cut off, or made to mislead."""


@dataclass(frozen=True)
class Part:
    """One line of a zip's directory."""

    name: str
    packed: int
    unpacked: int
    is_locked: bool
    method: int
    offset: int


def zip_parts(stream: IO[bytes]) -> list[Part]:
    """The directory of a zip file. Raises Damaged, also for more parts than any office file has."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - 65_557))
    tail = stream.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) < at + 22:
        raise Damaged("no end of a directory")
    count, length, _ = struct.unpack_from("<HII", tail, at + 10)
    start = size - len(tail) + at - length
    if start < 0 or count > MOST_PARTS or length > MOST_DIRECTORY:
        raise Damaged("a directory larger than any")
    stream.seek(start)
    return list(_parts(stream.read(length), count))


def _parts(directory: bytes, count: int) -> Iterator[Part]:
    at = 0
    for _ in range(count):
        if directory[at : at + 4] != b"PK\1\2" or len(directory) < at + 46:
            raise Damaged("a hole in the directory")
        flags, method = struct.unpack_from("<HH", directory, at + 8)
        packed, unpacked, *lengths = struct.unpack_from("<IIHHH", directory, at + 20)
        (offset,) = struct.unpack_from("<I", directory, at + 42)
        name = directory[at + 46 : at + 46 + lengths[0]].decode("utf-8", "replace").replace("\\", "/")
        yield Part(name, packed, unpacked, bool(flags & ENCRYPTED), method, offset)
        at += 46 + sum(lengths)


def beginning_of(stream: IO[bytes], part: Part, most: int) -> bytes:
    """At most the first `most` bytes of a part. Raises Damaged."""
    stream.seek(part.offset)
    head = stream.read(30)
    if head[:4] != b"PK\3\4" or len(head) < 30:
        raise Damaged("a part that is not where the directory says")
    stream.seek(sum(struct.unpack_from("<HH", head, 26)), os.SEEK_CUR)
    packed = stream.read(min(part.packed, most))
    if part.method != DEFLATED:
        return packed
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most)
    except zlib.error:
        raise Damaged("a part that cannot be unpacked") from None


@dataclass(frozen=True)
class Entry:
    """One storage or stream of an OLE file, with the numbers of its neighbours."""

    name: str
    left: int
    right: int
    child: int
    start: int


class Ole:
    """The directory of an OLE file (doc, xls). Raises Damaged while it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self.reads = stream, 0
        stream.seek(0)
        self._header = stream.read(512)
        if len(self._header) < 512 or self._header[:8] != OLE:
            raise Damaged("no OLE file")
        shift = self._number(self._header, 30, "<H")
        if shift not in (9, 12):
            raise Damaged("sectors of no known size")
        self._size = 1 << shift
        self.entries = [entry for sector in self._chain(self._number(self._header, 48)) for entry in self._in(sector)]
        if not self.entries:
            raise Damaged("a directory of nothing")

    @staticmethod
    def _number(data: bytes, at: int, form: str = "<I") -> int:
        if len(data) < at + struct.calcsize(form):
            raise Damaged("cut off")
        return int(struct.unpack_from(form, data, at)[0])

    def _sector(self, number: int) -> bytes:
        self.reads += 1
        if self.reads > MOST_READS:
            raise Damaged("a directory that is read again and again")
        self._stream.seek((number + 1) * self._size)
        return self._stream.read(self._size)

    def _chain(self, sector: int) -> Iterator[int]:
        for _ in range(MOST_SECTORS):
            if sector >= NO_ENTRY:
                return
            yield sector
            index, place = divmod(sector, self._size // 4)
            sector = self._number(self._sector(self._table(index)), place * 4)
        raise Damaged("a directory that never ends")

    def _table(self, index: int) -> int:
        """The sector that holds part `index` of the table of chains; the first 109 stand in the header."""
        if index < 109:
            return self._number(self._header, 76 + 4 * index)
        steps, place = divmod(index - 109, self._size // 4 - 1)
        sector = self._number(self._header, 68)
        for _ in range(min(steps, MOST_SECTORS)):
            sector = self._number(self._sector(sector), self._size - 4)
        return self._number(self._sector(sector), place * 4)

    def _in(self, sector: int) -> Iterator[Entry]:
        data = self._sector(sector)
        for at in range(0, len(data) - 127, 128):
            length = min(64, self._number(data, at + 64, "<H"))
            name = data[at : at + max(0, length - 2)].decode("utf-16-le", "replace")
            left, right, child = struct.unpack_from("<III", data, at + 68)
            yield Entry(name, left, right, child, self._number(data, at + 116))

    def top(self) -> dict[str, Entry]:
        """What stands in the root itself, by name: not what is embedded in it."""
        found: dict[int, Entry] = {}
        todo = [self.entries[ROOT].child]
        while todo:
            number = todo.pop()
            if number < len(self.entries) and number not in found:
                found[number] = self.entries[number]
                todo += [found[number].left, found[number].right]
        return {each.name: each for each in found.values()}

    def head(self, entry: Entry) -> bytes:
        """The first sector of a stream."""
        return self._sector(entry.start)
