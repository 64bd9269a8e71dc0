"""What who wrote a letter says and shows afterwards by voice and photo; and what they do while it is merged."""

import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.browser import Browser
from tests.conftest import County
from tests.core.test_media import an_amr
from tests.modules.calls import work
from tests.modules.letters.authors import actions_of, opened, send, state_of
from tests.modules.letters.clerks import do
from tests.modules.letters.made import FARMING, letter_in, one, receipt_of
from tests.modules.letters.test_following import asked_back
from tests.screen.things import NEEDS_FFMPEG, recording, small_photo
from wdj.core.db import db
from wdj.core.media import files
from wdj.core.throttle import Throttle
from wdj.modules.letters import limits

SPOKEN = "（录了一段话）"


def said(folder: Path) -> tuple[io.BytesIO, str]:
    return io.BytesIO(recording(folder).read_bytes()), "录音.wav"


def shot(shade: int = 1) -> tuple[io.BytesIO, str]:
    return io.BytesIO(small_photo(shade)), "椒园.jpg"


def key_of(county: County, kind: str) -> str:
    return str(one(county, "SELECT key FROM media WHERE kind = :kind", kind=kind))


def page_of(county: County, browser: Browser, letter: int) -> str:
    browser.get(f"/r/{receipt_of(county.app, letter)[0]}")
    return browser.text


@NEEDS_FFMPEG
@pytest.mark.parametrize("verb", ["supply", "again"])
def test_a_voice_says_enough_and_only_handlers_hear_it_as_it_came(county: County, tmp_path: Path, verb: str) -> None:
    letter = asked_back(county) if verb == "supply" else letter_in(county.app, "answered", public=True)
    browser = opened(county, letter)
    assert SPOKEN in send(browser, letter, verb, text=" ", sound=said(tmp_path))
    assert state_of(county, letter) == "in_hand"
    work(county)
    here, clerk = f"/media/{key_of(county, 'sound')}", county.zhao()
    assert "补的" in page_of(county, browser, letter)
    assert browser.get(f"{here}/sound.m4a").status_code == 200
    assert browser.get(f"{here}/original").status_code == 404
    assert clerk.get(f"{here}/original").status_code == 200
    for who in (county.visitor(), county.wang()):
        assert who.get(f"{here}/sound.m4a").status_code == who.get(f"{here}/original").status_code == 404
    clerk.get(f"/letters/{letter}")
    assert SPOKEN in clerk.text
    assert "听原声（0:0" in clerk.text
    words = {f"transcript-{one(county, 'SELECT id FROM media')}": "三组也冻了。"}
    clerk.post(f"/letters/{letter}/words", words)
    clerk.get(f"/letters/{letter}")
    assert "录音里说：三组也冻了。" in clerk.text
    assert "三组也冻了。" in page_of(county, browser, letter)


def test_who_handles_it_sees_which_photo_came_later(county: County) -> None:
    letter, clerk = asked_back(county), county.zhao()
    send(opened(county, letter), letter, "supply", pictures=[shot(1), shot(2)])
    work(county)
    clerk.get(f"/letters/{letter}")
    assert clerk.text.count(" 补的") == 4, "each beside its picture, and where its caption is written"
    assert "（补了照片）" in clerk.text
    clerk.get(f"/desk?open={letter}&all=1")
    assert clerk.text.count(" 补的") == 2


@NEEDS_FFMPEG
def test_a_photo_alone_asks_nothing_and_is_kept_until_there_are_words(county: County) -> None:
    letter = letter_in(county.app, "answered")
    browser = opened(county, letter)
    assert browser.post(f"/letters/{letter}/again", {"pictures": shot()}).status_code == 422
    assert "请写上还想问什么，或者录一段话" in browser.text
    assert "第 1 张照片" in browser.text
    send(browser, letter, "again", text="苗木要自己去拉吗？")
    assert one(county, "SELECT count(*) FROM media WHERE item_id = :id", id=letter) == 1
    assert one(county, "SELECT text FROM letter_messages WHERE kind = 'again'") == "苗木要自己去拉吗？"


@NEEDS_FFMPEG
def test_a_voice_of_more_than_two_minutes_comes_back_and_the_words_stay(county: County) -> None:
    letter = asked_back(county)
    browser = opened(county, letter)
    sent: dict[str, Any] = {"text": "十五号夜里冻的。", "sound": (io.BytesIO(an_amr(200)), "录音.amr")}
    assert browser.post(f"/letters/{letter}/supply", sent).status_code == 422
    assert "录音最长 2 分钟" in browser.text
    assert "十五号夜里冻的。</textarea>" in browser.html
    assert state_of(county, letter) == "waiting"


@NEEDS_FFMPEG
def test_where_three_photos_hang_there_is_still_room_for_a_voice(county: County, tmp_path: Path) -> None:
    letter = letter_in(county.app, "in_hand")
    browser = opened(county, letter)
    send(browser, letter, "photos", pictures=[shot(number) for number in range(3)])
    assert do(county.zhao(), letter, "ask_more", note="哪天冻的？") == 303
    page_of(county, browser, letter)
    assert 'name="pictures"' not in browser.html
    assert browser.html.count('enctype="multipart/form-data"') == 1
    send(browser, letter, "supply", text="", sound=said(tmp_path))
    assert one(county, "SELECT count(*) FROM media WHERE kind = 'sound' AND item_id = :id", id=letter) == 1


