"""What people send to a campaign: always checked first, counted once let in, and taken back by who sent it."""

from collections.abc import Iterable, Sequence

from flask import abort
from sqlalchemy import select, update

from wdj.core import search
from wdj.core.clock import now
from wdj.core.db import db, insert_new
from wdj.core.items import Item
from wdj.core.media import media_of, remove
from wdj.core.orgs import Org
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.privacy import mask
from wdj.core.session import device_id
from wdj.core.workflow import Subject, Transition, Workflow, said
from wdj.modules.campaigns.models import KIND, Campaign, CampaignCount, Contribution, Step
from wdj.modules.campaigns.rules import PUBLIC

REASONS = ("与这次活动无关", "有别人的隐私", "有辱骂的话", "像是广告", "重复交了", "看不清或听不清")
BEGINNING = 20  # characters of the words that stand in its title


@said("办活动的单位和上级写东西的人")
def checker(me: Me | None, contribution: Subject) -> bool:
    """Who checks: the writers of the campaign's org."""
    return me is not None and me.has(WRITER_ROLES, contribution.org_path)


@said("交的人自己")
def sender(me: Me | None, contribution: Subject) -> bool:
    """The person who sent it, or the device, where nobody was signed in."""
    if me is not None and contribution.author_id == me.id:
        return True
    device = device_id()
    return device is not None and getattr(contribution, "device_id", None) == device


def _count(item: Item, more: int) -> None:
    """Raise or lower in SQL what is counted of where it comes from."""
    assert isinstance(item, Contribution)  # noqa: S101
    mine = (CampaignCount.campaign_id == item.campaign_id, CampaignCount.org_id == item.from_org_id)
    db.session.execute(insert_new(CampaignCount, campaign_id=item.campaign_id, org_id=item.from_org_id, count=0))
    raised = update(CampaignCount).where(*mine).values(count=CampaignCount.count + more)
    db.session.execute(raised.execution_options(synchronize_session=False))


def _let_in(item: Item, me: Me | None, note: str) -> None:
    item.published_at = now()
    _count(item, 1)


def _take_out(item: Item, me: Me | None, note: str) -> None:
    _count(item, -1)


# Every way from the first to the second counts one, every way back takes one away, and no other touches the figures.
UNCOUNTED, COUNTED = (Step.waiting, Step.refused), (Step.shown, Step.kept, Step.chosen)
# fmt: off
WORKFLOW = Workflow(
    states={
        Step.waiting: "等审核", Step.shown: "已公开", Step.kept: "收下了", Step.chosen: "已选登",
        Step.refused: "没有公开", Step.taken_back: "已收回",
    },
    public=frozenset({Step.shown, Step.chosen}),
    waiting=frozenset({Step.waiting}),
    working=frozenset(),
    ends=frozenset({Step.taken_back}),
    decided=frozenset({Step.kept, Step.refused}),
    transitions=(
        #          action       label            from                      to               guard
        Transition("show",      "公开",          UNCOUNTED,                Step.shown,      checker, then=_let_in),
        Transition("keep",      "收下",          UNCOUNTED,                Step.kept,       checker, then=_let_in),
        Transition("choose",    "选登",          (Step.shown, Step.kept),  Step.chosen,     checker),
        Transition("unchoose",  "不再选登",      (Step.chosen,),           Step.shown,      checker),
        Transition("put_back",  "不再选登，只收下", (Step.chosen,),        Step.kept,       checker),
        Transition("refuse",    "不公开",        (Step.waiting,),          Step.refused,    checker, note=True),
        Transition("take_down", "撤下不公开",    COUNTED, Step.refused,    checker, note=True, then=_take_out),
        Transition("take_back", "收回",          UNCOUNTED,                Step.taken_back, sender, undo=True),
        Transition("take_away", "公开后收回",    COUNTED, Step.taken_back, sender, undo=True, then=_take_out),
    ),
)
# fmt: on
# What a button of the clerks does, step by step: in a campaign that shows all, and in one that shows what is chosen.
DECISIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pass": (("show",), ("keep",)),
    "choose": (("show", "choose"), ("keep", "choose")),
    "unchoose": (("unchoose",), ("put_back",)),
    "refuse": (("refuse", "take_down"), ("refuse", "take_down")),
}
LABELS = {"pass": ("公开", "收下"), "choose": ("选登", "选登"), "unchoose": ("不再选登", "不再选登")}


