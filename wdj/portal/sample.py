"""The sample: Feng County with an invented cast, filled by each module; the same at every loading."""

from collections.abc import Callable
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
    ("lingdao", "刘志远", Role.leader, "凤县"),
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


class NoSample(RuntimeError):
    """The two years cannot be added here; the text says why, in Chinese."""


def load_years(say: Callable[[str], None]) -> None:
    """Add two years to the sample that is there. The caller commits. Raises NoSample.

    They end on the day of the sample itself, so that one database is like another whenever they came.
    """
    facts = {fact.name: fact.value for fact in db.session.scalars(select(Fact))}
    if "sample" not in facts:
        raise NoSample("这个库里是真实的县，不装示例。想看示例，请换一个空的 WDJ_INSTANCE。")
    if "sample_years" in facts:
        raise NoSample(f"到 {facts['sample_years']} 为止的两年示例已经在库里了，不再装第二遍。")
    say("装入两年的示例，不到一分钟。网站开着的话，这一会儿存不了东西 …")
    db.session.add(Fact(name="sample_years", value=facts["sample"]))
    db.session.flush()
    for module in MODULES:
        if module.sample_years:
            module.sample_years(Random(SEED), date.fromisoformat(facts["sample"]), say)  # noqa: S311
    db.session.flush()
    say("正在让每一篇都能搜到 …")
    search.rebuild(db.session.connection())


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
