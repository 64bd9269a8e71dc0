"""What a receipt promises to who has just sent a letter, and to who looks again: by whom, by when, what is left."""

import re

from tests.browser import Browser
from tests.conftest import County
from tests.modules.letters.asked import ask
from tests.modules.letters.made import letter_in, one, receipt_of
from tests.modules.letters.test_consultations import ask as consultation_of


def number_of(county: County) -> str:
    return str(one(county, "SELECT number FROM receipts ORDER BY item_id DESC"))


def opened(county: County, letter: int) -> Browser:
    """A phone that has opened the receipt of the letter and reads it."""
    number, code = receipt_of(county.app, letter)
    phone = county.visitor()
    phone.get(f"/r/{number}/{code}")
    phone.get(f"/r/{number}")
    return phone


def test_the_receipt_says_who_looks_within_a_day_and_by_when_it_is_answered(county: County) -> None:
    phone = county.visitor()
    ask(phone, county)
    number = number_of(county)
    phone.get(f"/r/{number}?new=1")
    assert "留凤关镇看过，交给办的单位 1 个工作日内" in phone.text
    assert "答复您 最晚" in phone.text
    phone.get(f"/r/{number}")
    assert "留凤关镇收到了，1 个工作日内看过" in phone.text
    phone.get(f"/r/{number}/slip")
    assert re.search(r"收到 最晚 \d+月\d+日 星期. 答复", phone.text)


def test_an_opinion_goes_to_no_unit_and_its_receipt_says_what_is_made_of_it(county: County) -> None:
    phone, asked = county.visitor(), consultation_of(county)
    ask(phone, county, f"/letters/ask?about={asked}", about=str(asked), kind="")
    assert one(county, "SELECT kind FROM items WHERE type = 'letter'") == "suggestion"
    phone.get(f"/r/{number_of(county)}?new=1")
    assert "公布采纳了什么，没采纳的为什么 最晚" in phone.text
    phone.get(f"/r/{number_of(county)}")
    assert "凤县收到了，一条一条看" in phone.text
    assert "交给办的单位" not in phone.text


def test_rating_and_asking_on_have_headings_and_buttons_of_their_own(county: County) -> None:
    phone = opened(county, letter_in(county.app, "answered"))
    for words in ("答复好不好，请您评一评", "还没弄明白？", ">交评价</button>", ">接着问</button>"):
        assert words in phone.html
    assert ">交上去</button>" not in phone.html


def test_who_has_asked_again_once_reads_that_there_is_no_second_time(county: County) -> None:
    for state, words in (("answered", "重新办过一次了"), ("in_hand", "正在重新办")):
        phone = opened(county, letter_in(county.app, state, round=2))
        assert words in phone.text
        assert "另写一封" in phone.text
        assert ">接着问</button>" not in phone.html
    assert "只有一次" not in opened(county, letter_in(county.app, "answered")).text
