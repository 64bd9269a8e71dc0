"""A letter beside the desk's list: its words as they came, its clock, what was said, and what may be done next."""

from collections.abc import Sequence

from markupsafe import Markup

from wdj.core.clock import now
from wdj.core.contacts import contact_of, is_shut, works_on
from wdj.core.db import db
from wdj.core.items import Item, with_orgs
from wdj.core.media import media_of
from wdj.core.pages import render
from wdj.core.people import Me
from wdj.modules.letters import hanging, rules, similar, working
from wdj.modules.letters.models import Letter

# The desk has buttons of its own for these, above what is drawn here.
IN_THE_BAR = {each.label for each in rules.WORKFLOW.transitions if each.together}


def pane(item: Item, me: Me) -> Markup:
    """What its clerks need of it; who only reads gets the masked words, and nobody's name or number."""
    letter = db.session.get_one(Letter, item.id)
    shown = _whole(letter, me) if works_on(me, letter) else {"handles": False}
    buttons, media = working.buttons(letter, me), media_of(letter.id)
    return render(
        "letters/pane.html", letter=letter, left=working.say_left(letter), clocks=working.clocks(letter),
        late=letter.due_at is not None and letter.due_at < now(), media=media,
        added=hanging.added(letter, media),
        buttons=[each for each in buttons if each.label not in IN_THE_BAR],
        leads=not any(each.label in IN_THE_BAR for each in buttons), **shown,
    )  # fmt: skip


def _whole(letter: Letter, me: Me) -> dict[str, object]:
    """What only those read who handle it."""
    return {
        "handles": True,
        "contact": contact_of(letter.id),
        "shut": is_shut(letter, rules.WORKFLOW),
        "facts": working.facts(letter),
        "talk": working.said_in(letter.id),
        "draft": working.draft_of(letter),
        "alike": _alike(letter, me),
    }


def _alike(letter: Letter, me: Me) -> Sequence[Letter]:
    """The letters in hand that tell of the same and that this person may merge with it."""
    if letter.state not in rules.OPEN or not rules.receiver(me, letter):
        return []
    ids = similar.similar_to(letter.text, me, but=letter.id)
    found = with_orgs(Letter).where(Letter.id.in_(ids), Letter.org_id == letter.org_id, Letter.state.in_(rules.OPEN))
    return db.session.scalars(found.order_by(Letter.id)).all() if ids else []
