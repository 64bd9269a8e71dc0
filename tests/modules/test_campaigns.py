"""A campaign from its call to its closing page: what villagers send, what clerks let in, what everybody reads."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import text

from tests.browser import Browser
from tests.conftest import County
from tests.screen.things import small_photo
from wdj.core import jobs
from wdj.core.clock import now, today
from wdj.core.db import db

CALL = "请您对党说句心里话，怎么想就怎么说。\n\n不会写字的，录一段话也行。"
HEART = "路修到家门口，下雨天不用踩泥了。"


def words(county: County, org: str = "凤县", **more: Any) -> dict[str, Any]:
    """What the form of a new campaign is sent with."""
    call = {"org": str(county.org(org)), "title": "对党说句心里话", "text": CALL}
    days = {"starts_on": today().isoformat(), "ends_on": (today() + timedelta(days=7)).isoformat()}
    taken = {"takes_pictures": "y", "takes_sound": "y", "shows_all": "y", "then": "open"}
    return {name: value for name, value in {**call, **days, **taken, **more}.items() if value is not None}


def call(county: County, by: str = "chen", org: str = "凤县", **more: Any) -> int:
    """A campaign as its clerk has sent the form; returns its id."""
    clerk: Browser = getattr(county, by)()
    clerk.get("/campaigns/new")
    response = clerk.post("/campaigns/new", words(county, org, **more))
    assert response.status_code == 303, clerk.text
    return int(response.headers["Location"].split("/")[2].partition("?")[0])


def send(phone: Browser, county: County, campaign: int, said: str = HEART, org: str = "沙江寺村", **more: Any) -> int:
    """What the phone sends to the campaign; returns the contribution's id."""
    phone.get(f"/campaigns/{campaign}/join")
    sent = {"text": said, "name": "老王", "org": str(county.org(org)), **more}
    response = phone.post(f"/campaigns/{campaign}/join", sent)
    assert response.status_code == 303, phone.text
    return int(response.headers["Location"].split("/")[3].partition("?")[0])


def decide(clerk: Browser, campaign: int, then: str, *ids: int, show: str = "waiting", **more: Any) -> int:
    """Press the button `then` for these contributions; returns the status."""
    clerk.get(f"/campaigns/{campaign}/contributions?show={show}")
    data = {"then": then, "pick": [str(each) for each in ids], **more}
    return clerk.post(f"/campaigns/{campaign}/contributions?show={show}", data).status_code


def one(county: County, statement: str, **values: Any) -> Any:
    with county.app.app_context():
        return db.session.execute(text(statement), values).scalar()


def counted(county: County, campaign: int) -> dict[str, int]:
    """What the kept figures say, by org."""
    with county.app.app_context():
        rows = db.session.execute(
            text(
                "SELECT short_name, count FROM campaign_counts JOIN orgs ON orgs.id = org_id "
                "WHERE campaign_id = :id AND count <> 0"
            ),
            {"id": campaign},
        )
        return {name: count for name, count in rows}  # noqa: C416


def work(county: County) -> None:
    with county.app.app_context():
        jobs.run_due()
        db.session.remove()


