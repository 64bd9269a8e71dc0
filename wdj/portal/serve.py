"""The supervisor behind `flask wdj serve`: it holds the socket and keeps the web server and the job runner as children.

Because the socket stays open here, a reload (SIGHUP) starts a new web server with the new code beside the old one and
refuses no request.
"""

import ctypes
import errno
import ipaddress
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from wdj.config import ROOT

# `{fd}` is the number of the open socket.
WEB = (sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "--bind", "fd://{fd}")
WORK = (sys.executable, "-m", "flask", "--app", "wsgi", "wdj", "work")
# Seconds: gunicorn's graceful_timeout and a little, and more than a slow machine needs to load the app.
PATIENCE = 30.0
PR_SET_PDEATHSIG = 1


class CannotServe(RuntimeError):
    """The site must not or cannot start; the text says why and what to do, in one line."""


def refuse_public_sample(bind: str, is_sample: bool, allowed: bool) -> None:
    """Raise CannotServe when the sample's well-known passwords would be open to more than this machine."""
    if is_sample and not allowed and not is_loopback(bind):
        raise CannotServe(
            f"WDJ_BIND={bind}：库里是示例，密码人人知道，所以只在 127.0.0.1 打开。"
            "请用 flask wdj init 建自己的县；确实要打开，设 WDJ_SAMPLE_ANYWHERE=1"
        )


def is_loopback(bind: str) -> bool:
    """True where only this machine can reach `bind` (host:port)."""
    host = bind.rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def open_socket(bind: str) -> socket.socket:
    """Return a listening socket on `bind`; CannotServe when the port is taken or not ours to take."""
    host, _, port = bind.rpartition(":")
    try:
        return socket.create_server(
            (host.strip("[]"), int(port)),
            family=socket.AF_INET6 if host.startswith("[") else socket.AF_INET,
            backlog=2048,
        )
    except OSError as wrong:
        if wrong.errno == errno.EADDRINUSE:
            raise CannotServe(f"{bind} 已被占用。请停掉占用它的程序，或者用 WDJ_BIND 换一个端口") from None
        raise CannotServe(f"{bind} 打不开：{wrong.strerror or wrong}") from None


