"""Asking without an account: once, kept whole, to the right desk; and of who leaves no name nothing stays."""

import io
import re
import zlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.browser import Browser
from tests.conftest import County
from tests.modules.letters.made import letter_in, one
from tests.modules.posts import published
from tests.screen.things import recording, small_photo
from wdj.core import jobs
from wdj.core.clock import today
from wdj.core.db import Model, db
from wdj.modules.letters.danger import NUMBERS

FROST = "沙江寺二组有十几户椒园冻得厉害，想问能不能领补贴，找谁。"
PHONE = "13900000002"  # a sample number


def said(county: County, village: str = "沙江寺村", **more: Any) -> dict[str, Any]:
    """What the form is sent with."""
    place = str(county.org(village)) if village else "0"
    return {"text": FROST, "kind": "question", "door": "board", "village": place, **more}


def ask(by: Browser, county: County, address: str = "/letters/ask", **more: Any) -> int:
    """Send a letter from the page `address`; returns its id."""
    by.get(address)
    response = by.post("/letters/ask", said(county, **more))
    assert response.status_code == 303, by.text
    return int(one(county, "SELECT max(id) FROM letters"))


def letter(county: County, column: str, id: int | None = None) -> Any:
    """A column of the letter, the newest one if none is named."""
    which = "letters.id = :id" if id else "letters.id = (SELECT max(id) FROM letters)"
    return one(county, f"SELECT {column} FROM letters JOIN items ON items.id = letters.id WHERE {which}", id=id)


def receiver(county: County) -> str:
    return str(one(county, "SELECT short_name FROM orgs WHERE id = :id", id=letter(county, "org_id")))


def photo(number: int = 1) -> tuple[io.BytesIO, str]:
    return io.BytesIO(small_photo(number)), "椒园.jpg"


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
    assert "不在本县，或不想说" in phone.text


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


# What is checked, and that a mistake loses nothing.


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"text": ""}, "写一写是什么事，或者在下面录一段话"),
        ({"text": "冻" * 2001}, "最多写 2000 个字"),
        ({"phone": "1390917123"}, "手机号少 1 位，请查一下"),
        ({"phone": "139091712345"}, "手机号多 1 位，请查一下"),
        ({"phone": "找老王"}, "电话里有不是数字的字，请查一下"),
        ({"phone": "476"}, "电话位数不对，请查一下"),
        ({"kind": "help"}, "要人帮，得找得到您"),
        ({"kind": "gossip"}, "请选一类"),
        ({"door": "window"}, "请选一下交到哪里"),
        ({"village": "999999"}, "请选一下是哪个村"),
        ({"name": "王" * 21}, "称呼不超过 20 个字"),
        ({"is_anonymous": "y"}, "不留名的信只有县长信箱收"),
    ],
)
def test_each_mistake_has_its_sentence_at_its_field(county: County, wrong: dict[str, str], sentence: str) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    assert phone.post("/letters/ask", said(county) | wrong).status_code == 422
    assert phone.text.count(sentence) == 2, "in the summary, and at the field"
    assert "还差 1 处，补上就能交" in phone.text
    assert one(county, "SELECT count(*) FROM letters") == 0
    anchor = re.search(r'<li><a href="#([\w-]+)">', phone.html)
    assert anchor
    assert f'id="{anchor[1]}"' in phone.html


def test_two_mistakes_are_two_and_everything_typed_is_still_there(county: County) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    typed = said(county, text="", phone="1390917123", name="老王", who="office", pictures=photo())
    assert phone.post("/letters/ask", typed).status_code == 422
    assert "还差 2 处，补上就能交" in phone.text
    assert phone.html.count('value="1390917123"') == 1
    assert 'value="老王"' in phone.html
    assert 'value="office" checked' in phone.html
    assert f'<option selected value="{county.org("沙江寺村")}">' in phone.html
    assert "第 1 张照片" in phone.text
    assert phone.post("/letters/ask", said(county, phone="13909171230")).status_code == 303
    assert one(county, "SELECT count(*) FROM media WHERE item_id IS NOT NULL") == 1


@pytest.mark.parametrize(
    "number", ["0917-4762000", "4762000", "139 0000 0002", "１３９００００００２２", "+86 13900000002"]
)
def test_telephones_are_taken_as_people_write_them(county: County, number: str) -> None:
    ask(county.visitor(), county, kind="help", phone=number)
    assert one(county, "SELECT phone FROM contacts")


def test_a_recording_is_enough(county: County, tmp_path: Path) -> None:
    sound = (io.BytesIO(recording(tmp_path).read_bytes()), "录音.wav")
    ask(county.visitor(), county, text="", sound=sound)
    assert letter(county, "title") == "一段录音"
    assert one(county, "SELECT kind FROM media") == "sound"


def test_a_photo_alone_says_nothing_yet_but_is_kept(county: County) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    assert phone.post("/letters/ask", said(county, text="", pictures=photo())).status_code == 422
    assert "第 1 张照片" in phone.text


def test_a_broken_photo_is_told_of_and_the_words_stay(county: County) -> None:
    phone = county.visitor()
    phone.get("/letters/ask")
    broken = (io.BytesIO(b"not a picture"), "椒园.jpg")
    assert phone.post("/letters/ask", said(county, pictures=broken)).status_code == 422
    assert "这个文件不是照片" in phone.text
    assert FROST in phone.html


# Who may see it.


