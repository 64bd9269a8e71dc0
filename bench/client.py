"""A phone that keeps its connections and asks again and again, and a neighbour who commits meanwhile."""

import multiprocessing
import re
import socket
import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import c_int
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

CONNECTIONS = 4
MARKED = re.compile("第([0-9]{6})稿".encode())
FORK = multiprocessing.get_context("fork")
Counter = Any  # a shared c_int: how many commits were acknowledged


@dataclass(frozen=True)
class Asked:
    """What was asked for how long: answers, seconds, bytes of one answer with its headers, and what was wrong."""

    answers: int
    seconds: float
    size: int
    stale: int
    wrong: str


def request(path: str, **headers: str) -> bytes:
    """A GET as a phone on plain http sends it, with gzip."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Accept-Encoding: gzip, deflate"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Connection:
    """One kept connection; it is opened again when the server closes it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open()

    def _open(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def receive(self) -> tuple[bytes, bytes]:
        """(status line and headers, body as it came)."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        found = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        missing = int(found[1]) - len(body) if found and b" 304 " not in head[:16] else 0
        while missing > 0:
            more = self._more()
            body, missing = body + more, missing - len(more)
        return head + b"\r\n\r\n", body

    def _more(self) -> bytes:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed a kept connection")
        return data


def fetch(port: int, data: bytes) -> tuple[bytes, bytes]:
    """(head, unpacked body) of one answer."""
    connection = Connection(port)
    connection.send(data)
    head, body = connection.receive()
    return head, unpacked(head, body)


def unpacked(head: bytes, body: bytes) -> bytes:
    return zlib.decompress(body, 31) if b"content-encoding: gzip" in head.lower() else body


@lru_cache(64)
def _shown(body: bytes) -> int:
    """The number of the commit that this page shows; remembered, or unpacking would hold up the asking."""
    seen = MARKED.search(zlib.decompress(body, 31))
    return int(seen[1]) if seen else -1


def _loop(port: int, data: bytes, seconds: float, status: bytes, commits: Counter | None) -> Asked:
    connections = [Connection(port) for _ in range(CONNECTIONS)]
    answers = stale = size = 0
    wrong = ""
    known = [0] * CONNECTIONS
    begun = time.monotonic()
    for number, each in enumerate(connections):
        known[number] = commits.value if commits else 0
        each.send(data)
    going = True
    while going:
        going = time.monotonic() - begun < seconds
        for number, each in enumerate(connections):
            head, body = each.receive()
            answers += 1
            size = len(head) + len(body)
            if not head.startswith(b"HTTP/1.1 " + status):
                wrong = head[:40].decode("latin-1")
            if commits:
                stale += _shown(body) < known[number]
                known[number] = commits.value
            if going:
                each.send(data)
    return Asked(answers, time.monotonic() - begun, size, stale, wrong)


def ask(port: int, data: bytes, seconds: float, *, status: bytes = b"200", commits: Counter | None = None) -> Asked:
    """Ask for `data` over kept connections from a process of its own for `seconds`.

    With `commits` every answer must show at least the commits acknowledged before its request; else it is stale.
    """
    near, far = FORK.Pipe()
    process = FORK.Process(target=lambda: far.send(_loop(port, data, seconds, status, commits)))
    process.start()
    if not near.poll(seconds + 60):
        process.terminate()
        raise SystemExit("bench: no answer within a minute")
    found: Asked = near.recv()
    process.join()
    return found


@contextmanager
def committing(database: str, item_id: int, per_second: float) -> Iterator[Counter]:
    """Another process that changes the title of an item so often and counts its commits as they are acknowledged."""
    commits: Counter = FORK.Value(c_int, 0)
    stop = FORK.Event()
    process = FORK.Process(target=_commit, args=(database, item_id, 1 / per_second, commits, stop))
    process.start()
    while not commits.value:
        time.sleep(0.01)
    try:
        yield commits
    finally:
        stop.set()
        process.join()


def _commit(database: str, item_id: int, pause: float, commits: Counter, stop: Any) -> None:
    change = changer(database, item_id)
    number = 0
    while not stop.wait(pause if number else 0):
        number += 1
        change(number)
        commits.value = number


def changer(database: str, item_id: int) -> Callable[[int], None]:
    """A function that commits 第n稿 as the title of the item."""
    connection, mark = connect(database)
    words = f"UPDATE items SET public_title = {mark} WHERE id = {mark}"

    def change(number: int) -> None:
        connection.execute(words, (f"花椒受冻之后这七天该怎么管（第{number:06}稿）", item_id))
        connection.commit()

    return change


def connect(database: str) -> tuple[Any, str]:
    """(an open connection to the database of this URL, its placeholder)."""
    if database.startswith("sqlite:///"):
        return sqlite3.connect(database.removeprefix("sqlite:///"), timeout=10), "?"
    import psycopg

    return psycopg.connect(database.replace("+psycopg", "")), "%s"
