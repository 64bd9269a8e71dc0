"""换一个村: the choice is confirmed in words, remembered by this device alone, and shows on the front page."""

from tests.conftest import County

VILLAGE = "沙江寺村"
CONFIRMED = "记住了，以后先看这里。"


def test_a_chosen_village_is_confirmed_once_and_remembered(county: County) -> None:
    phone = county.visitor()
    phone.get("/places")
    answer = phone.post("/places", {"org": county.org(VILLAGE)}, follow=True)
    assert answer.status_code == 200
    assert CONFIRMED in phone.text
    phone.get("/")
    assert CONFIRMED not in phone.text
    assert VILLAGE in phone.text


def test_nobody_else_sees_that_it_was_chosen(county: County) -> None:
    phone, other = county.visitor(), county.visitor()
    phone.get("/places")
    phone.post("/places", {"org": county.org(VILLAGE)}, follow=True)
    other.get("/")
    assert CONFIRMED not in other.text
    assert VILLAGE not in other.text


def test_a_place_that_is_not_there_is_404(county: County) -> None:
    phone = county.visitor()
    phone.get("/places")
    for org in ("", "999999", "x"):
        assert phone.post("/places", {"org": org}).status_code == 404
