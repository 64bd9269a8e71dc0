"""The board and its letters as everybody reads them."""

import re
import subprocess
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
import time_machine

from tests.conftest import County
from tests.floor import change
from tests.modules.letters.made import ANSWER, letter_in, one
from tests.modules.letters.test_consultations import ask as consultation_of
from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.items import Item
from wdj.core.media import Media
from wdj.modules.letters import months, sample, sample_years
from wdj.modules.letters.messages import Rating

MONDAY = "2026-11-16 02:00:00Z"


@pytest.fixture
def monday(county: County) -> County:
    """The county on a Monday morning."""
    with time_machine.travel(MONDAY, tick=True):
        yield county  # type: ignore[misc]


def test_a_published_letter_stands_on_the_boards_of_its_village_town_and_county_alone(monday: County) -> None:
    letter, visitor = letter_in(monday.app, "in_hand", public=True), monday.visitor()
    for org in ("沙江寺村", "留凤关镇", "凤县"):
        visitor.get(f"/letters?org={monday.org(org)}")
        assert f'href="/letters/{letter}"' in visitor.html
        assert "县农业农村局承办， 还剩 3 个工作日" in visitor.text
    visitor.get(f"/letters?org={monday.org('平木镇')}")
    assert "还没有人留言。第一个问？" in visitor.text
    assert visitor.get("/letters?org=999999").status_code == 404


def test_what_nobody_published_stands_nowhere(county: County) -> None:
    letter, visitor = letter_in(county.app, "in_hand"), county.visitor()
    for url in ("/letters", "/letters?q=椒园", f"/letters?org={county.org('沙江寺村')}"):
        visitor.get(url)
        assert f"/letters/{letter}" not in visitor.html
    assert visitor.get(f"/letters/{letter}").status_code == 404
    assert visitor.post(f"/letters/{letter}/me-too").status_code == 404


def test_the_board_says_in_words_what_is_late_what_waits_and_what_is_done(monday: County) -> None:
    letter_in(monday.app, "in_hand", public=True, days_ago=6, words="自来水没有压力")
    letter_in(monday.app, "waiting", public=True, words="低保怎么办")
    letter_in(monday.app, "answered", public=True, days_ago=4, words="医保在哪交")
    letter_in(monday.app, "drafted", public=True, words="装一面凸面镜")
    visitor = monday.visitor()
    visitor.get("/letters")
    for words in ("! 超期 1 个工作日", "等写信的人补充", "✓ 已答复", "县农业农村局答复，用了 2 个工作日", "办理中"):
        assert words in visitor.text
    assert "等审核" not in visitor.text, "who reads the answer first is nobody else's business"


def test_chips_and_pages_lead_through_the_board(county: County) -> None:
    for number in range(12):
        letter_in(
            county.app, "in_hand", public=True, kind="help" if number % 2 else "question", words=f"第{number}件事"
        )
    visitor = county.visitor()
    visitor.get("/letters")
    assert visitor.html.count("<h3") == 10
    [older] = re.findall(r'href="(/letters\?before=[^"]+)"', visitor.html)
    visitor.get(older)
    assert visitor.html.count("<h3") == 2
    visitor.get("/letters?kind=help")
    assert visitor.html.count("<h3") == 6
    assert visitor.get("/letters?kind=dispute").status_code == 404
    assert visitor.get("/letters?kind=burn").status_code == 404


def test_the_remembered_village_is_where_the_board_begins(county: County) -> None:
    letter = letter_in(county.app, "in_hand", public=True)
    here, elsewhere = county.visitor(), county.visitor()
    here.client.set_cookie("v", str(county.org("沙江寺村")))
    elsewhere.client.set_cookie("v", str(county.org("平木镇")))
    here.get("/letters")
    elsewhere.get("/letters")
    assert f"/letters/{letter}" in here.html
    assert f"/letters/{letter}" not in elsewhere.html
    assert "看看全县的" in elsewhere.text


def test_a_kept_board_is_fresh_after_anybodys_commit(county: County) -> None:
    visitor = county.visitor()
    assert "还没有人留言" in visitor.get("/letters").get_data(as_text=True)
    letter = letter_in(county.app, "in_hand", public=True)
    visitor.get("/letters")
    assert f"/letters/{letter}" in visitor.html
    with county.app.app_context():
        db.session.query(Item).filter_by(id=letter).update({"public_title": "换了个说法"})
        db.session.commit()
    visitor.get("/letters")
    assert "换了个说法" in visitor.text


