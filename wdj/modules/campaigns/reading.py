"""What the pages of a campaign are made of: what was sent, where it came from; remembered until the next commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import url_for
from markupsafe import Markup
from sqlalchemy import select

from wdj.core.clock import say_day, say_when
from wdj.core.db import db
from wdj.core.forms import Choice
from wdj.core.fresh import memory
from wdj.core.items import events_of
from wdj.core.media import Media
from wdj.core.orgs import Kind, Org
from wdj.core.pages import render
from wdj.core.people import Me
from wdj.core.plain import Block, blocks
from wdj.modules.campaigns import contributions, rules
from wdj.modules.campaigns.models import KIND, Campaign, Contribution, State, Step, counts_of, senders, sent_to

ROWS, MOST_CHOSEN, BAR = 10, 40, 80
PLACES = (Kind.village, Kind.community, Kind.branch, Kind.department, Kind.station, Kind.town)
# Under which head those stand that belong to no town here.
GROUPS = {Kind.department: "县直单位", Kind.station: "站所"} | dict.fromkeys(PLACES[:3], "村和支部")


@dataclass(frozen=True)
class Share:
    """How many came from one org, and how wide the bar beside it is."""

    name: str
    count: int
    bar: int


def whole(campaign: Campaign, me: Me | None, lite: bool, before: int | None) -> dict[str, Any]:
    """The context of campaigns/campaign.html."""
    said, older = shown(campaign, lite, before) if campaign.shows_all else ([], None)
    return {
        "campaign": campaign,
        "text": words(campaign.public_text),
        "closing": words(campaign.public_closing_words),
        "state": rules.WORKFLOW.states[campaign.state],
        "days": dates(campaign),
        "chosen": chosen(campaign, lite) if before is None else [],
        "said": said,
        "older": older,
        "first": before is None,
        "shares": (shares := shares_of(campaign)),
        "total": sum(each.count for each in shares),
        "crumb": crumb(campaign),
        "buttons": rules.WORKFLOW.open_to(me, campaign),
        "may_edit": rules.may_edit(me, campaign),
        "may_finish": rules.may_finish(me, campaign),
        "timeline": timeline(campaign.id) if rules.writer(me, campaign) else [],
    }


def words(text: str) -> list[Block]:
    """The blocks of a text; a call has no pictures to put anywhere."""
    return [each for each in blocks(text) if each.type != "picture"]


def crumb(campaign: Campaign) -> list[tuple[str, str]]:
    return [("首页", "/"), ("主题活动", url_for("home.show", kind=KIND)), (campaign.public_title, "")]


def dates(campaign: Campaign) -> str:
    """From when to when, in words."""
    first, last = (say_day(day).split()[0] for day in (campaign.starts_on, campaign.ends_on))
    return f"{first}到{last}"


def why_not(campaign: Campaign) -> str:
    """The sentence for who comes too early or too late; empty while it is open."""
    if campaign.takes_part:
        return ""
    if campaign.state in (State.open, State.closed):
        return f"征集到{say_day(campaign.ends_on)}为止，已经结束了。谢谢您惦记着，下次活动欢迎您早点来。"
    return "这次活动还没有开始，开始了首页会有消息。"


def shown(campaign: Campaign, lite: bool, before: int | None) -> tuple[list[Markup], str | None]:
    """One page of what everybody may read, drawn, newest first, and the address of the next page."""
    known = memory()
    key = ("contributions", campaign.id, lite, before)
    if key not in known:
        states = (Step.shown, Step.chosen) if campaign.state == State.open else (Step.shown,)
        rows = db.session.scalars(sent_to(campaign.id, states, before).limit(ROWS + 1)).all()
        more = url_for("campaigns.show", id=campaign.id, before=rows[ROWS - 1].id) if len(rows) > ROWS else None
        known[key] = drawn(rows[:ROWS], lite), more
    found: tuple[list[Markup], str | None] = known[key]
    return found


def chosen(campaign: Campaign, lite: bool) -> list[Markup]:
    """What stands first on the closing page; while it is open, where not everything is shown."""
    if campaign.state == State.open and campaign.shows_all:
        return []
    known = memory()
    key = ("chosen", campaign.id, lite)
    if key not in known:
        known[key] = drawn(
            db.session.scalars(sent_to(campaign.id, (Step.chosen,)).limit(MOST_CHOSEN)).all(), lite, apart=True
        )
    found: list[Markup] = known[key]
    return found


def drawn(rows: Sequence[Contribution], lite: bool, *, apart: bool = False) -> list[Markup]:
    """What was sent as everybody reads it, with its pictures and sound; what is chosen is marked, or stands `apart`."""
    media = media_of_all([each.id for each in rows])
    return [
        render(
            "campaigns/contribution.html", c=each, lite=lite, chosen=each.state == Step.chosen and not apart,
            **files(media.get(each.id, [])),
        )
        for each in rows
    ]  # fmt: skip


def files(media: Sequence[Media]) -> dict[str, list[Media]]:
    """The ready pictures and the ready sound, apart."""
    ready = [each for each in media if each.state == "ready"]
    kinds = (("pictures", "picture"), ("sounds", "sound"))
    return {name: [each for each in ready if each.kind == kind] for name, kind in kinds}


def media_of_all(item_ids: Sequence[int]) -> dict[int, list[Media]]:
    """What hangs on each of these items, in its order, in one query."""
    if not item_ids:
        return {}
    found = db.session.scalars(select(Media).where(Media.item_id.in_(item_ids))).all()
    rows = sorted(found, key=lambda each: (each.item_id, each.position, each.id))
    return {item_id: list(mine) for item_id, mine in groupby(rows, lambda each: each.item_id) if item_id}


def shares_of(campaign: Campaign) -> list[Share]:
    """How many came from which org, in the county's order: figures, no ranking."""
    known = memory()
    key = ("campaign counts", campaign.id)
    if key not in known:
        rows = db.session.execute(counts_of(campaign.id)).all()
        most = max((count for _, count in rows), default=1)
        known[key] = [Share(name, count, max(2, round(BAR * count / most))) for name, count in rows]
    found: list[Share] = known[key]
    return found


