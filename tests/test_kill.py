"""kill -9, of the server under load and of the job runner at work: what was acknowledged stays, what was begun ends."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from tests.conftest import County
from tests.floor import change, every, one, published
from tests.live import Live, wait_for
from wdj.core.db import db
from wdj.core.jobs import Job, enqueue, run_due
from wdj.core.session import keyed

# A job runner as the site has it, with one more kind of job and a lease of a third of a second.
RUNNER = """
import sys, time
from datetime import timedelta
from pathlib import Path
from wdj import create_app
from wdj.core import jobs
from wdj.core.db import db
from wdj.core.site import Fact

jobs.LEASE = timedelta(seconds=0.3)

def work(mark):
    with Path(mark).open("a") as file:
        file.write("begun;")
    if Path(mark).read_text().count("begun") <= {slow}:
        time.sleep(60)
    db.session.add(Fact(name="trace", value="1"))

jobs.job("slow", failed=lambda mark: Path(mark + ".failed").touch())(work)
{then}
"""
WORK = "jobs.work(create_app())"
# Adds a job and is killed after the commit, before anybody is told of it.
DIE = """
import os, signal
from sqlalchemy import event
event.listen(db.session, "after_commit", lambda session: os.kill(os.getpid(), signal.SIGKILL), insert=True)
with create_app().app_context():
    jobs.enqueue("slow", mark={mark!r})
    db.session.add(Fact(name="cause", value="1"))
    db.session.commit()
"""


@pytest.fixture
def live(county: County) -> Iterator[Live]:
    site = Live(county.app)
    yield site
    site.close()


class Village:
    """Four villagers who like and comment without a pause, and note what was acknowledged."""

    def __init__(self, live: Live, posts: list[int]) -> None:
        self.live, self.posts = live, posts
        self.likes: list[str] = []
        self.comments: list[str] = []
        self.numbers, self.enough = count(1), threading.Event()
        self.villagers = [threading.Thread(target=self.go_on) for _ in range(4)]
        for each in self.villagers:
            each.start()

    def go_on(self) -> None:
        while not self.enough.is_set():
            number = next(self.numbers)
            post, phone, words = self.posts[number % len(self.posts)], f"phone-{number:015}", f"第 {number} 句话"
            with suppress(OSError):
                if self.live.post(f"/feed/{post}/like", wdj_d=phone).status == 303:
                    self.likes.append(phone)
                if self.live.post(f"/feed/{post}/comments", {"text": words}, wdj_d=phone).status == 303:
                    self.comments.append(words)

    def rest(self) -> None:
        self.enough.set()
        for each in self.villagers:
            each.join()


def test_killed_under_load_the_site_has_lost_nothing_that_it_acknowledged(county: County, live: Live) -> None:
    posts = [published(county) for _ in range(8)]
    server = live.start()
    assert live.get("/help").status == 200
    village = Village(live, posts)
    try:
        wait_for(lambda: len(village.comments) > 50)
        live.kill(server)
        killed_at = time.monotonic()
        live.start()
        assert live.get(f"/feed/{posts[0]}").status == 200
        assert time.monotonic() - killed_at < 15, "it takes 2 s on a machine that does nothing else"
    finally:
        village.rest()

    likers = set(every(county.app, "SELECT liker FROM likes"))
    with county.app.app_context():
        assert {keyed("device", phone) for phone in village.likes} <= likers
    assert set(village.comments) <= set(every(county.app, "SELECT text FROM comments"))
    assert one(county.app, "SELECT sum(like_count) FROM items") == len(likers), "each counter agrees with its rows"


def runner(slow: int, then: str = WORK) -> tuple[str, str]:
    return "-c", RUNNER.replace("{slow}", str(slow)).replace("{then}", then)


def add_slow_job(county: County, mark: Path) -> int:
    with county.app.app_context():
        row = Job(name="slow", args={"mark": str(mark)})
        db.session.add(row)
        db.session.commit()
        return row.id


def begun(mark: Path) -> int:
    return mark.read_text().count("begun") if mark.exists() else 0


def state(county: County, job_id: int) -> str:
    return str(one(county.app, "SELECT state FROM jobs WHERE id = :id", id=job_id))


def test_a_job_whose_runner_is_killed_in_the_middle_is_done_by_the_next(
    county: County, live: Live, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    job_id = add_slow_job(county, mark)
    first = live.start(*runner(slow=1))
    wait_for(lambda: begun(mark) == 1)
    assert state(county, job_id) == "running"
    live.kill(first)
    time.sleep(0.4)  # until its lease is over
    live.start(*runner(slow=1))
    wait_for(lambda: state(county, job_id) == "done")
    assert begun(mark) == 2
    assert one(county.app, "SELECT tries FROM jobs WHERE id = :id", id=job_id) == 2
    assert one(county.app, "SELECT count(*) FROM facts WHERE name = 'trace'") == 1


def test_a_job_that_dies_with_its_runner_three_times_is_shown_as_failed(
    county: County, live: Live, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    job_id = add_slow_job(county, mark)
    for time_ in (1, 2, 3):
        process = live.start(*runner(slow=9))
        wait_for(lambda time_=time_: begun(mark) == time_)  # type: ignore[misc]
        live.kill(process)
        time.sleep(0.4)
    live.start(*runner(slow=9))
    wait_for(lambda: state(county, job_id) == "failed")
    assert begun(mark) == 3
    wait_for(lambda: (tmp_path / "mark.failed").exists())
    assert county.visitor().get("/healthz").json["jobs_failed"] == 1


def test_killed_between_the_commit_and_the_queue_the_job_is_found_by_the_sweep(
    county: County, live: Live, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    process = live.start(*runner(slow=0, then=DIE.replace("{mark!r}", repr(str(mark)))))
    assert process.wait(20) == -9
    assert one(county.app, "SELECT count(*) FROM facts WHERE name = 'cause'") == 1, "the cause is committed"
    assert every(county.app, "SELECT state FROM jobs") == ["waiting"]
    huey = county.app.extensions["huey"]
    assert huey.pending_count() == 0, "nobody was told"

    (sweep,) = [each for each in huey._registry.periodic_tasks if each.name == "sweep"]
    huey.execute(sweep)
    assert huey.pending_count() == 1
    live.start(*runner(slow=0))
    wait_for(lambda: every(county.app, "SELECT state FROM jobs") == ["done"])
    assert begun(mark) == 1


def test_killed_before_the_commit_there_is_neither_cause_nor_job(county: County, live: Live, tmp_path: Path) -> None:
    dying = DIE.replace("after_commit", "before_commit").replace("{mark!r}", repr(str(tmp_path / "mark")))
    process = live.start(*runner(slow=0, then=dying))
    assert process.wait(20) == -9
    assert one(county.app, "SELECT count(*) FROM facts") == 0
    assert one(county.app, "SELECT count(*) FROM jobs") == 0
    change(county.app, "UPDATE facts SET value = '2'")  # and no lock is left
    with county.app.app_context():
        with pytest.raises(LookupError):
            enqueue("slow", mark="unknown here")
        assert run_due() == 0
