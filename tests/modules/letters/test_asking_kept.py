"""Asking: each mistake is said at its place and loses nothing, a flood is asked back, and what is private stays so."""

import io
import re
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.browser import Browser
from tests.conftest import County
from tests.modules.letters.asked import FROST, PHONE, ask, letter, photo, said, work
from tests.modules.letters.made import one
from tests.screen.things import recording
from wdj.core.db import Model, db
from wdj.core.session import keyed

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
    assert phone.post("/letters/ask", said(county, phone="13800000001")).status_code == 303
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


def test_each_file_that_is_none_is_told_of_at_its_own_field(county: County) -> None:
    villager = county.visitor()
    villager.get("/letters/ask")
    wrong = {"pictures": (io.BytesIO(b"no photo"), "椒园.jpg"), "sound": (io.BytesIO(b"no sound"), "录音.amr")}
    assert villager.post("/letters/ask", said(county, phone="123", **wrong)).status_code == 422
    assert "还差 3 处" in villager.text
    assert '<a href="#pictures">这个文件不是照片' in villager.html
    assert '<a href="#sound">这个文件不是录音' in villager.html
    assert villager.html.count('<p class="e">这个文件不是') == 2


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
        ("question", "", False), ("suggestion", "all", True), ("help", "", False), ("dispute", "", False),
        ("question", "office", False), ("question", "all", True), ("", "", False),
        ("help", "all", True), ("dispute", "all", False),
    ],
)  # fmt: skip
def test_others_read_only_what_its_writer_lets_them_and_trouble_with_neighbours_never(
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


# Without a name.


def test_who_leaves_no_name_leaves_no_trace_in_any_table(county: County) -> None:
    phone = county.visitor()
    address = "203.0.113.77"
    here = {"REMOTE_ADDR": address}
    phone.get("/letters/ask?door=mailbox")
    nonce = phone.page.form("/letters/ask")["fields"]["once"]  # type: ignore[union-attr]
    typed = said(county, door="mailbox", is_anonymous="y", name="不该留下的名字", phone=PHONE, pictures=photo())
    data, origin = {**typed, "once": nonce}, {"Origin": "http://localhost"}
    response = phone.client.post("/letters/ask", data=data, headers=origin, environ_base=here)
    assert response.status_code == 303
    assert phone.get(response.headers["Location"]).status_code == 200
    columns = ("author_id", "device_id", "recorder_id")
    assert [letter(county, each) for each in columns] == [None] * 3
    assert letter(county, "is_anonymous")
    everything = dump(county)
    for trace in (address, "203.0.113", nonce, "不该留下的名字", PHONE, device_of(county, phone)):
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
    cookie = phone.client.get_cookie("wdj_d")
    with county.app.app_context():
        return keyed("device", cookie.value) if cookie else "no device"


def once_forms(county: County) -> int:
    return int(one(county, "SELECT count(*) FROM once WHERE form <> ''"))


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
