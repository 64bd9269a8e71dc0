"""What people send to a campaign: kept whole, checked first, counted once, taken back by who sent it."""

import io

from tests.conftest import County
from tests.modules.calls import HEART, call, counted, decide, one, send, work
from tests.screen.things import small_photo


def test_what_two_taps_send_is_one_contribution_with_one_photo(county: County) -> None:
    campaign, phone = call(county), county.visitor()
    phone.get(f"/campaigns/{campaign}/join")
    places = []
    for _ in range(2):
        sent = {"text": HEART, "name": "老王", "org": str(county.org("沙江寺村"))}
        sent["pictures"] = (io.BytesIO(small_photo(3)), "椒园.jpg")  # type: ignore[assignment]
        places.append(phone.post(f"/campaigns/{campaign}/join", sent).headers["Location"])
    assert len(set(places)) == 1
    assert one(county, "SELECT count(*) FROM contributions") == 1
    assert one(county, "SELECT count(*) FROM media") == 1


def test_a_mistake_loses_neither_words_nor_photo(county: County) -> None:
    campaign, phone = call(county), county.visitor()
    phone.get(f"/campaigns/{campaign}/join")
    photo = (io.BytesIO(small_photo(5)), "椒园.jpg")
    wrong = phone.post(f"/campaigns/{campaign}/join", {"text": HEART, "org": "0", "pictures": photo})
    assert wrong.status_code == 422
    assert HEART in phone.text
    assert "请选一下您是哪里的" in phone.text
    assert "收到了" in phone.text
    form = phone.page.form(f"/campaigns/{campaign}/join")["fields"] if phone.page else {}
    sent = {"text": HEART, "name": "老王", "org": str(county.org("沙江寺村")), "batch": form["batch"]}
    assert phone.post(f"/campaigns/{campaign}/join", sent).status_code == 303
    work(county)
    chen = county.chen()
    mine = one(county, "SELECT max(id) FROM contributions")
    decide(chen, campaign, "pass", mine)
    visitor = county.visitor()
    visitor.get(f"/campaigns/{campaign}")
    assert visitor.html.count("/208.jpg") == 1


def test_nothing_at_all_is_asked_for_again_and_a_photo_alone_is_enough(county: County) -> None:
    campaign, phone = call(county), county.visitor()
    phone.get(f"/campaigns/{campaign}/join")
    nothing = {"text": "", "org": str(county.org("沙江寺村"))}
    assert phone.post(f"/campaigns/{campaign}/join", nothing).status_code == 422
    assert "请写上几句" in phone.text
    photo = {**nothing, "pictures": (io.BytesIO(small_photo(9)), "椒园.jpg")}
    assert phone.post(f"/campaigns/{campaign}/join", photo).status_code == 303
    assert one(county, "SELECT title FROM items WHERE type = 'contribution'") == "村民：照片或录音"


def test_a_campaign_without_photos_takes_none(county: County) -> None:
    campaign, phone = call(county, takes_pictures=None, takes_sound=None), county.visitor()
    phone.get(f"/campaigns/{campaign}/join")
    assert "照片" not in phone.text
    send(phone, county, campaign, pictures=(io.BytesIO(small_photo(1)), "椒园.jpg"))
    assert one(county, "SELECT count(*) FROM media") == 0


def test_who_sent_it_takes_it_back_and_nobody_else_can(county: County) -> None:
    campaign, phone, stranger = call(county), county.visitor(), county.visitor()
    mine = send(phone, county, campaign)
    decide(county.chen(), campaign, "pass", mine)
    stranger.get(f"/campaigns/contributions/{mine}")
    assert "收回这一份" not in stranger.text
    assert stranger.post(f"/campaigns/contributions/{mine}/take_back").status_code == 403
    phone.get("/me")
    assert "已公开" in phone.text
    phone.get(f"/campaigns/contributions/{mine}")
    phone.post(f"/campaigns/contributions/{mine}/take_back", follow=True)
    assert "收回来了" in phone.text
    assert counted(county, campaign) == {}
    assert stranger.get(f"/campaigns/contributions/{mine}").status_code == 404
    assert decide(county.chen(), campaign, "pass", mine) == 409


def test_a_phone_that_forgot_has_sent_nothing(county: County) -> None:
    campaign, phone = call(county), county.visitor()
    mine = send(phone, county, campaign)
    phone.get("/me")
    assert "等审核" in phone.text
    phone.post("/me/forget")
    phone.get("/me")
    assert "老王" not in phone.text
    assert phone.get(f"/campaigns/contributions/{mine}").status_code == 404
    assert one(county, "SELECT count(*) FROM items WHERE device_id IS NOT NULL") == 0


def test_who_is_signed_in_sends_in_their_own_name(county: County) -> None:
    campaign, li = call(county), county.li()
    li.get(f"/campaigns/{campaign}/join")
    assert "怎么称呼您" not in li.text
    mine = send(li, county, campaign, name="别人")
    li.get("/me")
    assert "李小满：路修到家门口" in li.text
    assert one(county, "SELECT name FROM contributions WHERE id = :id", id=mine) == "李小满"
    assert one(county, "SELECT device_id FROM items WHERE id = :id", id=mine) is None


