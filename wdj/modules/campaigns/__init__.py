"""主题活动: an org calls, people answer with a few words, a photo or a recording, and everybody sees the outcome."""

from dataclasses import dataclass

from markupsafe import Markup

from wdj.core.cards import Row
from wdj.core.clock import say_when
from wdj.core.module import Module
from wdj.core.pages import render
from wdj.modules.campaigns import checking as checking
from wdj.modules.campaigns import editing as editing
from wdj.modules.campaigns import rules, sample
from wdj.modules.campaigns.contributions import WORKFLOW as SENDING
from wdj.modules.campaigns.models import KIND, Campaign, Contribution, State
from wdj.modules.campaigns.views import bp


@dataclass(frozen=True)
class Card:
    """What campaigns/card.html shows."""

    url: str
    title: str
    state: str
    color: str
    org_name: str
    when: str


def card(row: Row, lite: bool) -> Markup:
    """Draw the row of a campaign in a list, or of one thing that was sent to it."""
    is_call = row.type == Campaign.type_name()
    state = (rules.WORKFLOW if is_call else SENDING).states[row.state]
    when = say_when(row.published_at) if row.published_at else ""
    url = f"/campaigns/{row.id}" if is_call else f"/campaigns/contributions/{row.id}"
    color = "g" if row.state == State.open else ""
    return render("campaigns/card.html", card=Card(url, row.title, state, color, row.org_name, when))


module = Module(
    name="campaigns",
    label="主题活动",
    tab="feed",
    starts="办一个主题活动",
    blueprint=bp,
    types={Campaign: rules.WORKFLOW, Contribution: SENDING},
    kinds=[(KIND, "活动")],
    tiles=[],
    card=card,
    sample=sample.load,
    pages={Contribution: "contribution"},
    from_people=(Contribution,),
)
