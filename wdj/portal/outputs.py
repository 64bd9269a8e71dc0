"""One entry, many outputs: the words for each channel, what is wanted and not yet sent, and the mark 已经发了."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, Flask, Response, abort, redirect, request, url_for
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, contains_eager, selectin_polymorphic
from werkzeug.wrappers import Response as BaseResponse
from wtforms import TextAreaField, ValidationError
from wtforms.fields.core import Field

from wdj.core.clock import local, say_when
from wdj.core.db import brief_read, db
from wdj.core.forms import Form, tidied
from wdj.core.items import Item, get_visible_or_404, hold
from wdj.core.once import claim_once, once_key, settle_once
from wdj.core.outputs import (
    CHANNELS,
    Output,
    mark_sent,
    mark_unsent,
    output,
    outputs_of,
    senders,
    ticks,
    unsent,
    want,
    wanted_on,
)
from wdj.core.pages import page
from wdj.core.people import WRITER_ROLES
from wdj.core.privacy import mask
from wdj.core.session import holders, me
from wdj.core.site import absolute
from wdj.core.workflow import Workflow, the_clock
from wdj.modules import MODULES, WORKFLOW_OF, item_url
from wdj.portal.channels import WRITTEN
from wdj.portal.channels.channel import Channel
from wdj.portal.seen import Seen, changed, clashes, digest_of, seeing, seen_before, ticked

bp = Blueprint("outputs", __name__, url_prefix="/outputs")
writers = holders(WRITER_ROLES, "writers")
TYPES = [cls for module in MODULES for cls in module.types]
PAGE_ROWS = 50
MOST_ROWS = PAGE_ROWS * len(CHANNELS)
CLASH = "您写的时候，别人改了这里的字，或者改了原文。您写的还在，看好了再存一次"
TOASTS = {"save": "saved", "auto": "automatic", "sent": "sent", "unsent": "unsent"}


def fits(most: int) -> Callable[[Form, Field], None]:
    """A check that says by how many characters a text is too long."""

    def check(_form: Form, field: Field) -> None:
        if (over := len(field.data or "") - most) > 0:
            raise ValidationError(f"{field.label.text}多了 {over} 个字，最多 {most} 个")

    return check


class OutputsForm(Form):
    """The ticks, and one text for each channel that has words."""

    wanted = ticks("要发到哪里")


for each in WRITTEN:
    setattr(OutputsForm, each.name, TextAreaField(each.heading, filters=[tidied], validators=[fits(each.most)]))


@dataclass(frozen=True)
class Shown:
    """A channel as the page of one item shows it."""

    name: str
    label: str
    channel: Channel | None
    wanted: bool
    sent: str
    """When and by whom, or nothing."""
    own: bool
    """True where a clerk has written the words."""
    old: bool
    """True where the item was changed after that."""
    theirs: str
    """What the words are now, where the clerk and somebody else have both changed them."""


@bp.route("/<int:id>", methods=["GET", "POST"])
@writers
def one(id: int) -> BaseResponse:
    prepared = {}
    if request.method == "POST":
        prepared = _prepared(id)
        hold(id)
    item = _own_or_403(id)
    rows = outputs_of(id)
    automatic = prepared.get(digest_of(item)) or _automatic(item)
    words = _words(rows, automatic)
    now = seeing(item, words, [name for name in rows if rows[name].wanted])
    seen = seen_before(now)
    form = OutputsForm(data={"wanted": now.ticks, **words})
    then, _, name = request.form.get("then", "save").partition("-")
    if then == "auto" and name in automatic:
        form[name].data = automatic[name]
    if not form.accepted():
        return _page(item, form, rows, seen)
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    own = changed({each: form[each].data for each in automatic}, seen, now)
    if theirs := clashes(own, seen, now):
        return _page(item, form, rows, replace(now, ticks=seen.ticks), {each: words[each] for each in theirs})
    want(item, ticked(form.wanted.data or [], seen, now))
    for each in own:
        _keep(output(item, each), form[each].data, automatic[each], now)
    _mark(item, then, name)
    url = url_for("outputs.one", id=id, ok=TOASTS.get(then, "saved"), _anchor=f"to-{name}" if name else None)
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def _own_or_403(id: int) -> Item:
    """The item, for who writes for its org; 404 where it cannot even be seen, and where it was taken down."""
    person = me() or abort(403)
    item = get_visible_or_404(Item, id, person)
    if item.state in WORKFLOW_OF[item.type].ends:
        abort(404)
    return item if person.has(WRITER_ROLES, item.org_path) else abort(403)


def _prepared(id: int) -> dict[str, dict[str, str]]:
    """The automatic words by the digest of their item: a long text is read through before the write lock is taken."""
    found = select(Item).join(Item.org).options(contains_eager(Item.org)).where(Item.id == id)
    with brief_read() as connection, Session(connection) as session:
        item = session.scalars(found).one_or_none()
        return {digest_of(item): _automatic(item)} if item else {}


def _automatic(item: Item) -> dict[str, str]:
    return {each.name: each.write(item, absolute(item_url(item))) for each in WRITTEN}


def _words(rows: dict[str, Output], automatic: dict[str, str]) -> dict[str, str]:
    """What each channel says now. It leaves the house like this, so private numbers are starred here already."""
    own = {name: mask(row.text) for name, row in rows.items() if row.text is not None}
    return automatic | own


def _keep(row: Output, typed: str, automatic: str, now: Seen) -> None:
    """Store what a clerk has made other than it comes by itself."""
    row.text = typed if typed and typed != tidied(automatic) else None
    row.made_from = now.item


def _mark(item: Item, then: str, name: str) -> None:
    """Note that it was sent by the channel `name`, or that it was not after all."""
    person = me() or abort(403)
    if then not in ("sent", "unsent"):
        return
    if name not in CHANNELS:
        abort(404)
    if not item.is_public:
        abort(409)
    (mark_sent if then == "sent" else mark_unsent)(item, name, person)


def _page(
    item: Item, form: OutputsForm, rows: dict[str, Output], seen: Seen, theirs: Mapping[str, str] | None = None
) -> Response:
    """The page as it was `seen`; with the words of others, where both have changed the same ones."""
    names, link = senders(rows.values()), absolute(item_url(item))
    by_name = {each.name: each for each in WRITTEN}
    for name in theirs or ():
        form[name].errors = [*form[name].errors, CLASH]
    return page(
        "portal/outputs.html", title=f"发出去：{item.public_title}", item=item, form=form, seen=seen,
        url=item_url(item), state=WORKFLOW_OF[item.type].states[item.state],
        shown=[
            _shown(name, by_name.get(name), rows.get(name), item, names, (theirs or {}).get(name, ""))
            for name in CHANNELS
        ],
        shares={each.name: each.share(form[each.name].data or "", link) for each in WRITTEN if each.share},
        status=409 if theirs else 422 if request.method == "POST" else 200,
    )  # fmt: skip


def _shown(
    name: str, channel: Channel | None, row: Output | None, item: Item, names: dict[int, str], theirs: str
) -> Shown:
    if row is None:
        return Shown(name, CHANNELS[name], channel, wanted=False, sent="", own=False, old=False, theirs=theirs)
    sent = f"{say_when(row.sent_at)} {names.get(row.sent_by or 0, '')}" if row.sent_at else ""
    own = row.text is not None
    old = own and row.made_from != digest_of(item)
    return Shown(name, CHANNELS[name], channel, row.wanted, sent, own, old, theirs)


@bp.get("/<int:id>/script")
@writers
def script(id: int) -> Response:
    """The loudspeaker's words in big print, for who reads them out."""
    item = _own_or_403(id)
    channel = next(each for each in WRITTEN if each.name == "script")
    words = _words(outputs_of(id), {channel.name: channel.write(item, absolute(item_url(item)))})[channel.name]
    return page("portal/script.html", title="大喇叭稿", item=item, words=words)


