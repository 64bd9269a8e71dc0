"""The schema of the database, brought up to date. Alembic is 10 MB that no worker needs: who migrates imports this."""

import flask_migrate
from flask import Flask, current_app
from flask.cli import AppGroup
from flask_migrate.cli import db as group  # type: ignore[import-not-found]

from wdj.core.db import db

migrate = flask_migrate.Migrate()


def upgrade(directory: str | None = None) -> None:
    """Bring the database of this app up to the newest migration."""
    _prepare(current_app)
    flask_migrate.upgrade(directory)


def commands() -> AppGroup:
    """The commands of `flask db`, for this app."""
    _prepare(current_app)
    found: AppGroup = group
    return found


def _prepare(app: Flask) -> None:
    if "migrate" not in app.extensions:
        migrate.init_app(app, db, directory=str(app.config["MIGRATIONS"]), render_as_batch=True)