def test_a_county_campaign_goes_from_its_call_to_its_closing_page(county: County) -> None:
    chen, wang, visitor = county.chen(), county.visitor(), county.visitor()
    campaign = call(county)
    visitor.get(f"/orgs/{county.org('平木镇')}")
    assert "对党说句心里话" in visitor.text
    visitor.get("/?kind=campaign")
    assert "正在征集" in visitor.text

    phone, other = county.visitor(), county.visitor()
    mine = send(phone, county, campaign, "路灯也该装了，电话 13800000001 找我。")
    bad = send(other, county, campaign, "专卖药酒，包治百病。", org="西山村", name="卖药的")
    good = send(wang, county, campaign, "去年学会了种苍术，今年带着邻居一起种。", org="西山村", name="周嫂")
    visitor.get(f"/campaigns/{campaign}")
    assert "路灯" not in visitor.text
    assert counted(county, campaign) == {}
    chen.get("/desk")
    assert "老王：路灯也该装了" in chen.text

    assert decide(chen, campaign, "pass", mine) == 303
    assert decide(chen, campaign, "choose", good) == 303
    assert decide(chen, campaign, "refuse", bad, reason="像是广告") == 303
    assert counted(county, campaign) == {"沙江寺村": 1, "西山村": 1}
    other.get("/me")
    assert "没有公开 像是广告" in other.text.replace("\u2002", "")
    other.get(f"/campaigns/contributions/{bad}")
    assert "原因：像是广告" in other.text
    assert visitor.get(f"/campaigns/contributions/{bad}").status_code == 404
    visitor.get(f"/campaigns/{campaign}")
    assert "138****0001" in visitor.text
    assert "13800000001" not in visitor.html

    ends = today() + timedelta(days=7)
    chen.get(f"/campaigns/{campaign}/closing")
    said = {"ends_on": ends.isoformat(), "closing_words": "谢谢大家肯说真话，路灯的事已经交给管事的单位。"}
    assert chen.post(f"/campaigns/{campaign}/closing", said).status_code == 303
    with time_machine.travel(now() + timedelta(days=8), tick=True):
        visitor.get(f"/campaigns/{campaign}/join")
        assert "已经结束了" in visitor.text
        late = county.visitor()
        response = late.post(f"/campaigns/{campaign}/join", {"text": "我来晚了一步", "org": "1"})
        assert response.status_code == 409
        assert "我来晚了一步" in late.text
        work(county)
        assert one(county, "SELECT state FROM items WHERE id = :id", id=campaign) == "closed"
        visitor.get(f"/campaigns/{campaign}")
        for words_there in ("谢谢大家肯说真话", "一共收下 2 份，来自 2 个地方", "选登", "周嫂", "合计", "█"):
            assert words_there in visitor.text, words_there
        assert visitor.text.index("周嫂") < visitor.text.index("路灯也该装了")
        chen.sign_in("xian", "huajiao-hongle-7")
        assert decide(chen, campaign, "choose", mine, show="passed") == 303


def test_a_village_runs_its_own_with_the_towns_release_on_its_day(county: County) -> None:
    later = today() + timedelta(days=2)
    campaign = call(
        county, "li", "沙江寺村", then="submit", starts_on=later.isoformat(),
        ends_on=(later + timedelta(days=3)).isoformat(),
    )  # fmt: skip
    zhou, visitor = county.zhou(), county.visitor()
    assert visitor.get(f"/campaigns/{campaign}").status_code == 404
    zhou.get("/desk")
    assert "对党说句心里话" in zhou.text
    zhou.get(f"/campaigns/{campaign}")
    assert zhou.post(f"/campaigns/{campaign}/plan").status_code == 303
    zhou.get(f"/campaigns/{campaign}/join")
    assert "还没有开始" in zhou.text
    with time_machine.travel(now() + timedelta(days=2), tick=True):
        work(county)
        assert visitor.get(f"/campaigns/{campaign}").status_code == 200
        visitor.get(f"/orgs/{county.org('留凤关镇')}")
        assert "对党说句心里话" in visitor.text
        visitor.get(f"/campaigns/{campaign}/join")
        assert "平木镇" not in visitor.text
        send(visitor, county, campaign)


def test_a_planned_campaign_that_was_put_off_does_not_begin(county: County) -> None:
    first, later = today() + timedelta(days=1), today() + timedelta(days=5)
    campaign = call(county, starts_on=first.isoformat())
    assert one(county, "SELECT state FROM items WHERE id = :id", id=campaign) == "planned"
    chen = county.chen()
    chen.get(f"/campaigns/{campaign}/edit")
    moved = words(county, starts_on=later.isoformat(), ends_on=(later + timedelta(days=5)).isoformat(), then="save")
    assert chen.post(f"/campaigns/{campaign}/edit", moved).status_code == 303, chen.text
    with time_machine.travel(now() + timedelta(days=2), tick=True):
        work(county)
        assert one(county, "SELECT state FROM items WHERE id = :id", id=campaign) == "planned"
    with time_machine.travel(now() + timedelta(days=6), tick=True):
        work(county)
        assert one(county, "SELECT state FROM items WHERE id = :id", id=campaign) == "open"