@bp.get("")
@writers
def show() -> Response:
    """What my orgs want sent and have not, and what goes out by itself and when."""
    person = me() or abort(403)
    own = [grant.org_id for grant in person.grants if grant.role in WRITER_ROLES]
    waiting, timed = db.session.execute(unsent(own).limit(MOST_ROWS)).all(), timed_items(own)
    wanted: dict[int, list[str]] = {}
    for item_id, name in [*waiting, *wanted_on([item.id for item in timed])]:
        wanted.setdefault(item_id, []).append(CHANNELS[name])
    return page(
        "portal/unsent.html", title="要发出去的", timed=[_row(item, wanted) for item in timed],
        waiting=[_row(item, wanted) for item in items_by_id(dict.fromkeys(item_id for item_id, _ in waiting))],
        more=len(waiting) == MOST_ROWS,
    )  # fmt: skip


def items_by_id(ids: Iterable[int]) -> list[Item]:
    """The items of these ids in their order, with their orgs."""
    found = select(Item).join(Item.org).options(contains_eager(Item.org)).where(Item.id.in_(wanted := list(ids)))
    return sorted(db.session.scalars(found), key=lambda item: wanted.index(item.id)) if wanted else []


def timed_items(org_ids: Collection[int]) -> list[Item]:
    """What stands in a state from which the clock lets it out, with its own columns."""
    states = [and_(Item.type == name, Item.state.in_(timed_states(flow))) for name, flow in WORKFLOW_OF.items()]
    found = select(Item).join(Item.org).options(contains_eager(Item.org), selectin_polymorphic(Item, TYPES))
    mine = found.where(or_(*states), Item.org_id.in_(org_ids)).order_by(Item.id).limit(PAGE_ROWS)
    return sorted(db.session.scalars(mine), key=lambda item: (item.goes_out_at is None, item.goes_out_at, item.id))


def timed_states(workflow: Workflow) -> list[str]:
    """The states that are not public yet and that the clock ends."""
    return [
        state
        for each in workflow.transitions
        if each.guard is the_clock and each.to in workflow.public
        for state in each.sources
        if state not in workflow.public
    ]


def _row(item: Item, wanted: dict[int, list[str]]) -> dict[str, str]:
    return {
        "title": item.public_title,
        "url": url_for("outputs.one", id=item.id),
        "org": item.org.short_name,
        "wanted": "、".join(wanted.get(item.id, [])),
        "when": say_when(item.published_at) if item.published_at else _at_the_minute(item.goes_out_at),
    }


def _at_the_minute(moment: datetime | None) -> str:
    there = moment and local(moment)
    return f"{there.month}月{there.day}日 {there.hour}:{there.minute:02}" if there else ""


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
