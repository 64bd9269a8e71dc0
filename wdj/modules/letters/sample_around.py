"""What stands beside the first sample letters: a question of the county to all, a meeting, frames of answers."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from wdj.core.db import db
from wdj.core.items import Event
from wdj.core.orgs import Kind, Org
from wdj.core.people import Grant, Person
from wdj.core.placements import NEWS, place
from wdj.modules.letters.consultation_rules import WORKFLOW as QUESTIONS
from wdj.modules.letters.consultation_rules import close_after, pages_for
from wdj.modules.letters.consultations import KIND, Consultation, Step, Verdict
from wdj.modules.letters.forums import Forum, ForumLetter
from wdj.modules.letters.messages import Template
from wdj.modules.letters.models import Door, Letter
from wdj.modules.letters.rules import WORKFLOW
from wdj.modules.letters.sample_lives import Life, Place
from wdj.modules.letters.templates import load_usual

HELD = (
    "椒园受冻以后怎么办，到二组院坝里说", "沙江寺二组王家院坝", "驻村工作队 2 人，农技员 1 人，二组 14 户",
    "一户一户说了受冻的面积，农技员当场教了怎么看芽、怎么喷。\n\n议定：村上三天内把受灾面积登记完；"
    "先别剪枝；救灾肥按登记的亩数发，名单上墙。",
)  # fmt: skip

ASKED = (
    "去镇上看病、赶集，班车怎么开您最方便？",
    "不少乡亲说班车一天一趟，看完病当天回不来。您那里什么时候最要车，从哪里上车好？说说您的主意。",
)
OPEN_NOW = (
    "村里的老年灶怎么办，一顿饭出几块钱合适？",
    "有的村已经开了老年灶，中午一顿热饭。您村要不要办，谁来做，一顿出几块钱？写几句给我们。",
)
OUTCOME = (
    "一共收到两条主意。\n\n采纳的：逢集日下午四点从各镇加发一趟班车，先试一个月。\n\n"
    "这次没有采纳的：随叫随停的小面包，因为没有客运手续，出了事没有保险。"
)
VERDICTS = ((True, "逢集日下午四点加发一趟，先试一个月。"), (False, "小面包没有客运手续，出了事没有保险，先不办。"))


def add_around(lives: Sequence[Life], village: Place, end: datetime) -> None:
    """Add them; the meeting of `village` was about its letters of the frost."""
    county = db.session.scalars(select(Org).where(Org.kind == Kind.county)).one()
    if db.session.scalar(select(Template.id).limit(1)) is None:
        load_usual(county)
    _ask_all(county, [each for each in lives if each.door == Door.consultation], end)
    _meet([each for each in lives if each.story.key == "frost" and each.into is None], village, end - timedelta(days=6))


def _ask_all(county: Org, lives: Sequence[Life], end: datetime) -> None:
    """One question to everybody whose outcome is told, with what became of each answer, and one that is open."""
    told = _question(county, ASKED, end - timedelta(days=45), 14, Step.published)
    told.outcome = told.public_outcome = OUTCOME
    told.outcome_at = end - timedelta(days=9)
    for life, (adopted, why) in zip(lives, VERDICTS, strict=True):
        db.session.get_one(Letter, life.id).consultation_id = told.id
        step, at = WORKFLOW.find("adopt" if adopted else "not_adopt"), max(life.at, end - timedelta(days=10))
        clerk = life.place.clerks.get(county.id)
        db.session.add(Event(at=at, action=step.action, label=step.label, note=why, item_id=life.id, person_id=clerk))
        verdict = Verdict(
            letter_id=life.id, consultation_id=told.id, is_adopted=adopted, why=why, public_why=why, at=at
        )
        db.session.add(verdict)
    close_after(_question(county, OPEN_NOW, end - timedelta(days=4, hours=15), 24, Step.open))


def _question(county: Org, words: tuple[str, str], at: datetime, days: int, state: Step) -> Consultation:
    title, text = words
    clerk = db.session.scalar(
        select(Person.id).join(Grant).where(Grant.org_id == county.id).order_by(Person.id).limit(1)
    )
    asked = Consultation(
        org=county, org_id=county.id, author_id=clerk, state=state.value, kind=KIND, title=title, text=text,
        public_title=title, public_text=text, is_public=True, created_at=at, published_at=at,
        starts_on=at.date(), ends_on=at.date() + timedelta(days=days),
    )  # fmt: skip
    db.session.add(asked)
    db.session.flush()
    place(asked, pages_for(county), NEWS, at)
    steps = (("open", at), ("end", at + timedelta(days=days + 1)), ("tell", at + timedelta(days=36)))
    for action, when in steps if state == Step.published else steps[:1]:
        label = QUESTIONS.find(action).label
        by = None if action == "end" else clerk
        db.session.add(Event(at=when, action=action, label=label, item_id=asked.id, person_id=by))
    return asked


def _meet(lives: Sequence[Life], here: Place, at: datetime) -> None:
    clerk = here.clerks.get(here.village) or here.clerks[here.county]
    title, where, people, text = HELD
    forum = Forum(
        org_id=here.village, kind="forum", held_on=at.date(), title=title, place=where, people=people, text=text,
        person_id=clerk, at=at,
    )  # fmt: skip
    db.session.add(forum)
    db.session.flush()
    for each in lives:
        db.session.add(ForumLetter(forum_id=forum.id, letter_id=each.id))
        db.session.add(Event(at=at, action="visit", label="走访、座谈", note=title, item_id=each.id, person_id=clerk))
