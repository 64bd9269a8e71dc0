"""The way of a campaign: written by an org, let out by the level above, open and closed by its dates."""

from datetime import date

from sqlalchemy import select, update

from wdj.core.clock import end_of, moment_of, now, today
from wdj.core.db import db
from wdj.core.items import Item, hold
from wdj.core.jobs import enqueue, job
from wdj.core.once import Once
from wdj.core.orgs import Kind, Org, ancestors, below
from wdj.core.people import REVIEWER_ROLES, WRITER_ROLES, Me
from wdj.core.placements import NEWS, place, unplace
from wdj.core.privacy import mask
from wdj.core.workflow import Subject, Transition, Workflow, said, the_clock
from wdj.modules.campaigns.models import KIND, Campaign, Contribution, State


@said("这个单位和上级写东西的人")
def writer(me: Me | None, campaign: Subject) -> bool:
    """Who writes for the campaign's org."""
    return me is not None and me.has(WRITER_ROLES, campaign.org_path)


@said("镇上或县上管发布的人")
def publisher(me: Me | None, campaign: Subject) -> bool:
    """Who lets it begin: the town for itself and its villages, the county for all."""
    return me is not None and me.has(REVIEWER_ROLES, campaign.org_path)


@said("写东西、要请上级审的人")
def needs_review(me: Me | None, campaign: Subject) -> bool:
    """Who writes but must ask the level above."""
    return writer(me, campaign) and not publisher(me, campaign)


def _lacks_days(item: Item) -> str:
    assert isinstance(item, Campaign)  # noqa: S101
    return "" if item.ends_on >= today() else "最后一天已经过了，一开始就结束了。请先退回或改一改日期，再开始。"


def _open(item: Item, me: Me | None, note: str) -> None:
    assert isinstance(item, Campaign)  # noqa: S101
    item.published_at = now()
    item.starts_on = min(item.starts_on, today())
    place(item, pages_for(item.org), NEWS, item.published_at)
    close_after(item)


def _plan(item: Item, me: Me | None, note: str) -> None:
    assert isinstance(item, Campaign)  # noqa: S101
    enqueue("campaigns.start", run_at=moment_of(item.starts_on), campaign_id=item.id)


def _close(item: Item, me: Me | None, note: str) -> None:
    assert isinstance(item, Campaign)  # noqa: S101
    item.ends_on = min(item.ends_on, today())


def _withdraw(item: Item, me: Me | None, note: str) -> None:
    """What was sent goes out of sight with the call."""
    unplace(item)
    sent = select(Contribution.__table__.c.id).where(Contribution.__table__.c.campaign_id == item.id)
    hidden = update(Item).where(Item.id.in_(sent), Item.is_public.is_(True)).values(is_public=False)
    db.session.execute(hidden.execution_options(synchronize_session=False))


UNSENT = (State.draft, State.returned)
UNOPENED = (*UNSENT, State.submitted, State.planned)
PUBLIC = (State.open, State.closed)
# fmt: off
WORKFLOW = Workflow(
    states={
        State.draft: "草稿", State.submitted: "等上级审", State.returned: "退回修改", State.planned: "到日子开始",
        State.open: "正在征集", State.closed: "已经结束", State.withdrawn: "已撤下",
    },
    public=frozenset(PUBLIC),
    waiting=frozenset({State.submitted}),
    working=frozenset({*UNSENT, State.planned}),
    ends=frozenset({State.withdrawn}),
    transitions=(
        #          action       label          from                        to               guard
        Transition("submit",    "交上去审",     UNSENT,                     State.submitted, needs_review),
        Transition("open",      "现在就开始",   UNOPENED,                   State.open,      publisher,
                   then=_open, needs=_lacks_days),
        Transition("plan",      "到日子开始",   (*UNSENT, State.submitted), State.planned,   publisher,
                   then=_plan, needs=_lacks_days),
        Transition("start",     "到日子自动开始", (State.planned,),         State.open,      the_clock,
                   then=_open, needs=_lacks_days),
        Transition("unplan",    "先不开始",     (State.planned,),           State.draft,     publisher),
        Transition("return_to", "退回",         (State.submitted,),         State.returned,  publisher, note=True),
        Transition("take_back", "收回再改",     (State.submitted,),         State.draft,     needs_review, undo=True),
        Transition("close",     "提前结束",     (State.open,),              State.closed,    writer, then=_close),
        Transition("end",       "到日子自动结束", (State.open,),            State.closed,    the_clock),
        Transition("withdraw",  "撤下",         PUBLIC, State.withdrawn, writer, note=True, then=_withdraw),
    ),
)
# fmt: on


