"""A campaign as its writers and reviewers work on it: write, hand in, let begin, send back, end."""

from datetime import timedelta
from typing import Any

from flask import Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from wdj.core import search
from wdj.core.clock import say_day, today
from wdj.core.db import db
from wdj.core.forms import Choice, new_key
from wdj.core.items import get_visible_or_404, hold
from wdj.core.once import claim_once, made_before, once_key, release_once, settle_once
from wdj.core.orgs import Org
from wdj.core.pages import drop_drafts, page
from wdj.core.people import REVIEWER_ROLES, WRITER_ROLES, Me
from wdj.core.session import holders, me
from wdj.modules.campaigns import reading, rules
from wdj.modules.campaigns.forms import CampaignForm, ClosingForm, NoteForm
from wdj.modules.campaigns.models import Campaign, State
from wdj.modules.campaigns.views import bp

writers = holders(WRITER_ROLES, "writers")
WORDS = ("title", "text", "starts_on", "ends_on", "takes_pictures", "takes_sound", "shows_all")
USUAL_DAYS = timedelta(days=14)
FASTER = "您打开以后，别人改过这个活动。别人改的在下面，您的还在框里；看过再存，就以您的为准。"
TOASTS = {
    "submit": "submitted", "open": "opened", "plan": "planned", "return_to": "returned", "withdraw": "withdrawn",
    "close": "closed", "save": "saved",
}  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
@writers
def new() -> BaseResponse:
    person = me() or abort(403)
    form = CampaignForm(data={"starts_on": today(), "ends_on": today() + USUAL_DAYS})
    form.org.choices = _orgs_to_write_for(person)
    if request.method == "GET":
        return _editor(form, None)
    key = once_key()
    if earlier := claim_once(key):
        return drop_drafts(redirect(earlier, 303), "campaign/new")
    if not form.accepted():
        return _editor(form, None, release=key)
    if (made := made_before()) is not None:
        return _change(made, form, person, key, "campaign/new")
    campaign = rules.write(db.session.get_one(Org, form.org.data), person, **_words(form))
    return _store(campaign, person, key, "campaign/new")


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@writers
def edit(id: int) -> BaseResponse:
    person, key = me() or abort(403), once_key()
    if request.method == "POST":
        if earlier := claim_once(key):
            return drop_drafts(redirect(earlier, 303), f"campaign/{id}/edit")
        hold(id)
    campaign = get_visible_or_404(Campaign, id, person)
    form = CampaignForm(data={"org": campaign.org_id, "version": str(campaign.version), **_kept(campaign)})
    form.org.choices = [Choice(campaign.org_id, campaign.org.short_name)]
    if not rules.may_edit(person, campaign):
        late = request.method == "POST" and rules.writer(person, campaign)
        return _moved_on(form, campaign, key) if late else abort(403)
    if not form.accepted():
        return _editor(form, campaign, release=key)
    if form.version.data != str(campaign.version):
        return _somebody_was_faster(form, campaign, key)
    rules.edit(campaign, **_words(form))
    return _store(campaign, person, key, f"campaign/{id}/edit")


def _change(id: int, form: CampaignForm, person: Me, key: str, draft: str) -> BaseResponse:
    """Somebody saved, went back in the browser and wrote on: it is the same campaign, not a second one."""
    hold(id)
    campaign = get_visible_or_404(Campaign, id, person)
    if not rules.may_edit(person, campaign):
        return _moved_on(form, campaign, key)
    if form.version.data != str(campaign.version) and campaign.version != rules.savings(key, id):
        return _somebody_was_faster(form, campaign, key)
    rules.edit(campaign, **_words(form))
    return _store(campaign, person, key, draft)


def _editor(
    form: CampaignForm, campaign: Campaign | None, *, release: str = "", status: int = 422, theirs: str = ""
) -> Response:
    """The form as it was sent."""
    if request.method == "GET":
        status = 200
    else:
        release_once(release)
        db.session.commit()
    open_to_me = campaign is None or rules.may_edit(me(), campaign)
    return page(
        "campaigns/editor.html", title="改活动" if campaign else "办一个主题活动", tab="feed", status=status, form=form,
        campaign=campaign, theirs=theirs, once=request.form.get("once", "")[:40] or new_key(),
        actions=_ways_out(campaign) if open_to_me else None,
    )  # fmt: skip


def _ways_out(campaign: Campaign | None) -> list[tuple[str, str]]:
    """(action, label) of the buttons under the editor: hand in for who must ask, begin for who may."""
    person = me() or abort(403)
    if campaign is not None:
        paths = [campaign.org_path]
    else:
        paths = [grant.path for grant in person.grants if grant.role in WRITER_ROLES]
    may = any(person.has(REVIEWER_ROLES, path) for path in paths)
    must_ask = any(not person.has(REVIEWER_ROLES, path) for path in paths)
    return [("submit", "交上去审")] * must_ask + [("open", "到日子就开始")] * may


def _somebody_was_faster(form: CampaignForm, campaign: Campaign, key: str) -> Response:
    """The second of two writers sees what the first made of it and keeps their own words."""
    form.version.data = str(campaign.version)
    form.version.raw_data = None
    form.text.errors = [FASTER]
    return _editor(form, campaign, release=key, status=409, theirs=_now(campaign))


