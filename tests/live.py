"""The real server in processes of its own, to be raced against and to be killed."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask

from wdj.config import ROOT

WEB = ("-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", "fd://{fd}")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str


class Live:
    """The site of `app` behind gunicorn: the same database, the same key, so a browser of `app` is signed in here too.

    The socket belongs to the test: it stays open over a kill -9, and connections wait in it for the next server.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.host = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *argv: str) -> subprocess.Popen[bytes]:
        """Start python with `argv` (gunicorn unless given) on this site's instance, in a process group of its own."""
        fd = self.listener.fileno()
        config = self.app.config
        settings = {"WDJ_INSTANCE": str(config["WDJ_INSTANCE"]), "WDJ_DATABASE_URL": config["WDJ_DATABASE_URL"]}
        with (config["WDJ_INSTANCE"] / "server.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *(each.format(fd=fd) for each in argv or WEB)], cwd=ROOT,
                env={**os.environ, **settings}, pass_fds=[fd], start_new_session=True, stdin=subprocess.DEVNULL,
                stderr=log,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9 of the process and all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.processes.remove(process)

    def close(self) -> None:
        for process in list(self.processes):
            self.kill(process)
        self.listener.close()

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None, {})

    def post(self, path: str, data: dict[str, Any] | None = None, **cookies: str) -> Answer:
        """Send a form as a browser with these cookies does. Raises OSError if no whole answer came."""
        headers = {
            "Origin": f"http://{self.host}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        }
        return self._ask("POST", path, urlencode(data or {}), headers)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection(self.host, timeout=30)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read().decode())
        except http.client.HTTPException as cut:
            raise ConnectionError(str(cut)) from cut
        finally:
            connection.close()


def serving(app: Flask) -> Iterator[Live]:
    """The site of `app`, up until the test is over."""
    site = Live(app)
    site.start()
    assert site.get("/help").status == 200
    yield site
    site.close()


def at_once(work: Sequence[Callable[[], Any]], hands: int = 16) -> list[Any]:
    """Do all of `work`, up to `hands` at the same time; the results in the same order."""
    with ThreadPoolExecutor(hands) as pool:
        return [future.result() for future in [pool.submit(each) for each in work]]


def wait_for(true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.03)