def may_edit(me: Me | None, campaign: Campaign) -> bool:
    """The writers of its org until it is handed in, and who reviews it until it begins."""
    if campaign.state in UNSENT:
        return writer(me, campaign)
    return campaign.state in (State.submitted, State.planned) and publisher(me, campaign)


def may_finish(me: Me | None, campaign: Campaign) -> bool:
    """Who writes the last day and the closing words of one that is out."""
    return campaign.state in PUBLIC and writer(me, campaign)


def write(org: Org, me: Me, **words: object) -> Campaign:
    """Add a draft of `org` to the session; returns it with its id."""
    campaign = Campaign(org=org, org_id=org.id, author_id=me.id, state=State.draft, kind=KIND)
    _set_words(campaign, words)
    db.session.add(campaign)
    db.session.flush()
    return campaign


def edit(campaign: Campaign, **words: object) -> None:
    """Change the words and dates of a campaign that has not begun; one that waits for its day begins at the new one."""
    starts_on = campaign.starts_on
    _set_words(campaign, words)
    campaign.version += 1
    if campaign.state == State.planned and campaign.starts_on != starts_on:
        _plan(campaign, None, "")


def savings(key: str, campaign_id: int) -> int:
    """How often the form behind this once-only key has saved the campaign: its version, if nobody else has."""
    form = select(Once.form).where(Once.key == key).scalar_subquery()
    return len(db.session.scalars(select(Once.key).where(Once.form == form, Once.made == campaign_id)).all())


def _set_words(campaign: Campaign, words: dict[str, object]) -> None:
    for name, value in words.items():
        setattr(campaign, name, value)
    campaign.public_title, campaign.public_text = mask(campaign.title), mask(campaign.text)


def finish(campaign: Campaign, ends_on: date, closing_words: str) -> None:
    """Set the last day of one that is open, and what is said at its end."""
    campaign.closing_words, campaign.public_closing_words = closing_words, mask(closing_words)
    campaign.version += 1
    if campaign.state == State.open and ends_on != campaign.ends_on:
        campaign.ends_on = ends_on
        close_after(campaign)


def close_after(campaign: Campaign) -> None:
    """Have it closed when its last day is over."""
    enqueue("campaigns.end", run_at=end_of(campaign.ends_on), campaign_id=campaign.id)


def pages_for(org: Org) -> list[int]:
    """Ids of the orgs whose pages show what `org` calls for: itself, its town, and every town and village below.

    What a department or station calls for goes where its county's or town's goes.
    """
    from_above = org.parent_id if org.kind in (Kind.department, Kind.station) else org.id
    shown = (Kind.town, Kind.village, Kind.community)
    inside = select(Org.id).where(below(reach(org)), Org.kind.in_(shown)).order_by(Org.id)
    towns = select(Org.id).where(Org.id.in_(ancestors(org)), Org.kind == Kind.town)
    ids = [*db.session.scalars(towns), *db.session.scalars(inside)]
    return list(dict.fromkeys([org.id, *([from_above] if from_above else []), *ids]))


def reach(org: Org) -> str:
    """The path under which people may answer a call of `org`: its own, a department's and station's the one above."""
    if org.kind in (Kind.department, Kind.station):
        return org.path[: org.path[:-1].rindex("/") + 1]
    return org.path


@job("campaigns.start")
def start_on_its_day(campaign_id: int) -> None:
    """Open a planned campaign. One that was put off, taken back or opened meanwhile, or is over, is left alone."""
    campaign = _held(campaign_id)
    if campaign and campaign.state == State.planned and campaign.starts_on <= today() <= campaign.ends_on:
        WORKFLOW.apply("start", campaign, None)


@job("campaigns.end")
def end_after_its_day(campaign_id: int) -> None:
    """Close a campaign whose last day is over. One that goes on longer by now is left alone."""
    campaign = _held(campaign_id)
    if campaign and campaign.state == State.open and campaign.ends_on < today():
        WORKFLOW.apply("end", campaign, None)


def _held(campaign_id: int) -> Campaign | None:
    hold(campaign_id)
    campaign = db.session.get(Campaign, campaign_id)
    if campaign is not None:
        campaign.org = db.session.get_one(Org, campaign.org_id)
    return campaign
