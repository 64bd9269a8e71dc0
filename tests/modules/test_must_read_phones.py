"""One phone and a must-read notice: it may answer for many households, for each of them once, and floods nobody."""

import re

import pytest

from tests.conftest import County
from tests.floor import change, every, one
from tests.modules.test_must_read import ACKED, notice, register, tap


def figures(county: County, post: int) -> str:
    """Registered, read, left, per cent and to be matched, as 周 reads them of each village."""
    zhou = county.zhou()
    zhou.get(f"/feed/{post}/acks")
    return zhou.text


def test_one_phone_counts_once_for_each_household(county: County) -> None:
    register(county, "沙江寺村")
    register(county, "费家庄村", (("3-1", "王示例", ""),))
    post = notice(county, "沙江寺村", "费家庄村")
    phone = tap(county, post, "王示例")
    for again in ("王示例", "王 示例", "３－１", "3-1"):
        assert "您点过了" in tap(county, post, again, phone=phone).text
    assert re.search("沙江寺村 4 1 3 25% 0", figures(county, post))
    assert "用这部手机，再替一家点" in phone.text
    tap(county, post, "赵示例", phone=phone)
    tap(county, post, "王示例", "费家庄村", phone=phone)
    read = figures(county, post)
    assert re.search("沙江寺村 4 2 2 50% 0", read)
    assert re.search("费家庄村 1 1 0 100% 0", read)


def test_the_same_words_of_one_phone_are_kept_once_and_days_later_too(county: County) -> None:
    post = notice(county, "沙江寺村")
    phone = tap(county, post, "我是老钱")
    change(county.app, "DELETE FROM once")
    assert "您点过了，记着呢" in tap(county, post, "我是 老钱", phone=phone).text
    assert one(county.app, ACKED) == 1


def test_a_second_name_of_one_house_is_answered_like_a_new_one(county: County) -> None:
    """Else a phone could ask of any name whether it lives behind a number."""
    register(county, "沙江寺村")
    post = notice(county, "沙江寺村")
    phone = tap(county, post, "王示例")
    known = tap(county, post, "3-1", phone=phone).html
    assert known == tap(county, post, "没有这个人", phone=phone).html


def test_one_phone_floods_no_village(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    from wdj.modules.feed import acks

    monkeypatch.setattr(acks, "MOST_TAPS", 3)
    post = notice(county, "沙江寺村")
    phone = county.visitor()
    for number in range(3):
        tap(county, post, f"户{number}", phone=phone)
    sent = {"who": "王示例", "place": str(county.org("沙江寺村"))}
    assert phone.post(f"/feed/{post}/ack", sent).status_code == 429
    assert "王示例" in phone.html
    tap(county, post, "王示例")
    change(county.app, "UPDATE acknowledgements SET at = :long_ago", long_ago="2026-01-01 00:00:00")
    tap(county, post, "赵示例", phone=phone)


def test_two_taps_of_a_phone_without_a_cookie_count_once(county: County) -> None:
    post = notice(county, "沙江寺村")
    for _ in range(2):
        tap(county, post, "王示例", phone=county.visitor(User_Agent="OldPhone"))
    assert one(county.app, ACKED) == 1
    keeps_none = county.visitor()
    keeps_none.get(f"/feed/{post}?ok=acked_before")
    assert "✓ 您点过了，村上记着呢" in keeps_none.text, "nobody is asked again beside the answer"


def test_a_phone_that_forgets_leaves_no_tie_behind(county: County) -> None:
    register(county, "沙江寺村")
    post = notice(county, "沙江寺村")
    phone = tap(county, post, "王示例")
    phone.get("/me")
    phone.post("/me/forget")
    assert every(county.app, "SELECT reader FROM acknowledgements") == [None]


def test_a_crowd_of_one_network_waits(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    from wdj.modules.feed import ack_views

    monkeypatch.setattr(ack_views, "FLOOD", 3)
    post = notice(county, "沙江寺村")
    for number in range(3):
        tap(county, post, f"户{number}")
    phone = county.visitor()
    phone.get(f"/feed/{post}")
    answer = phone.post(f"/feed/{post}/ack", {"who": "王示例", "place": str(county.org("沙江寺村"))})
    assert answer.status_code == 429
    assert "王示例" in phone.html
