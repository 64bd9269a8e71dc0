"""The filters above the worklist: what a clerk asks of it, in an address and back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, url_for
from sqlalchemy import or_, select

from wdj.core.db import db
from wdj.core.orgs import Org
from wdj.core.people import READER_ROLES, Me
from wdj.core.placements import read_mark
from wdj.modules import MODULES, WORKFLOW_OF
from wdj.portal.rows import Found

VIEWS = {
    "": "全部在办", "mine": "等我办的", "sent": "交上去、转出去的", "own": "我们在写的", "done": "办完的",
    "news": "近来发布的",
}  # fmt: skip
OF_READERS = {view: VIEWS[view] for view in ("", "done", "news")}
DUES = {"late": "超期的", "today": "今天到期的", "soon": "快到期的", "danger": "有危险，没人接的"}
LABELS = {state: label for workflow in WORKFLOW_OF.values() for state, label in workflow.states.items()}
DONE = {state for workflow in WORKFLOW_OF.values() for state in workflow.decided}
KINDS = {kind: label for module in MODULES for kind, label in module.kinds}

Fetch = Callable[[Found], Sequence[Any]]


@dataclass(frozen=True)
class Unit:
    """The org that a filter names."""

    id: int
    path: str
    name: str


@dataclass(frozen=True)
class Wanted:
    """What the filters above the list say; `after` is the mark of the last row of the page before."""

    view: str = ""
    kind: str = ""
    state: str = ""
    org: Unit | None = None
    due: str = ""
    after: str = ""

    def query(self, **more: Any) -> dict[str, Any]:
        """The same in an address."""
        said = {"view": self.view, "kind": self.kind, "state": self.state, "org": self.org and self.org.id}
        whole = {**said, "due": self.due, "after": self.after, **more}
        return {name: value for name, value in whole.items() if value}


def from_session(found: Found) -> Sequence[Any]:
    return db.session.execute(found).all()


def wanted_from(given: Mapping[str, str], person: Me, fetch: Fetch = from_session) -> Wanted:
    """The filters as an address or a form says them. 404 for an org that this person does not read for."""
    view, kind, state, due = (given.get(name, "") for name in ("view", "kind", "state", "due"))
    org = given.get("org", "")
    if not view and state in DONE:
        view = "done"
    return Wanted(
        view if view in VIEWS else "",
        kind if kind in KINDS else "",
        state if state in LABELS else "",
        _unit_or_404(int(org), person, fetch) if org.isascii() and org.isdecimal() and len(org) < 10 else None,
        due if due in DUES else "",
        given.get("after", "") if read_mark(given.get("after")) else "",
    )


def _unit_or_404(org_id: int, person: Me, fetch: Fetch) -> Unit:
    found = fetch(select(Org.id, Org.path, Org.short_name).where(Org.id == org_id))
    unit = Unit(*found[0]) if found else abort(404)
    return unit if person.has(READER_ROLES, unit.path) else abort(404)


def orgs_below(person: Me, chosen: Unit | None) -> list[tuple[int, str]]:
    """The orgs to choose from: mine, the one that is chosen, and what stands directly under them."""
    held = {grant.org_id: grant.path for grant in person.grants if grant.role in READER_ROLES}
    above = [*held, *([chosen.id] if chosen else [])]
    found = select(Org.id, Org.path, Org.short_name).where(or_(Org.id.in_(above), Org.parent_id.in_(above)))
    rows = db.session.execute(found.order_by(Org.path)).all()
    top = min((path.count("/") for path in held.values()), default=0)
    return [
        (row.id, "　" * (row.path.count("/") - top) + row.short_name)
        for row in rows
        if row.path.startswith(tuple(held.values()))
    ]


def desk_url(wanted: Wanted, **more: Any) -> str:
    return url_for("desk.show", **wanted.query(**more))
