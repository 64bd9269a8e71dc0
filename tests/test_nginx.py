"""deploy/nginx.conf as far as it can be read without nginx: what it tells the app of a request."""

import re

from tests.conftest import County, start
from tests.databases import Database
from wdj.config import ROOT
from wdj.core.db import db
from wdj.portal.sample import PASSWORD

CONF = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
ADDRESS = "dj.example.gov.cn:8443"
# What nginx puts in for a request to that address.
VALUES = {"$host": "dj.example.gov.cn", "$http_host": ADDRESS, "$scheme": "https", "$remote_addr": "192.0.2.7"}


def headers() -> dict[str, str]:
    told = dict(re.findall(r"^ *proxy_set_header (\S+) (\S+);", CONF, re.MULTILINE))
    return {name: VALUES[value] for name, value in told.items()}


def test_a_form_is_taken_on_another_port_too(county: County) -> None:
    config = county.app.config
    app = start(Database(config["WDJ_DATABASE_URL"]), config["WDJ_INSTANCE"], WDJ_HTTPS="1", WDJ_PROXIES="1")
    phone = app.test_client()
    sent = {"login": "sjs", "password": PASSWORD}
    answer = phone.post("/login", data=sent, headers={**headers(), "Origin": f"https://{ADDRESS}"})
    assert answer.status_code == 303
    foreign = phone.post("/login", data=sent, headers={**headers(), "Origin": "https://dj.example.gov.cn"})
    assert foreign.status_code == 403, "another port is another site"
    app.extensions["freshness"].close()
    with app.app_context():
        db.engine.dispose()


def test_the_app_is_told_nothing_that_it_does_not_read() -> None:
    assert set(headers()) == {"Host", "X-Forwarded-For", "X-Forwarded-Proto"}
