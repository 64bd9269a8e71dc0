"""What stands on the page of something that was not done: the words that somebody wrote, and nothing of the machine."""

import io
import re

from flask import abort

from tests.browser import Browser
from tests.conftest import County
from tests.modules.letters.made import letter_in
from tests.screen.things import small_photo

CHOSEN_AGAIN = "要再选一次"


def given_back(browser: Browser) -> list[str]:
    """The words on the page of an error."""
    assert 'id="error"' in browser.html
    return re.findall(r"<textarea[^>]* readonly[^>]*>\n?(.*?)</textarea>", browser.html, re.DOTALL)


def test_what_stood_in_hidden_inputs_and_lists_is_nobodys_words(county: County) -> None:
    zhao, letter = county.zhao(), letter_in(county.app, "assigned")
    machine = {"back": "view=mine&kind=letters&state=assigned", "next": "/desk?view=mine", "version": "12",
               "then": "answer", "reason": "重复了", "due": "2026-04-18", "batch": "Zk3_9dQx-Al07bTe"}  # fmt: skip
    zhao.get("/me")
    assert zhao.post(f"/letters/{letter}/ask_more", {**machine, "note": "请说说是几组的"}).status_code == 409
    assert given_back(zhao) == ["请说说是几组的"]
    assert "长按可以复制" in zhao.text
    assert "上一页" not in zhao.text


def test_short_plain_words_come_back_too(county: County) -> None:
    zhao, letter = county.zhao(), letter_in(county.app, "assigned")
    zhao.get("/me")
    for words in ("OK", "A4 纸", "3 KM"):
        assert zhao.post(f"/letters/{letter}/ask_more", {"note": words}).status_code == 409
        assert given_back(zhao) == [words]
        assert zhao.post("/letters/999999/answer", {"text": words, "then": "answer"}).status_code == 404
        assert given_back(zhao) == [words], "where no form was read yet too"


def test_where_nothing_is_kept_nothing_is_said_of_it(county: County) -> None:
    zhou, letter = county.zhou(), letter_in(county.app, "assigned")
    zhou.get("/me")
    assert zhou.post(f"/letters/{letter}/accept", {"version": "1"}).status_code == 409
    assert given_back(zhou) == []
    assert "没有丢" not in zhou.text
    assert CHOSEN_AGAIN not in zhou.text


def test_files_have_to_be_chosen_again_where_what_they_came_with_was_not_done(county: County) -> None:
    visitor = county.visitor()
    visitor.get("/letters/ask")
    sent = {"text": "夜里冻的", "pictures": (io.BytesIO(small_photo(1)), "椒园.jpg")}
    assert visitor.post("/letters/999999/supply", sent).status_code == 404
    assert given_back(visitor) == ["夜里冻的"]
    assert CHOSEN_AGAIN in visitor.text


def test_the_page_before_is_named_only_where_the_words_stand_there_alone(county: County) -> None:
    @county.app.post("/away/<int:code>")
    def away(code: int) -> None:
        abort(code)

    visitor = county.visitor()
    visitor.get("/letters/ask")
    for code in (422, 429, 500):
        for sent, kept in (({"text": "夜里冻的"}, ["夜里冻的"]), ({"version": "1"}, [])):
            assert visitor.post(f"/away/{code}", sent).status_code == code
            assert given_back(visitor) == kept
            assert ("上一页" in visitor.text) == (not kept)
