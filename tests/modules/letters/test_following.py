"""What who wrote a letter does behind its receipt: reads the answer, rates it, says more, takes it back."""

import io

import pytest

from tests.browser import Browser
from tests.conftest import County
from tests.modules.calls import work
from tests.modules.letters.authors import actions_of, opened, send, state_of
from tests.modules.letters.made import ANSWER, FARMING, TOWN, VILLAGE, letter_in, one, receipt_of
from tests.screen.things import small_photo
from wdj.core.clock import now
from wdj.core.db import db
from wdj.core.items import with_orgs
from wdj.core.people import Held, Me, Role
from wdj.modules.letters import handling
from wdj.modules.letters.messages import Message
from wdj.modules.letters.models import Letter


def asked_back(county: County, text: str = "请写上哪天冻的。") -> int:
    """A letter of which its unit has asked something."""
    letter = letter_in(county.app, "waiting")
    with county.app.app_context():
        unit = db.session.get_one(Letter, letter).handler_org_id
        db.session.add(Message(letter_id=letter, kind="ask_more", text=text, public_text=text, org_id=unit))
        db.session.commit()
    return letter


def test_number_and_code_lead_to_the_answer_first_and_then_to_two_questions(county: County) -> None:
    letter = letter_in(county.app, "answered")
    browser = opened(county, letter)
    order = [browser.text.index(words) for words in (ANSWER[:20], "事情解决了吗", "您写的", "办到哪一步了")]
    assert order == sorted(order)
    text = send(browser, letter, "rate", solved="yes", satisfaction="3", words="谢谢农技员")
    assert "记下了，谢谢您" in text
    assert "已办结" in text
    assert state_of(county, letter) == "closed"
    assert one(county, "SELECT way FROM letter_ratings WHERE satisfaction = 3") == "receipt"


def test_what_was_not_solved_goes_back_once_with_a_whole_clock_and_tells_the_level_above(county: County) -> None:
    letter = letter_in(county.app, "answered", days_ago=9)
    browser = opened(county, letter)
    text = send(browser, letter, "rate", solved="no", satisfaction="1", words="没人来看")
    assert "退回去重新办了" in text
    assert "还剩 3 个工作日" in text
    assert state_of(county, letter) == "in_hand"
    assert one(county, "SELECT round FROM letters") == 2
    assert actions_of(county, letter).endswith("find_unsolved tell")
    above = "SELECT short_name FROM orgs JOIN events ON events.org_id = orgs.id WHERE events.action = 'tell'"
    assert one(county, above) == "凤县"


@pytest.mark.parametrize(("handler", "asked", "others"), [
    (FARMING, "chen", ("zhou", "wang")), (VILLAGE, "zhou", ("chen", "wang")), (TOWN, "chen", ("li", "wang")),
])  # fmt: skip
def test_what_solved_nothing_stands_on_the_desk_above_until_somebody_has_looked(
    county: County, handler: str, asked: str, others: tuple[str, ...]
) -> None:
    letter = letter_in(county.app, "answered", handler=handler)
    send(opened(county, letter), letter, "rate", solved="no")
    above = getattr(county, asked)()
    for who in others:
        clerk = getattr(county, who)()
        assert not _waits(clerk), who
        clerk.get("/me")
        assert clerk.post(f"/letters/{letter}/look_into").status_code in (403, 404), who
    assert _waits(above)
    assert "说没解决" in above.text
    above.get(f"/letters/{letter}")
    assert "说没解决的，看过了" in above.text
    assert above.post(f"/letters/{letter}/look_into").status_code == 303
    assert not _waits(above)
    above.get(f"/letters/{letter}")
    assert f"/letters/{letter}/look_into" not in above.html


def test_who_reminds_the_unit_has_looked(county: County) -> None:
    letter, chen = letter_in(county.app, "answered"), county.chen()
    send(opened(county, letter), letter, "rate", solved="no")
    assert _waits(chen)
    chen.get(f"/letters/{letter}/remind")
    assert chen.post(f"/letters/{letter}/remind", {"note": "今天去看一看"}).status_code == 303
    assert not _waits(chen)


