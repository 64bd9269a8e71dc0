"""Answering: drafts that nobody loses, the second person, one answer for many, what everybody reads of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text

from tests.conftest import County
from tests.modules.letters.clerks import (
    ANSWERED,
    answer_of,
    check_answers,
    colleague_in,
    do,
    events,
    known,
    state,
)
from tests.modules.letters.made import FARMING, WORDS, letter_in, one, receipt_of
from wdj.core import jobs, receipts
from wdj.core.clock import now
from wdj.core.db import db
from wdj.modules.letters import answering

OTHERS = "先登记，别的等我们上门看了再说。"


def test_an_answer_is_drafted_looked_at_as_on_a_phone_and_sent(county: County) -> None:
    zhao, letter = county.zhao(), letter_in(county.app, "in_hand")
    assert do(zhao, letter, "answer", text=ANSWERED, then="save") == 303
    zhao.get(f"/letters/{letter}/preview")
    assert "这是手机上的样子，还没有发出去" in zhao.text
    assert ANSWERED in zhao.text
    assert answer_of(county, letter) is None
    sent = zhao.page.form("answer")["fields"] | {"then": "answer"}  # type: ignore[union-attr]
    assert zhao.post(f"/letters/{letter}/answer", sent).status_code == 303
    assert (state(county, letter), answer_of(county, letter)) == ("answered", ANSWERED)
    public = one(county, "SELECT public_text FROM letter_messages WHERE letter_id = :id", id=letter)
    assert "138****0002" in public
    assert one(county, "SELECT count(*) FROM letter_drafts") == 0
    assert one(county, "SELECT due_at FROM items WHERE id = :id", id=letter) is None


def test_who_opens_the_editor_too_early_reads_what_comes_first_and_finds_back(county: County) -> None:
    zhao, zhou, letter = county.zhao(), county.zhou(), letter_in(county.app, "assigned")
    assert zhao.get(f"/letters/{letter}/answer").status_code == 409
    assert "请先签收" in zhao.text
    assert "别人刚办过" not in zhao.text
    assert f'href="/letters/{letter}"' in zhao.html
    assert do(zhao, letter, "ask_more", note="请说说是几组的") == 409
    assert "请先签收" in zhao.text
    assert "您写的没有丢" in zhao.text
    assert "请说说是几组的" in zhao.text
    assert do(zhou, letter, "accept", open=False) == 409
    assert "可能别人刚办过" in zhou.text
    assert f'href="/letters/{letter}"' in zhou.html


def test_the_second_of_two_clerks_sees_the_first_ones_words_and_keeps_their_own(county: County) -> None:
    zhao, colleague, letter = county.zhao(), colleague_in(county), letter_in(county.app, "in_hand")
    for clerk in (zhao, colleague):
        clerk.get(f"/letters/{letter}/answer")
    assert do(zhao, letter, "answer", open=True, text=ANSWERED, then="save") == 303
    stale = colleague.client.post(
        f"/letters/{letter}/answer",
        data={"csrf": colleague.csrf, "once": "x1", "version": "0", "text": OTHERS, "then": "answer"},
        headers={"Origin": "http://localhost"},
    )  # fmt: skip
    assert stale.status_code == 409
    assert ANSWERED in stale.text
    assert OTHERS in stale.text.split("<textarea")[1]
    assert state(county, letter) == "in_hand"
    colleague._look_at(stale)
    assert colleague.post(f"/letters/{letter}/answer", {"text": OTHERS, "then": "answer"}).status_code == 303
    assert answer_of(county, letter) == OTHERS


def test_who_comes_after_the_answer_keeps_their_words_too(county: County) -> None:
    zhao, colleague, letter = county.zhao(), colleague_in(county), letter_in(county.app, "in_hand")
    colleague.get(f"/letters/{letter}/answer")
    do(zhao, letter, "answer", text=ANSWERED, then="answer")
    for then in ("answer", "save"):
        assert colleague.post(f"/letters/{letter}/answer", {"text": OTHERS, "then": then}).status_code == 409
        assert ANSWERED in colleague.text
        assert OTHERS in colleague.html.split("<textarea")[1]
    assert one(county, "SELECT count(*) FROM letter_messages WHERE letter_id = :id", id=letter) == 1


def test_of_two_who_answer_at_the_same_moment_one_answers_and_nothing_is_lost(county: County) -> None:
    zhao, letter = county.zhao(), letter_in(county.app, "in_hand")
    clerks = [zhao, colleague_in(county), *(known(county, "colleague") for _ in range(2))]
    for clerk in clerks:
        clerk.get(f"/letters/{letter}/answer")

    def send(number: int) -> tuple[int, str]:
        words = f"第 {number} 个干部的答复，能领。"
        sent = clerks[number].post(f"/letters/{letter}/answer", {"text": words, "then": "answer"})
        return sent.status_code, clerks[number].html if words in clerks[number].html else ""

    with ThreadPoolExecutor(len(clerks)) as pool:
        answers = list(pool.map(send, range(len(clerks))))
    assert sorted(status for status, _ in answers) == [303, 409, 409, 409]
    assert all(html for status, html in answers if status == 409), "their words stand in the box"
    assert one(county, "SELECT count(*) FROM letter_messages WHERE letter_id = :id AND kind = 'answer'", id=letter) == 1


def test_of_two_who_save_their_drafts_at_the_same_moment_the_second_is_told(county: County) -> None:
    zhao, letter = county.zhao(), letter_in(county.app, "in_hand")
    clerks = [zhao, colleague_in(county), *(known(county, "colleague") for _ in range(2))]
    for clerk in clerks:
        clerk.get(f"/letters/{letter}/answer")

    def save(number: int) -> int:
        return (
            clerks[number].post(f"/letters/{letter}/answer", {"text": f"{number} 号草稿", "then": "save"}).status_code
        )

    with ThreadPoolExecutor(len(clerks)) as pool:
        answers = list(pool.map(save, range(len(clerks))))
    assert sorted(answers) == [303, 409, 409, 409]
    kept = one(county, "SELECT text FROM letter_drafts WHERE letter_id = :id", id=letter)
    assert kept == f"{answers.index(303)} 号草稿"


def test_what_a_frame_leaves_open_is_filled_in_before_it_goes_out(county: County) -> None:
    zhao, chen, letter = county.zhao(), county.chen(), letter_in(county.app, "in_hand")
    frame = "{称呼}，您好。____日上门看过。\n\n{单位}"
    chen.get("/letters/templates/new")
    county_id = str(county.org("凤县"))
    new = {"org": county_id, "kind": "question", "title": "上门看过", "text": frame}
    assert chen.post("/letters/templates/new", new).status_code == 303
    template = one(county, "SELECT id FROM letter_templates")
    zhao.get(f"/letters/{letter}/answer")
    form = {"text": "我先写了半句", "template": str(template), "then": "frame"}
    framed = zhao.post(f"/letters/{letter}/answer", form)
    assert framed.status_code == 200
    assert f"/letter/{letter}/answer" in framed.headers["Set-Cookie"], "the browser's draft does not go over the frame"
    unit = one(county, "SELECT name FROM orgs WHERE short_name = :org", org=FARMING)
    filled = f"我先写了半句\n\n乡亲，您好。____日上门看过。\n\n{unit}"
    assert filled in zhao.html
    assert one(county, "SELECT count(*) FROM letter_drafts") == 0
    assert zhao.post(f"/letters/{letter}/answer", {"text": filled, "then": "answer"}).status_code == 422
    assert "还有横线没填" in zhao.text
    assert zhao.post(f"/letters/{letter}/answer", {"text": filled, "then": "save"}).status_code == 303


def test_a_receipt_number_gets_neither_into_an_answer_nor_into_what_is_published(county: County) -> None:
    zhao, zhou, letter, other = county.zhao(), county.zhou(), letter_in(county.app, "in_hand"), letter_in(county.app)
    number = receipt_of(county.app, other)[0]
    zhao.get(f"/letters/{letter}/answer")
    for written in (f"{number[:4]}-{number[4:]}", number.lower(), f"{number[:4]} － {number[4:]}"):
        sent = {"text": f"能领。您那封回执号{written}的信一起办了。", "then": "answer"}
        assert zhao.post(f"/letters/{letter}/answer", sent).status_code == 422, written
        assert "里面有回执号" in zhao.text
    unknown = {"text": "能领。苗木的规格是 2345-AB。", "then": "answer"}
    with county.app.app_context():
        assert not receipts.names_one(unknown["text"])
    assert zhao.post(f"/letters/{letter}/answer", unknown).status_code == 303
    answer = one(county, "SELECT id FROM letter_messages WHERE letter_id = :id", id=letter)
    shown = {"public_title": "椒园的事", "public_text": WORDS, f"message-{answer}": "能领。"}
    for field in shown:
        assert do(zhou, letter, "publish", **{**shown, field: f"上次 {number} 问过"}) == 422, field
    assert do(zhou, letter, "publish", **shown) == 303


def test_who_answers_for_many_is_told_that_others_read_the_same_words(county: County) -> None:
    check_answers(county)
    zhao, colleague, letter = county.zhao(), colleague_in(county), letter_in(county.app, "in_hand")
    letter_in(county.app, "merged", merged_into_id=letter)
    zhao.get(f"/letters/{letter}/answer")
    assert "写那 1 封信的人看到一样的话" in zhao.text
    assert zhao.post(f"/letters/{letter}/answer", {"text": ANSWERED, "then": "draft"}).status_code == 303
    colleague.get(f"/letters/{letter}/approve")
    assert "写那 1 封信的人看到一样的话" in colleague.text


def test_an_answer_goes_to_all_that_were_merged_and_each_is_closed_by_itself(county: County) -> None:
    letter, zhao = letter_in(county.app, "in_hand"), county.zhao()
    others = [letter_in(county.app, "merged", merged_into_id=letter, kind=kind) for kind in ("question", "help")]
    foreign = letter_in(county.app, "merged", village="东庄村", merged_into_id=letter)
    assert do(zhao, letter, "answer", text=ANSWERED, then="answer") == 303
    for each in (*others, foreign):
        assert (state(county, each), answer_of(county, each)) == ("answered", ANSWERED)
        assert events(county, each) == ["answer_too"]
    with time_machine.travel(now() + timedelta(days=16), tick=True):
        with county.app.app_context():
            jobs.run_due()
            db.session.remove()
        assert {state(county, each) for each in (letter, *others, foreign)} == {"closed"}
    assert one(county, "SELECT count(*) FROM letter_ratings") == 0, "who says nothing has not rated"


def test_one_that_cannot_be_answered_leaves_all_unanswered(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    letter, zhao = letter_in(county.app, "in_hand"), county.zhao()
    other = letter_in(county.app, "merged", merged_into_id=letter)
    monkeypatch.setattr(answering, "enqueue", lambda *args, **more: 1 / 0)
    assert do(zhao, letter, "answer", text=ANSWERED, then="answer") == 500
    assert (state(county, letter), state(county, other)) == ("in_hand", "merged")
    assert one(county, "SELECT count(*) FROM letter_messages") == 0


def test_what_was_asked_again_is_not_closed_by_the_clock_of_the_first_answer(county: County) -> None:
    letter, zhao = letter_in(county.app, "in_hand"), county.zhao()
    do(zhao, letter, "answer", text=ANSWERED, then="answer")
    with county.app.app_context():
        db.session.execute(text("UPDATE letters SET round = 2"))
        db.session.commit()
    with time_machine.travel(now() + timedelta(days=16), tick=True):
        with county.app.app_context():
            jobs.run_due()
            db.session.remove()
        assert state(county, letter) == "answered"


def test_what_ended_long_ago_is_put_away(county: County) -> None:
    old = [letter_in(county.app, each) for each in ("closed", "declined", "withdrawn")]
    open_one = letter_in(county.app, "answered")
    with time_machine.travel(now() + timedelta(days=91), tick=True), county.app.app_context():
        answering.archive()
        db.session.commit()
        db.session.remove()
    assert [state(county, each) for each in (*old, open_one)] == ["archived"] * 3 + ["answered"]


def test_what_is_shown_is_blackened_by_a_clerk_and_can_be_taken_down(county: County) -> None:
    letter, zhou, visitor = (
        letter_in(county.app, "answered", words="我叫王某某，住三组，打 13800000001。"),
        county.zhou(),
        county.visitor(),
    )
    zhou.get(f"/letters/{letter}/publish")
    assert "138****0001" in zhou.html.split("<textarea")[1]
    answer = one(county, "SELECT id FROM letter_messages WHERE letter_id = :id", id=letter)
    words = {
        "public_title": "三组的事",
        "public_text": "我叫***，住三组，再打 13800000001。",
        f"message-{answer}": "办好了",
    }
    assert do(zhou, letter, "publish", **{**words, "public_text": ""}) == 422
    assert "来信不能空着" in zhou.text
    assert do(zhou, letter, "publish", **words) == 303
    visitor.get(f"/letters/{letter}")
    assert "我叫***，住三组，再打 138****0001。" in visitor.text
    assert "王某某" not in visitor.html
    boards = {"沙江寺村", "留凤关镇", "凤县"}
    for org in boards:
        visitor.get(f"/letters?org={county.org(org)}")
        assert "三组的事" in visitor.text, org
    assert do(zhou, letter, "unpublish") == 422
    assert do(zhou, letter, "unpublish", note="本人不愿意了") == 303
    assert visitor.get(f"/letters/{letter}").status_code == 404
    assert one(county, "SELECT count(*) FROM placements WHERE item_id = :id", id=letter) == 0


def test_what_its_writer_keeps_for_the_office_is_never_shown(county: County) -> None:
    letter, zhou = letter_in(county.app, "answered", may_publish=False), county.zhou()
    zhou.get(f"/letters/{letter}")
    assert f"/letters/{letter}/publish" not in zhou.html
    assert do(zhou, letter, "publish", open=False, public_title="露出来", public_text=WORDS) == 422
    assert "没有同意公开" in zhou.text
    assert county.visitor().get(f"/letters/{letter}").status_code == 404
