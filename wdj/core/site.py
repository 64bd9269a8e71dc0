"""What the site says of itself on every page, and the few facts of this installation kept in the database."""

from dataclasses import dataclass

from flask import Flask, current_app, g
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from wdj.core.db import Model, brief_read
from wdj.core.fresh import Memory, memory
from wdj.core.orgs import Kind, Org


class Fact(Model):
    """`sample` = the day the sample was made for, where this database holds one."""

    __tablename__ = "facts"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


@dataclass(frozen=True)
class Site:
    """For the head and foot of every page; what is None is left out."""

    name: str
    county_id: int | None
    host_org: str
    phone: str | None
    phone_hours: str
    icp: str | None
    police: str | None
    sample: bool


# Every first page after a commit asks these: put together once.
COUNTY = select(Org.id, Org.short_name).where(Org.kind == Kind.county)
SAMPLE = select(Fact.value).where(Fact.name == "sample")


def site() -> Site:
    """The site as it is now: settings, and the county's name from the database."""
    known = memory()
    if "site" not in known:
        known["site"] = _read_site()
    found: Site = known["site"]
    return found


def _read_site() -> Site:
    with brief_read() as connection:
        county, sample = connection.execute(COUNTY).first(), connection.execute(SAMPLE).first()
    return _site(county[0] if county else None, county[1] if county else "", is_sample=sample is not None)


def absolute(path: str) -> str:
    """The public address of a path: what is printed, scanned and shared. Never made of what a request says."""
    address: str = current_app.config["WDJ_SITE_URL"]
    return address + path


def forget_database() -> None:
    """For the rest of this request the site is what its settings say."""
    g.memory = Memory()
    g.memory["site"] = _site(None, "", is_sample=False)


def _site(county_id: int | None, county_name: str, *, is_sample: bool) -> Site:
    config = current_app.config
    return Site(
        name=config["WDJ_SITE_NAME"] or f"{county_name}微党建",
        county_id=county_id,
        host_org=config["WDJ_HOST_ORG"] or (county_name and f"中共{county_name}委组织部"),
        phone=config["WDJ_PHONE"] or ("0917-000-0000" if is_sample else None),
        phone_hours=config["WDJ_PHONE_HOURS"],
        icp=config["WDJ_ICP"],
        police=config["WDJ_POLICE"],
        sample=is_sample,
    )


def init_app(app: Flask) -> None:
    app.extensions["site"] = site