def contribute(
    campaign: Campaign, from_org: Org, *, name: str, text: str, me: Me | None, device: str | None
) -> Contribution:
    """Add what was sent; it waits for a clerk. Returns it with its id."""
    sent = Contribution(
        org_id=campaign.org_id, kind=KIND, state=Step.waiting, campaign_id=campaign.id, from_org_id=from_org.id,
        author_id=me.id if me else None, device_id=None if me else device, name=name, public_name=mask(name),
        title=begin(name, text), text=text, public_title=begin(mask(name), mask(text)), public_text=mask(text),
    )  # fmt: skip
    db.session.add(sent)
    db.session.flush()
    return sent


def begin(name: str, text: str) -> str:
    """The title of a contribution: who, and how it begins. Masked words are cut after they were masked."""
    line = text.replace("\n", " ")
    return f"{name}：{line[:BEGINNING] + '…' * (len(line) > BEGINNING) if line else '照片或录音'}"


def hand_over(contribution_id: int, device: str) -> None:
    """Let the phone that is answered now have what its first tap made: that answer, with its cookie, may be lost."""
    theirs = update(Item).where(Item.id == contribution_id, Item.device_id.is_not(None)).values(device_id=device)
    db.session.execute(theirs.execution_options(synchronize_session=False))


def decide(campaign: Campaign, ids: Iterable[int], decision: str, me: Me, reason: str = "") -> int:
    """Do with these contributions of the campaign what the pressed button says; those it does not fit stay.

    Returns how many were moved. 409 if it fits none of them: somebody was faster.
    """
    if campaign.state not in PUBLIC:
        abort(409)
    steps = DECISIONS[decision][0 if campaign.shows_all else 1]
    moved = sum(_move(each, steps, me, reason) for each in _held(campaign.id, campaign.org, ids))
    return moved or abort(409)


def _move(contribution: Contribution, steps: Sequence[str], me: Me, reason: str) -> bool:
    """Take those of the steps that its state allows, in their order; return whether there was one."""
    before = contribution.version
    for action in steps:
        if contribution.state in WORKFLOW.find(action).sources:
            WORKFLOW.apply(action, contribution, me, reason)
    return contribution.version > before


def decisions(contribution: Contribution) -> list[tuple[str, str]]:
    """(button, label) of what a clerk may do with it; not the refusal, which needs a reason."""
    place = 0 if contribution.campaign.shows_all else 1
    return [
        (name, labels[place])
        for name, labels in LABELS.items()
        if any(contribution.state in WORKFLOW.find(step).sources for step in DECISIONS[name][place])
    ]


def take_back(contribution: Contribution, me: Me | None) -> None:
    """The sender takes it back: its words and files are gone for good, also for who checks."""
    _held(contribution.campaign_id, contribution.org, [contribution.id])
    WORKFLOW.apply("take_away" if contribution.state in COUNTED else "take_back", contribution, me)
    for each in media_of(contribution.id):
        remove(each)
    contribution.title = contribution.public_title = WORKFLOW.states[Step.taken_back]
    contribution.name = contribution.public_name = contribution.text = contribution.public_text = ""
    search.index(contribution)


def _held(campaign_id: int, org: Org, ids: Iterable[int]) -> Sequence[Contribution]:
    """Those of the campaign as they are now, and their figures, held until the commit.

    All are taken in one order before anything is changed, lest two clerks wait for each other.
    """
    mine = select(Item.id).where(Item.id.in_(list(ids))).order_by(Item.id).with_for_update()
    kept = db.session.scalars(mine).all()
    found = select(Contribution).where(Contribution.id.in_(kept), Contribution.campaign_id == campaign_id)
    rows = db.session.scalars(found.order_by(Contribution.id).execution_options(populate_existing=True)).all()
    for org_id in sorted({each.from_org_id for each in rows}):
        db.session.execute(insert_new(CampaignCount, campaign_id=campaign_id, org_id=org_id, count=0))
    figures = select(CampaignCount.org_id).where(CampaignCount.campaign_id == campaign_id)
    db.session.execute(figures.order_by(CampaignCount.org_id).with_for_update())
    for each in rows:
        each.org = org
    return rows
