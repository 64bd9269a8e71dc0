"""办理时限: the county sets how long things may take, for what comes in from then on."""

import pytest

from tests.browser import Browser
from tests.conftest import County
from tests.floor import every, one
from tests.modules.letters.made import letter_in

DAYS = "SELECT days FROM deadlines WHERE item_id = :id AND name = 'whole'"
SET = "SELECT name || ' ' || days FROM limits ORDER BY name"


def typed(chen: Browser, **changed: str) -> dict[str, str]:
    """The form as it stands, with what is changed."""
    chen.get("/limits")
    assert chen.page
    fields: dict[str, str] = chen.page.form("/limits")["fields"]
    return fields | {f"letter-{name}": days for name, days in changed.items()}


def test_the_limits_are_those_of_the_parts_until_the_county_sets_others(county: County) -> None:
    found = typed(county.chen())
    assert {name: days for name, days in found.items() if name.startswith("letter-")} == {
        "letter-question": "3", "letter-help": "5", "letter-suggestion": "10", "letter-experience": "10",
        "letter-dispute": "10", "letter-mailbox": "10", "letter-sign": "1",
        "letter-look": "5",
    }  # fmt: skip


def test_a_changed_limit_holds_for_what_comes_in_from_then_on(county: County) -> None:
    before = letter_in(county.app, "in_hand", kind="help")
    chen = county.chen()
    assert chen.post("/limits", typed(chen, help="7")).status_code == 303
    after, mailbox = letter_in(county.app, kind="help"), letter_in(county.app, kind="help", door="mailbox", org="凤县")
    assert [one(county.app, DAYS, id=each) for each in (before, after, mailbox)] == [5, 7, 10]
    assert every(county.app, SET) == ["letter.help 7"], "what was not changed follows its part"
    assert every(county.app, "SELECT note FROM events WHERE action = 'limit'") == ["求助：5 改成 7 个工作日"]
    chen.get("/limits")
    assert "工作日，本来是 5" in chen.text
    assert "照原来的时限" in chen.text


def test_everyone_here_looks_and_only_the_county_sets(county: County) -> None:
    for clerk in (county.li(), county.zhou(), county.sun()):
        clerk.get("/limits")
        assert "求助 5" in clerk.text
        assert "存好" not in clerk.text
        assert clerk.post("/limits", {"letter-help": "9"}).status_code == 403


@pytest.mark.parametrize("days", ["0", "91", "", "五天", "3.5", "-1", "99999999999999999999"])
def test_what_is_no_number_of_days_is_sent_back_and_kept(county: County, days: str) -> None:
    chen = county.chen()
    assert chen.post("/limits", typed(chen, help=days)).status_code == 422
    assert chen.text.count("请写 1 到 90 之间的数") == 2, "in the summary and at its field"
    assert f'value="{days}"' in chen.html
    assert every(county.app, SET) == []


def test_two_who_set_at_once_do_not_undo_each_other(county: County) -> None:
    chen, other = county.chen(), county.chen()
    slow = typed(other, question="4")
    chen.post("/limits", typed(chen, help="7"))
    assert other.post("/limits", slow).status_code == 409
    assert "求助：现在是 7 个工作日" in other.text
    assert other.page
    fields = other.page.form("/limits")["fields"]
    assert fields["letter-question"] == "4", "what was typed stays"
    other.post("/limits", fields | {"letter-help": "7"})
    assert every(county.app, SET) == ["letter.help 7", "letter.question 4"]


def test_two_taps_set_once(county: County) -> None:
    chen = county.chen()
    fields = typed(chen, sign="2")
    for _ in range(2):
        assert chen.post("/limits", fields).status_code == 303
    assert one(county.app, "SELECT count(*) FROM events WHERE action = 'limit'") == 1
