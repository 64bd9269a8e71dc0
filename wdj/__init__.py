"""wdj: the community platform of a rural county."""

import os
from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from wdj import config
from wdj.core import assets, db, errors, forms, fresh, front, jobs, logs, media, pages, reads, receipts, session, site
from wdj.modules import MODULES
from wdj.portal import PORTAL


def create_app(environ: Mapping[str, str] = os.environ, **over: Any) -> Flask:
    """Return the whole site. Settings come from WDJ_* of `environ`; a wrong one raises config.BadSetting."""
    app = Flask(
        "wdj", static_folder=None, template_folder=str(config.ROOT / "templates"), root_path=str(config.ROOT / "wdj")
    )
    app.config.update(config.load(environ), MIGRATIONS=config.ROOT / "wdj" / "migrations")
    app.config.update(over)
    app.config["MAX_CONTENT_LENGTH"] = app.config["WDJ_UPLOAD_MB"] * 1024 * 1024
    app.config["MAX_FORM_MEMORY_SIZE"] = 2 * 1024 * 1024
    app.secret_key = config.secret_key(app.config["WDJ_INSTANCE"])
    app.logger.setLevel(app.config["WDJ_LOG_LEVEL"])
    logs.init_app(app)
    files = assets.Assets(config.ROOT / "static")
    app.jinja_env.globals.update(static=files.url)

    db.init_app(app)
    fresh.init_app(app)
    reads.init_app(app)
    jobs.init_app(app)
    site.init_app(app)
    session.init_app(app)
    receipts.init_app(app)
    forms.init_app(app)
    pages.init_app(app)
    errors.init_app(app, files)
    app.register_blueprint(media.blueprint)
    for module in MODULES:
        app.register_blueprint(module.blueprint)
    for part in PORTAL:
        part.init_app(app)
    if proxies := app.config["WDJ_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    front.init_app(app, files)
    return app