def _waits(clerk: Browser) -> bool:
    """Whether a letter stands under 等我办的."""
    clerk.get("/desk?view=mine")
    return "椒园冻得厉害" in clerk.text


def answered_again(county: County, letter: int) -> None:
    """The unit answers the letter a second time."""
    zhao = county.zhao()
    zhao.get(f"/letters/{letter}/answer")
    answer = zhao.post(f"/letters/{letter}/answer", {"text": "今天上午又去看了，苗木已经登记。", "then": "answer"})
    assert answer.status_code == 303, zhao.text


def test_the_second_time_it_goes_to_the_level_above_with_its_rating_and_is_told_again(county: County) -> None:
    letter = letter_in(county.app, "answered")
    browser = opened(county, letter)
    send(browser, letter, "rate", solved="no")
    answered_again(county, letter)
    browser.get(f"/r/{receipt_of(county.app, letter)[0]}")
    assert "能接着问一次" not in browser.text, "it went round once"
    assert browser.text.index("苗木已经登记") < browser.text.index(ANSWER[:20]), "the newest answer first"
    send(browser, letter, "rate", solved="no", satisfaction="1")
    assert state_of(county, letter) == "unsolved"
    assert one(county, "SELECT count(*) FROM letter_ratings WHERE NOT solved") == 2
    assert one(county, "SELECT count(*) FROM events WHERE action = 'tell'") == 2


def test_silence_is_not_rated_and_an_empty_form_is_no_rating(county: County) -> None:
    letter = letter_in(county.app, "answered")
    browser = opened(county, letter)
    assert browser.post(f"/letters/{letter}/rate", {"words": "嗯"}).status_code == 422
    assert "两个问题请至少点一个" in browser.text
    assert "嗯</textarea>" in browser.html
    assert one(county, "SELECT count(*) FROM letter_ratings") == 0
    send(browser, letter, "rate", satisfaction="2")
    assert one(county, "SELECT count(*) FROM letter_ratings WHERE solved IS NULL AND satisfaction = 2") == 1


def test_a_rating_sent_twice_counts_once(county: County) -> None:
    letter = letter_in(county.app, "answered")
    browser = opened(county, letter)
    form = browser.page and browser.page.form(f"/letters/{letter}/rate")
    assert form is not None
    sent = form["fields"] | {"solved": "no"}
    first = browser.client.post(f"/letters/{letter}/rate", data=sent, headers={"Origin": "http://localhost"})
    second = browser.client.post(f"/letters/{letter}/rate", data=sent, headers={"Origin": "http://localhost"})
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert one(county, "SELECT round FROM letters") == 2


def test_who_asks_on_is_answered_anew_but_only_once(county: County) -> None:
    letter = letter_in(county.app, "answered", public=True)
    browser = opened(county, letter)
    assert browser.post(f"/letters/{letter}/again", {"text": " "}).status_code == 422
    assert "请写上还想问什么" in browser.text
    assert "问上了" in send(browser, letter, "again", text="苗木要自己去拉吗？电话 13800000002")
    assert "您接着问" in browser.text
    assert state_of(county, letter) == "in_hand"
    everybody = county.visitor()
    everybody.get(f"/letters/{letter}")
    assert "苗木要自己去拉吗" not in everybody.html, "only what a clerk has let out is public"
    answered_again(county, letter)
    assert browser.post(f"/letters/{letter}/again", {"text": "再问一句"}).status_code == 409


def test_what_the_unit_asked_is_answered_with_words_and_photos_and_the_clock_runs_on(county: County) -> None:
    letter = asked_back(county)
    browser = opened(county, letter)
    assert "县农业农村局想请您补充" in browser.text
    assert "等您补充，时间停着" in browser.text
    assert browser.post(f"/letters/{letter}/supply", {"text": ""}).status_code == 422
    assert "请写上几句" in browser.text
    photo = (io.BytesIO(small_photo(1)), "椒园.jpg")
    assert "补上了" in send(browser, letter, "supply", text="十五号夜里冻的。", pictures=photo)
    assert state_of(county, letter) == "in_hand"
    assert "还剩 3 个工作日" in browser.text
    assert "照片 1 张" in browser.text
    assert one(county, "SELECT count(*) FROM pauses WHERE to_on IS NULL") == 0


