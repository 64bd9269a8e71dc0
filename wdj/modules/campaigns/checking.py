"""What was sent to a campaign as its clerks handle it: check, choose, refuse, put into words, take home as a table."""

from collections import Counter, defaultdict
from typing import Any, Literal

from flask import Response, abort, redirect, request, url_for
from sqlalchemy import Connection, select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from wdj.core import search
from wdj.core.clock import local
from wdj.core.db import brief_read, db
from wdj.core.items import Item, get_visible_or_404, hold, record, visible_to
from wdj.core.media import Media, apply_fields, media_of
from wdj.core.once import claim_once, once_key, settle_once
from wdj.core.orgs import Org
from wdj.core.pages import page
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.privacy import mask
from wdj.core.session import holders, me
from wdj.core.spreadsheets import Sheet, download
from wdj.modules.campaigns import contributions as sendings
from wdj.modules.campaigns import reading, rules
from wdj.modules.campaigns.models import Campaign, Contribution, Step, one_contribution, sent_to
from wdj.modules.campaigns.views import bp

writers = holders(WRITER_ROLES, "writers")
PAGE_ROWS, PRINTED_ROWS, EXPORTED_ROWS = 30, 500, 5000
# The filters of the list: name, label, states.
FILTERS = {
    "waiting": ("等审核", (Step.waiting,)),
    "passed": ("已通过", (Step.shown, Step.kept)),
    "chosen": ("已选登", (Step.chosen,)),
    "refused": ("没有公开", (Step.refused,)),
}
COLUMNS = ("编号", "时间", "单位", "称呼", "说的话", "照片（张）", "录音文字稿", "状态")
RAW_HEADS = {"说的话": "原话"}


@bp.get("/<int:id>/contributions")
@writers
def check(id: int) -> Response:
    campaign, chosen = _checked_or_404(id), _filter()
    oldest_first = chosen == "waiting"
    found = sent_to(id, FILTERS[chosen][1], request.args.get("mark", type=int), oldest_first=oldest_first)
    rows = db.session.scalars(found.limit(PAGE_ROWS + 1)).all()
    here = rows[:PAGE_ROWS]
    more = url_for("campaigns.check", id=id, show=chosen, mark=here[-1].id) if len(rows) > PAGE_ROWS else None
    return page(
        "campaigns/check.html", title=f"审：{campaign.title}", tab="feed", campaign=campaign, more=more, show=chosen,
        rows=_with_files(here), shows_all=campaign.shows_all, reasons=sendings.REASONS, filters=_filters(id, chosen),
        print_url=url_for("campaigns.print_list", id=id, show=chosen),
    )  # fmt: skip


def _filters(id: int, chosen: str) -> list[tuple[str, str, bool]]:
    return [
        (label, url_for("campaigns.check", id=id, show=name), name == chosen) for name, (label, _) in FILTERS.items()
    ]


@bp.post("/<int:id>/contributions")
@writers
def decide(id: int) -> BaseResponse:
    """Do with the ticked ones what the pressed button says; whoever withdraws the campaign comes before or after."""
    hold(id)
    campaign, decision = _checked_or_404(id), request.form.get("then", "")
    ids, reason = _picked(), request.form.get("reason", "")
    if decision not in sendings.DECISIONS:
        abort(404)
    if not ids:
        abort(422, "请先在前面打勾，再按按钮。")
    if decision == "refuse" and reason not in sendings.REASONS:
        abort(422, "请选一个原因，交的人会看到。")
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    sendings.decide(campaign, ids, decision, me() or abort(403), reason if decision == "refuse" else "")
    if request.form.get("back") == "one":
        url = url_for("campaigns.contribution", id=ids[0], ok="done")
    else:
        url = url_for("campaigns.check", id=id, show=_filter(), ok="done")
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def _picked() -> list[int]:
    """The ids that were ticked; all that stood on the page where that was ticked."""
    return request.form.getlist("here" if "all" in request.form else "pick", type=int)


@bp.post("/contributions/<int:id>/words")
@writers
def words(id: int) -> BaseResponse:
    """Say in words what is on the photos and in the recording, for who cannot see or hear them."""
    sent = db.session.scalars(one_contribution(id, me(), None)).one_or_none() or abort(404)
    if not sendings.checker(me(), sent):
        abort(403)
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    media = apply_fields(media_of(id), _only_words(request.form))
    search.index(sent, " ".join(f"{each.public_caption} {each.public_transcript}" for each in media).strip())
    record("words", "补文字", me(), item_id=id)
    url = url_for("campaigns.contribution", id=id, ok="saved")
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def _only_words(form: MultiDict[str, str]) -> MultiDict[str, str]:
    """What the form says of photos and recordings; to order them and take them away is their sender's."""
    kept = [(name, value) for name, value in form.items() if name.startswith(("caption-", "transcript-"))]
    return MultiDict(kept)


