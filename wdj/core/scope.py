"""For which part of the county a page is: the org that this device chose to see first, and the way down to it."""

from collections.abc import Callable

from flask import abort, url_for

from wdj.core.asked import asked
from wdj.core.db import db
from wdj.core.fresh import memory
from wdj.core.orgs import Kind, Org, ancestors


def find_org(org_id: int) -> Org | None:
    """The org, remembered until the next commit."""
    known = memory()
    key = ("org", org_id)
    if key not in known:
        org = db.session.get(Org, org_id)
        if org is None:  # not remembered: anybody can invent numbers
            return None
        db.session.expunge(org)
        known[key] = org
    found: Org = known[key]
    return found


def org_or_404(org_id: int) -> Org:
    return find_org(org_id) or abort(404)


def page_of(org_id: int) -> str:
    """The address of an org's own page."""
    return url_for("home.org", id=org_id)


def crumb_of(org: Org, url_of: Callable[[int], str] = page_of) -> list[tuple[str, str]]:
    """(name, url) from the county down to `org`."""
    above = [org_or_404(org_id) for org_id in ancestors(org)]
    names = [("全县" if each.kind == Kind.county else each.short_name, each) for each in [*above, org]]
    return [(name, url_of(each.id)) for name, each in names]


def remembered_village() -> Org | None:
    """The org that this device chose to see first, if it is one."""
    chosen = asked().village
    return find_org(chosen) if chosen else None