def test_a_form_for_photos_takes_no_voice(county: County, tmp_path: Path) -> None:
    letter = letter_in(county.app, "in_hand")
    browser = opened(county, letter)
    assert browser.post(f"/letters/{letter}/photos", {"sound": said(tmp_path)}).status_code == 422
    assert one(county, "SELECT count(*) FROM media") == 0


def originals(county: County) -> int:
    """So many files lie on the disk as they came."""
    with county.app.app_context():
        return sum(each.is_file() for each in files.original("x").parent.glob("*"))


def test_one_receipt_that_floods_stops_nobody_else(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FILES_OF_NEW", 3)
    flooded, other = letter_in(county.app, "answered"), letter_in(county.app, "in_hand")
    author = opened(county, flooded)
    for shade in range(4):
        author.post(f"/letters/{flooded}/again", {"once": f"f{shade}", "pictures": shot(shade)})
    assert "交得太快了" in author.text
    assert "照片收到了" in send(opened(county, other), other, "photos", pictures=shot(9))
    with county.app.app_context():
        keys = db.session.scalars(select(Throttle.key).where(Throttle.key.contains("files"))).all()
    assert set(keys) == {f"letter files {flooded}", f"letter files {other}"}, "nobody's network, nobody else's count"


def test_what_comes_too_late_leaves_no_file_and_says_that_they_have_to_be_chosen_again(county: County) -> None:
    letter = letter_in(county.app, "in_hand")
    browser = opened(county, letter)
    assert browser.post(f"/letters/{letter}/supply", {"text": "夜里冻的", "pictures": shot()}).status_code == 409
    assert "照片和录音没能留住，要再选一次" in browser.text
    assert "夜里冻的</textarea>" in browser.html
    assert browser.post(f"/letters/{letter}/supply", {"text": "夜里冻的"}).status_code == 409
    assert "再选一次" not in browser.text
    assert originals(county) == 0


def test_what_the_second_tap_brings_once_more_goes(county: County) -> None:
    letter = letter_in(county.app, "in_hand")
    browser = opened(county, letter)
    for shade in (1, 2, 3):
        assert browser.post(f"/letters/{letter}/photos", {"once": "same", "pictures": shot(shade)}).status_code == 303
    work(county)
    assert one(county, "SELECT count(*) FROM media") == 1
    assert originals(county) == 0


@pytest.fixture
def pair(county: County) -> tuple[int, int]:
    """A letter in the hands of 县农业农村局, and one that is answered with it."""
    main, other = letter_in(county.app, "accepted"), letter_in(county.app, words="二组椒园也冻了，找谁。")
    clerk = county.zhou()
    clerk.get(f"/letters/{main}/merge")
    clerk.post(f"/letters/{main}/merge", {"pick": [str(other)]})
    assert do(clerk, main, "assign", org=str(county.org(FARMING)), note="") == 303
    assert do(county.zhao(), main, "sign_for") == 303
    return main, other


def test_a_merged_letter_is_taken_back_alone(county: County, pair: tuple[int, int]) -> None:
    main, other = pair
    browser, clerk = opened(county, other), county.zhao()
    assert "不用办了，撤回这封信" in browser.text
    before = actions_of(county, main)
    browser.get(f"/letters/{other}/withdraw")
    assert "一起办的那封照样办" in browser.text
    assert "这封信您撤回了" in send(browser, other, "withdraw", text="修好了")
    assert (state_of(county, main), state_of(county, other)) == ("in_hand", "withdrawn")
    assert actions_of(county, main) == before
    assert actions_of(county, other).endswith("withdraw")
    assert do(clerk, main, "answer", text="补贴六月到账。", then="answer") == 303
    assert (state_of(county, main), state_of(county, other)) == ("answered", "withdrawn")
    assert "补贴六月到账" not in page_of(county, browser, other)
    for letter, words in ((main, f"/letters/{other}"), (other, "一起答复")):
        clerk.get(f"/letters/{letter}")
        assert words not in clerk.html


def test_what_comes_to_a_merged_letter_is_seen_from_the_main_one(county: County, pair: tuple[int, int]) -> None:
    main, other = pair
    send(opened(county, other), other, "photos", pictures=[shot(1), shot(2)])
    work(county)
    clerk = county.zhao()
    clerk.get(f"/letters/{main}")
    assert "照片 2 张" in clerk.text
    assert f'href="/letters/{other}"' in clerk.html
    clerk.get(f"/letters/{other}")
    picture = f"/media/{one(county, 'SELECT min(key) FROM media')}/208.jpg"
    assert picture in clerk.html
    assert clerk.get(picture).status_code == 200


def test_the_page_of_what_was_written_down_for_somebody_says_what_it_is_about(county: County) -> None:
    li = county.li()
    person = one(county, "SELECT id FROM people WHERE login = 'sjs'")
    letter = letter_in(county.app, "answered", recorder_id=person)
    li.get(f"/letters/{letter}")
    assert f'id="recorded-{letter}"' in li.html
    assert "<h1 data-hx-disable>沙江寺二组有十几户" in li.html
