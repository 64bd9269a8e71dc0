"""Fills a new county with the first letters: every state, every door, some late, some answered for all to read."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from wdj.core.clock import moment_of
from wdj.core.db import db
from wdj.core.items import Item
from wdj.modules.letters import months
from wdj.modules.letters.models import Door, Letter
from wdj.modules.letters.sample_around import add_around
from wdj.modules.letters.sample_filing import file, is_shown, places
from wdj.modules.letters.sample_lives import Life, Place
from wdj.modules.letters.sample_stories import stories
from wdj.modules.letters.sample_ways import live

SEEN, BEHIND = "answer", "unseen"
# Story, village, days before, hour, the last step that was taken ("" for all that came), and what else is so.
FIRST: tuple[tuple[str, str, int, int, str, dict[str, Any]], ...] = (
    ("frost", "沙江寺村", 9, 8, SEEN, {"days_used": 0.7, "texts": (
        "椒园受冻能领补贴吗", "沙江寺二组有十几户椒园冻得厉害，想问能不能领补贴，找谁。我的电话 138-0000-0001。")}),
    ("frost", "沙江寺村", 9, 20, "merge", {"into": 0, "texts": (
        "", "我们二组冻了快三十亩，报灾到哪里报？老人不会弄手机。")}),
    ("water-out", "沙江寺村", 3, 7, "take", {"texts": (
        "", "三组停水四天了，水泵怕是坏了，老人娃娃都等水用。")}),
    ("street-light", "沙江寺村", 5, 19, "assign", {}),
    ("medical-rate", "沙江寺村", 24, 10, "rate", {"days_used": 0.6}),
    ("school-bus", "沙江寺村", 13, 21, SEEN, {"days_used": 0.5}),
    ("land-edge", "沙江寺村", 7, 9, "mediate", {}),
    ("river-bank", "沙江寺村", 6, 16, "sign_for", {"source": "telephone"}),
    ("dibao-stop", "留凤关村", 6, 11, "ask_more", {}),
    ("road-holes", "酒铺村", 24, 12, "sign_for", {"wish": "雨季前要修好。请承办单位去看路，定下日子，报我。"}),
    ("road-slide", "三岔村", 1, 18, "post", {}),
    ("praise-clerk", "榆林铺村", 2, 20, "post", {}),
    ("boar", "连云寺村", 8, 13, "return_to", {}),
    ("danger-house", "费家庄村", 26, 8, "rate", {"source": "counter", "days_used": 0.5}),
    ("accounts", "孔家庄村", 20, 19, "find_unsolved", {"source": "paper"}),
    ("trash", "瓦房坝村", 3, 14, "withdraw", {}),
    ("power-low", "平木村", 10, 9, "ask_extension", {}),
    ("pepper-pest", "东庄村", 6, 20, "draft", {"days_used": 0.4}),
    ("dryer", "寺河村", 5, 7, "sign_for", {}),
    ("street-light", "酒铺村", 45, 10, "stay_unsolved", {"days_used": 0.3, "texts": (
        "", "村口到学校那段路灯坏了三盏，娃娃上晚自习回来一路黑。")}),
    ("wage", "平木村", 40, 21, "close", {"may_publish": False, "source": "visit"}),
    ("elder-meal", "凤州村", 28, 20, "rate", {"days_used": 0.4, "door": Door.suggestion_box}),
    ("pension", "龙口村", 4, 10, "accept", {}),
    ("clinic", "黄牛铺村", 9, 15, "sign_for", {"door": Door.mailbox, "wish": "看病的事不能等，请本周就办。"}),
    ("smoke", "双石铺村", 36, 22, "rate", {
        "days_used": 0.6, "door": Door.mailbox, "is_anonymous": True, "may_publish": False}),
    ("forest-land", "红花铺村", 150, 9, "", {"may_publish": True, "days_used": 0.5}),
    ("library", "河口村", 9, 17, "decline", {}),
    ("subsidy-list", "沙江寺村", 10, 19, SEEN, {"days_used": 0.4, "door": Door.about}),
    ("bus", "平木村", 40, 20, "close", {"door": Door.consultation, "days_used": 0.4, "texts": (
        "", "建议逢集日下午四点从镇上再发一趟车，老人看完病能当天回来。")}),
    ("bus", "坪坎村", 38, 7, "close", {"door": Door.consultation, "days_used": 0.4, "texts": (
        "", "能不能把班车改成随叫随停的小面包，一个人也拉。")}),
    ("method-pepper", "酒奠沟村", 29, 19, "rate", {"days_used": 0.4}),
)  # fmt: skip
LIKES = (23, 0, 0, 0, 5, 9)


def load(chance: Random, day: date) -> None:
    """Add the letters of a new county as of `day`; a consultation, a meeting and frames of answers beside them."""
    end = moment_of(day)
    known = {place.village_name: place for place in places()}
    lives: list[Life] = []
    for row in FIRST:
        lives.append(live(_life(row, known, end, chance, lives)))
    likes = [(LIKES[number] if number < len(LIKES) else 2) * is_shown(life) for number, life in enumerate(lives)]
    file(lives, chance, likes)
    _ask_about(lives)
    add_around(lives, known["沙江寺村"], end)
    months.count_month_here()


def load_years(chance: Random, day: date, say: Callable[[str], None]) -> None:
    """Add the letters of the year before `day`."""
    from wdj.modules.letters import sample_years  # what it knows is needed once, and by no worker

    sample_years.load(chance, day, say)
    months.count_month_here()


def _life(row: Any, known: dict[str, Place], end: datetime, chance: Random, before: list[Life]) -> Life:
    key, village, days_ago, hour, until, more = row
    more = {**more, "into": before[more["into"]]} if "into" in more else {**more}
    begun = end - timedelta(days=days_ago, hours=-hour, minutes=-chance.randrange(60))
    return Life(stories()[key], known[village], chance, begun, end, until=until, **more)


def _ask_about(lives: list[Life]) -> None:
    """What came by that door asks about the newest accounts of its village or above."""
    for life in lives:
        if life.door == Door.about:
            here = (life.place.village, life.place.town, life.place.county)
            accounts = select(Item.id).where(Item.is_public, Item.kind == "disclosure", Item.org_id.in_(here))
            post = db.session.scalar(accounts.order_by(Item.published_at.desc(), Item.id.desc()).limit(1))
            letter = db.session.get_one(Letter, life.id)
            letter.about_id = post
