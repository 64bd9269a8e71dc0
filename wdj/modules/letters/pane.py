"""A letter beside the desk's list: its words as they came, its clock, what was said, and what may be done next."""

from markupsafe import Markup

from wdj.core import deadlines
from wdj.core.contacts import contact_of, is_shut, works_on
from wdj.core.db import db
from wdj.core.items import Item
from wdj.core.media import media_of
from wdj.core.pages import render
from wdj.core.people import Me
from wdj.modules.letters import rules, working
from wdj.modules.letters.models import Letter


def pane(item: Item, me: Me) -> Markup:
    """What its clerks need of it; who only reads gets the masked words, and nobody's name or number."""
    letter = db.session.get_one(Letter, item.id)
    known = {"letter": letter, "left": deadlines.say_left(letter), "clocks": working.clocks(letter)}
    shown = _whole(letter, me) if works_on(me, letter) else {"handles": False}
    return render("letters/pane.html", media=media_of(letter.id), buttons=working.buttons(letter, me), **known, **shown)


def _whole(letter: Letter, me: Me) -> dict[str, object]:
    """What only those read who handle it."""
    return {
        "handles": True,
        "contact": contact_of(letter.id),
        "shut": is_shut(letter, rules.WORKFLOW),
        "facts": working.facts(letter),
        "talk": working.said_in(letter.id),
        "draft": working.draft_of(letter),
    }
