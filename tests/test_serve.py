"""`flask wdj serve` with real processes: what it starts, it ends; a reload refuses nobody; nothing outlives it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wdj.config import ROOT
from wdj.portal.serve import CannotServe, open_socket, refuse_public_sample

# A web server that answers each connection with its own process id, and says READY=1 as gunicorn does.
WEB = """
import os, signal, socket, sys, threading
here = {here!r}
open(here + '/web-%d' % os.getpid(), 'w').close()
if os.path.exists(here + '/broken'):
    sys.exit(3)
listener = socket.socket(fileno=int(sys.argv[1].removeprefix('fd://')))
stopping = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopping.set())
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notes:
    notes.sendto(b'READY=1', chr(0) + os.environ['NOTIFY_SOCKET'][1:])
listener.settimeout(0.05)
while not stopping.is_set():
    try:
        connection, _ = listener.accept()
    except TimeoutError:
        continue
    with connection:
        connection.sendall(b'%d' % os.getpid())
"""
WORK = """
import os, signal, time
here = {here!r}
{first}
open(here + '/work-%d' % os.getpid(), 'w').close()
time.sleep(600)
"""
SUPERVISE = """
import sys
from wdj.portal.serve import serve
python, web, work, bind = sys.executable, *sys.argv[1:]
web, work = (python, '-c', web, 'fd://{{fd}}'), (python, '-c', work)
sys.exit(serve({{'WDJ_BIND': bind}}, web=web, work=work, patience={patience}))
"""


class Site:
    """A supervisor with two small children, each of which leaves its process id as a file's name."""

    def __init__(self, here: Path, first: str = "", patience: float = 20) -> None:
        self.here = here
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        web, work = WEB.format(here=str(here)), WORK.format(here=str(here), first=first)
        argv = [sys.executable, "-c", SUPERVISE.format(patience=patience), web, work, f"127.0.0.1:{self.port}"]
        with (here / "said").open("w") as said:
            self.process = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=said)

    def open(self) -> bool:
        return bool(self.children("work")) and "已打开" in self.said()

    def said(self) -> str:
        return (self.here / "said").read_text()

    def children(self, name: str) -> list[int]:
        """Process ids of all that were ever started, oldest first."""
        files = sorted(self.here.glob(f"{name}-*"), key=lambda file: file.stat().st_mtime_ns)
        return [int(file.name.partition("-")[2]) for file in files]

    def ask(self) -> int:
        """The process id of the web server that answers."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            return int(connection.recv(100))

    def all_gone(self) -> bool:
        return not any(alive(pid) for pid in self.children("web") + self.children("work"))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    started: list[Site] = []

    def begin(**how: object) -> Site:
        started.append(site := Site(tmp_path, **how))
        wait_for(lambda: site.open() or site.process.poll() is not None)
        return site

    yield begin
    for site in started:
        site.process.kill()
        site.process.wait()
        for pid in site.children("web") + site.children("work"):
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_ends_both_and_succeeds(start, number):
    site = start()
    assert site.ask() == site.children("web")[0]
    site.process.send_signal(number)
    assert site.process.wait(20) == 0
    assert site.all_gone()


@pytest.mark.parametrize(("name", "said"), [("web", "网页服务"), ("work", "后台任务")])
def test_when_one_dies_the_other_ends_and_it_fails(start, name, said):
    site = start()
    os.kill(site.children(name)[0], signal.SIGKILL)
    assert site.process.wait(20) == 1
    assert site.all_gone()
    assert f"{said}自己停了（被 SIGKILL 结束）" in site.said()


def test_killed_itself_it_leaves_no_orphan(start):
    site = start()
    site.process.kill()
    site.process.wait()
    wait_for(site.all_gone)


def test_a_child_that_will_not_stop_is_killed_with_what_it_started(start):
    site = start(
        first="signal.signal(signal.SIGINT, signal.SIG_IGN); os.fork()",
        patience=1,
    )
    wait_for(lambda: len(site.children("work")) == 2)
    site.process.terminate()
    assert site.process.wait(20) == 0
    wait_for(site.all_gone)


def test_the_job_in_hand_is_finished_first(start):
    site = start(
        first="def end(*_): open(here + '/finished', 'w').close(); os._exit(0)\nsignal.signal(signal.SIGINT, end)"
    )
    site.process.terminate()
    assert site.process.wait(20) == 0
    assert (site.here / "finished").exists()


def test_a_second_ctrl_c_does_not_wait(start):
    site = start(first="signal.signal(signal.SIGINT, signal.SIG_IGN)", patience=60)
    site.process.send_signal(signal.SIGINT)
    wait_for(lambda: "正在停止" in site.said())
    began = time.monotonic()
    site.process.send_signal(signal.SIGINT)
    assert site.process.wait(20) == 0
    assert time.monotonic() - began < 15
    assert site.all_gone()


def test_a_reload_brings_new_processes_and_refuses_nobody(start):
    site = start()
    answers: list[int] = []
    enough = threading.Event()

    def keep_asking() -> None:
        while not enough.is_set():
            answers.append(site.ask())

    visitor = threading.Thread(target=keep_asking)
    visitor.start()
    site.process.send_signal(signal.SIGHUP)
    try:
        wait_for(lambda: len(site.children("work")) == 2 and not alive(site.children("work")[0]))
        wait_for(lambda: not alive(site.children("web")[0]))
        asked = len(answers)
        wait_for(lambda: len(answers) > asked)
    finally:
        enough.set()
        visitor.join(20)
    assert not visitor.is_alive()
    assert list(dict.fromkeys(answers))[-1] == site.children("web")[1]
    assert site.process.poll() is None


def test_a_reload_that_cannot_start_leaves_the_old_one_serving(start):
    site = start()
    (site.here / "broken").touch()
    site.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "旧的照常服务" in site.said())
    assert site.ask() == site.children("web")[0]
    assert len(site.children("work")) == 1


def test_a_web_server_that_cannot_start_fails_at_once(start, tmp_path):
    (tmp_path / "broken").touch()
    site = start()
    assert site.process.wait(20) == 1
    assert "网页服务自己停了（退出码 3）" in site.said()
    assert site.all_gone()


def test_a_taken_port_is_one_clear_line():
    with socket.create_server(("127.0.0.1", 0)) as other:
        bind = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(CannotServe, match=f"^{bind} 已被占用。.*WDJ_BIND") as refusal:
            open_socket(bind)
    assert "\n" not in str(refusal.value)


def test_an_address_of_another_machine_is_one_clear_line():
    with pytest.raises(CannotServe, match=r"^192\.0\.2\.1:8000 打不开："):
        open_socket("192.0.2.1:8000")


@pytest.mark.parametrize("bind", ["0.0.0.0:8000", "192.0.2.7:80", "[::]:8000", "dj.example.gov.cn:80"])
def test_the_sample_is_not_for_the_public(bind):
    with pytest.raises(CannotServe, match="WDJ_SAMPLE_ANYWHERE=1"):
        refuse_public_sample(bind, is_sample=True, allowed=False)
    refuse_public_sample(bind, is_sample=False, allowed=False)
    refuse_public_sample(bind, is_sample=True, allowed=True)


@pytest.mark.parametrize("bind", ["127.0.0.1:8000", "127.8.0.1:1", "[::1]:8000", "localhost:8000"])
def test_the_sample_is_for_this_machine(bind):
    refuse_public_sample(bind, is_sample=True, allowed=False)
