"""The runner hears of a job when it is committed, and of no other."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from tests.conftest import County
from tests.modules.posts import write
from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.jobs import Job, enqueue


def carried(app: Flask) -> list[int]:
    """The ids that wait in the runner's queue, at once or for later."""
    huey = app.extensions["huey"]
    return [task.args[0] for task in [*huey.pending(), *huey.scheduled()] if task.name == "perform"]


def test_the_runner_is_told_at_once_and_of_what_was_committed_only(app: Flask) -> None:
    with app.app_context():
        enqueue("wipe media", key="k")
        db.session.flush()
        db.session.rollback()
        enqueue("wipe media", key="k")
        enqueue("wipe media", key="k", run_at=now() + timedelta(hours=2))
        db.session.flush()
        db.session.commit()
        ids = sorted(db.session.scalars(select(Job.id)))
    assert sorted(carried(app)) == ids
    assert len(ids) == 2


def test_the_runner_is_told_of_a_post_that_goes_out_later(county: County) -> None:
    write(county.zhou(), county, "留凤关镇", then="publish", publish_at="2099-04-18 10:00")
    assert len(carried(county.app)) == 1
