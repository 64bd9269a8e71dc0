"""The call of a campaign: written, let out, opened and closed by its days, and how it ends."""

from datetime import timedelta

import pytest
import time_machine

from tests.conftest import County
from tests.modules.calls import CALL, call, counted, decide, one, send, words, work
from wdj.core.clock import now, today


def test_a_county_campaign_goes_from_its_call_to_what_everybody_reads(county: County) -> None:
    chen, visitor, campaign = county.chen(), county.visitor(), call(county)
    visitor.get(f"/orgs/{county.org('平木镇')}")
    assert "对党说句心里话" in visitor.text
    visitor.get("/?kind=campaign")
    assert "正在征集" in visitor.text

    phone, seller, third = county.visitor(), county.visitor(), county.visitor()
    mine = send(phone, county, campaign, "路灯也该装了，电话 13800000001 找我。")
    bad = send(seller, county, campaign, "专卖药酒，包治百病。", org="西山村", name="卖药的")
    good = send(third, county, campaign, "去年学会了种苍术，今年带着邻居一起种。", org="西山村", name="周嫂")
    visitor.get(f"/campaigns/{campaign}")
    assert "路灯" not in visitor.text
    assert counted(county, campaign) == {}
    chen.get("/desk")
    assert "老王：路灯也该装了" in chen.text

    assert decide(chen, campaign, "pass", mine) == 303
    assert decide(chen, campaign, "choose", good) == 303
    assert decide(chen, campaign, "refuse", bad, reason="像是广告") == 303
    assert counted(county, campaign) == {"沙江寺村": 1, "西山村": 1}
    seller.get("/me")
    assert "没有公开 像是广告" in seller.text
    assert visitor.get(f"/campaigns/contributions/{bad}").status_code == 404
    visitor.get(f"/campaigns/{campaign}")
    assert "138****0001" in visitor.text
    assert "13800000001" not in visitor.html


def test_after_its_last_day_the_form_says_so_kindly_and_the_page_is_a_closing_page(county: County) -> None:
    chen, visitor, campaign = county.chen(), county.visitor(), call(county)
    mine = send(county.visitor(), county, campaign, "路灯也该装了。")
    good = send(county.visitor(User_Agent="another"), county, campaign, "今年带着邻居种。", org="西山村", name="周嫂")
    decide(chen, campaign, "choose", good)
    decide(chen, campaign, "pass", mine)
    chen.get(f"/campaigns/{campaign}/closing")
    said = {"ends_on": (today() + timedelta(days=7)).isoformat(), "closing_words": "谢谢大家肯说真话。"}
    assert chen.post(f"/campaigns/{campaign}/closing", said).status_code == 303
    with time_machine.travel(now() + timedelta(days=8), tick=True):
        visitor.get(f"/campaigns/{campaign}/join")
        assert "已经结束了。谢谢您惦记着" in visitor.text
        late = county.visitor()
        assert late.post(f"/campaigns/{campaign}/join", {"text": "我来晚了一步", "org": "1"}).status_code == 409
        assert "我来晚了一步" in late.text
        work(county)
        assert one(county, "SELECT state FROM items WHERE id = :id", id=campaign) == "closed"
        visitor.get(f"/campaigns/{campaign}")
        for there in ("谢谢大家肯说真话", "一共收下 2 份，来自 2 个地方", "选登", "合计"):
            assert there in visitor.text, there
        assert visitor.html.count('<rect width="80"') == 2
        assert visitor.text.index("周嫂") < visitor.text.index("路灯也该装了")


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


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("ends_on", "2020-01-01", "最后一天已经过了"),
        ("ends_on", "", "请写上日期"),
        ("ends_on", "明天", "日期请写成"),
        ("starts_on", "2030-01-01", "最后一天不能比开始还早"),
        ("ends_on", "2099-01-01", "最长办一年"),
        ("title", "好", "名称写 4 到 40 个字"),
    ],
)
def test_a_call_that_cannot_be_is_asked_for_again(county: County, field: str, value: str, said: str) -> None:
    chen = county.chen()
    chen.get("/campaigns/new")
    assert chen.post("/campaigns/new", words(county, **{field: value})).status_code == 422
    assert said in chen.text
    assert CALL.split("\n")[0] in chen.text


def test_what_is_approved_after_its_last_day_does_not_begin_at_all(county: County) -> None:
    campaign = call(county, "li", "沙江寺村", then="submit")
    with time_machine.travel(now() + timedelta(days=9), tick=True):
        zhou = county.zhou()
        for action in ("open", "plan"):
            zhou.get(f"/campaigns/{campaign}")
            assert zhou.post(f"/campaigns/{campaign}/{action}").status_code == 422
            assert "最后一天已经过了" in zhou.text
    assert one(county, "SELECT state FROM items WHERE id = :id", id=campaign) == "submitted"


def test_a_planned_campaign_whose_days_went_by_unseen_does_not_begin(county: County) -> None:
    first, last = today() + timedelta(days=1), today() + timedelta(days=2)
    campaign = call(county, starts_on=first.isoformat(), ends_on=last.isoformat())
    with time_machine.travel(now() + timedelta(days=4), tick=True):
        work(county)
    assert one(county, "SELECT state FROM items WHERE id = :id", id=campaign) == "planned"
    assert one(county, "SELECT count(*) FROM jobs WHERE error <> ''") == 0


def test_two_clerks_write_the_closing_words_and_the_second_sees_the_first(county: County) -> None:
    campaign = call(county)
    first, second = county.chen(), county.chen()
    for clerk in (first, second):
        clerk.get(f"/campaigns/{campaign}/closing")
    url, day = f"/campaigns/{campaign}/closing", (today() + timedelta(days=7)).isoformat()
    longer = (today() + timedelta(days=9)).isoformat()
    assert first.post(url, {"ends_on": longer, "closing_words": "谢谢大家肯说真话。"}).status_code == 303
    mine = {"ends_on": day, "closing_words": "路灯的事已经在办。"}
    assert second.post(url, mine).status_code == 409
    assert "谢谢大家肯说真话" in second.text
    assert "路灯的事已经在办" in second.html
    assert one(county, "SELECT closing_words FROM campaigns") == "谢谢大家肯说真话。"
    assert second.post(url, mine).status_code == 303
    assert one(county, "SELECT closing_words FROM campaigns") == "路灯的事已经在办。"


def test_who_goes_back_to_the_new_form_does_not_write_over_what_another_made_of_it(county: County) -> None:
    li, zhou, village = county.li(), county.zhou(), words(county, "沙江寺村", then="save")
    li.get("/campaigns/new")
    once = {"once": li.page.form("")["fields"]["once"]} if li.page else {}
    for said in ("第一遍。", "第二遍。"):
        response = li.post("/campaigns/new", {**village, **once, "text": CALL + said})
        assert response.status_code == 303
    campaign = int(response.headers["Location"].split("/")[2].partition("?")[0])
    zhou.get(f"/campaigns/{campaign}/edit")
    assert zhou.post(f"/campaigns/{campaign}/edit", {**village, "text": CALL + "镇上改过。"}).status_code == 303
    late = {**village, **once, "text": CALL + "第三遍。"}
    assert li.post("/campaigns/new", late).status_code == 409
    assert "镇上改过" in li.text
    assert "第三遍" in li.html
    assert li.post("/campaigns/new", late).status_code == 303
    assert "第三遍" in one(county, "SELECT text FROM items WHERE id = :id", id=campaign)


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
