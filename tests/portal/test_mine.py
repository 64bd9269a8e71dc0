"""我的: what this phone has sent, by its receipts, and how it forgets them."""

import pytest

from tests.areas.receipts import phone_of, sent_by
from tests.conftest import County
from tests.floor import change, one
from tests.modules.letters.made import receipt_of
from tests.stage import VISITOR, Stage


@pytest.fixture
def stage(county: County) -> Stage:
    return Stage(county)


def test_this_phone_finds_its_receipts_with_number_title_and_state(stage: Stage) -> None:
    item = sent_by(stage, VISITOR, words="想问低保怎么申请。")
    number, code = receipt_of(stage.app, item)
    phone = phone_of(stage)
    phone.get("/me")
    for words in (f"{number[:4]}-{number[4:]}", "想问低保怎么申请", "办理中"):
        assert words in phone.text, words
    assert f'href="/r/{number}"' in phone.html
    assert code not in phone.html
    assert phone.get(f"/r/{number}").status_code == 200
    stage.county.visitor().get("/me")
    assert number not in stage.county.visitor().get("/me").get_data(as_text=True)


def test_notes_among_clerks_are_not_read_there(stage: Stage) -> None:
    item = sent_by(stage, VISITOR)
    change(
        stage.app, "INSERT INTO events (at, action, label, note, item_id) VALUES (:at, 'remark', '备注', :note, :id)",
        at="2026-11-22 00:00:00", note="此人常来", id=item,
    )  # fmt: skip
    phone = phone_of(stage)
    phone.get("/me")
    assert "此人常来" not in phone.html


def test_a_phone_forgets_only_after_it_has_said_which_receipts_are_found_by_their_codes_alone(stage: Stage) -> None:
    number, code = receipt_of(stage.app, sent_by(stage, VISITOR))
    phone = phone_of(stage)
    phone.get("/me")
    assert 'href="/me/forget"' in phone.html
    assert 'action="/me/forget"' not in phone.html
    phone.get("/me/forget")
    for words in ("没抄下号码和查询码的就查不到了", f"回执 {number[:4]}-{number[4:]}"):
        assert words in phone.text
    assert code not in phone.html
    assert f'href="/r/{number}?new=1"' in phone.html
    other = stage.county.visitor()
    other.get("/me/forget")
    assert "查不到了" not in other.text


def test_forgetting_cuts_the_receipts_and_shuts_what_is_open(stage: Stage) -> None:
    item = sent_by(stage, VISITOR)
    number, code = receipt_of(stage.app, item)
    phone = phone_of(stage)
    phone.get(f"/r/{number}")
    phone.get("/me/forget")
    assert phone.post("/me/forget", follow=True).status_code == 200
    assert number[:4] not in phone.text
    assert one(stage.app, "SELECT device_id FROM items WHERE id = :id", id=item) is None
    assert phone.client.get_cookie("wdj_r") is None
    assert phone.get(f"/r/{number}").status_code == 404
    assert phone.get(f"/r/{number}/{code}").status_code == 303, "who has the code still gets in"


def test_who_holds_only_an_open_receipt_can_have_it_forgotten(stage: Stage) -> None:
    number, code = receipt_of(stage.app, sent_by(stage, "党员"))
    browser = stage.county.visitor()
    browser.get(f"/r/{number}/{code}")
    browser.get("/me/forget")
    assert browser.post("/me/forget").status_code == 303
    assert browser.get(f"/r/{number}").status_code == 404
