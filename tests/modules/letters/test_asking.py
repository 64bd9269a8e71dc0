"""Asking without an account: in three taps, once only, to the right desk; with whom to call where there is danger."""

import re
import zlib
from datetime import timedelta

import pytest
import time_machine

from tests.conftest import County
from tests.modules.letters.asked import FROST, ask, letter, photo, receiver, said
from tests.modules.letters.made import letter_in, one
from tests.modules.posts import published
from wdj.core.clock import now, today
from wdj.modules.letters.danger import NUMBERS

# The way of V2: three taps, without scripts.


def test_a_villager_asks_in_three_taps_and_holds_a_receipt(county: County) -> None:
    phone = county.visitor()
    phone.get("/")
    assert "/letters/ask" in phone.html
    phone.get("/letters/ask")
    sent = phone.post("/letters/ask", said(county, village=""))
    assert sent.status_code == 303
    number = one(county, "SELECT number FROM receipts")
    assert sent.headers["Location"].startswith(f"/r/{number}")
    assert phone.get(sent.headers["Location"]).status_code == 200
    assert f"{number[:4]}-{number[4:]}" in phone.text
    assert letter(county, "state") == "posted"
    assert letter(county, "text") == FROST
    assert letter(county, "device_id"), "it stands in 我的 of this phone"


def test_a_browser_that_says_nothing_of_where_it_was_sends_on_the_second_tap(county: County) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    nonce = phone.page.form("/letters/ask")["fields"]["once"]  # type: ignore[union-attr]
    silent = phone.client.post("/letters/ask", data=said(county, name="老王", once=nonce))
    assert silent.status_code == 403
    phone._look_at(silent)
    assert FROST in phone.html
    given = phone.page.form("/letters/ask")["fields"]  # type: ignore[union-attr]
    assert given["once"] == nonce
    again = phone.client.post("/letters/ask", data={**said(county), **given})
    assert again.status_code == 303
    assert one(county, "SELECT name FROM contacts") == "老王"


def test_the_page_is_light_and_kept_for_nobody(county: County) -> None:
    first, second = county.visitor(), county.visitor()
    first.get("/letters/ask")
    second.get("/letters/ask")
    nonces = [each.page.form("/letters/ask")["fields"]["once"] for each in (first, second)]  # type: ignore[union-attr]
    assert nonces[0] != nonces[1]
    bare = re.sub(r"<style>.*?</style>", "", first.html, flags=re.DOTALL)
    assert len(zlib.compress(bare.encode(), 9)) <= 6144
    assert first.html.count("<option") > 79


def test_the_village_that_this_phone_chose_is_set_and_may_be_left_out(county: County) -> None:
    phone = county.visitor()
    village = county.org("沙江寺村")
    phone.client.set_cookie("v", str(village))
    phone.get("/letters/ask")
    assert f'<option selected value="{village}">' in phone.html
    assert "县外，或不说" in phone.text


# To whom it goes.


@pytest.mark.parametrize(
    ("door", "village", "to"),
    [
        ("board", "沙江寺村", "留凤关镇"), ("suggestion_box", "沙江寺村", "留凤关镇"), ("mailbox", "沙江寺村", "凤县"),
        ("board", "留凤关镇", "留凤关镇"), ("board", "", "凤县"), ("suggestion_box", "", "凤县"),
    ],
)  # fmt: skip
def test_each_door_leads_to_its_desk(county: County, door: str, village: str, to: str) -> None:
    ask(county.visitor(), county, f"/letters/ask?door={door}", door=door, village=village)
    assert receiver(county) == to
    assert letter(county, "door") == door


def test_a_link_to_a_door_has_it_chosen(county: County) -> None:
    phone = county.visitor()
    assert phone.get("/ask?door=mailbox").headers["Location"] == "/letters/ask?door=mailbox"
    phone.get("/letters/ask?door=mailbox")
    assert "给县长写信" in phone.text
    assert '<option selected value="mailbox">' in phone.html
    phone.get("/letters/ask?door=no-such-door")
    assert '<option selected value="board">' in phone.html


