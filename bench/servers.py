"""Starts gunicorn with wdj's own settings on a random loopback port and reads what its workers use."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TICK = os.sysconf("SC_CLK_TCK")
START_SECONDS = 30
SIZE = {"WDJ_WORKERS": "2", "WDJ_THREADS": "4", "WDJ_LOG_LEVEL": "WARNING"}


def site_environ(instance: Path, database: str | None = None) -> dict[str, str]:
    """The environment of a site of its own in `instance`; settings of the one who measures do not count."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WDJ_")}
    own = {"WDJ_INSTANCE": str(instance), **({"WDJ_DATABASE_URL": database} if database else {})}
    return clean | SIZE | own


def prepare(environ: Mapping[str, str]) -> None:
    """Migrate the site of `environ` and fill it with the sample county."""
    argv = [sys.executable, "-m", "flask", "--app", "wsgi", "wdj", "prepare"]
    subprocess.run(argv, cwd=ROOT, env=dict(environ), check=True, stdout=subprocess.DEVNULL)


class Server:
    """One gunicorn: where it listens, and its workers."""

    def __init__(self, port: int, process: "subprocess.Popen[bytes]") -> None:
        self.port, self.process = port, process

    @property
    def workers(self) -> list[int]:
        pid = self.process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def cpu(self) -> float:
        """Seconds of processor time, user and system, that all workers have used so far."""
        return sum(map(seconds, self.workers))

    def memory(self) -> tuple[float, float]:
        """(RSS, PSS) of the largest worker in MB. RSS counts what workers share once for each of them."""
        return max((_kb(pid, "Rss") / 1024, _kb(pid, "Pss") / 1024) for pid in self.workers)


def seconds(pid: int) -> float:
    """Seconds of processor time, user and system, that this process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _kb(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


@contextmanager
def serving(wsgi: str, environ: Mapping[str, str]) -> Iterator[Server]:
    """`wsgi` ("bench.hello:app") served as wdj is, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        argv = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
        argv += ["--bind", f"fd://{listener.fileno()}", wsgi]
        process = subprocess.Popen(argv, cwd=ROOT, env=dict(environ), pass_fds=[listener.fileno()])
    server = Server(port, process)
    try:
        _wait(server)
        yield server
    finally:
        process.terminate()
        process.wait()


def _wait(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while len(server.workers) < int(SIZE["WDJ_WORKERS"]):
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("bench: gunicorn did not start; what it said stands above")
        time.sleep(0.1)
    time.sleep(0.5)
