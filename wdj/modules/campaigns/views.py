"""A campaign as everybody meets it: the call, the form that answers it, what was sent, how it ended."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from wdj.core import search
from wdj.core.asked import asked
from wdj.core.clock import today
from wdj.core.db import brief_read, db
from wdj.core.forms import Choice, again
from wdj.core.items import get_visible_or_404, read_or_404
from wdj.core.media import (
    BadUpload,
    Batch,
    Faults,
    Kind,
    adopt,
    apply_fields,
    media_of,
    remove,
    stage_all,
    staged,
    uploader,
)
from wdj.core.once import claim_once, once_key, release_once, settle_once
from wdj.core.orgs import Org
from wdj.core.pages import drop_drafts, lite, page
from wdj.core.session import device_id, everyone, me, remember_device
from wdj.modules.campaigns import contributions, limits, reading
from wdj.modules.campaigns.forms import ContributionForm
from wdj.modules.campaigns.models import Campaign, Contribution, State, one_contribution

PICTURES, SOUND_SECONDS = 3, 120
TOO_FAST = ("说得太快了", "请等几分钟再交。您写的都在下面。")
bp = Blueprint("campaigns", __name__, url_prefix="/campaigns")


@bp.get("/<int:id>")
@everyone
def show(id: int) -> Response:
    campaign = read_or_404(Campaign, id, me())
    return page(
        "campaigns/campaign.html", title=campaign.public_title, tab="feed", keep=campaign.is_public,
        **reading.whole(campaign, me(), lite(), request.args.get("before", type=int)),
    )  # fmt: skip


@bp.get("/<int:id>/join")
@everyone
def join(id: int) -> Response:
    campaign = read_or_404(Campaign, id, me())
    return _form(campaign, _filled(campaign), status=200)


@bp.post("/<int:id>/join")
@everyone
def send(id: int) -> BaseResponse:
    person, batch, files, network = me(), _batch(), _files(id), limits.files_key()
    if any(each.uploads for each in files) and limits.must_wait(network):
        return again(*TOO_FAST, 429)
    wrong, key = _stage(files, batch, network), once_key()
    if earlier := claim_once(key):
        return _sent_before(earlier, id, batch)
    campaign = get_visible_or_404(Campaign, id, person)
    form = _filled(campaign)
    fits = form.accepted() and _has_something(form, batch)
    if not campaign.takes_part:
        return _form(campaign, form, status=409, release=key)
    if not fits or wrong:
        return _form(campaign, form, wrong, status=422, batch=batch, release=key)
    device = None if person else remember_device()
    if limits.too_many(campaign, person, device):
        return _too_fast(key, batch)
    sent = _keep(campaign, form, batch, device)
    url = url_for("campaigns.contribution", id=sent.id, ok="said")
    settle_once(key, url, sent.id)
    db.session.commit()
    return drop_drafts(redirect(url, 303), f"campaign/{id}/")


def _keep(campaign: Campaign, form: ContributionForm, batch: str, device: str | None) -> Contribution:
    """The contribution with its files."""
    person = me()
    sent = contributions.contribute(
        campaign, db.session.get_one(Org, form.org.data), name=person.name if person else form.name.data or "村民",
        text=form.text.data or "", me=person, device=device,
    )  # fmt: skip
    apply_fields(adopt(batch, uploader(), sent.id), request.form)
    search.index(sent)
    return sent


def _sent_before(url: str, id: int, batch: str) -> BaseResponse:
    """The second tap: what it has brought once more goes, and it sees what the first has made."""
    _drop(batch)
    made = urlsplit(url).path.removeprefix("/campaigns/contributions/")
    if made.isdecimal() and me() is None:
        contributions.hand_over(int(made), remember_device())
    db.session.commit()
    return drop_drafts(redirect(url, 303), f"campaign/{id}/")


def _drop(batch: str) -> None:
    for each in staged(batch, uploader()):
        remove(each)


def _too_fast(key: str, batch: str) -> Response:
    """What was typed, to be sent later. Files stay only where the form knows under what they are staged."""
    release_once(key)
    if "batch" not in request.form:
        _drop(batch)
    db.session.commit()
    return again(*TOO_FAST, 429)


def _batch() -> str:
    """Under which files of this form are staged: what was sent with it, else what two taps have in common."""
    return request.form.get("batch", "")[:40] or once_key()


def _files(id: int) -> list[Batch]:
    """The files of this form that the campaign takes: none unless it is open."""
    asked_for = select(Campaign.takes_pictures, Campaign.takes_sound).where(
        Campaign.id == id, Campaign.state == State.open, Campaign.ends_on >= today()
    )
    with brief_read() as connection:
        pictures, sound = connection.execute(asked_for).one_or_none() or (False, False)
    fields: list[tuple[bool, Kind, str, int]] = [
        (pictures, "picture", "pictures", PICTURES), (sound, "sound", "sound", 1),
    ]  # fmt: skip
    return [
        Batch(kind, [each for each in request.files.getlist(name) if each.filename], most, seconds=SOUND_SECONDS)
        for taken, kind, name, most in fields
        if taken
    ]


def _stage(files: list[Batch], batch: str, network: tuple[str, int] | None) -> Faults:
    """Keep what was chosen, before anything else is judged: then a mistake in the words loses no photo.

    Returns what is wrong with the files, by field.
    """
    faults: Faults = {}
    try:
        stage_all(files, batch, uploader(), request.form)
    except BadUpload as wrong:
        faults = wrong.faults
    limits.count_files(network, sum(min(len(each.uploads), each.most) for each in files))
    return faults


def _filled(campaign: Campaign) -> ContributionForm:
    """The form with the places that people may be from; the village that this phone has chosen stands first."""
    places = reading.choices(campaign)
    here = next((each.value for each in places if each.value == asked().village), None)
    form = ContributionForm(data={"org": here})
    several = [] if here or len(places) == 1 else [Choice(0, "请选一个")]
    form.org.choices = [*several, *places]
    return form


def _has_something(form: ContributionForm, batch: str) -> bool:
    if form.text.data or staged(batch, uploader()):
        return True
    form.text.errors = [*form.text.errors, "请写上几句想说的话，照片、录音也行"]
    return False


def _form(
    campaign: Campaign,
    form: ContributionForm,
    wrong: Faults | None = None,
    *,
    status: int,
    batch: str = "",
    release: str = "",
) -> Response:
    """The form as it was sent, with its files; where it is too late, what was typed, to be copied."""
    waiting = []
    if release:
        release_once(release)
        db.session.commit()
        waiting = staged(batch, uploader())
    return page(
        "campaigns/join.html", title=campaign.public_title, tab="feed", status=status, by_village=True,
        keep=campaign.is_public and status == 200, campaign=campaign, form=form, wrong=wrong or {}, batch=batch,
        media=waiting, most=PICTURES if campaign.takes_pictures else 0, over=reading.why_not(campaign),
        url=url_for("campaigns.show", id=campaign.id),
    )  # fmt: skip


@bp.get("/contributions/<int:id>")
@everyone
def contribution(id: int) -> Response:
    sent = _sent_or_404(id)
    return page(
        "campaigns/sent.html", title=sent.public_title, tab="feed", **reading.one(sent, me(), media_of(id))
    )  # fmt: skip


@bp.post("/contributions/<int:id>/take_back")
@everyone
def take_back(id: int) -> BaseResponse:
    sent = _sent_or_404(id)
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    contributions.take_back(sent, me())
    url = url_for("campaigns.contribution", id=id, ok="taken_back")
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def _sent_or_404(id: int) -> Contribution:
    return db.session.scalars(one_contribution(id, me(), device_id())).one_or_none() or abort(404)