class Child:
    """A program of ours in its own process group: the terminal's Ctrl-C reaches only us, and we tell it in order."""

    def __init__(
        self, name: str, argv: Sequence[str], listener: socket.socket, farewell: signal.Signals = signal.SIGTERM
    ) -> None:
        self.name, self.farewell = name, farewell
        self.stopped_at: float | None = None
        self.notes = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notes.bind(b"")  # Linux gives it a name of its own
        self.process = subprocess.Popen(
            [part.replace("{fd}", str(listener.fileno())) for part in argv],
            cwd=ROOT,
            env=os.environ | {"NOTIFY_SOCKET": "@" + self.notes.getsockname()[1:].decode()},
            pass_fds=[listener.fileno()],
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),
        )
        self.started_at = time.monotonic()

    def running(self) -> bool:
        return self.process.poll() is None

    def ready(self) -> bool:
        """True when it has just said READY=1, as sd_notify does; gunicorn says it once the app is loaded."""
        with suppress(BlockingIOError):
            return b"READY=1" in self.notes.recv(4096, socket.MSG_DONTWAIT)
        return False

    def stop(self) -> None:
        """Ask it to finish what it is doing and end."""
        self.stopped_at = time.monotonic()
        self.process.send_signal(self.farewell)

    def bury(self) -> None:
        """Kill what is left of it and of what it started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.notes.close()

    def last_words(self) -> str:
        code = self.process.poll() or 0
        how = f"被 {signal.Signals(-code).name} 结束" if code < 0 else f"退出码 {code}"
        return f"{self.name}自己停了（{how}），整个网站跟着停下"


def _die_with(parent: int) -> Callable[[], None]:
    """What a child does first: it asks Linux for SIGTERM on the day we are killed -9."""
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return ask


class Signals:
    """Signals as something to wait for; nothing happens inside a handler."""

    def __init__(self) -> None:
        # Where a terminal started us, SIGHUP means that it was closed; else it is the wish to reload.
        self.stop = {signal.SIGTERM, signal.SIGINT} | ({signal.SIGHUP} if _at_terminal() else set())
        self.near, self.far = socket.socketpair()
        for end in (self.near, self.far):
            end.setblocking(False)
        signal.set_wakeup_fd(self.far.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, lambda _number, _frame: None)

    def wait(self, seconds: float) -> set[int]:
        """Return the signals that came; waits `seconds` for the first."""
        select.select([self.near], [], [], seconds)
        with suppress(BlockingIOError):
            return set(self.near.recv(256))
        return set()


def _at_terminal() -> bool:
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


class Supervisor:
    """Keeps one web server and one job runner; `coming` is a web server that is still loading."""

    def __init__(self, listener: socket.socket, web: Sequence[str], work: Sequence[str], patience: float) -> None:
        self.listener, self.web_argv, self.work_argv, self.patience = listener, web, work, patience
        self.signals = Signals()
        self.web: Child | None = None
        self.leaving: list[Child] = []
        self.work = self.start_work()
        self.coming: Child | None = self.start_web()

    def start_web(self) -> Child:
        return Child("网页服务", self.web_argv, self.listener)

    def start_work(self) -> Child:
        # huey finishes the job in hand on SIGINT and drops it on SIGTERM.
        return Child("后台任务", self.work_argv, self.listener, farewell=signal.SIGINT)

    def watch(self, when_ready: Callable[[], None]) -> int:
        """Return 0 when told to stop, 1 when the web server or the job runner ended by itself."""
        while True:
            came = self.signals.wait(0.1 if self.coming or self.leaving else 1.0)
            if came & self.signals.stop:
                return 0
            if signal.SIGHUP in came and not self.coming:
                self.coming = self.start_web()
            if self.coming:
                self.look_at(self.coming, when_ready)
            self.see_off()
            if lost := self.lost():
                say(lost.last_words())
                return 1

    def look_at(self, coming: Child, when_ready: Callable[[], None]) -> None:
        """Let the new web server take over once it is ready, or give it up; the first one is never given up here."""
        late = time.monotonic() > coming.started_at + self.patience
        if coming.ready():
            self.replace(coming)
            when_ready()
        elif self.web and (late or not coming.running()):
            coming.bury()
            self.coming = None
            say("新的网页服务没有启动成功，旧的照常服务")

    def replace(self, coming: Child) -> None:
        if self.web:
            self.leave(self.web)
            # Two runners for a moment are safe: every job row has one lease.
            self.leave(self.work)
            self.work = self.start_work()
        self.web, self.coming = coming, None

    def leave(self, child: Child) -> None:
        child.stop()
        self.leaving.append(child)

    def see_off(self) -> None:
        for child in list(self.leaving):
            if not child.running() or time.monotonic() > (child.stopped_at or 0.0) + self.patience:
                child.bury()
                self.leaving.remove(child)

    def lost(self) -> Child | None:
        """The child that ended though nobody asked it to."""
        kept = [self.web or self.coming, self.work]
        return next((child for child in kept if child and not child.running()), None)

    def end(self) -> None:
        """Stop all children, wait for them, kill those who take longer than patience or a second Ctrl-C allows."""
        children = [child for child in (self.web, self.coming, self.work, *self.leaving) if child]
        for child in children:
            if child.running():
                child.stop()
        deadline = time.monotonic() + self.patience
        while any(child.running() for child in children) and time.monotonic() < deadline:
            if self.signals.wait(0.1) & self.signals.stop:
                break
        for child in children:
            child.bury()


def say(line: str) -> None:
    with suppress(OSError):  # the terminal may be gone
        print(f"wdj: {line}", file=sys.stderr, flush=True)


def serve(
    settings: Mapping[str, Any], *, web: Sequence[str] = WEB, work: Sequence[str] = WORK, patience: float = PATIENCE
) -> int:
    """Serve until told to stop; return the exit code: 0 when told to, 1 when a child ended by itself.

    `patience` is in seconds. Raises CannotServe when the address cannot be had.
    """
    bind = settings["WDJ_BIND"]
    with open_socket(bind) as listener:
        supervisor = Supervisor(listener, web, work, patience)
        try:
            code = supervisor.watch(lambda: say(f"http://{bind} 已打开，按 Ctrl-C 停止"))
            say("正在停止 …")
        finally:
            supervisor.end()
    return code