def choices(campaign: Campaign) -> list[Choice]:
    """Where people may say they are from, by town."""
    known = memory()
    path = rules.reach(campaign.org)
    key = ("senders", path)
    if key not in known:
        known[key] = _by_town(db.session.scalars(senders(path)).all())
    found: list[Choice] = known[key]
    return found


def _by_town(orgs: Sequence[Org]) -> list[Choice]:
    towns = {each.path: each.short_name for each in orgs if each.kind == Kind.town}
    grouped: dict[str, list[Choice]] = {}
    for org in orgs:
        if org.kind in PLACES:
            town = next((name for path, name in towns.items() if org.path.startswith(path)), "")
            label = f"{org.short_name}机关" if org.kind == Kind.town else org.short_name
            head = town or GROUPS[Kind(org.kind)]
            grouped.setdefault(head, []).append(Choice(org.id, label, optgroup=head))
    return [each for options in grouped.values() for each in options]


def timeline(item_id: int) -> list[dict[str, str]]:
    """Everything that happened to the item, for who handles it: oldest first."""
    known = memory()
    key = ("timeline", item_id)
    if key not in known:
        known[key] = [
            {"when": say_when(event.at), "who": name or "系统", "label": event.label, "note": event.note}
            for event, name in db.session.execute(events_of(item_id))
        ]
    steps: list[dict[str, str]] = known[key]
    return steps


def one(sent: Contribution, me: Me | None, media: Sequence[Media]) -> dict[str, Any]:
    """The context of campaigns/sent.html: what was sent, for everybody, its sender, or who checks it."""
    checks = contributions.checker(me, sent)
    steps = timeline(sent.id)
    return {
        "c": sent,
        "campaign": sent.campaign,
        "state": contributions.WORKFLOW.states[sent.state],
        "chosen": sent.state == Step.chosen,
        **files(media if sent.is_public or checks else []),
        "unready": len(media) if not (sent.is_public or checks) else sum(each.state != "ready" for each in media),
        "mine": contributions.sender(me, sent) and sent.state != Step.taken_back,
        "reason": steps[-1]["note"] if sent.state == Step.refused and steps else "",
        "decisions": contributions.decisions(sent) if checks else [],
        "reasons": contributions.REASONS,
        "timeline": steps if checks else [],
        "media": media if checks else [],
    }