@pytest.mark.parametrize(
    ("kind", "who", "may"),
    [
        ("question", "", True), ("suggestion", "", True), ("help", "", False), ("dispute", "", False),
        ("question", "office", False), ("help", "all", True), ("dispute", "all", False),
    ],
)  # fmt: skip
def test_help_is_private_unless_said_otherwise_and_trouble_with_neighbours_always(
    county: County, kind: str, who: str, may: bool
) -> None:
    ask(county.visitor(), county, kind=kind, who=who, phone=PHONE)
    assert bool(letter(county, "may_publish")) is may
    assert not letter(county, "is_public"), "a clerk reads it first"


def test_the_files_of_a_private_letter_are_for_its_author_and_who_handles_it(county: County, tmp_path: Path) -> None:
    phone = county.visitor()
    sound = (io.BytesIO(recording(tmp_path).read_bytes()), "录音.wav")
    ask(phone, county, pictures=photo(), sound=sound)
    work(county)
    found = {kind: one(county, f"SELECT key FROM media WHERE kind = '{kind}'") for kind in ("picture", "sound")}
    picture, voice = f"/media/{found['picture']}/640.jpg", f"/media/{found['sound']}/sound.m4a"
    for url in (picture, voice):
        assert phone.get(url).status_code == 200
        assert county.zhou().get(url).status_code == 200
        for stranger in (county.visitor(), county.wang(), county.li(), county.sun()):
            assert stranger.get(url).status_code == 404
    original = f"/media/{found['sound']}/original"
    assert county.zhou().get(original).status_code == 200
    assert county.zhou().get(original).mimetype == "audio/wav"
    for other in (phone, county.visitor(), county.wang()):
        assert other.get(original).status_code == 404


def test_who_holds_only_the_receipt_sees_the_files_too(county: County) -> None:
    first, elsewhere = county.visitor(), county.visitor()
    ask(first, county, pictures=photo())
    work(county)
    url = f"/media/{one(county, 'SELECT key FROM media')}/640.jpg"
    assert elsewhere.get(url).status_code == 404
    first.client.delete_cookie("wdj_d")
    assert first.get(url).status_code == 200


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


def test_two_people_who_write_the_same_have_two_letters(county: County) -> None:
    for _ in range(2):
        ask(county.visitor(), county)
    assert one(county, "SELECT count(*) FROM letters") == 2


# Without a name.


def test_who_leaves_no_name_leaves_no_trace_in_any_table(county: County) -> None:
    phone = county.visitor()
    address = "203.0.113.77"
    phone.client.environ_base = {"REMOTE_ADDR": address}
    phone.get("/letters/ask?door=mailbox")
    typed = said(county, door="mailbox", is_anonymous="y", name="不该留下的名字", phone=PHONE, pictures=photo())
    response = phone.post("/letters/ask", typed)
    assert response.status_code == 303
    assert phone.get(response.headers["Location"]).status_code == 200
    columns = ("author_id", "device_id", "recorder_id")
    assert [letter(county, each) for each in columns] == [None] * 3
    assert letter(county, "is_anonymous")
    everything = dump(county)
    for trace in (address, "203.0.113", "不该留下的名字", PHONE, device_of(county, phone)):
        assert trace not in everything, f"{trace} is kept"


def test_who_is_signed_in_and_leaves_no_name_is_nobody_either(county: County) -> None:
    li = county.li()
    before = once_forms(county)
    li.get("/letters/ask?door=mailbox")
    li.post("/letters/ask", said(county, door="mailbox", is_anonymous="y"))
    assert letter(county, "author_id") is None
    assert once_forms(county) == before, "no row says from whose form it came"


def dump(county: County) -> str:
    """Every cell of every table."""
    with county.app.app_context():
        rows = [row for name in Model.metadata.tables for row in db.session.execute(text(f"SELECT * FROM {name}"))]
        return "\n".join(str(tuple(row)) for row in rows)


def device_of(county: County, phone: Browser) -> str:
    from wdj.core.session import keyed

    cookie = phone.client.get_cookie("wdj_d")
    with county.app.app_context():
        return keyed("device", cookie.value) if cookie else "no device"


def once_forms(county: County) -> int:
    return int(one(county, "SELECT count(*) FROM once WHERE form <> ''"))


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


# Floods.


def test_one_phone_that_sends_and_sends_is_asked_to_wait_and_its_words_come_back(county: County) -> None:
    phone = county.visitor()
    for number in range(8):
        ask(phone, county, text=f"第 {number} 件事：三组没有路灯")
    phone.get("/letters/ask")
    assert phone.post("/letters/ask", said(county, text="第九件事：便道断了")).status_code == 429
    assert "交得太快了" in phone.text
    assert "第九件事" in phone.html


def test_a_network_that_sends_very_much_is_asked_something_plain(county: County) -> None:
    for number in range(30):
        ask(county.visitor(), county, text=f"第 {number} 件事：三组没有路灯")
    phone = county.visitor()
    phone.get("/letters/ask")
    assert phone.post("/letters/ask", said(county)).status_code == 422
    asked = re.search(r"(\d) 加 (\d) 等于几", phone.text)
    assert asked
    assert phone.post("/letters/ask", said(county, answer="0")).status_code == 422
    answer = str(int(asked[1]) + int(asked[2]))
    assert phone.post("/letters/ask", said(county, answer=answer)).status_code == 303


# The receipt and the clock.


def test_the_day_it_comes_is_day_nought(county: County) -> None:
    ask(county.visitor(), county)
    row = "SELECT {} FROM deadlines WHERE name = 'whole'"
    assert str(one(county, row.format("started_on"))) == today().isoformat()
    assert one(county, row.format("days")) == 3
    ask(county.visitor(), county, door="mailbox")
    assert one(county, row.format("max(days)")) == 10


def work(county: County) -> None:
    with county.app.app_context():
        jobs.run_due()
        db.session.remove()
