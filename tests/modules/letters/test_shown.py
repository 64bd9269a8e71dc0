"""What everybody reads of a letter is what a clerk has looked through: nothing that came later, no file by its key."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from tests.browser import Browser
from tests.conftest import County
from tests.modules.calls import work
from tests.modules.letters.authors import opened, send
from tests.modules.letters.clerks import ANSWERED, another, do
from tests.modules.letters.made import ANSWER, FARMING, PHONE, VILLAGE, WORDS, letter_in, one
from tests.modules.letters.test_following_files import shot
from tests.modules.letters.test_forums import record
from tests.modules.letters.test_on_behalf import write_down
from tests.screen.things import NEEDS_FFMPEG, recording
from wdj.core.db import db
from wdj.core.media import Media, files
from wdj.core.people import Role
from wdj.modules.letters.models import Letter

SECOND = "苗木已经登记，王某某家在第三批。"


def publish(clerk: Browser, county: County, letter: int, **more: Any) -> None:
    """Let out the letter as it stands, with all its answers."""
    clerk.get(f"/letters/{letter}/publish")
    with county.app.app_context():
        found = db.session.execute(
            text("SELECT id, public_text FROM letter_messages WHERE letter_id = :id AND kind = 'answer'"),
            {"id": letter},
        ).all()
    answers = {f"message-{row.id}": row.public_text for row in found}
    words = {"public_title": "椒园的事", "public_text": "椒园冻了"}
    assert do(clerk, letter, "publish", **{**words, **answers, **more}) == 303


def file_on(county: County, letter: int, key: str, kind: str = "picture", *, shown: bool = False) -> int:
    """A ready file on the letter; returns its id."""
    mime, name = ("image/jpeg", "640.jpg") if kind == "picture" else ("audio/mp4", "sound.m4a")
    with county.app.app_context():
        more = {"state": "ready", "mime": mime, "bytes": 9, "width": 640, "height": 480, "is_shown": shown}
        media = Media(key=key, item_id=letter, owner="", digest=key, kind=kind, **more)
        db.session.add(media)
        db.session.commit()
        path = files.made(key, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"file")
        return media.id


def test_a_second_answer_waits_until_a_clerk_has_looked_through_it(county: County) -> None:
    letter, zhou, visitor = letter_in(county.app, "answered"), county.zhou(), county.visitor()
    publish(zhou, county, letter)
    send(opened(county, letter), letter, "again", text="苗木要自己去拉吗？")
    assert do(county.zhao(), letter, "answer", text=SECOND, then="answer") == 303
    visitor.get(f"/letters/{letter}")
    assert ANSWER[:20] in visitor.text
    assert "有新答复，等公开" in visitor.text
    for url in (f"/letters/{letter}", "/letters?q=椒园", "/letters?q=第三批", "/search?q=第三批"):
        visitor.get(url)
        assert "王某某" not in visitor.text, url
        assert "第三批" not in url or f"/letters/{letter}" not in visitor.html, "nor is it found by what waits"
    zhou.get(f"/letters/{letter}")
    assert "有新答复，大家还看不到" in zhou.text
    publish(zhou, county, letter)
    visitor.get(f"/letters/{letter}")
    assert SECOND in visitor.text
    assert "等公开" not in visitor.text


def test_a_letter_that_was_let_out_early_does_not_let_out_its_answer(county: County) -> None:
    letter, visitor = letter_in(county.app, "in_hand"), county.visitor()
    publish(county.zhou(), county, letter)
    assert do(county.zhao(), letter, "answer", text=SECOND, then="answer") == 303
    visitor.get(f"/letters/{letter}")
    assert "已答复" in visitor.text
    assert "王某某" not in visitor.text
    assert "有新答复，等公开" in visitor.text


def test_a_photo_that_comes_later_is_shown_once_a_clerk_has_looked_at_it(county: County) -> None:
    letter, zhou, visitor = letter_in(county.app, "in_hand"), county.zhou(), county.visitor()
    first = file_on(county, letter, "first")
    publish(zhou, county, letter, shows_media="y", file=[str(first)])
    second = file_on(county, letter, "second")
    visitor.get(f"/letters/{letter}")
    assert "/media/first/" in visitor.html
    assert "/media/second/" not in visitor.html
    zhou.get(f"/letters/{letter}/publish")
    assert f'name="file" value="{second}"' in zhou.html
    publish(zhou, county, letter, shows_media="y", file=[str(first)])
    visitor.get(f"/letters/{letter}")
    assert "/media/second/" not in visitor.html, "it came while the form was open"
    publish(zhou, county, letter)
    visitor.get(f"/letters/{letter}")
    assert "/media/first/" not in visitor.html
    assert one(county, "SELECT count(*) FROM media WHERE is_shown") == 0


@pytest.mark.parametrize("kind", ["picture", "sound"])
def test_by_its_key_a_stranger_opens_a_shown_picture_and_no_other_file_of_a_public_letter(
    county: County, kind: str
) -> None:
    letter, zhao = letter_in(county.app, "in_hand", public=True), county.zhao()
    name = "640.jpg" if kind == "picture" else "sound.m4a"
    for key, shown in (("kept", False), ("out", True)):
        file_on(county, letter, f"{kind}{key}", kind, shown=shown)
    for stranger in (county.visitor(), county.wang()):
        assert stranger.get(f"/media/{kind}kept/{name}").status_code == 404
        assert stranger.get(f"/media/{kind}out/{name}").status_code == (200 if kind == "picture" else 404)
    for mine in (zhao, county.zhou(), opened(county, letter)):
        assert mine.get(f"/media/{kind}kept/{name}").status_code == 200


def test_a_leader_sees_the_pictures_and_reads_what_was_said_and_hears_no_voice(county: County) -> None:
    """A voice says names and numbers, and nothing masks it."""
    letter, boss = letter_in(county.app, "in_hand"), leader(county)
    file_on(county, letter, "photo")
    file_on(county, letter, "voice", "sound")
    with county.app.app_context():
        files.original("voice").parent.mkdir(parents=True, exist_ok=True)
        files.original("voice").write_bytes(b"#!AMR\n")
    assert boss.get("/media/photo/640.jpg").status_code == 200
    for name in ("sound.m4a", "original"):
        assert boss.get(f"/media/voice/{name}").status_code == 404
        for handler in (county.zhou(), county.zhao(), county.chen()):
            assert handler.get(f"/media/voice/{name}").status_code == 200
        for nobody in (county.visitor(), county.wang(), county.sun(), county.li()):
            assert nobody.get(f"/media/voice/{name}").status_code == 404


@NEEDS_FFMPEG
def test_who_wrote_it_down_has_what_they_put_there_and_not_what_its_author_adds(county: County, tmp_path: Path) -> None:
    li = county.li()
    write_down(li, county, pictures=shot(1), sound=(io.BytesIO(recording(tmp_path).read_bytes()), "录音.wav"))
    letter = int(one(county, "SELECT id FROM letters"))
    work(county)
    send(opened(county, letter), letter, "photos", pictures=shot(2))
    work(county)
    taken, voice, added = key_list(county)
    li.get(f"/letters/{letter}")
    assert f"/media/{taken}/208.jpg" in li.html
    assert f"/media/{voice}/sound.m4a" in li.html
    assert added not in li.html
    assert li.get(f"/media/{taken}/640.jpg").status_code == li.get(f"/media/{voice}/sound.m4a").status_code == 200
    assert li.get(f"/media/{added}/640.jpg").status_code == 404
    assert county.zhou().get(f"/media/{added}/640.jpg").status_code == 200
    assert county.wang().get(f"/media/{taken}/640.jpg").status_code == 404


def key_list(county: County) -> list[str]:
    """The keys of all files, as they came."""
    with county.app.app_context():
        return list(db.session.scalars(select(Media.key).order_by(Media.id)))


def test_its_author_reads_the_answer_as_it_was_written_and_sees_and_hears_what_they_sent(county: County) -> None:
    words = f"我家三亩椒树冻了，打 {PHONE}"
    letter, zhao = letter_in(county.app, "in_hand", words=words), county.zhao()
    assert do(zhao, letter, "answer", text=ANSWERED, then="answer") == 303
    publish(county.zhou(), county, letter, public_text="椒树冻了")
    file_on(county, letter, "photo")
    file_on(county, letter, "voice", "sound")
    author = opened(county, letter)
    assert "13800000002" in author.text, "the telephone that the unit gives them"
    assert words in author.text
    for url in ("/media/photo/208.jpg", "/media/voice/sound.m4a"):
        assert url in author.html
    assert "****" not in author.html
    everybody = county.visitor()
    everybody.get(f"/letters/{letter}")
    assert "138****0002" in everybody.text
    assert "1380000000" not in everybody.html


def leader(county: County) -> Browser:
    """Somebody who reads all of the county and instructs."""
    return another(county, Role.leader, "凤县", "leader", "县领导")


def recorded(county: County, kind: str = "dispute") -> int:
    """A letter that the clerk of the village has written down for somebody, and that the town received."""
    person = one(county, "SELECT id FROM people WHERE login = 'sjs'")
    return letter_in(county.app, "posted", kind=kind, recorder_id=person, source="telephone")


def test_who_wrote_it_down_reads_what_may_be_told_and_nothing_that_its_handlers_note(county: County) -> None:
    letter, li, zhou = recorded(county), county.li(), county.zhou()
    assert do(zhou, letter, "remark", note="这家去年也闹过") == 303
    assert do(leader(county), letter, "instruct", note="请书记出面") == 303
    assert do(zhou, letter, "take", open=False) == 303
    assert do(zhou, letter, "answer", text="还在改的草稿", then="save") == 303
    li.get(f"/letters/{letter}")
    assert f'id="recorded-{letter}"' in li.html
    for secret in ("闹过", "书记", "草稿"):
        assert secret not in li.text
    assert "办理中" in li.text
    assert WORDS[:10] in li.text
    assert do(zhou, letter, "answer", text=ANSWERED, then="answer") == 303
    author = opened(county, letter)
    send(author, letter, "again", text="村干部自己也偏心")
    li.get(f"/letters/{letter}")
    assert ANSWERED in li.text, "so that it can be told to who has no telephone"
    assert "偏心" not in li.text
    assert county.wang().get(f"/letters/{letter}").status_code == 404


def test_who_wrote_it_down_keeps_their_page_when_it_is_public_and_has_the_whole_to_handle_it(county: County) -> None:
    letter, li = recorded(county, "question"), county.li()
    assert do(county.zhou(), letter, "accept", open=False) == 303
    publish(county.zhou(), county, letter)
    li.get(f"/letters/{letter}")
    assert f'id="recorded-{letter}"' in li.html
    assert do(county.zhou(), letter, "assign", org=str(county.org(VILLAGE))) == 303
    li.get(f"/letters/{letter}")
    assert f'id="work-{letter}"' in li.html


def test_a_leader_reads_no_number_in_the_pane_and_none_on_the_page(county: County) -> None:
    letter, boss, zhou = letter_in(county.app, "in_hand", words=f"打 {PHONE} 找我"), leader(county), county.zhou()
    assert do(zhou, letter, "remark", note="他家另一个电话 13800000003") == 303
    assert do(county.zhao(), letter, "answer", text=ANSWERED, then="answer") == 303
    file_on(county, letter, "voice", "sound")
    for url in (f"/letters/{letter}", f"/desk?open={letter}"):
        boss.get(url)
        assert "138****0001" in boss.text, url
        assert "1380000000" not in boss.html, url
        assert "/media/voice/" not in boss.html, url
    zhou.get(f"/letters/{letter}")
    for number in (PHONE, "13800000002", "13800000003"):
        assert number in zhou.text


def test_of_a_letter_that_went_elsewhere_a_visit_shows_the_public_title(county: County) -> None:
    letter, zhao = letter_in(county.app, "in_hand", public=True), county.zhao()
    with county.app.app_context():
        row = db.session.get_one(Letter, letter)
        row.title, row.public_title = "王某某家的事", "二组椒园的事"
        db.session.commit()
    visit = record(zhao, county, FARMING, pick=[str(letter)])
    zhao.get(visit)
    assert "王某某" in zhao.text
    assert do(county.zhou(), letter, "assign", org=str(county.org("县民政局"))) == 303
    zhao.get(visit)
    assert "二组椒园的事" in zhao.text
    assert "王某某" not in zhao.text
    zhao.get(f"/letters/forums/new?letter={letter}")
    assert "王某某" not in zhao.text


def test_photos_and_spoken_words_are_shown_once_a_clerk_has_looked_at_them(county: County) -> None:
    letter, zhou, visitor = letter_in(county.app, "in_hand"), county.zhou(), county.visitor()
    with county.app.app_context():
        for kind, mime, said in (("picture", "image/jpeg", ""), ("sound", "audio/mp4", "树全冻了，打 13800000003")):
            more = {"state": "ready", "bytes": 9000, "width": 640, "height": 480, "transcript": said}
            db.session.add(Media(key=f"a{kind}", item_id=letter, owner="x", digest=kind, kind=kind, mime=mime, **more))
        db.session.commit()
    words = {"public_title": "椒园的事", "public_text": "椒园冻了"}
    assert do(zhou, letter, "publish", **words) == 303
    visitor.get(f"/letters/{letter}")
    assert "apicture" not in visitor.html
    assert "树全冻了" not in visitor.text
    found = re.findall(r'name="file" value="([0-9]+)"', zhou.get(f"/letters/{letter}/publish").get_data(as_text=True))
    assert len(found) == 2
    assert do(zhou, letter, "publish", **words, shows_media="y", file=found) == 303
    visitor.get(f"/letters/{letter}")
    assert "apicture" in visitor.html
    assert "树全冻了，打 138****0003" in visitor.text
    assert "asound" not in visitor.html, "a voice is for who handles it"


def test_a_clerk_reads_of_the_writer_and_has_one_red_button(county: County) -> None:
    zhao, zhou = county.zhao(), county.zhou()
    waiting = letter_in(county.app, "waiting")
    zhao.get(f"/letters/{waiting}")
    assert "等写信的人补充，时间停着" in zhao.text
    assert "等您补充" not in zhao.text
    zhou.get(f"/letters/{letter_in(county.app, 'posted')}")
    assert zhou.html.count('class="btn p"') == 1
    zhou.get(f"/letters/{letter_in(county.app, 'answered', public=True)}")
    assert "改公开的内容" in zhou.text
    in_hand = letter_in(county.app, "in_hand")
    zhao.get(f"/letters/{in_hand}")
    assert f'class="btn p" href="/letters/{in_hand}/answer"' in zhao.html
    zhao.get(f"/letters/{in_hand}/ask_more")
    assert "请您补充" not in zhao.text
    zhao.get(f"/letters/{in_hand}/remark")
    assert "存好" in zhao.text