def test_what_is_asked_about_a_post_goes_to_who_wrote_it(county: County) -> None:
    post, phone = published(county, "沙江寺村", kind="policy"), county.visitor()
    phone.get(f"/feed/{post}")
    assert f"/letters/ask?about={post}" in phone.html
    phone.get(f"/letters/ask?about={post}")
    assert "三组便道明天通车了" in phone.text
    assert 'name="door"' not in phone.html
    ask(phone, county, f"/letters/ask?about={post}", about=str(post))
    assert receiver(county) == "沙江寺村"
    assert (letter(county, "door"), letter(county, "about_id")) == ("about", post)


def test_news_and_drafts_have_no_form_that_asks_about_them(county: County) -> None:
    news, phone = published(county, "留凤关镇"), county.visitor()
    phone.get(f"/feed/{news}")
    assert "letters/ask?about" not in phone.html
    private = letter_in(county.app)
    for nothing in (private, 999_999):
        assert phone.get(f"/letters/ask?about={nothing}").status_code == 404


def test_a_post_that_is_gone_when_the_question_comes_loses_no_word(county: County) -> None:
    post, phone = published(county, "沙江寺村", kind="policy"), county.visitor()
    phone.get(f"/letters/ask?about={post}")
    zhou = county.zhou()
    zhou.get(f"/feed/{post}")
    zhou.post(f"/feed/{post}/withdraw", {"note": "写错了"})
    assert phone.post("/letters/ask", said(county, about=str(post))).status_code == 422
    assert "已经撤下来了" in phone.text
    assert FROST in phone.html
    assert phone.post("/letters/ask", said(county)).status_code == 303
    assert receiver(county) == "留凤关镇"


# Once only.


def test_two_taps_are_one_letter_with_one_photo_and_one_receipt(county: County) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    given = {**phone.page.form("/letters/ask")["fields"], **said(county)}  # type: ignore[union-attr]
    places = []
    for _ in range(2):
        fresh = county.visitor()  # the cookies of the first answer are lost
        response = fresh.client.post(
            "/letters/ask", data=given | {"pictures": photo()}, headers={"Origin": "http://localhost"}
        )
        places.append(response.headers["Location"])
        assert fresh.get(response.headers["Location"]).status_code == 200, "the receipt is shown again"
        fresh.get("/me")
        assert "沙江寺二组" in fresh.text, "and it stands in 我的 of the phone that got the answer"
    assert places[0] == places[1]
    assert one(county, "SELECT count(*) FROM letters") == 1
    assert one(county, "SELECT count(*) FROM media WHERE state <> 'staged'") == 1
    assert one(county, "SELECT count(*) FROM media") == 1


def test_back_and_the_same_words_are_the_same_letter_and_other_words_another(county: County) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    page = phone.page
    first = phone.post("/letters/ask", said(county)).headers["Location"]
    phone.client.delete_cookie("wdj_r")
    phone.page = page
    assert phone.post("/letters/ask", said(county)).headers["Location"] == first
    phone.client.delete_cookie("wdj_r")
    phone.page = page
    other = phone.post("/letters/ask", said(county, text="还有一件事：三组没有路灯。")).headers["Location"]
    assert other != first
    assert one(county, "SELECT count(*) FROM letters") == 2


def test_back_while_the_receipt_is_open_asks_for_one_more_tap_and_is_the_same_letter(county: County) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    page = phone.page
    first = phone.post("/letters/ask", said(county)).headers["Location"]
    phone.page = page
    assert phone.post("/letters/ask", said(county, pictures=photo())).status_code == 403
    assert "请再按一次" in phone.text
    assert phone.post("/letters/ask", said(county)).headers["Location"] == first
    assert one(county, "SELECT count(*) FROM letters") == 1


def test_two_people_who_write_the_same_have_two_letters(county: County) -> None:
    for _ in range(2):
        ask(county.visitor(), county)
    assert one(county, "SELECT count(*) FROM letters") == 2


def test_the_same_words_from_a_fresh_form_within_a_day_are_asked_about_first(county: County) -> None:
    phone = county.visitor()
    first = ask(phone, county)
    number = one(county, "SELECT number FROM receipts")
    phone.client.delete_cookie("wdj_r")
    phone.get("/letters/ask")
    assert phone.post("/letters/ask", said(county)).status_code == 422
    assert "这些话您交过了" in phone.text
    assert f'href="/r/{number}"' in phone.html
    assert one(county, "SELECT count(*) FROM letters") == 1
    assert phone.post("/letters/ask", said(county, anew="1")).status_code == 303
    assert one(county, "SELECT max(id) FROM letters") > first
    with time_machine.travel(now() + timedelta(days=2), tick=True):
        phone.client.delete_cookie("wdj_r")
        ask(phone, county)


