"""What who wrote a letter does behind its receipt: reads the answer, rates it, says more, takes it back."""

from tests.browser import Browser
from tests.conftest import County
from tests.modules.letters.made import ANSWER, letter_in, one, receipt_of


def opened(county: County, letter: int) -> Browser:
    """A browser in which the receipt of the letter has just been opened by number and code."""
    browser = county.visitor()
    browser.get("/r")
    number, code = receipt_of(county.app, letter)
    assert browser.post("/r", {"number": number, "code": code}, follow=True).status_code == 200
    return browser


def state_of(county: County, letter: int) -> str:
    return str(one(county, "SELECT state FROM items WHERE id = :id", id=letter))


def test_number_and_code_lead_to_the_answer_first_and_then_to_two_questions(county: County) -> None:
    letter = letter_in(county.app, "answered")
    browser = opened(county, letter)
    order = [browser.text.index(words) for words in (ANSWER[:20], "事情解决了吗", "您写的", "办到哪一步了")]
    assert order == sorted(order)
    said = browser.post(f"/letters/{letter}/rate", {"solved": "yes", "satisfaction": "3"}, follow=True)
    assert said.status_code == 200
    assert "记下了，谢谢您" in browser.text and "已办结" in browser.text
    assert state_of(county, letter) == "closed"
    assert one(county, "SELECT way FROM letter_ratings") == "receipt"
