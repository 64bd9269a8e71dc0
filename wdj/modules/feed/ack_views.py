"""我看过了, and the clerk's lists: who of a village has read a must-read notice, who is still to be told."""

from typing import Any

from flask import Response, abort, redirect, request, url_for
from sqlalchemy import delete, select, update
from werkzeug.wrappers import Response as BaseResponse

from wdj.core.clock import local, say_when
from wdj.core.db import db
from wdj.core.forms import again
from wdj.core.items import get_visible_or_404, record
from wdj.core.once import claim_once, once_key, settle_once
from wdj.core.orgs import Org
from wdj.core.pages import page
from wdj.core.people import WRITER_ROLES, Me
from wdj.core.register import RegisterEntry, RegisterKind
from wdj.core.session import device_id, everyone, holders, me, network, remember_device
from wdj.core.spreadsheets import Form as FileForm
from wdj.core.spreadsheets import Sheet, download
from wdj.core.throttle import count, seconds_to_wait
from wdj.modules.feed.ack_card import AckForm, may_count, towns, village_of, villages
from wdj.modules.feed.acks import (
    Acknowledgement,
    Line,
    acknowledge,
    answers,
    counted_by,
    household_of,
    lines,
    match,
    tallies,
    taps_too_often,
    tick,
)
from wdj.modules.feed.aims import villages_of
from wdj.modules.feed.models import Post
from wdj.modules.feed.views import bp

FLOOD, PAGE_ROWS, MOST_TICKED = 200, 50, 200
writers = holders(WRITER_ROLES, "writers")


def _must_read_or_404(id: int) -> Post:
    post = get_visible_or_404(Post, id, me())
    return post if post.must_read else abort(404)


@bp.post("/<int:id>/ack")
@everyone
def ack(id: int) -> BaseResponse:
    """Note that somebody has read it. The answer is the same whether or not the register knows them."""
    person, post = me(), _must_read_or_404(id)
    if not post.is_public:
        abort(409)
    offered = villages(post)
    form = AckForm()
    form.offer(offered)
    mine = village_of(person, offered) if person else None
    if person and mine is None:
        abort(403)
    if not person and not form.accepted():
        return page("feed/ack_form.html", title="我看过了", form=form, post=post, towns=towns(offered), status=422)
    key, crowd = once_key(), f"ack {network()}"
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    if not person and (seconds_to_wait(crowd, FLOOD) or taps_too_often(device_id() or "")):
        return again("点的人太多了", "请过一会儿再点。您写的都在下面。", 429)
    count(crowd)
    if person and mine:
        new = acknowledge(post, mine.id, person.name, f"p{person.id}")
    else:
        village, said = form.place.data, form.who.data or ""
        new = acknowledge(post, village, said, remember_device(), household_of(village, said))
    settle_once(key, _told(id, "acked_before"))
    db.session.commit()
    return redirect(_told(id, "acked" if new else "acked_before"), 303)


def _told(id: int, ok: str) -> str:
    return url_for("feed.show", id=id, ok=ok, _anchor="ack")


@bp.get("/<int:id>/acks")
@writers
def acks(id: int) -> Response:
    """The figures of each village; the names behind them only where this person keeps the register."""
    person, post = me() or abort(403), _must_read_or_404(id)
    if not may_count(person, post):
        abort(403)
    counted = tallies(post, counted_by(person, post))
    mine = {each.org.id for each in counted if person.has(WRITER_ROLES, each.org.path)}
    return page("feed/acks.html", title="谁看过了", post=post, tallies=counted, mine=mine)


def _village_or_403(post: Post, org_id: int) -> Org:
    """A village of the notice whose register I keep."""
    org = next((each for each in villages_of(post) if each.id == org_id), None) or abort(404)
    return org if _person().has(WRITER_ROLES, org.path) else abort(403)


def _person() -> Me:
    return me() or abort(403)


def _kind() -> RegisterKind:
    given = request.values.get("kind", RegisterKind.household.value)
    return RegisterKind(given) if given in set(RegisterKind) else abort(404)


@bp.get("/<int:id>/acks/<int:org_id>")
@writers
def acks_of(id: int, org_id: int) -> Response:
    post = _must_read_or_404(id)
    return _list(post, _village_or_403(post, org_id))


def _list(post: Post, org: Org, *, wrong: tuple[int, str, str] = (0, "", ""), status: int = 200) -> Response:
    """Those of `show`: not yet, has, or words that are still to be matched; `wrong` is one of these, typed and why."""
    kind = _kind()
    found = answers(post, org.id)
    known = lines(org.id, kind, found)
    waiting = [each.row for each in found if each.row.entry_id is None]
    left, done = [each for each in known if not each.answer], [each for each in known if each.answer]
    show = "waiting" if wrong[0] else request.args.get("show", "left")
    lists: dict[str, list[Any]] = {"left": left, "done": done, "waiting": waiting}
    rows = lists.get(show, [])
    start = min(max(request.args.get("from", 0, type=int), 0), len(rows))
    more = start + PAGE_ROWS if len(rows) > start + PAGE_ROWS else None
    return page(
        "feed/acks_of.html", title=f"{org.short_name}谁看过了", post=post, org=org, kind=kind, kinds=RegisterKind,
        show=show, rows=rows[start : start + PAGE_ROWS], more=more, wrong=wrong, say_when=say_when, how=how,
        chips=[("left", "还没看", len(left)), ("done", "看过了", len(done)), ("waiting", "要认一认", len(waiting))],
        status=status,
    )  # fmt: skip


