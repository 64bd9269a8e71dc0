"""Two sample campaigns of the county, one that is over and one that is running; the people in them are invented."""

from datetime import date, time, timedelta
from random import Random

from sqlalchemy import select

from wdj.core.clock import moment_of, now
from wdj.core.db import db
from wdj.core.items import Event
from wdj.core.orgs import Kind, Org
from wdj.core.people import Grant, Person
from wdj.core.placements import NEWS, place
from wdj.core.privacy import mask
from wdj.modules.campaigns.contributions import COUNTED, begin
from wdj.modules.campaigns.contributions import WORKFLOW as SENDING
from wdj.modules.campaigns.models import KIND, Campaign, CampaignCount, Contribution, State, Step
from wdj.modules.campaigns.rules import WORKFLOW, close_after, pages_for

WORDS_CALL = (
    "日子是一天天过出来的，话是一句句攒下来的。请您对党说句心里话：这几年村里变了什么，您心里记着谁的好，还盼着什么，"
    "哪件事办得不如意，都可以说。\n\n不用写得漂亮，怎么想就怎么说。不会写字的，录一段话也行。"
)
BLESSING_CALL = (
    "不管您在地里、在工地，还是在外省打工，请为祖国送上一句祝福。写一句话，传一张照片，唱两句也行。\n\n"
    "每一份都有人看，选登的会在活动结束那天放在一起。"
)
CLOSING = (
    "两个星期，收到乡亲们的心里话，一份一份都看过了。\n\n"
    "说好的，我们记着；说不好的，更要记着。提到的路灯、便道、药费报销三件事，已经交给管事的单位，办到哪一步会在这里发消息。"
    "谢谢大家肯说真话。"
)
# village, name, words, state. Oldest first.
SAID = (
    ("沙江寺村", "李大爷", "路修到家门口，下雨天不用踩泥了。我今年七十三，第一次敢穿布鞋赶集。", Step.chosen),
    ("酒奠沟村", "周嫂", "去年苍术教会了我怎么种，今年想带着左邻右舍一起种。就盼着有人帮着找销路。", Step.chosen),
    ("沙江寺村", "老王", "三组晚上没有路灯，娃娃放学天都黑了，盼着装两盏。", Step.chosen),
    ("西山村", "在外打工的小杨", "人在杭州，村里的事手机上都能看到，觉得没有离开家。", Step.shown),
    ("东庄村", "赵婶", "我娘住院报销，村上的干部跑了三趟帮我们办下来，这个情我记着。", Step.chosen),
    ("沙江寺村", "椒农老李", "冻了花椒心里急，第二天技术员就来了。话不多，是真帮忙。", Step.shown),
    ("酒奠沟村", "何老师", "教了一辈子书，看着学生一个个回乡创业，心里高兴。", Step.shown),
    ("西山村", "张叔", "专卖某某牌药酒，包治百病。", Step.refused),
    ("东庄村", "一名党员", "入党四十年，党费没有落过一次。往后走不动了，也是党的人。", Step.chosen),
    ("沙江寺村", "刘嫂", "药费报销的单子看不明白，要是有人给讲一遍就好了。", Step.shown),
)
BLESSINGS = (
    ("沙江寺村", "椒农老李", "愿祖国风调雨顺，愿我们的花椒年年红。", Step.shown),
    ("西山村", "在外打工的小杨", "在工地上看日出，想起家乡的山。祝祖国越来越好，祝爸妈身体好。", Step.shown),
    ("酒奠沟村", "周嫂", "祝祖国昌盛，祝天下的庄稼人都有好收成。", Step.shown),
    ("东庄村", "赵婶的孙女", "我画了一面红旗，老师说画得好。祝祖国妈妈生日快乐！", Step.waiting),
    ("沙江寺村", "刘嫂", "国泰民安，家家平安。", Step.waiting),
)


def load(chance: Random, day: date) -> None:
    """Add both campaigns as of `day`, the running one with two contributions that wait to be checked."""
    county = db.session.scalars(select(Org).where(Org.kind == Kind.county)).one()
    author = select(Person.id).join(Grant).where(Grant.org_id == county.id).order_by(Person.id).limit(1)
    clerk = db.session.scalar(author)
    over = _campaign(county, clerk, "对党说句心里话", WORDS_CALL, day - timedelta(days=30), day - timedelta(days=16))
    over.state, over.closing_words, over.public_closing_words = State.closed, CLOSING, mask(CLOSING)
    _event(over, "end", over.ends_on + timedelta(days=1), time())
    running = _campaign(
        county, clerk, "我为祖国送祝福", BLESSING_CALL, day - timedelta(days=4), day + timedelta(days=10)
    )
    close_after(running)
    for campaign, said in ((over, SAID), (running, BLESSINGS)):
        _add_all(campaign, said, chance)


def _campaign(county: Org, clerk: int | None, title: str, text: str, starts_on: date, ends_on: date) -> Campaign:
    at = moment_of(starts_on, time(9))
    campaign = Campaign(
        org=county, org_id=county.id, author_id=clerk, state=State.open, is_public=True, kind=KIND, title=title,
        text=text, public_title=title, public_text=mask(text), starts_on=starts_on, ends_on=ends_on,
        created_at=at - timedelta(hours=20), published_at=at,
    )  # fmt: skip
    db.session.add(campaign)
    db.session.flush()
    place(campaign, pages_for(county), NEWS, at)
    _event(campaign, "open", starts_on, time(9))
    return campaign


def _event(campaign: Campaign, action: str, day: date, at: time) -> None:
    moment = moment_of(day, at)
    label = WORKFLOW.find(action).label
    db.session.add(Event(at=moment, action=action, label=label, item_id=campaign.id))


def _add_all(campaign: Campaign, said: tuple[tuple[str, str, str, Step], ...], chance: Random) -> None:
    orgs = {org.short_name: org for org in db.session.scalars(select(Org))}
    counted: dict[int, int] = {}
    begins = moment_of(campaign.starts_on, time(10))
    for number, (village, name, text, state) in enumerate(said):
        at = min(begins + timedelta(hours=17 * number, minutes=chance.randrange(300)), now())
        org = orgs[village]
        shown = state in SENDING.public
        sent = Contribution(
            org_id=campaign.org_id, kind=KIND, state=state, is_public=shown, created_at=at,
            published_at=at if shown else None, campaign_id=campaign.id, from_org_id=org.id, name=name,
            public_name=mask(name), title=begin(name, text), text=text, public_title=begin(mask(name), mask(text)),
            public_text=mask(text),
        )  # fmt: skip
        db.session.add(sent)
        db.session.flush()
        if state == Step.refused:
            label = SENDING.find("refuse").label
            db.session.add(Event(at=at, action="refuse", label=label, note="像是广告", item_id=sent.id))
        if state in COUNTED:
            counted[org.id] = counted.get(org.id, 0) + 1
    db.session.add_all(
        CampaignCount(campaign_id=campaign.id, org_id=org_id, count=count) for org_id, count in counted.items()
    )
