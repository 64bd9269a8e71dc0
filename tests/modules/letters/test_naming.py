"""The name that the writer gave goes public only where a clerk has said twice that it may."""

import pytest

from tests.conftest import County
from tests.floor import one
from tests.modules.letters.made import WORDS, letter_in
from tests.modules.letters.test_handling import do

NAMED = "王老汉"


@pytest.fixture
def letter(county: County) -> int:
    return letter_in(county.app, "answered", name=NAMED, words=f"{WORDS}我是{NAMED}。")


def test_the_name_is_starred_in_what_is_proposed(county: County, letter: int) -> None:
    zhou = county.zhou()
    zhou.get(f"/letters/{letter}/publish")
    area = zhou.html[zhou.html.index('name="public_text"') :].partition("</textarea>")[0]
    assert "我是王**。" in area
    assert NAMED not in area


def test_left_in_it_is_warned_of_and_a_second_press_lets_it_out(county: County, letter: int) -> None:
    zhou, answer = county.zhou(), one(county.app, "SELECT id FROM letter_messages WHERE letter_id = :id", id=letter)
    shown = {"public_title": "椒园的事", "public_text": WORDS, f"message-{answer}": f"{NAMED}您好，能领。"}
    assert do(zhou, letter, "publish", **shown) == 422
    assert "请改成“王**”" in zhou.text
    assert not one(county.app, "SELECT is_public FROM items WHERE id = :id", id=letter)
    elsewhere = {**shown, "public_title": f"{NAMED}的椒园", "named": f"message-{answer}"}
    assert do(zhou, letter, "publish", **elsewhere) == 422, "said of one field it does not hold for another"
    assert do(zhou, letter, "publish", **shown, named=f"message-{answer}") == 303
    assert NAMED in str(one(county.app, "SELECT public_text FROM letter_messages WHERE id = :id", id=answer))


def test_without_the_name_one_press_is_enough(county: County, letter: int) -> None:
    zhou, answer = county.zhou(), one(county.app, "SELECT id FROM letter_messages WHERE letter_id = :id", id=letter)
    shown = {"public_title": "椒园的事", "public_text": WORDS, f"message-{answer}": "能领。"}
    assert do(zhou, letter, "publish", **shown) == 303