# What is ticked before anybody has chosen, and what is always said.


def test_nothing_is_chosen_for_anybody_and_what_is_not_chosen_is_a_question_for_its_handlers(county: County) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    assert "checked" not in phone.html
    assert "只给办的人看（没选就这样）" in phone.text
    ask(phone, county, kind="")
    assert (letter(county, "kind"), bool(letter(county, "may_publish"))) == ("question", False)
    ask(county.visitor(), county, kind="", door="suggestion_box")
    assert letter(county, "kind") == "suggestion"


def test_the_form_always_says_whom_to_call(county: County) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    for number in (110, 119, 120):
        assert f'href="tel:{number}"' in phone.html


def test_a_villager_takes_away_a_photo_and_is_asked_nothing_else_of_it(county: County) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    phone.post("/letters/ask", said(county, phone="139", pictures=photo()))
    assert "第 1 张照片" in phone.text
    assert 'name="remove"' in phone.html
    for words in ("照片上是什么", "排第几", 'name="caption-'):
        assert words not in phone.html


# Danger, and what others asked.


def test_danger_is_met_with_whom_to_call_and_nothing_is_lost(county: County) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    urgent = "我家灶房着火了，快来人"
    assert phone.post("/letters/ask", said(county, text=urgent, name="老王", pictures=photo())).status_code == 422
    assert NUMBERS["fire"][0] in phone.text
    assert 'href="tel:119"' in phone.html
    assert "接着交上去" in phone.text
    assert urgent in phone.html
    assert "第 1 张照片" in phone.text
    assert one(county, "SELECT count(*) FROM letters") == 0
    assert phone.post("/letters/ask", said(county, text=urgent, name="老王", called="1")).status_code == 303
    assert letter(county, "danger") == "fire"
    assert one(county, "SELECT count(*) FROM media WHERE item_id IS NOT NULL") == 1


def test_hot_pot_is_no_fire(county: County) -> None:
    ask(county.visitor(), county, text="镇上那家火锅店的油烟太大，能不能管管")
    assert letter(county, "danger") == ""


def test_the_button_shows_what_others_asked_and_sends_nothing(county: County) -> None:
    known = letter_in(county.app, "answered", public=True)
    phone = county.visitor()
    phone.get("/letters/ask")
    assert phone.post("/letters/ask", said(county, look="1", pictures=photo())).status_code == 200
    assert f'formaction="/letters/{known}/me-too"' in phone.html
    assert FROST in phone.html
    assert "第 1 张照片" in phone.text
    assert one(county, "SELECT count(*) FROM letters") == 1
    phone.post(f"/letters/{known}/me-too", said(county))
    assert one(county, "SELECT like_count FROM items WHERE id = :id", id=known) == 1


def test_while_somebody_types_htmx_gets_what_others_asked(county: County) -> None:
    known, private = letter_in(county.app, "answered", public=True), letter_in(county.app, "in_hand")
    phone = county.visitor()
    found = phone.post("/letters/similar", {"text": FROST}, HX_Request="true")
    assert f"/letters/{known}" in found.text
    assert f"/letters/{private}" not in found.text
    assert "<html" not in found.text
    few = phone.post("/letters/similar", {"text": "冻了"}, HX_Request="true")
    assert "/letters/" not in few.text
    assert "119" in phone.post("/letters/similar", {"text": "房子着火了快救火"}, HX_Request="true").text


# The receipt and the clock.


def test_the_day_it_comes_is_day_nought(county: County) -> None:
    ask(county.visitor(), county)
    row = "SELECT {} FROM deadlines WHERE name = 'whole'"
    assert str(one(county, row.format("started_on"))) == today().isoformat()
    assert one(county, row.format("days")) == 3
    ask(county.visitor(), county, door="mailbox")
    assert one(county, row.format("max(days)")) == 10
