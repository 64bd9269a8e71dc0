"""To which units a letter can be given, in the order in which they are offered."""

import re

from tests.browser import Browser
from tests.conftest import County
from tests.modules.letters.clerks import do
from tests.modules.letters.made import FARMING, letter_in


def test_a_town_finds_its_villages_first_and_itself_not_at_all_while_it_may_take_the_letter_itself(
    county: County,
) -> None:
    zhou, chen, letter = county.zhou(), county.chen(), letter_in(county.app)

    def offered(browser: Browser) -> list[str]:
        browser.get(f"/letters/{letter}/assign")
        return re.findall(r'<optgroup label="([^"]+)"', browser.html)

    assert offered(zhou)[:2] == ["本镇的村和站所", "县上"]
    assert ">留凤关镇<" not in zhou.html, "that is 自己办"
    assert offered(chen)[:2] == ["县上", "县直单位"]
    assert ">留凤关镇<" in chen.html
    assert do(zhou, letter, "assign", org=str(county.org("留凤关镇"))) == 422
    assert do(zhou, letter, "assign", org=str(county.org(FARMING))) == 303
    offered(zhou)
    assert ">留凤关镇<" in zhou.html, "the way back"
