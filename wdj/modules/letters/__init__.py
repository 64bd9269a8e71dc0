"""微心声: letters that get answered in time; questions, help, suggestions, and trouble between neighbours."""

from dataclasses import dataclass

from markupsafe import Markup

from wdj.core.cards import Row
from wdj.core.clock import say_when
from wdj.core.module import Module, Tile, Together
from wdj.core.pages import render
from wdj.modules.letters import answer_views as answer_views
from wdj.modules.letters import answering as answering
from wdj.modules.letters import ask_views as ask_views
from wdj.modules.letters import asking as asking
from wdj.modules.letters import board, rows, sample
from wdj.modules.letters import consultation_views as consultation_views
from wdj.modules.letters import consultations as consultations
from wdj.modules.letters import desk_views as desk_views
from wdj.modules.letters import digest_views as digest_views
from wdj.modules.letters import follow_views as follow_views
from wdj.modules.letters import forum_views as forum_views
from wdj.modules.letters import forums as forums
from wdj.modules.letters import handling_views as handling_views
from wdj.modules.letters import merge_views as merge_views
from wdj.modules.letters import messages as messages
from wdj.modules.letters import record_views as record_views
from wdj.modules.letters import template_views as template_views
from wdj.modules.letters import verdict_views as verdict_views
from wdj.modules.letters.consultation_rules import WORKFLOW as ASKING
from wdj.modules.letters.consultations import KIND as ASKED
from wdj.modules.letters.consultations import Consultation, Step
from wdj.modules.letters.models import KINDS, Kind, Letter
from wdj.modules.letters.pane import pane
from wdj.modules.letters.rules import DAYS, WORKFLOW
from wdj.modules.letters.views import bp

# What the county may set the working days of.
LIMITED = {**{kind.value: label for kind, (label, _) in KINDS.items()}, "mailbox": "县长信箱，不管什么事",
           "sign": "承办单位签收", "look": "上级看没解决的"}  # fmt: skip


@dataclass(frozen=True)
class Card:
    """What letters/card.html shows."""

    url: str
    title: str
    kind: str
    state: str
    color: str
    org_name: str
    when: str
    likes: int


def card(row: Row, lite: bool) -> Markup:
    """Draw the row of a public letter in a list of many things."""
    when = say_when(row.published_at) if row.published_at else ""
    if row.type == Consultation.type_name():
        return consultation_card(row, when)
    kind, state, color = KINDS[Kind(row.kind)][0], board.SAID[row.state], board.color_of(row.state)
    shown = Card(f"/letters/{row.id}", row.title, kind, state, color, row.org_name, when, row.like_count)
    return render("letters/card.html", card=shown)


def consultation_card(row: Row, when: str) -> Markup:
    """Draw the row of a consultation."""
    url, color = f"/letters/consultations/{row.id}", "g" if row.state == Step.open else ""
    shown = Card(url, row.title, "问计", ASKING.states[row.state], color, row.org_name, when, row.like_count)
    return render("letters/card.html", card=shown)


module = Module(
    name="letters",
    label="心声",
    tab="letters",
    home="/letters",
    starts="代录一封信",
    blueprint=bp,
    types={Letter: WORKFLOW, Consultation: ASKING},
    kinds=[*((kind, label) for kind, (label, _) in KINDS.items()), (ASKED, "问计")],
    tiles=[Tile("问", "我要提问", "/letters/ask")],
    ask_url=ask_views.url_about,
    card=card,
    sample=sample.load,
    sample_years=sample.load_years,
    pages={Consultation: "consultation"},
    leads_to=[
        ("走访和座谈会", "letters.forum_list"),
        ("问计于民", "letters.consultation_list"),
        ("决策参考", "letters.digest"),
    ],
    leads_writers_to=[("答复模板", "letters.list_templates")],
    from_people=(Letter,),
    receipt=follow_views.receipt,
    next_steps=asking.next_steps,
    pane=pane,
    marks=rows.marks,
    columns=rows.columns,
    asks=rows.asks,
    urgent=rows.urgent,
    together=[
        Together("转办", "letters.assign_many", ("assign",)),
        Together("并案", "letters.merge_many", ("merge",)),
        Together("延期", "letters.extend_many", ("ask_extension", "grant_extension")),
        Together("催办", "letters.remind_many", ("remind",)),
        Together("打印", "letters.print_many", ("remark",)),
    ],
    limits={f"letter.{name}": (LIMITED[name], days) for name, days in DAYS.items()},
)
