"""The feed: who writes, who lets out, who is told what, and what the villager may do with it."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from PIL import Image
from sqlalchemy import select, update

from tests.conftest import County
from tests.modules.posts import TEXT, published, words, write
from wdj.core.db import brief_write, db
from wdj.core.jobs import run_due
from wdj.core.media import staging
from wdj.core.placements import Placement
from wdj.modules.feed.models import Post


def a_picture() -> tuple[io.BytesIO, str]:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "#9d1f1a").save(out, "JPEG")
    out.seek(0)
    return out, "photo.jpg"


def test_a_draft_is_missing_for_strangers_and_for_everybody_without_an_account(county: County) -> None:
    post = write(county.li(), county, then="save")
    assert county.visitor().get(f"/feed/{post}").status_code == 404
    for stranger in (county.wang(), county.zhao()):
        for page in ("", "/edit", "/preview", "/submit"):
            assert stranger.get(f"/feed/{post}{page}").status_code == 404
    assert county.sun().get(f"/feed/{post}").status_code == 404


def test_a_stranger_reads_what_is_published_but_may_not_change_it(county: County) -> None:
    post = published(county)
    wang = county.wang()
    assert wang.get(f"/feed/{post}").status_code == 200
    assert wang.get(f"/feed/{post}/edit").status_code == 403
    assert wang.post(f"/feed/{post}/withdraw", {"note": "不是我们镇的"}).status_code == 403
    assert wang.post(f"/feed/{post}/nonsense").status_code == 404


def test_a_village_cannot_let_its_own_post_out(county: County) -> None:
    li = county.li()
    post = write(li, county, then="save")
    assert li.post(f"/feed/{post}/publish").status_code == 403


def test_a_clerk_writes_for_their_own_org_only(county: County) -> None:
    li = county.li()
    li.get("/feed/new")
    assert li.post("/feed/new", words(county, "平木镇")).status_code == 422
    assert TEXT.splitlines()[0] in li.text


@pytest.mark.parametrize(
    ("org", "by", "shown", "not_shown"),
    [
        ("沙江寺村", "zhou", ["沙江寺村", "留凤关镇"], ["凤县", "平木镇", "费家庄村"]),
        ("留凤关镇", "zhou", ["留凤关镇", "沙江寺村", "费家庄村"], ["凤县", "平木镇"]),
        ("凤县", "chen", ["凤县", "留凤关镇", "沙江寺村", "平木镇"], []),
    ],
)
def test_a_post_stands_on_the_pages_of_its_org_its_town_and_everything_below(
    county: County, org: str, by: str, shown: list[str], not_shown: list[str]
) -> None:
    published(county, org, by)
    visitor = county.visitor()
    for place in shown + not_shown:
        visitor.get(f"/orgs/{county.org(place)}")
        assert ("三组便道明天通车了" in visitor.text) == (place in shown), place


def test_a_department_asks_the_county(county: County) -> None:
    zhao, chen = county.zhao(), county.chen()
    post = write(zhao, county, "县农业农村局", then="submit")
    chen.get("/desk")
    assert "三组便道明天通车了" in chen.text
    chen.get(f"/feed/{post}")
    chen.post(f"/feed/{post}/publish")
    visitor = county.visitor()
    for place in ("凤县", "平木镇", "沙江寺村", "县农业农村局"):
        visitor.get(f"/orgs/{county.org(place)}")
        assert "三组便道明天通车了" in visitor.text


def test_a_withdrawn_post_is_gone_from_every_page(county: County) -> None:
    post = published(county)
    li, visitor = county.li(), county.visitor()
    assert li.get(f"/feed/{post}/withdraw").status_code == 200
    assert li.post(f"/feed/{post}/withdraw", {"note": "日期写错了"}).status_code == 303
    assert visitor.get(f"/feed/{post}").status_code == 404
    visitor.get(f"/orgs/{county.org('沙江寺村')}")
    assert "三组便道明天通车了" not in visitor.text
    li.get(f"/feed/{post}")
    assert "日期写错了" in li.text
    with county.app.app_context():
        assert db.session.scalars(select(Placement)).all() == []


def test_a_withdrawn_post_is_the_beginning_of_a_better_one_and_goes_nowhere_else(county: County) -> None:
    post = published(county)
    li = county.li()
    li.get(f"/feed/{post}")
    li.post(f"/feed/{post}/withdraw", {"note": "日期写错了"})
    assert li.get(f"/outputs/{post}").status_code == 404
    li.get(f"/feed/{post}")
    assert f'href="/feed/new?from={post}"' in li.html
    assert "大喇叭稿" not in li.text
    li.get(f"/feed/new?from={post}")
    assert 'value="三组便道明天通车了"' in li.html
    assert TEXT.partition("\n")[0] in li.text
    again = li.post(f"/feed/new?from={post}", words(county, title="三组便道后天通车了", then="save"))
    made = int(again.headers["Location"].split("/")[2].partition("?")[0])
    assert made != post
    assert county.wang().get(f"/feed/new?from={post}").status_code == 404


def test_a_post_goes_out_at_its_time_and_not_before(county: County) -> None:
    morning = datetime(2026, 4, 18, 1, 0, tzinfo=UTC)
    with time_machine.travel(morning, tick=False) as clock:
        zhou, visitor = county.zhou(), county.visitor()
        post = write(zhou, county, "留凤关镇", then="publish", publish_at="2026-04-18 11:30")
        clock.shift(timedelta(hours=2, minutes=29))
        with county.app.app_context():
            run_due()
        assert visitor.get(f"/feed/{post}").status_code == 404
        clock.shift(timedelta(minutes=2))
        with county.app.app_context():
            run_due()
        assert visitor.get(f"/feed/{post}").status_code == 200


def test_a_post_put_off_goes_out_at_its_new_time(county: County) -> None:
    with time_machine.travel(datetime(2026, 4, 18, 1, 0, tzinfo=UTC), tick=False) as clock:
        zhou, visitor = county.zhou(), county.visitor()
        post = write(zhou, county, "留凤关镇", then="publish", publish_at="2026-04-18 10:00")
        zhou.get(f"/feed/{post}/edit")
        later = words(county, "留凤关镇", then="publish", publish_at="2026-04-18 12:00")
        assert zhou.post(f"/feed/{post}/edit", later).status_code == 303
        for hours, status in ((1.5, 404), (2, 200)):
            clock.shift(timedelta(hours=hours))
            with county.app.app_context():
                run_due()
            assert visitor.get(f"/feed/{post}").status_code == status


def test_a_time_that_has_passed_is_refused_at_its_field(county: County) -> None:
    zhou = county.zhou()
    zhou.get("/feed/new")
    for typed, answer in (("2020-01-01 10:00", "已经过了"), ("下午三点", "时间请写成")):
        assert zhou.post("/feed/new", words(county, "留凤关镇", publish_at=typed)).status_code == 422
        assert answer in zhou.text
        assert "三组便道明天通车了" in zhou.html


def test_a_mistake_in_the_text_loses_no_picture(county: County) -> None:
    li = county.li()
    li.get("/feed/new")
    first = li.post("/feed/new", {**words(county, title=""), "pictures": a_picture()})
    assert first.status_code == 422
    assert "请写个标题" in li.text
    second = li.post("/feed/new", words(county, then="preview"))
    assert second.status_code == 303
    with county.app.app_context():
        assert run_due() == 1
    li.get(second.headers["Location"])
    assert any(tag == "img" and "/media/" in attributes["src"] for tag, attributes in li.page.elements)


@pytest.mark.parametrize("again", [False, True])
def test_files_are_looked_through_before_anybody_elses_writing_is_held_up(
    county: County, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    li, free = county.li(), []
    address = f"/feed/{write(li, county, then='save')}/edit" if again else "/feed/new"
    check = staging.check

    def looks_on(*what: Any) -> object:
        free.append(not db.session().in_transaction())
        with brief_write() as connection:  # gives up at once when the lock is held
            connection.execute(update(Post.__table__).values(period="2026年"))
        return check(*what)

    monkeypatch.setattr(staging, "check", looks_on)
    li.get(address)
    assert li.post(address, {**words(county, then="save"), "pictures": a_picture()}).status_code == 303
    assert free == [True]


def test_a_picture_of_a_draft_is_missing_for_others(county: County) -> None:
    li = county.li()
    li.get("/feed/new")
    answer = li.post("/feed/new", {**words(county, then="preview"), "pictures": a_picture()})
    with county.app.app_context():
        run_due()
    li.get(answer.headers["Location"])
    source = next(attributes["src"] for tag, attributes in li.page.elements if tag == "img")
    assert li.get(source).status_code == 200
    assert county.visitor().get(source).status_code == 404
    assert county.wang().get(source).status_code == 404


def test_the_second_of_two_writers_sees_the_firsts_words_and_keeps_their_own(county: County) -> None:
    li, zhou = county.li(), county.zhou()
    post = write(li, county, then="submit")
    first, second = county.zhou(), county.chen()
    for each in (first, second):
        assert each.get(f"/feed/{post}/edit").status_code == 200
    assert first.post(f"/feed/{post}/edit", words(county, text=TEXT + "\n\n镇上加的一段。")).status_code == 303
    late = second.post(f"/feed/{post}/edit", words(county, text=TEXT + "\n\n县上加的一段。"))
    assert late.status_code == 409
    assert "镇上加的一段" in second.text
    assert "县上加的一段" in second.text
    assert second.post(f"/feed/{post}/edit", words(county, text=TEXT + "\n\n县上加的一段。")).status_code == 303
    zhou.get(f"/feed/{post}")
    assert "县上加的一段" in zhou.text


def test_sending_the_editor_twice_makes_one_post(county: County) -> None:
    li = county.li()
    li.get("/feed/new")
    sent = {**words(county), "once": "the-same-key"}
    assert len({li.post("/feed/new", sent).headers["Location"] for _ in range(2)}) == 1
    with county.app.app_context():
        assert len(db.session.scalars(select(Post)).all()) == 1


def test_a_double_tap_on_a_button_does_it_once_and_answers_the_same(county: County) -> None:
    zhou = county.zhou()
    post = write(county.li(), county, then="submit")
    zhou.get(f"/feed/{post}")
    same = {"once": "tapped-twice"}
    places = {zhou.post(f"/feed/{post}/publish", same).headers["Location"] for _ in range(2)}
    assert places == {f"/feed/{post}?ok=published"}
    assert zhou.post(f"/feed/{post}/publish", {"once": "another tap"}).status_code == 409


def test_the_second_tap_of_handing_in_is_no_refusal(county: County) -> None:
    li = county.li()
    post = write(li, county, then="save")
    li.get(f"/feed/{post}/edit")
    sent = {**words(county, then="submit"), "once": "tapped-twice", "version": "1"}
    answers = [li.post(f"/feed/{post}/edit", sent) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