def test_a_campaign_that_was_given_more_days_stays_open(county: County) -> None:
    campaign = call(county)
    chen = county.chen()
    chen.get(f"/campaigns/{campaign}/closing")
    later = {"ends_on": (today() + timedelta(days=20)).isoformat(), "closing_words": ""}
    assert chen.post(f"/campaigns/{campaign}/closing", later).status_code == 303
    with time_machine.travel(now() + timedelta(days=10), tick=True):
        work(county)
        assert one(county, "SELECT state FROM items WHERE id = :id", id=campaign) == "open"
        send(county.visitor(), county, campaign)
    with time_machine.travel(now() + timedelta(days=21), tick=True):
        work(county)
        assert one(county, "SELECT state FROM items WHERE id = :id", id=campaign) == "closed"


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


def test_a_withdrawn_campaign_takes_what_was_sent_out_of_sight(county: County) -> None:
    campaign, phone, chen = call(county), county.visitor(), county.chen()
    mine = send(phone, county, campaign)
    decide(chen, campaign, "pass", mine)
    visitor = county.visitor()
    assert visitor.get(f"/campaigns/contributions/{mine}").status_code == 200
    chen.get(f"/campaigns/{campaign}/withdraw")
    assert chen.post(f"/campaigns/{campaign}/withdraw", {"note": "日子写错了"}).status_code == 303
    assert visitor.get(f"/campaigns/{campaign}").status_code == 404
    assert visitor.get(f"/campaigns/contributions/{mine}").status_code == 404
    visitor.get(f"/orgs/{county.org('沙江寺村')}")
    assert "对党说句心里话" not in visitor.text
    assert phone.get(f"/campaigns/contributions/{mine}").status_code == 200
    assert decide(chen, campaign, "choose", mine, show="passed") == 409


def test_the_table_goes_out_with_the_words_as_written_and_it_is_noted(county: County) -> None:
    campaign, chen = call(county), county.chen()
    send(county.visitor(), county, campaign, "=路灯，电话 13800000001")
    chen.get(f"/campaigns/{campaign}/contributions")
    table = chen.post(f"/campaigns/{campaign}/contributions/csv").get_data(as_text=True)
    assert "·=路灯，电话 13800000001" in table
    assert "沙江寺村" in table
    assert chen.post(f"/campaigns/{campaign}/contributions/xlsx").data[:2] == b"PK"
    assert one(county, "SELECT count(*) FROM events WHERE action = 'export'") == 2
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


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("ends_on", "2020-01-01", "最后一天已经过了"),
        ("ends_on", "", "请写上日期"),
        ("ends_on", "明天", "日期请写成"),
        ("starts_on", "2030-01-01", "最后一天不能比开始还早"),
        ("ends_on", (date.today() + timedelta(days=400)).isoformat(), "最长办一年"),
        ("title", "好", "名称写 4 到 40 个字"),
    ],
)
def test_a_call_that_cannot_be_is_asked_for_again(county: County, field: str, value: str, said: str) -> None:
    chen = county.chen()
    chen.get("/campaigns/new")
    assert chen.post("/campaigns/new", words(county, **{field: value})).status_code == 422
    assert said in chen.text
    assert CALL.split("\n")[0] in chen.text


def test_two_clerks_write_the_same_call_and_the_second_sees_the_first(county: County) -> None:
    campaign = call(county, "li", "沙江寺村", then="save")
    li, zhou = county.li(), county.zhou()
    li.get(f"/campaigns/{campaign}/edit")
    zhou.get(f"/campaigns/{campaign}/edit")
    village = words(county, "沙江寺村", then="save")
    assert zhou.post(f"/campaigns/{campaign}/edit", {**village, "text": CALL + "镇上改过。"}).status_code == 303
    assert li.post(f"/campaigns/{campaign}/edit", {**village, "text": CALL + "村上改过。"}).status_code == 409
    assert "镇上改过" in li.text
    assert "村上改过" in li.text
