"""What stands beside the first sample letters: a question of the county to all, a meeting, frames of answers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select

from wdj.core.db import db
from wdj.core.items import Event
from wdj.core.orgs import Kind, Org
from wdj.modules.letters.forums import Forum, ForumLetter
from wdj.modules.letters.messages import Template
from wdj.modules.letters.sample_lives import Life, Place
from wdj.modules.letters.templates import load_usual

HELD = (
    "椒园受冻以后怎么办，到二组院坝里说", "沙江寺二组王家院坝", "驻村工作队 2 人，农技员 1 人，二组 14 户",
    "一户一户说了受冻的面积，农技员当场教了怎么看芽、怎么喷。\n\n议定：村上三天内把受灾面积登记完；"
    "先别剪枝；救灾肥按登记的亩数发，名单上墙。",
)  # fmt: skip


def add_around(lives: Sequence[Life], place: Place, chance: Random, end: datetime) -> None:
    """Add them for the village `place`: the meeting was about its letters of the frost."""
    county = db.session.scalars(select(Org).where(Org.kind == Kind.county)).one()
    if db.session.scalar(select(Template.id).limit(1)) is None:
        load_usual(county)
    _meet([each for each in lives if each.story.key == "frost" and each.into is None], place, end - timedelta(days=6))


def _meet(lives: Sequence[Life], place: Place, at: datetime) -> None:
    clerk = place.clerks.get(place.village) or place.clerks[place.county]
    title, where, people, text = HELD
    forum = Forum(
        org_id=place.village, kind="forum", held_on=at.date(), title=title, place=where, people=people, text=text,
        person_id=clerk, at=at,
    )  # fmt: skip
    db.session.add(forum)
    db.session.flush()
    for each in lives:
        db.session.add(ForumLetter(forum_id=forum.id, letter_id=each.id))
        db.session.add(Event(at=at, action="visit", label="走访、座谈", note=title, item_id=each.id, person_id=clerk))