def test_the_public_thread_shows_the_answer_before_its_course_and_no_names(county: County) -> None:
    letter = letter_in(county.app, "answered", public=True, name="王秀英")
    visitor = county.visitor()
    visitor.get(f"/letters/{letter}")
    order = [visitor.text.index(words) for words in ("椒园冻得厉害", "县农业农村局 答复", ANSWER[:20], "办到哪一步了")]
    assert order == sorted(order)
    for secret in ("王秀英", "13800000001", "138****0001"):
        assert secret not in visitor.html
    assert 'property="og:title"' in visitor.html


def test_me_too_counts_once_for_each_device_and_person(county: County) -> None:
    letter = letter_in(county.app, "in_hand", public=True)
    visitor, other, li = county.visitor(), county.visitor(), county.li()
    for number, browser in enumerate((visitor, visitor, other, li, li)):
        with time_machine.travel(now() + number * timedelta(seconds=5), tick=True):
            browser.get(f"/letters/{letter}")
            assert browser.post(f"/letters/{letter}/me-too").status_code == 303
    assert one(county, "SELECT count(*) FROM likes") == 3
    visitor.get("/letters")
    assert "3 人同问" in visitor.text
    li.get(f"/letters/{letter}")
    assert "✓ 记下了" in li.text


def test_me_too_by_htmx_answers_with_its_button_alone(county: County) -> None:
    letter, visitor = letter_in(county.app, "in_hand", public=True), county.visitor()
    answer = visitor.post(f"/letters/{letter}/me-too", HX_Request="true")
    assert answer.status_code == 200
    assert answer.get_data(as_text=True).startswith(f'<form id="me-too-{letter}"')
    assert "✓ 记下了　1" in answer.get_data(as_text=True)


def test_who_looks_before_asking_finds_the_answers_first(county: County) -> None:
    answered = letter_in(county.app, "answered", public=True, words="椒苗补助怎么领")
    waiting = letter_in(county.app, "in_hand", public=True, words="椒苗补助几时发")
    private = letter_in(county.app, "answered", words="椒苗补助我家没有")
    visitor = county.visitor()
    visitor.get("/letters?q=椒苗补助")
    assert visitor.html.index(f"/letters/{answered}") < visitor.html.index(f"/letters/{waiting}")
    assert f"/letters/{private}" not in visitor.html
    assert f"答：{ANSWER[:20]}" in visitor.text
    visitor.get("/letters?q=飞机")
    assert "没有找到“飞机”" in visitor.text
    assert "我要提问" in visitor.text
    assert visitor.get("/letters?q=。。。").status_code == 422


def test_clerks_of_the_letter_get_their_own_page_of_it_and_others_the_public_one(county: County) -> None:
    letter = letter_in(county.app, "answered", public=True)
    for browser in (county.zhao(), county.zhou(), county.chen()):
        browser.get(f"/letters/{letter}")
        assert f'id="letter-{letter}"' not in browser.html
    for browser in (county.wang(), county.sun(), county.li()):
        browser.get(f"/letters/{letter}")
        assert f'id="letter-{letter}"' in browser.html


def test_the_month_counts_what_came_was_answered_and_was_rated_content_of_those_rated(monday: County) -> None:
    letters = [letter_in(monday.app, "answered") for _ in range(7)]
    letter_in(monday.app, "in_hand", village="东庄村")
    letter_in(monday.app, "closed", days_ago=40, answered_at=now().replace(month=10))
    with monday.app.app_context():
        for letter, content in zip(letters, (3, 2, None, 3, 3, 1, None), strict=True):
            db.session.add(Rating(letter_id=letter, round=1, solved=True, satisfaction=content, way="receipt"))
        db.session.commit()
        months.count_month()
        db.session.commit()
    visitor = monday.visitor()
    visitor.get("/letters")
    assert "8 收到 7 已答复 60% 评价满意" in visitor.text
    visitor.get(f"/letters?org={monday.org('东庄村')}")
    assert "1 收到 0 已答复" in visitor.text
    assert "评价满意" not in visitor.text, "nobody has rated there"
    with time_machine.travel("2026-12-01 02:00:00Z"):
        visitor.get("/letters")
        assert "评价满意" not in visitor.text, "a new month begins without figures"


