"""Clerks at the same things at the same moment: many comments of many posts, the outputs of one post."""

from collections.abc import Iterator
from functools import partial
from urllib.parse import urlencode

import pytest

from tests.conftest import County, _copy
from tests.databases import Database
from tests.floor import every, one, published
from tests.live import Live, at_once, serving
from tests.test_races import cookies, form_of, statuses
from wdj.core.comments import Comment
from wdj.core.db import db


@pytest.fixture(scope="module")
def county(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    for app in _copy(county_template, tmp_path_factory.mktemp("desk_races")):
        yield County(app=app)


@pytest.fixture(scope="module")
def live(county: County) -> Iterator[Live]:
    yield from serving(county.app)


def said_under(county: County, *posts: int) -> list[int]:
    """Twenty comments that wait under each post, in this order."""
    with county.app.app_context():
        rows = [
            Comment(item_id=post, state="pending", name="老王", text="好", public_name="老王", public_text="好")
            for post in posts
            for _ in range(20)
        ]
        for row in rows:
            db.session.add(row)
            db.session.flush()
        db.session.commit()
        return [row.id for row in rows]


@pytest.mark.parametrize("go", range(3))
def test_two_clerks_decide_on_many_under_the_same_posts_and_neither_waits_for_ever(
    county: County, live: Live, go: int
) -> None:
    first, second = published(county), published(county)
    tasks = []
    for clerk, order in ((county.zhou(), (first, second)), (county.chen(), (second, first))):
        said = said_under(county, *order)
        form = {**form_of(clerk, "/desk/comments"), "do": "show", "id": said}
        tasks.append(partial(ask, live, form, cookies(clerk)))
    assert sorted(at_once(tasks)) == [303, 303]
    assert one(county.app, "SELECT sum(comment_count) FROM items WHERE id IN (:a, :b)", a=first, b=second) == 80


def ask(live: Live, form: dict[str, object], held: dict[str, str]) -> int:
    """The status of the answer to a form with many ticks."""
    headers = {
        "Origin": f"http://{live.host}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "; ".join(f"{name}={value}" for name, value in held.items()),
    }
    return live._ask("POST", "/desk/comments/bulk", urlencode(form, doseq=True), headers).status


@pytest.mark.parametrize("go", range(6))
def test_two_clerks_who_send_the_same_words_on_at_once_make_one_row(county: County, live: Live, go: int) -> None:
    post = published(county)
    tasks = [
        partial(live.post, f"/outputs/{post}", form_of(clerk, f"/outputs/{post}", then="sent-script"), **cookies(clerk))
        for clerk in (county.zhou(), county.chen())
    ]
    assert statuses(at_once(tasks)) == [303, 303]
    assert every(county.app, "SELECT channel FROM outputs WHERE item_id = :id", id=post) == ["script"]