@bp.get("/<int:id>/contributions/print")
@writers
def print_list(id: int) -> Response:
    campaign, chosen = _checked_or_404(id), _filter()
    rows = db.session.scalars(sent_to(id, FILTERS[chosen][1], oldest_first=True).limit(PRINTED_ROWS + 1)).all()
    return page(
        "campaigns/print.html", title=f"{campaign.title}：{FILTERS[chosen][0]}", tab="feed", campaign=campaign,
        label=FILTERS[chosen][0], rows=_with_files(rows[:PRINTED_ROWS]), more=len(rows) > PRINTED_ROWS,
        most=PRINTED_ROWS, days=reading.dates(campaign),
    )  # fmt: skip


@bp.post("/<int:id>/contributions/<any(xlsx, csv):ending>")
@writers
def export(id: int, ending: Literal["xlsx", "csv"]) -> Response:
    """The contributions as a table; with the words as written only where that is asked for, and it is noted."""
    person, raw = me() or abort(403), request.form.get("raw") == "1"
    with brief_read() as connection:
        title = _title_to_export(connection, id, person)
        rows = _table(connection, id, raw=raw)
    heads = [RAW_HEADS.get(each, each) if raw else each for each in COLUMNS]
    response = download(Sheet(title, heads, rows), ending)
    record("export", "导出表格", person, note=f"{len(rows)} 份{'，带原话，号码没有遮' if raw else ''}", item_id=id)
    db.session.commit()
    return response


def _title_to_export(connection: Connection, id: int, person: Me) -> str:
    found = select(Item.title, Org.path).join(Org, Org.id == Item.org_id).where(Item.id == id, visible_to(person))
    row = connection.execute(found.where(Item.type == Campaign.type_name())).one_or_none() or abort(404)
    return str(row.title) if person.has(WRITER_ROLES, row.path) else abort(403)


def _table(connection: Connection, id: int, *, raw: bool) -> list[tuple[Any, ...]]:
    """The rows of the table, in the order in which they were sent: masked, or `raw` as they were written."""
    sent, states = Contribution.__table__, sendings.WORKFLOW.states
    words = (sent.c.name, Item.text) if raw else (sent.c.public_name, Item.public_text)
    columns = (Item.id, Item.created_at, Org.short_name, *words, Item.state)
    found = select(*columns).select_from(sent).join(Item, Item.id == sent.c.id).join(Org, Org.id == sent.c.from_org_id)
    rows = connection.execute(found.where(sent.c.campaign_id == id).order_by(sent.c.id).limit(EXPORTED_ROWS)).all()
    pictures, spoken = _hung_on(connection, id, raw=raw)
    return [
        (item_id, local(at), org, name, text, pictures[item_id], "；".join(spoken[item_id]), states[state])
        for item_id, at, org, name, text, state in rows
    ]


def _hung_on(connection: Connection, id: int, *, raw: bool) -> tuple[Counter[int], defaultdict[int, list[str]]]:
    """How many pictures and which spoken words hang on what was sent, by its id."""
    pictures: Counter[int] = Counter()
    spoken: defaultdict[int, list[str]] = defaultdict(list)
    sent = Contribution.__table__
    mine = Media.item_id.in_(select(sent.c.id).where(sent.c.campaign_id == id))
    for item_id, kind, transcript in connection.execute(
        select(Media.item_id, Media.kind, Media.transcript).where(mine)
    ):
        if item_id and kind == "picture":
            pictures[item_id] += 1
        elif item_id:
            spoken[item_id].append((transcript if raw else mask(transcript)) or "（有录音，还没有打成字）")
    return pictures, spoken


def _filter() -> str:
    chosen = request.args.get("show", "waiting")
    return chosen if chosen in FILTERS else abort(404)


def _checked_or_404(id: int) -> Campaign:
    """The campaign, if this person checks what is sent to it: 403 for a foreign one."""
    campaign = get_visible_or_404(Campaign, id, me())
    return campaign if rules.writer(me(), campaign) else abort(403)


def _with_files(rows: Any) -> list[tuple[Contribution, dict[str, Any], str]]:
    """Each with its ready files and its state in words."""
    media = reading.media_of_all([each.id for each in rows])
    states = sendings.WORKFLOW.states
    return [(each, reading.files(media.get(each.id, [])), states[each.state]) for each in rows]