def test_the_sixth_in_ten_minutes_waits_and_the_neighbour_does_not(county: County) -> None:
    campaign, phone = call(county), county.visitor()
    for number in range(5):
        send(phone, county, campaign, f"第 {number} 句心里话")
    sixth = {"text": "第六句心里话", "org": str(county.org("沙江寺村"))}
    assert phone.post(f"/campaigns/{campaign}/join", sixth).status_code == 429
    assert "第六句心里话" in phone.html
    send(county.visitor(User_Agent="another phone"), county, campaign)


def test_one_that_shows_only_what_is_chosen_counts_the_rest(county: County) -> None:
    campaign = call(county, shows_all=None)
    kept = send(county.visitor(User_Agent="one"), county, campaign, "我的话不想登出来")
    chosen = send(county.visitor(User_Agent="two"), county, campaign, "我的话可以登出来", org="西山村")
    chen, visitor = county.chen(), county.visitor()
    decide(chen, campaign, "pass", kept)
    decide(chen, campaign, "choose", chosen)
    assert counted(county, campaign) == {"沙江寺村": 1, "西山村": 1}
    visitor.get(f"/campaigns/{campaign}")
    assert "可以登出来" in visitor.text
    assert "不想登出来" not in visitor.text
    assert visitor.get(f"/campaigns/contributions/{kept}").status_code == 404
    decide(chen, campaign, "unchoose", chosen, show="chosen")
    assert visitor.get(f"/campaigns/contributions/{chosen}").status_code == 404
    assert counted(county, campaign) == {"沙江寺村": 1, "西山村": 1}


def test_what_is_refused_later_is_counted_no_more_and_again_when_it_comes_back(county: County) -> None:
    campaign = call(county)
    mine, chen = send(county.visitor(), county, campaign), county.chen()
    for then, show, more, left in (
        ("pass", "waiting", {}, {"沙江寺村": 1}), ("refuse", "passed", {"reason": "重复交了"}, {}),
        ("choose", "refused", {}, {"沙江寺村": 1}), ("refuse", "chosen", {"reason": "像是广告"}, {}),
    ):  # fmt: skip
        assert decide(chen, campaign, then, mine, show=show, **more) == 303
        assert counted(county, campaign) == left
    assert decide(chen, campaign, "refuse", mine, reason="不喜欢") == 422
    assert decide(chen, campaign, "pass") == 422
    assert decide(chen, campaign, "burn", mine) == 404


def test_the_whole_page_is_ticked_at_once(county: County) -> None:
    campaign = call(county)
    ids = [send(county.visitor(User_Agent=f"phone {each}"), county, campaign, f"第 {each} 句") for each in range(3)]
    chen = county.chen()
    assert decide(chen, campaign, "pass", all="1", here=[str(each) for each in ids]) == 303
    assert counted(county, campaign) == {"沙江寺村": 3}


def test_the_table_goes_out_masked_or_on_request_as_written_and_it_is_noted(county: County) -> None:
    campaign, chen = call(county), county.chen()
    send(county.visitor(), county, campaign, "=路灯，电话 13800000001")
    chen.get(f"/campaigns/{campaign}/contributions")
    table = chen.post(f"/campaigns/{campaign}/contributions/csv").get_data(as_text=True)
    assert "138****0001" in table
    assert "13800000001" not in table
    assert one(county, "SELECT note FROM events WHERE action = 'export'") == "1 份"
    table = chen.post(f"/campaigns/{campaign}/contributions/csv", {"raw": "1"}).get_data(as_text=True)
    assert "·=路灯，电话 13800000001" in table
    assert "沙江寺村" in table
    assert one(county, "SELECT count(*) FROM events WHERE note LIKE '1 份，带原话%'") == 1
    assert chen.post(f"/campaigns/{campaign}/contributions/xlsx").data[:2] == b"PK"
    assert one(county, "SELECT count(*) FROM events WHERE action = 'export'") == 3
    assert county.zhou().post(f"/campaigns/{campaign}/contributions/csv").status_code == 403
    chen.get(f"/campaigns/{campaign}/contributions/print?show=waiting")
    assert "138****0001" in chen.text


def test_a_recording_is_put_into_words_and_found_by_them(county: County) -> None:
    campaign, phone, chen = call(county), county.visitor(), county.chen()
    photo = (io.BytesIO(small_photo(2)), "椒园.jpg")
    mine = send(phone, county, campaign, pictures=photo)
    work(county)
    media = one(county, "SELECT id FROM media")
    chen.get(f"/campaigns/contributions/{mine}")
    said = {f"caption-{media}": "三组新修的便道"}
    assert chen.post(f"/campaigns/contributions/{mine}/words", said).status_code == 303
    decide(chen, campaign, "pass", mine)
    visitor = county.visitor()
    visitor.get(f"/campaigns/{campaign}")
    assert 'alt="三组新修的便道"' in visitor.html
    visitor.get("/search?q=新修的便道")
    assert "老王" in visitor.text