def _now(campaign: Campaign) -> str:
    """The call as it is now, for who was slower."""
    return f"{campaign.title}\n{reading.dates(campaign)}\n\n{campaign.text}"


def _moved_on(form: CampaignForm, campaign: Campaign, key: str) -> Response:
    """It was handed in or has begun meanwhile: what was written is not lost, but has no place here any more."""
    state = rules.WORKFLOW.states[campaign.state]
    form.text.errors = [f"您打开以后，这个活动已经“{state}”，存不进去了。您写的还在框里；现在的样子在下面。"]
    return _editor(form, campaign, release=key, status=409, theirs=_now(campaign))


def _store(campaign: Campaign, person: Me, key: str, draft: str) -> BaseResponse:
    """Do what the pressed button says, and go where the result is seen."""
    then = _what_is_meant(request.form.get("then", "save"), campaign, person)
    if then != "save":
        rules.WORKFLOW.apply(then, campaign, person)
    search.index(campaign)
    url = url_for("campaigns.show", id=campaign.id, ok=TOASTS.get(then, "done"))
    settle_once(key, url, campaign.id)
    db.session.commit()
    return drop_drafts(redirect(url, 303), draft)


def _what_is_meant(then: str, campaign: Campaign, person: Me) -> str:
    """The action behind the pressed button: who must ask hands in, who may lets it begin, on its day if it is later."""
    if then not in ("submit", "open"):
        return then
    if campaign.state == State.planned:
        return "save" if campaign.starts_on > today() else "open"
    ready = "plan" if campaign.starts_on > today() else "open"
    return ready if rules.publisher(person, campaign) else "submit"


@bp.route("/<int:id>/closing", methods=["GET", "POST"])
@writers
def closing(id: int) -> BaseResponse:
    """The last day and the closing words, while it is open and after."""
    key = once_key()
    if request.method == "POST":
        if earlier := claim_once(key):
            return redirect(earlier, 303)
        hold(id)
    campaign = get_visible_or_404(Campaign, id, me())
    if not rules.writer(me(), campaign):
        abort(403)
    if not rules.may_finish(me(), campaign):
        abort(409)
    kept = {"ends_on": campaign.ends_on, "closing_words": campaign.closing_words}
    form = ClosingForm(data={**kept, "version": str(campaign.version)})
    if not form.accepted():
        return _closing(form, campaign, key)
    if form.version.data != str(campaign.version):
        return _said_otherwise(form, campaign, key)
    rules.finish(campaign, form.ends_on.data or campaign.ends_on, form.closing_words.data or "")
    url = url_for("campaigns.show", id=id, ok="saved")
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def _closing(
    form: ClosingForm, campaign: Campaign, release: str = "", *, status: int = 422, theirs: str = ""
) -> Response:
    """The form as it was sent."""
    if request.method == "GET":
        status = 200
    else:
        release_once(release)
        db.session.commit()
    return page(
        "campaigns/closing.html", title="结束语", tab="feed", status=status, campaign=campaign, form=form,
        theirs=theirs,
    )  # fmt: skip


def _said_otherwise(form: ClosingForm, campaign: Campaign, key: str) -> Response:
    """The second of two clerks sees what the first wrote, and keeps their own words and day."""
    form.version.data = str(campaign.version)
    form.version.raw_data = None
    form.closing_words.errors = [FASTER]
    theirs = f"最后一天：{say_day(campaign.ends_on)}\n{campaign.closing_words or '（没有写结束语）'}"
    return _closing(form, campaign, key, status=409, theirs=theirs)


@bp.route("/<int:id>/<action>", methods=["GET", "POST"])
@writers
def act(id: int, action: str) -> BaseResponse:
    """Move a campaign on. One that needs a reason shows its small form first."""
    campaign = get_visible_or_404(Campaign, id, me())
    transition = rules.WORKFLOW.find(action)
    form = NoteForm()
    if not transition.guard(me(), campaign):
        abort(403)
    if request.method == "GET" or (transition.note and not form.accepted()):
        status = 422 if request.method == "POST" else 200
        return page(
            "campaigns/act.html", title=transition.label, tab="feed", status=status, campaign=campaign, form=form,
            transition=transition, late=campaign.state not in transition.sources,
        )  # fmt: skip
    key = once_key()
    if earlier := claim_once(key):
        return redirect(earlier, 303)
    rules.WORKFLOW.apply(action, campaign, me(), form.note.data or "")
    url = url_for("campaigns.show", id=id, ok=TOASTS.get(action, "done"))
    settle_once(key, url)
    db.session.commit()
    return redirect(url, 303)


def _words(form: CampaignForm) -> dict[str, Any]:
    return {name: form[name].data for name in WORDS}


def _kept(campaign: Campaign) -> dict[str, Any]:
    return {name: getattr(campaign, name) for name in WORDS}


def _orgs_to_write_for(person: Me) -> list[Choice]:
    """The orgs this person holds a writing role at, the highest first."""
    held = sorted((grant for grant in person.grants if grant.role in WRITER_ROLES), key=lambda grant: len(grant.path))
    return [Choice(*each) for each in dict.fromkeys((grant.org_id, grant.org_name) for grant in held)]
