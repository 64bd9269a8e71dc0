"""What a phone sends twice, takes back for good, or sends too often."""

import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests.browser import Browser
from tests.conftest import County
from tests.modules.calls import HEART, call, counted, decide, one, send, work
from tests.screen.things import small_photo
from wdj.core.clock import now
from wdj.modules.campaigns import limits


def said(county: County, text: str = HEART, **more: Any) -> dict[str, Any]:
    return {"text": text, "name": "老王", "org": str(county.org("沙江寺村")), **more}


def photo(number: int) -> tuple[io.BytesIO, str]:
    return io.BytesIO(small_photo(number)), "椒园.jpg"


def test_the_phone_whose_first_answer_was_lost_still_has_what_it_sent(county: County) -> None:
    campaign, lost, phone = call(county), county.visitor(), county.visitor()
    first = lost.post(f"/campaigns/{campaign}/join", said(county)).headers["Location"]
    assert phone.post(f"/campaigns/{campaign}/join", said(county)).headers["Location"] == first
    assert one(county, "SELECT count(*) FROM contributions") == 1
    assert phone.get(first).status_code == 200
    phone.get("/me")
    assert "老王：路修到家门口" in phone.text
    phone.get(first)
    assert phone.post(f"{first.partition('?')[0]}/take_back").status_code == 303
    assert one(county, "SELECT state FROM items WHERE type = 'contribution'") == "taken_back"


def test_who_says_the_same_later_has_a_contribution_of_their_own(county: County) -> None:
    campaign, phone, neighbour = call(county), county.visitor(), county.visitor()
    mine = send(phone, county, campaign)
    with time_machine.travel(now() + timedelta(minutes=2), tick=True):
        assert send(neighbour, county, campaign) != mine
    assert phone.get(f"/campaigns/contributions/{mine}").status_code == 200
    assert neighbour.get(f"/campaigns/contributions/{mine}").status_code == 404


def test_a_clerk_is_not_handed_what_a_phone_sent(county: County) -> None:
    campaign, phone, li = call(county), county.visitor(), county.li()
    mine = send(phone, county, campaign)
    assert send(li, county, campaign) != mine
    assert phone.get(f"/campaigns/contributions/{mine}").status_code == 200


def taken_back(county: County, campaign: int, phone: Browser) -> int:
    """A contribution with a photo that was public and has been taken back."""
    mine = send(phone, county, campaign, "请给三组装路灯，电话 13800000001", name="刘嫂子", pictures=photo(4))
    work(county)
    decide(county.chen(), campaign, "pass", mine)
    phone.get(f"/campaigns/contributions/{mine}")
    assert "全都删掉，找不回来" in phone.text
    phone.post(f"/campaigns/contributions/{mine}/take_back")
    work(county)
    return mine


def test_what_is_taken_back_is_gone_for_good_also_for_who_checks(county: County) -> None:
    campaign, phone, chen = call(county), county.visitor(), county.chen()
    mine = taken_back(county, campaign, phone)
    folder = county.app.config["WDJ_INSTANCE"]
    assert one(county, "SELECT count(*) FROM media") == 0
    assert not [each for each in folder.rglob("*.jpg") if "media" in each.parts]
    kept = "SELECT count(*) FROM documents WHERE item_id = :id AND text LIKE '%路灯%'"
    assert one(county, kept, id=mine) == 0
    for url in (
        f"/campaigns/contributions/{mine}", f"/desk?open={mine}", f"/print/{mine}", "/search?q=三组装路灯",
        f"/campaigns/{campaign}/contributions?show=passed",
    ):  # fmt: skip
        chen.get(url)
        assert "装路灯，电话" not in chen.html, url
        assert "刘嫂子" not in chen.html, url
    chen.get(f"/campaigns/{campaign}/contributions")
    table = chen.post(f"/campaigns/{campaign}/contributions/csv", {"raw": "1"}).get_data(as_text=True)
    assert "已收回" in table
    assert "刘嫂子" not in table
    phone.get("/me")
    assert "已收回" in phone.text
    phone.get(f"/campaigns/contributions/{mine}")
    assert "都删掉了" in phone.text
    assert counted(county, campaign) == {}


def test_putting_a_photo_into_words_neither_removes_nor_moves_it(county: County) -> None:
    campaign, phone, chen = call(county), county.visitor(), county.chen()
    mine = send(phone, county, campaign, pictures=[photo(1), photo(2)])
    work(county)
    first, second = one(county, "SELECT min(id) FROM media"), one(county, "SELECT max(id) FROM media")
    chen.get(f"/campaigns/contributions/{mine}")
    assert "去掉这张照片" not in chen.text
    sent = {f"caption-{first}": "三组的便道", "remove": str(first), f"order-{second}": "1"}
    assert chen.post(f"/campaigns/contributions/{mine}/words", sent).status_code == 303
    assert one(county, "SELECT caption FROM media WHERE position = 1") == "三组的便道"
    assert one(county, "SELECT count(*) FROM media") == 2


def test_phones_that_forget_every_time_are_too_many_together(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FLOOD_CAMPAIGN", 3)
    campaign, other = call(county), call(county, title="另一个活动")
    for number in range(3):
        send(county.visitor(User_Agent=f"phone {number}"), county, campaign, f"第 {number} 句心里话")
    fourth = county.visitor()
    assert fourth.post(f"/campaigns/{campaign}/join", said(county, "第四句心里话")).status_code == 429
    assert "说得太快了" in fourth.text
    assert "第四句心里话" in fourth.html
    send(county.li(), county, campaign, "村上也说一句")
    send(county.visitor(User_Agent="elsewhere"), county, other, "那边还能说")
    with time_machine.travel(now() + timedelta(minutes=11), tick=True):
        send(fourth, county, campaign, "第四句心里话")


def test_files_of_phones_without_a_cookie_are_bounded_before_they_are_kept(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "FILES_OF_NEW", 4)
    campaign = call(county)
    known = county.visitor()
    send(known, county, campaign)
    for number in range(2):  # refused for their place, and yet their files are kept for the next try
        files = [photo(2 * number + 1), photo(2 * number + 2)]
        wrong = county.visitor().post(f"/campaigns/{campaign}/join", said(county, org="0", pictures=files))
        assert wrong.status_code == 422
    fifth = county.visitor()
    assert fifth.post(f"/campaigns/{campaign}/join", said(county, "还有一张", pictures=photo(9))).status_code == 429
    assert "说得太快了" in fifth.text
    assert "还有一张" in fifth.html
    assert one(county, "SELECT count(*) FROM media") == 4
    send(county.visitor(User_Agent="words alone"), county, campaign, "只说话不传照片")
    send(known, county, campaign, "认得的手机", pictures=photo(8))
    with time_machine.travel(now() + timedelta(minutes=16), tick=True):
        send(fifth, county, campaign, "还有一张", pictures=photo(9))


def test_the_sixth_with_a_photo_leaves_none_behind(county: County) -> None:
    campaign, phone = call(county), county.visitor()
    for number in range(5):
        send(phone, county, campaign, f"第 {number} 句心里话")
    sixth = said(county, "第六句心里话", pictures=photo(7))
    assert phone.post(f"/campaigns/{campaign}/join", sixth).status_code == 429
    work(county)
    assert one(county, "SELECT count(*) FROM media") == 0