def test_a_fourth_photo_finds_no_room_and_the_words_stay(county: County) -> None:
    letter = asked_back(county)
    browser = opened(county, letter)
    photos = [(io.BytesIO(small_photo(number)), f"{number}.jpg") for number in range(3)]
    send(browser, letter, "supply", text="三张照片", pictures=photos)
    work(county)
    more = (io.BytesIO(small_photo(9)), "第四张.jpg")
    assert browser.post(f"/letters/{letter}/photos", {"pictures": more}).status_code == 422
    assert "照片最多 3 张" in browser.text
    assert one(county, "SELECT count(*) FROM media WHERE item_id = :id", id=letter) == 3


def test_more_photos_come_to_a_letter_that_is_open(county: County) -> None:
    letter = letter_in(county.app, "in_hand")
    browser = opened(county, letter)
    assert browser.post(f"/letters/{letter}/photos", {}).status_code == 422
    assert "请先选照片" in browser.text
    photo = (io.BytesIO(small_photo(1)), "椒园.jpg")
    assert "照片收到了" in send(browser, letter, "photos", pictures=photo)
    assert one(county, "SELECT count(*) FROM media WHERE item_id = :id", id=letter) == 1


def test_what_is_taken_back_is_gone_from_everywhere_but_kept_for_its_handlers(county: County) -> None:
    letter = letter_in(county.app, "in_hand", public=True)
    browser = opened(county, letter)
    browser.get(f"/letters/{letter}/withdraw")
    assert "撤回以后就不再办了" in browser.text
    assert "撤回来了" in send(browser, letter, "withdraw", text="办好了")
    everybody = county.visitor()
    assert everybody.get(f"/letters/{letter}").status_code == 404
    for url in ("/letters", "/letters?q=椒园", "/search?q=椒园"):
        everybody.get(url)
        assert f"/letters/{letter}" not in everybody.html, url
    assert one(county, "SELECT due_at FROM items WHERE id = :id", id=letter) is None
    zhao = county.zhao()
    zhao.get(f"/letters/{letter}")
    assert "椒园冻得厉害" in zhao.text


def test_where_the_main_letter_is_taken_back_the_merged_ones_are_answered_by_themselves(county: County) -> None:
    main, other = letter_in(county.app, "in_hand"), letter_in(county.app, "merged")
    with county.app.app_context():
        db.session.get_one(Letter, other).merged_into_id = main
        db.session.commit()
    theirs = opened(county, other)
    assert "一起办，一起答复" in theirs.text
    send(opened(county, main), main, "withdraw", text="")
    assert state_of(county, other) == "accepted"


def test_the_author_reads_why_it_was_declined_but_nothing_that_only_handlers_note(county: County) -> None:
    letter = letter_in(county.app, "posted")
    clerk = _clerk(county)
    with county.app.test_request_context(method="POST"):
        row = db.session.scalars(with_orgs(Letter).where(Letter.id == letter)).one()
        handling.remark(row, "这家去年也来过，脾气急", clerk)
        handling.decline(row, "不归县里管", "您说的这件事归市里管，请打 12345。", clerk)
        db.session.commit()
    browser = opened(county, letter)
    assert "请打 12345" in browser.text
    assert "不予受理" in browser.text
    assert "脾气急" not in browser.html


def _clerk(county: County) -> Me:
    """The clerk of 留凤关镇, for verbs."""
    town = county.org("留凤关镇")
    path = str(one(county, "SELECT path FROM orgs WHERE id = :id", id=town))
    person = int(one(county, "SELECT id FROM people WHERE login = 'liufengguan'"))
    return Me(
        person, "周", "liufengguan", (Held(Role.town_clerk, town, path, "留凤关镇", "town"),), False, 0, "", now()
    )
