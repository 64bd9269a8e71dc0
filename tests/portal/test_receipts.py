"""查答复 as people meet it: just sent, later looked up, printed, lost and made anew."""

import re

import pytest

from tests.areas.receipts import phone_of, sent_by
from tests.browser import Browser
from tests.conftest import County
from tests.core.test_receipts import WRONG, try_code
from tests.databases import Database
from tests.floor import change, every, one
from tests.modules.letters.made import WORDS, letter_in, receipt_of
from tests.stage import VISITOR, Stage
from wdj.core.receipts import Receipt
from wdj.modules import MODULE_OF


def shown(number: str) -> str:
    return f"{number[:4]}-{number[4:]}"


def shown_code(code: str) -> str:
    return f"{code[:3]}-{code[3:]}"


@pytest.fixture
def stage(county: County) -> Stage:
    return Stage(county)


def test_who_has_just_sent_something_sees_number_and_code_and_what_comes_next(stage: Stage) -> None:
    number, code = receipt_of(stage.app, sent_by(stage, VISITOR, "posted"))
    phone = phone_of(stage)
    answer = phone.get(f"/r/{number}?new=1")
    assert "no-store" in answer.headers.getlist("Cache-Control")
    for words in (
        "交上了",
        shown(number),
        shown_code(code),
        "截个图",
        "看办到哪了",
        "打印小票",
        "回首页",
        "留凤关镇",
        "最晚",
    ):
        assert words in phone.text, words


def test_who_sent_it_on_this_phone_needs_no_code_and_may_act(stage: Stage) -> None:
    number, _ = receipt_of(stage.app, sent_by(stage, VISITOR))
    phone = phone_of(stage)
    assert phone.get(f"/r/{number}").status_code == 200
    assert phone.client.get_cookie("wdj_r"), "from now on the receipt is open"
    assert stage.county.visitor().get(f"/r/{number}").status_code == 404


def test_who_was_signed_in_when_sending_needs_no_code(stage: Stage) -> None:
    number, _ = receipt_of(stage.app, sent_by(stage, "党员"))
    assert stage.browsers["党员"].get(f"/r/{number}").status_code == 200
    assert stage.browsers["党员"].client.get_cookie("wdj_r") is None, "nothing stays open after they sign out"
    assert stage.browsers["县委办公室"].get(f"/r/{number}").status_code == 404


