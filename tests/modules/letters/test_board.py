"""The board and its letters as everybody reads them."""

from tests.conftest import County
from tests.modules.letters.made import letter_in


def test_a_published_letter_stands_on_the_board_of_its_village_and_of_the_county(county: County) -> None:
    letter = letter_in(county.app, "in_hand", public=True)
    visitor = county.visitor()
    for org in ("沙江寺村", "留凤关镇", "凤县"):
        visitor.get(f"/letters?org={county.org(org)}")
        assert f'href="/letters/{letter}"' in visitor.html
        assert "县农业农村局承办" in visitor.text and "还剩 3 个工作日" in visitor.text
    visitor.get(f"/letters?org={county.org('平木镇')}")
    assert "还没有人留言。第一个问？" in visitor.text
    visitor.get(f"/letters/{letter}")
    assert "椒园冻得厉害" in visitor.text
    letter = letter_in(county.app, "answered", public=True)
    visitor.get(f"/letters/{letter}")
    assert "农技员四月二十一日" in visitor.text
    visitor.post(f"/letters/{letter}/me-too", follow=True)
    assert "✓" in visitor.text
    visitor.get("/letters?q=椒园")
    assert "农技员" in visitor.text