def test_the_board_is_in_the_order_of_the_days_that_it_shows(monday: County) -> None:
    old = letter_in(monday.app, "in_hand", public=True, days_ago=9, words="自来水没有压力")
    young = letter_in(monday.app, "in_hand", public=True, days_ago=1, words="低保怎么办")
    for letter, hours in ((old, 1), (young, 2)):
        at = now() - timedelta(hours=hours)
        change(monday.app, "UPDATE items SET published_at = :at WHERE id = :id", at=at, id=letter)
        change(monday.app, "UPDATE placements SET placed_at = :at WHERE item_id = :id", at=at, id=letter)
    visitor = monday.visitor()
    visitor.get("/letters")
    assert visitor.text.index("自来水没有压力") < visitor.text.index("低保怎么办")
    shown = re.findall(r"(\d+:\d\d) 公开", visitor.text)
    assert len(shown) == 2
    assert shown == sorted(shown, reverse=True)


def test_what_the_county_asks_everybody_stands_on_the_boards_below_it_until_its_last_day(monday: County) -> None:
    asked, visitor = consultation_of(monday), monday.visitor()
    for url in ("/letters", f"/letters?org={monday.org('沙江寺村')}"):
        visitor.get(url)
        assert f'href="/letters/consultations/{asked}"' in visitor.html
        assert f'href="/letters/ask?about={asked}"' in visitor.html
    visitor.get("/letters?kind=help")
    assert "问计于民" not in visitor.text
    with time_machine.travel(now() + timedelta(days=20), tick=True):
        visitor.get("/letters")
        assert f"/letters/consultations/{asked}" not in visitor.html


def test_the_form_of_what_is_asked_of_everybody_asks_for_thoughts_and_for_no_kind(monday: County) -> None:
    visitor = monday.visitor()
    visitor.get(f"/letters/ask?about={consultation_of(monday)}")
    assert "您的想法" in visitor.text
    assert "想让谁帮什么" not in visitor.text
    assert 'name="kind"' not in visitor.html


def test_a_sample_that_is_not_committed_yet_has_its_month_counted_with_it(monday: County) -> None:
    letter_in(monday.app, "answered")
    with monday.app.app_context():
        months.count_month_here()
        db.session.commit()
    visitor = monday.visitor()
    visitor.get("/letters")
    assert "1 收到 1 已答复" in visitor.text


def test_the_tab_leads_to_the_board_and_the_board_is_marked_in_it(county: County) -> None:
    visitor = county.visitor()
    visitor.get("/letters")
    assert '<a href="/letters" class="on" aria-current="page">心声</a>' in visitor.html
    visitor.get("/")
    assert '<a href="/letters">心声</a>' in visitor.html


def test_a_text_browser_reads_the_answer_before_the_course(county: County, tmp_path: Path) -> None:
    letter = letter_in(county.app, "answered", public=True)
    page = tmp_path / "letter.html"
    page.write_bytes(county.visitor().get(f"/letters/{letter}").data)
    shown = subprocess.run(
        ["/usr/bin/w3m", "-dump", "-cols", "80", "-T", "text/html", str(page)], capture_output=True, check=True
    ).stdout.decode()
    assert shown.index("农技员四月二十一日") < shown.index("办到哪一步了")


def test_photos_are_public_only_where_the_clerk_let_them_out_and_a_voice_never(county: County) -> None:
    for shown in (False, True):
        letter = letter_in(county.app, "answered", public=True)
        with county.app.app_context():
            more = {"item_id": letter, "owner": "", "digest": "", "state": "ready", "mime": "", "bytes": 1}
            more["is_shown"] = shown
            db.session.add(Media(key=f"picture{letter}", kind="picture", caption="坡顶的椒园", **more))
            db.session.add(Media(key=f"sound{letter}", kind="sound", transcript="打 13800000001", **more))
            db.session.commit()
        visitor = county.visitor()
        visitor.get(f"/letters/{letter}")
        assert (f"/media/picture{letter}/" in visitor.html) is shown
        assert ("打 138****0001" in visitor.text) is shown
        assert f"/media/sound{letter}/" not in visitor.html


def test_the_letters_of_the_years_before_are_counted_as_soon_as_they_are_there(
    monday: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter_in(monday.app, "answered")
    monkeypatch.setattr(sample_years, "load", lambda *_: None)
    with monday.app.app_context():
        sample.load_years(Random(1), now().date(), print)
        db.session.commit()
        found = months.month_of(monday.org("凤县"))
    assert found is not None
    assert (found.received, found.answered) == (1, 1)