def test_a_module_that_draws_no_page_gets_words_state_and_public_steps(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = MODULE_OF["letter"]
    item = letter_in(stage.app, "in_hand", words="电话 13800000009 找我")
    number, code = receipt_of(stage.app, item)
    for action, label, note in (
        ("accept", "受理", ""),
        ("remark", "内部备注", "秘密的备注"),
        ("assign", "转办", "交农业局"),
    ):
        change(
            stage.app, "INSERT INTO events (at, action, label, note, item_id) VALUES (:at, :a, :l, :n, :i)",
            at="2026-11-22 00:00:00", a=action, l=label, n=note, i=item,
        )  # fmt: skip
    monkeypatch.setitem(module.__dict__, "receipt", None)
    browser = stage.county.visitor()
    browser.get(f"/r/{number}/{code}")
    browser.get(f"/r/{number}")
    for words in ("电话 13800000009 找我", "办理中", "受理", "转办", "最晚"):
        assert words in browser.text, words
    for secret in ("内部备注", "秘密的备注", "交农业局", code, shown_code(code)):
        assert secret not in browser.html, secret


def test_a_wrong_address_asks_for_the_code_and_says_nothing_of_the_number(stage: Stage) -> None:
    number, _ = receipt_of(stage.app, letter_in(stage.app))
    browser, answers = stage.county.visitor(), []
    for typed in (number, WRONG):
        answer = browser.get(f"/r/{typed}")
        answers.append(browser.html.replace(shown(typed), "#").replace(typed, "#"))
        assert answer.status_code == 404
        assert f'value="{shown(typed)}"' in browser.html, "the number is filled in already"
    assert answers[0] == answers[1]
    assert browser.get("/r/<script>").status_code == 404


def test_a_right_code_opens_the_page_in_two_fields_or_by_the_square(stage: Stage) -> None:
    number, code = receipt_of(stage.app, letter_in(stage.app))
    browser = stage.county.visitor()
    assert try_code(browser, shown(number), shown_code(code)) == 303
    assert browser.get(f"/r/{number}").status_code == 200
    assert WORDS[:10] in browser.text


def test_a_wrong_code_keeps_what_was_typed(stage: Stage) -> None:
    number, _ = receipt_of(stage.app, letter_in(stage.app))
    browser = stage.county.visitor()
    assert try_code(browser, number, WRONG) == 422
    assert "对不上" in browser.text
    assert f'value="{number}"' in browser.html
    assert f'value="{WRONG}"' in browser.html


def test_closing_shuts_it_on_this_device(stage: Stage) -> None:
    number, code = receipt_of(stage.app, letter_in(stage.app))
    browser = stage.county.visitor()
    browser.get(f"/r/{number}/{code}")
    browser.get(f"/r/{number}")
    assert browser.post("/r/close", follow=True).status_code == 200
    assert "回执关上了" in browser.text
    assert browser.get(f"/r/{number}").status_code == 404


def test_the_slip_holds_number_code_square_and_telephone(county_template: Database, stage: Stage) -> None:
    stage.app.config["WDJ_PHONE"] = "0917-000-0000"
    number, code = receipt_of(stage.app, sent_by(stage, VISITOR))
    phone = phone_of(stage)
    answer = phone.get(f"/r/{number}/slip")
    assert "no-store" in answer.headers.getlist("Cache-Control")
    for words in (shown(number), shown_code(code), "扫一扫", "/r", "0917-000-0000"):
        assert words in phone.text, words
    assert "<svg" in phone.html
    assert WORDS[:10] not in phone.text, "a slip that is found tells nobody what it is about"


def test_the_square_on_the_slip_opens_the_receipt(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr("wdj.portal.receipts.draw_qr", lambda words: drawn.append(words) or "")
    number, code = receipt_of(stage.app, sent_by(stage, VISITOR))
    phone_of(stage).get(f"/r/{number}/slip")
    assert drawn == [f"{stage.app.config['WDJ_SITE_URL']}/r/{number}/{code}"]


def renewed(clerk: Browser, number: str) -> str:
    """Have the clerk make a new code; returns the address of the slip."""
    clerk.get("/me")
    answer = clerk.post(f"/r/{number}/renew")
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_a_clerk_makes_a_new_code_and_the_old_one_is_dead_with_what_it_opened(stage: Stage) -> None:
    item = letter_in(stage.app, "in_hand")
    number, old = receipt_of(stage.app, item)
    holder, clerk = stage.county.visitor(), stage.browsers["镇干部"]
    holder.get(f"/r/{number}/{old}")
    assert clerk.get(f"/r/{number}/slip").status_code == 404, "a clerk sees no code"
    slip = renewed(clerk, number)
    _, new = receipt_of(stage.app, item)
    assert new not in slip
    assert clerk.get(slip).status_code == 200
    assert shown_code(new) in clerk.text
    assert holder.get(f"/r/{number}").status_code == 404, "the open session is shut"
    assert try_code(stage.county.visitor(), number, old) == 422
    assert try_code(stage.county.visitor(), number, new) == 303
    assert every(stage.app, "SELECT label FROM events WHERE item_id = :id AND action = 'renew_code'", id=item) == [
        "换了查询码"
    ]


def test_a_new_code_lets_the_clerk_print_and_nothing_more(stage: Stage) -> None:
    item = letter_in(stage.app, "answered")
    number, _ = receipt_of(stage.app, item)
    clerk = stage.browsers["镇干部"]
    clerk.get(renewed(clerk, number))
    assert clerk.get(f"/r/{number}").status_code == 404, "who prints the slip is not who wrote"
    assert stage.browsers["部门干部"].get(f"/r/{number}/slip").status_code == 404
    with stage.app.app_context():
        from wdj.core.db import db
        from wdj.core.receipts import renew

        renew(db.session.get_one(Receipt, item))
        db.session.commit()
    assert clerk.get(f"/r/{number}/slip").status_code == 404, "the slip of a dead code is gone"


def test_who_wrote_it_down_makes_a_new_code_for_who_lost_the_slip(stage: Stage) -> None:
    li = stage.browsers["村干部"]
    item = letter_in(stage.app, "in_hand", recorder_id=stage.ids["村干部"])
    number, old = receipt_of(stage.app, item)
    assert f"/r/{shown(number)}/renew" in li.get(f"/letters/{item}").text
    slip = renewed(li, number)
    _, new = receipt_of(stage.app, item)
    assert new != old
    assert li.get(slip).status_code == 200
    assert shown_code(new) in li.text
    assert slip in li.get(f"/letters/{item}").text, "and prints it once more while it is fresh"
    other = letter_in(stage.app, "in_hand", public=True)
    assert li.post(f"/r/{receipt_of(stage.app, other)[0]}/renew").status_code == 403


def test_two_taps_make_one_new_code(stage: Stage) -> None:
    item = letter_in(stage.app, "in_hand")
    number, _ = receipt_of(stage.app, item)
    clerk = stage.browsers["镇干部"]
    clerk.get(f"/letters/{item}")
    form = {"csrf": clerk.csrf, "once": "the-same-form"}
    for _ in range(2):
        assert (
            clerk.client.post(f"/r/{number}/renew", data=form, headers={"Origin": "http://localhost"}).status_code
            == 303
        )
    assert one(stage.app, "SELECT count(*) FROM events WHERE action = 'renew_code' AND item_id = :id", id=item) == 1
    assert clerk.get(f"/r/{number}/slip").status_code == 200


def test_an_old_form_shows_no_code_that_another_clerk_has_made_since(stage: Stage) -> None:
    item = letter_in(stage.app, "in_hand")
    number, _ = receipt_of(stage.app, item)
    first, second = stage.browsers["镇干部"], stage.browsers["部门干部"]
    form = {"csrf": first.csrf, "once": "the-form-of-the-first"}
    first.client.post(f"/r/{number}/renew", data=form, headers={"Origin": "http://localhost"})
    renewed(second, number)
    answer = first.client.post(f"/r/{number}/renew", data=form, headers={"Origin": "http://localhost"})
    assert answer.status_code == 303
    assert first.get(f"/r/{number}/slip").status_code == 404
    assert second.get(f"/r/{number}/slip").status_code == 200


def test_no_other_page_of_anybody_holds_a_code(stage: Stage) -> None:
    """Everybody who may read the letter reads every page on which it stands."""
    item = letter_in(stage.app, "answered", public=True)
    number, code = receipt_of(stage.app, item)
    urls = [f"/letters/{item}", "/letters", "/desk", f"/desk?open={item}", "/me", f"/r/{number}", f"/print/{item}",
            f"/outputs/{item}", "/search?q=椒园", "/", f"/search?q={code}", f"/search?q={number}"]  # fmt: skip
    for who, browser in stage.browsers.items():
        for url in urls:
            page = browser.get(url).get_data(as_text=True)
            if url != f"/search?q={code}":
                assert code not in page, (who, url)
            assert shown_code(code) not in page, (who, url)
            if who == VISITOR and url != f"/r/{number}" and url != f"/search?q={number}":
                assert number not in page, (who, url)
                assert shown(number) not in page, (who, url)


def test_the_words_on_the_page_are_short_and_kind(stage: Stage) -> None:
    browser = stage.county.visitor()
    browser.get("/r")
    assert not re.search("提交|权限|异常|错误", browser.text)
