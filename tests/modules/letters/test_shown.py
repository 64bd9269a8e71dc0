"""What everybody reads of a letter is what a clerk has looked through: nothing that came later, no file by its key."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.browser import Browser
from tests.conftest import County
from tests.modules.letters.authors import opened, send
from tests.modules.letters.clerks import do
from tests.modules.letters.made import ANSWER, letter_in, one
from wdj.core.db import db
from wdj.core.media import Media, files

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
    assert do(clerk, letter, "publish", public_title="椒园的事", public_text="椒园冻了", **answers, **more) == 303


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
