"""`flask wdj …`: set up, fill with the sample, serve, run jobs."""

import sys
from pathlib import Path
from types import ModuleType

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from wdj.core import jobs, search
from wdj.core.db import db
from wdj.core.items import record
from wdj.core.orgs import Org
from wdj.core.people import HASHER, Grant, Role, add_person, new_password
from wdj.core.site import site
from wdj.portal import sample
from wdj.portal.county import BadCounty, load_county, read_county
from wdj.portal.lifecycles import lifecycles
from wdj.portal.serve import CannotServe, refuse_public_sample
from wdj.portal.serve import serve as run_servers

wdj = AppGroup("wdj", help="Set up and run the county's platform.")


@click.command("db", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@with_appcontext
def migrations(words: tuple[str, ...]) -> None:
    """Bring the schema up or down: `flask db --help`."""
    _schema().commands()(words, prog_name="flask db")


def _schema() -> ModuleType:
    """What migrates, read only by who does."""
    from wdj.core import schema

    return schema


def is_empty() -> bool:
    return db.session.scalar(select(Org.id).limit(1)) is None


def fill_empty() -> None:
    """Load the sample county into a database that holds none."""
    if is_empty():
        click.echo("空库：装入凤县和示例，约几秒 …")
        sample.load()
        db.session.commit()
        jobs.run_due()


@wdj.command()
def prepare() -> None:
    """Bring the database up to date; fill an empty one with the sample county. Later starts change nothing."""
    _schema().upgrade()
    fill_empty()
    db.session.rollback()
    if site().sample:
        click.echo("示例账号（密码都是 " + sample.PASSWORD + "）：")
        for login, who in sample.logins():
            click.echo(f"  {login:<12} {who}")


@wdj.command("sample")
def add_years() -> None:
    """Add two years of posts, comments and reads to the sample county; into an empty database the county too."""
    _schema().upgrade()
    fill_empty()
    try:
        sample.load_years(click.echo)
    except sample.NoSample as wrong:
        db.session.rollback()
        raise click.ClickException(str(wrong)) from wrong
    db.session.commit()
    click.echo("装好了。用 make run 打开看。")


@wdj.command()
@click.option("--county", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--offices", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--admin", required=True, help="name of the first account, with the county office's rights")
@click.option("--login", default="admin", show_default=True, help="what this person types to log in")
def init(county: Path, offices: Path | None, admin: str, login: str) -> None:
    """Set up a county from its division file, without samples, and make the first account."""
    try:
        read = read_county(county.read_bytes(), offices.read_bytes() if offices else None)
    except BadCounty as wrong:
        raise click.ClickException(f"{county.name}：{wrong}") from wrong
    _schema().upgrade()
    password = new_password()
    hashed = HASHER.hash(password)
    try:
        top = load_county(read)
    except BadCounty as wrong:
        db.session.rollback()
        raise click.ClickException(str(wrong)) from wrong
    person = add_person(login, admin, "", hashed)
    db.session.add(Grant(person_id=person.id, role=Role.county_office.value, org_id=top.id))
    record("person_made", "建账号", None, about_id=person.id)
    db.session.commit()
    villages = sum(len(town.villages) for town in read.towns)
    click.echo(f"{read.name}：{len(read.towns)} 个镇，{villages} 个村和社区。")
    click.echo(f"第一个账号：{person.login}　密码：{password}　（只显示这一次，登录后会请您改掉）")


@wdj.command()
def serve() -> None:
    """Run gunicorn and the job runner until Ctrl-C."""
    config = current_app.config
    try:
        is_sample = site().sample
        db.session.remove()
        db.engine.dispose()
        refuse_public_sample(config["WDJ_BIND"], is_sample, config["WDJ_SAMPLE_ANYWHERE"])
        sys.exit(run_servers(config))
    except CannotServe as wrong:
        raise click.ClickException(str(wrong)) from wrong


@wdj.command()
def work() -> None:
    """Run jobs until told to stop (serve starts this)."""
    jobs.work(current_app._get_current_object())  # type: ignore[attr-defined]


@wdj.command()
def reindex() -> None:
    """Make the search index anew; nobody can write meanwhile."""
    number = search.rebuild(db.session.connection())
    db.session.commit()
    click.echo(f"{number} 件都能找到了。")


@wdj.command("lifecycles")
def print_lifecycles() -> None:
    """Print docs/lifecycles.md anew from the workflow tables."""
    click.echo(lifecycles(), nl=False)


def init_app(app: Flask) -> None:
    app.cli.add_command(wdj)
    app.cli.add_command(migrations)
