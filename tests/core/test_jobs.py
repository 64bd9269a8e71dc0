"""Work after the answer: committed with its cause, done once, again after a failure, and at last given up."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from tests.conftest import County
from tests.floor import change, every, one, submitted, words
from wdj.core import jobs
from wdj.core.clock import local, now
from wdj.core.db import db
from wdj.core.jobs import KINDS, TRIES, Job, enqueue, job, perform, run_due
from wdj.core.site import Fact


@pytest.fixture(autouse=True)
def only_here() -> Iterator[None]:
    """Jobs registered in a test are forgotten after it."""
    known = dict(KINDS)
    yield
    KINDS.clear()
    KINDS.update(known)


def add(app: Flask, name: str, **how: Any) -> int:
    with app.app_context():
        row = enqueue(name, **how)
        db.session.commit()
        return row.id


def row(app: Flask, job_id: int) -> Job:
    with app.app_context():
        found = db.session.get_one(Job, job_id)
        db.session.remove()
        return found


def run_all(app: Flask) -> int:
    with app.app_context():
        return run_due()


def broken(**_args: Any) -> None:
    raise RuntimeError("the disk sneezed")


def leave_a_trace() -> None:
    db.session.add(Fact(name="trace", value="1"))


def test_a_job_is_there_with_its_cause_or_not_at_all(app: Flask) -> None:
    job("trace")(leave_a_trace)
    with app.app_context():
        enqueue("trace")
        db.session.rollback()
    assert run_all(app) == 0
    assert one(app, "SELECT count(*) FROM jobs") == 0


def test_an_unknown_job_is_refused_where_it_is_asked_for(app: Flask) -> None:
    with app.app_context(), pytest.raises(LookupError, match="no such"):
        enqueue("no such")


def test_what_a_job_writes_is_committed_with_its_end(app: Flask) -> None:
    job("trace")(leave_a_trace)
    done = add(app, "trace")
    assert run_all(app) == 1
    assert row(app, done).state == "done"
    assert one(app, "SELECT count(*) FROM facts") == 1
    assert run_all(app) == 0


def test_what_a_failing_job_wrote_is_taken_back(app: Flask) -> None:
    @job("half")
    def half() -> None:
        leave_a_trace()
        db.session.flush()
        broken()

    add(app, "half")
    run_all(app)
    assert one(app, "SELECT count(*) FROM facts") == 0


def test_a_failing_job_waits_longer_each_time_and_is_given_up_at_last(app: Flask) -> None:
    told: list[dict[str, Any]] = []

    def tell(**args: Any) -> None:
        told.append(args)
        leave_a_trace()

    job("broken", failed=tell)(broken)
    start = now()
    with time_machine.travel(start, tick=False) as clock:
        job_id = add(app, "broken", number=7)
        waits = []
        while row(app, job_id).state == "waiting":
            assert told == []
            run_at = row(app, job_id).run_at
            waits.append((run_at - now()).total_seconds())
            clock.move_to(run_at - timedelta(seconds=1))
            assert run_all(app) == 0
            assert row(app, job_id).tries == len(waits) - 1
            clock.move_to(run_at)
            run_all(app)
        end = row(app, job_id)
    assert waits == [0, 30, 90]
    assert (end.state, end.tries, end.error) == ("failed", TRIES, "RuntimeError: the disk sneezed")
    assert end.ended_at is not None
    assert told == [{"number": 7}]
    assert one(app, "SELECT count(*) FROM facts") == 1, "what the hook wrote is committed"


def test_the_health_page_counts_failed_jobs(county: County) -> None:
    job("broken")(broken)
    job_id = add(county.app, "broken")
    change(county.app, "UPDATE jobs SET tries = 2 WHERE id = :id", id=job_id)
    run_all(county.app)
    health = county.visitor().get("/healthz").json
    assert (health["jobs_failed"], health["jobs_waiting"]) == (1, 0)


def test_a_job_of_a_killed_runner_is_done_again_after_its_lease(app: Flask) -> None:
    job("trace")(leave_a_trace)
    job_id = add(app, "trace")
    with app.app_context():
        assert jobs._claim(job_id)  # and then it is killed
    assert run_all(app) == 0
    with time_machine.travel(now() + jobs.LEASE + timedelta(seconds=1)):
        assert run_all(app) == 1
    assert (row(app, job_id).state, row(app, job_id).tries) == ("done", 2)


def test_a_job_that_kills_its_runner_each_time_is_shown_as_failed(app: Flask) -> None:
    told: list[bool] = []
    job("killer", failed=lambda: told.append(True))(leave_a_trace)
    job_id = add(app, "killer")
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(TRIES):
            with app.app_context():
                assert jobs._claim(job_id)
            clock.shift(jobs.LEASE + timedelta(seconds=1))
        assert run_all(app) == 0
    assert (row(app, job_id).state, told) == ("failed", [True])
    assert "killed" in row(app, job_id).error
    assert one(app, "SELECT count(*) FROM facts") == 0


def test_who_took_longer_than_the_lease_leaves_the_result_to_the_other(app: Flask) -> None:
    @job("slow")
    def slow() -> None:
        if one(app, "SELECT tries FROM jobs") == 1:
            with time_machine.travel(now() + jobs.LEASE + timedelta(seconds=1)):
                assert run_all(app) == 1, "the second runner does it meanwhile"
        db.session.add(Fact(name=f"by {threading.get_ident()} {now()}", value="1"))

    job_id = add(app, "slow")
    assert run_all(app) == 0
    assert one(app, "SELECT count(*) FROM facts") == 1
    assert (row(app, job_id).state, row(app, job_id).tries) == ("done", 2)


def together(work: Callable[[], Any], number: int) -> list[Any]:
    """What `number` threads return that begin `work` at the same moment."""
    gate, results = threading.Barrier(number), []

    def run() -> None:
        gate.wait()
        results.append(work())

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_runners_never_run_the_same_job(app: Flask) -> None:
    job("count")(lambda number: db.session.add(Fact(name=f"job {number}", value="1")))  # twice would be refused
    ids = [add(app, "count", number=number) for number in range(10)]

    def runner() -> int:
        with app.app_context():
            return sum(perform(job_id) for job_id in ids)

    assert sum(together(runner, 4)) == 10
    assert one(app, "SELECT count(*) FROM facts") == 10
    assert every(app, "SELECT DISTINCT tries FROM jobs") == [1]


def test_a_job_for_later_waits_for_its_time(app: Flask) -> None:
    job("trace")(leave_a_trace)
    add(app, "trace", run_at=now() + timedelta(hours=2))
    assert run_all(app) == 0
    with time_machine.travel(now() + timedelta(hours=2, seconds=1)):
        assert run_all(app) == 1


def test_a_full_or_lost_queue_loses_no_job(app: Flask) -> None:
    """huey only carries ids; the row is what counts."""
    job("trace")(leave_a_trace)

    def refuse(_id: int) -> None:
        raise OSError("no space left on device")

    app.extensions["carry"] = refuse
    add(app, "trace")
    assert run_all(app) == 1


def test_a_job_that_went_well_is_forgotten_after_a_month_and_a_failed_one_is_not(app: Flask) -> None:
    job("trace")(leave_a_trace)
    job("broken")(broken)
    well, badly = add(app, "trace"), add(app, "broken")
    run_all(app)
    with app.app_context():
        db.session.execute(update(Job).where(Job.id == badly).values(state="failed"))
        db.session.commit()
    with time_machine.travel(now() + timedelta(days=31)), app.app_context():
        jobs.forget_done()
        db.session.commit()
        assert list(db.session.scalars(select(Job.id))) == [badly] != [well]


def put_off(county: County, hours: float) -> str:
    """A post of 沙江寺村 which the clerk of the town lets out in so many hours; returns its address."""
    post, zhou = f"/feed/{submitted(county)}", county.zhou()
    zhou.get(f"{post}/edit")
    when = local(now() + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")
    sent = words(county, "沙江寺村", publish_at=when, then="publish")
    assert zhou.post(f"{post}/edit", sent).status_code == 303
    return post


def test_a_scheduled_post_goes_out_on_time_and_not_before(county: County) -> None:
    post, villager = put_off(county, 3), county.visitor()
    for hours, status in ((0, 404), (2.9, 404), (3.01, 200)):
        with time_machine.travel(now() + timedelta(hours=hours)):
            run_all(county.app)
            assert villager.get(post).status_code == status
    assert every(county.app, "SELECT action FROM events WHERE item_id IS NOT NULL ORDER BY id")[-1] == "go_out"


def test_a_scheduled_post_that_was_taken_back_stays_in(county: County) -> None:
    post, zhou = put_off(county, 3), county.zhou()
    zhou.get(post)
    assert zhou.post(f"{post}/unschedule").status_code == 303
    with time_machine.travel(now() + timedelta(hours=3.1)):
        assert run_all(county.app) == 1
        assert county.visitor().get(post).status_code == 404


def test_a_scheduled_post_that_was_put_off_goes_out_later(county: County) -> None:
    post, zhou = put_off(county, 3), county.zhou()
    zhou.get(f"{post}/edit")
    later = local(now() + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M")
    assert zhou.post(f"{post}/edit", words(county, "沙江寺村", publish_at=later)).status_code == 303
    for hours, status in ((3.1, 404), (6.1, 200)):
        with time_machine.travel(now() + timedelta(hours=hours)):
            run_all(county.app)
            assert county.visitor().get(post).status_code == status


def test_a_post_let_out_before_its_time_goes_out_once(county: County) -> None:
    post, zhou = put_off(county, 3), county.zhou()
    zhou.get(f"{post}/edit")
    assert zhou.post(f"{post}/edit", words(county, "沙江寺村", then="publish")).status_code == 303
    with time_machine.travel(now() + timedelta(hours=3.1)):
        run_all(county.app)
    with county.app.app_context():
        assert set(db.session.scalars(select(Job.state))) == {"done"}
    assert one(county.app, "SELECT count(*) FROM events WHERE action IN ('publish', 'go_out')") == 1
