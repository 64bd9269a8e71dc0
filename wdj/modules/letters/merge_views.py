"""Merging letters (并案): those that tell of the same beside this one, to be ticked."""

from collections.abc import Sequence

from flask import Response, abort, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from wdj.core import receipts
from wdj.core.clock import say_when
from wdj.core.db import db
from wdj.core.items import Item, get_visible_or_404, visible_to, with_orgs
from wdj.core.once import claim_once, once_key, release_once, settle_once
from wdj.core.pages import page
from wdj.core.people import WRITER_ROLES
from wdj.core.receipts import Receipt
from wdj.core.session import holders, me
from wdj.modules.letters import merging, rules, similar
from wdj.modules.letters.models import Letter, waiting_for
from wdj.modules.letters.views import bp

writers = holders(WRITER_ROLES, "writers")
MOST_SHOWN = 10
MERGEABLE = rules.WORKFLOW.find("merge").sources
NOTHING_TICKED = "请先在要并进来的信前面打勾，再按按钮。"


@bp.route("/<int:id>/merge", methods=["GET", "POST"])
@writers
def merge(id: int) -> BaseResponse:
    """Have the ticked ones answered together with this one."""
    if request.method == "POST" and (earlier := claim_once(once_key())):
        return redirect(earlier, 303)
    letter = get_visible_or_404(Letter, id, me())
    if not rules.receiver(me(), letter):
        abort(403)
    picked = request.values.getlist("pick", type=int)
    if request.method == "GET" or not picked:
        return _form(letter, picked)
    merging.merge(letter, picked, me() or abort(403))
    url = url_for("letters.show", id=id, ok="merged")
    settle_once(once_key(), url)
    db.session.commit()
    return redirect(url, 303)


def _form(letter: Letter, picked: Sequence[int]) -> Response:
    problem, number = "", request.args.get("number", "")
    if request.method == "POST":
        problem = NOTHING_TICKED
        release_once(once_key())
        db.session.commit()
    given = _by_number(number)
    rows = _shown(letter, [*given, *picked, *similar.similar_to(letter.text, me(), most=MOST_SHOWN, but=letter.id)])
    return page(
        "letters/merge.html", title=f"并案：{letter.title}", tab="letters", status=422 if problem else 200,
        letter=letter, when=say_when(letter.created_at), rows=rows, picked={*given, *picked}, problem=problem,
        states=rules.WORKFLOW.states, merged=db.session.scalars(waiting_for(letter.id)).all(), number=number,
        late=letter.state not in rules.OPEN, found=not number or any(each.id in given for each, *_ in rows),
    )  # fmt: skip


def _by_number(number: str) -> list[int]:
    """The id of the letter with that receipt number, as a clerk types it."""
    plain = "".join(each for each in number.upper() if each.isalnum())
    found = db.session.scalar(select(Receipt.item_id).where(Receipt.number == plain)) if plain else None
    return [found] if found else []


def _shown(letter: Letter, ids: Sequence[int]) -> list[tuple[Letter, str, str]]:
    """(letter, receipt number, when it came) of those of these ids that may be merged into this one, in their order."""
    wanted = list(dict.fromkeys(ids))
    fits = (Letter.id.in_(wanted), Letter.id != letter.id, Item.org_id == letter.org_id, Item.state.in_(MERGEABLE))
    found = with_orgs(Letter).add_columns(Receipt.number).outerjoin(Receipt, Receipt.item_id == Item.id)
    rows = db.session.execute(found.where(*fits, visible_to(me()))).all()
    rows = sorted(rows, key=lambda row: wanted.index(row[0].id))
    return [(each, receipts.printed(number), say_when(each.created_at)) for each, number in rows]
