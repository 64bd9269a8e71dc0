"""The sample: Feng County with an invented cast, filled by each module; the same at every loading."""

from datetime import date
from random import Random

from flask import current_app
from sqlalchemy import select

from wdj.core import search
from wdj.core.clock import today
from wdj.core.db import db
from wdj.core.orgs import Org
from wdj.core.people import HASHER, Grant, Role, add_person
from wdj.core.site import Fact
from wdj.modules import MODULES
from wdj.portal.county import first_county, load_county

SEED = 610330
PASSWORD = "huajiao-hongle-7"  # noqa: S105
# login, name, role, org: invented people.
CAST = (
    ("sjs", "李小满", Role.village_clerk, "沙江寺村"),
    ("liufengguan", "周敏", Role.town_clerk, "留凤关镇"),
    ("pingmu", "王建军", Role.town_clerk, "平木镇"),
    ("nongye", "赵强", Role.department_clerk, "县农业农村局"),
    ("xian", "陈静", Role.county_office, "凤县"),
    ("it", "孙伟", Role.it, "凤县"),
)


def load() -> None:
    """Add the sample to an empty database. The caller commits."""
    load_people()
    day = sample_today()
    for module in MODULES:
        module.sample(Random(SEED), day)  # noqa: S311
    db.session.flush()
    search.rebuild(db.session.connection())
    db.session.add(Fact(name="sample", value=day.isoformat()))


def load_people() -> None:
    """Add the county and the cast alone."""
    hashed = HASHER.hash(PASSWORD)
    load_county(first_county())
    orgs = {org.short_name: org.id for org in db.session.scalars(select(Org).order_by(Org.id))}
    for login, name, role, org_name in CAST:
        person = add_person(login, name, "", hashed, must_change=False)
        db.session.add(Grant(person_id=person.id, role=role.value, org_id=orgs[org_name]))


def sample_today() -> date:
    """The day that the sample takes for today: WDJ_SAMPLE_TODAY, else the real one."""
    given = current_app.config["WDJ_SAMPLE_TODAY"]
    return date.fromisoformat(given) if given else today()


def logins() -> list[tuple[str, str]]:
    """(login, who it is) of the cast, for the window that starts the sample."""
    return [(login, f"{org_name} {role.label} {name}（示例）") for login, name, role, org_name in CAST]