def how(line: Line) -> str:
    """How it is known: 自己点的, or who told them at the door."""
    if line.answer is None:
        return ""
    return f"{line.answer.clerk or '干部'}上门说过" if line.answer.row.recorder_id else "自己点的"


@bp.get("/<int:id>/acks/<int:org_id>/print")
@writers
def acks_print(id: int, org_id: int) -> Response:
    """The list for the door: who has not read it, group by group, with a box to tick."""
    post = _must_read_or_404(id)
    org, kind = _village_or_403(post, org_id), _kind()
    known = lines(org.id, kind, answers(post, org.id))
    groups: dict[str, list[RegisterEntry]] = {}
    for each in known:
        if not each.answer:
            groups.setdefault(each.entry.group_name, []).append(each.entry)
    return page(
        "feed/acks_print.html", title=f"{org.short_name}上门单", post=post, org=org, kind=kind, groups=groups,
        left=sum(map(len, groups.values())), total=len(known),
    )  # fmt: skip


@bp.post("/<int:id>/acks/<int:org_id>/visited")
@writers
def visited(id: int, org_id: int) -> BaseResponse:
    """上门说过了: on behalf of those who were ticked."""
    post = _must_read_or_404(id)
    org, kind = _village_or_403(post, org_id), _kind()
    ids = request.form.getlist("entry", type=int)[:MOST_TICKED]
    to = url_for("feed.acks_of", id=id, org_id=org_id, kind=kind.value)
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    entries = select(RegisterEntry).where(
        RegisterEntry.id.in_(ids), RegisterEntry.org_id == org.id, RegisterEntry.left_at.is_(None)
    )
    if new := tick(post, db.session.scalars(entries).all(), _person()):
        record("ack_visited", "上门说过", _person(), note=f"{post.title}：{new} 户", org_id=org.id)
    settle_once(key, f"{to}&ok=done")
    db.session.commit()
    return redirect(f"{to}&ok=done", 303)


def _ack_or_404(post: Post, org: Org) -> Acknowledgement:
    found = select(Acknowledgement).where(
        Acknowledgement.id == request.form.get("ack", 0, type=int),
        Acknowledgement.item_id == post.id,
        Acknowledgement.org_id == org.id,
    )
    return db.session.scalars(found).one_or_none() or abort(404)


@bp.post("/<int:id>/acks/<int:org_id>/match")
@writers
def match_ack(id: int, org_id: int) -> BaseResponse:
    """认一认: the clerk says which entry is meant by what somebody typed; the words stay as they were."""
    post = _must_read_or_404(id)
    org = _village_or_403(post, org_id)
    row, typed = _ack_or_404(post, org), request.form.get("who", "").strip()
    entry = match(org.id, typed)
    if entry is None:
        why = f"名册里没有“{typed}”，或者不止一个，请写门牌号" if typed else "请写是哪一户"
        db.session.rollback()
        return _list(post, org, wrong=(row.id, typed, why), status=422)
    db.session.execute(update(Acknowledgement).where(Acknowledgement.id == row.id).values(entry_id=entry.id))
    db.session.commit()
    return redirect(url_for("feed.acks_of", id=id, org_id=org_id, show="waiting", ok="done"), 303)


@bp.post("/<int:id>/acks/<int:org_id>/undo")
@writers
def undo_ack(id: int, org_id: int) -> BaseResponse:
    """认错了: a tick at the door goes away, what somebody typed waits to be matched again."""
    post = _must_read_or_404(id)
    org, kind = _village_or_403(post, org_id), _kind()
    row = _ack_or_404(post, org)
    if row.recorder_id:
        db.session.execute(delete(Acknowledgement).where(Acknowledgement.id == row.id))
        record("ack_undone", "划掉上门说过", _person(), note=f"{post.title}：1 户", org_id=org.id)
    else:
        db.session.execute(update(Acknowledgement).where(Acknowledgement.id == row.id).values(entry_id=None))
    db.session.commit()
    return redirect(url_for("feed.acks_of", id=id, org_id=org_id, show="done", kind=kind.value, ok="done"), 303)


@bp.post("/<int:id>/acks/<int:org_id>/export")
@writers
def export_acks(id: int, org_id: int) -> BaseResponse:
    post = _must_read_or_404(id)
    org, kind = _village_or_403(post, org_id), _kind()
    form: FileForm = "csv" if request.form.get("form") == "csv" else "xlsx"
    record("ack_export", "导出谁看过了", _person(), note=post.title, org_id=org.id)
    db.session.commit()
    rows = [
        [
            each.entry.group_name, each.entry.number, each.entry.name, each.entry.people,
            "看过了" if each.answer else "还没看", local(each.answer.row.at).date() if each.answer else None, how(each),
        ]
        for each in lines(org.id, kind, answers(post, org.id))
    ]  # fmt: skip
    columns = ["组", "门牌号", "姓名", "人数", "看过没有", "哪天", "怎么知道的"]
    return download(Sheet(f"{org.short_name}谁看过了-{post.public_title}", columns, rows), form)
