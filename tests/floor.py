"""What the tests of the ground floor share: a published post, counts of everything, single answers of the database."""

from typing import Any

from flask import Flask
from sqlalchemy import text
from werkzeug.routing import AnyConverter, Rule

from tests.browser import Browser
from tests.conftest import County
from wdj.core.db import SAFE_METHODS, Model, db

TITLE = "三组便道明天通车了"
TEXT = "村上的便道从三组修到了椒园门口，明天通车。\n\n谢谢出工的乡亲，农用车先走。"


def words(county: County, org: str, **more: str) -> dict[str, str]:
    """A post of `org` as its editor sends it; `then` is the button."""
    return {"org": str(county.org(org)), "kind": "news", "title": TITLE, "text": TEXT, **more}


def write(clerk: Browser, county: County, org: str, **more: str) -> int:
    """Let the clerk send the editor; returns the id of the post."""
    clerk.get("/feed/new")
    response = clerk.post("/feed/new", words(county, org, **more))
    assert response.status_code == 303, response.get_data(as_text=True)
    return int(response.headers["Location"].split("/")[2].partition("?")[0])


def published(county: County) -> int:
    """The id of a post of 留凤关镇 that everybody reads."""
    return write(county.zhou(), county, "留凤关镇", then="publish")


def submitted(county: County) -> int:
    """The id of a post that 沙江寺村 handed in to 留凤关镇."""
    return write(county.li(), county, "沙江寺村", then="submit")


def one(app: Flask, statement: str, **values: Any) -> Any:
    """The one value that `statement` finds."""
    with app.app_context():
        found = db.session.execute(text(statement), values).scalar()
        db.session.remove()
        return found


def every(app: Flask, statement: str, **values: Any) -> list[Any]:
    """The first column of all that `statement` finds."""
    with app.app_context():
        found = list(db.session.execute(text(statement), values).scalars())
        db.session.remove()
        return found


def change(app: Flask, statement: str, **values: Any) -> None:
    with app.app_context():
        db.session.execute(text(statement), values)
        db.session.commit()
        db.session.remove()


def counts(app: Flask) -> dict[str, int]:
    """How many rows each table holds."""
    return {name: one(app, f"SELECT count(*) FROM {name}") for name in Model.metadata.tables}


def address(rule: Rule, values: dict[str, Any]) -> str:
    """The path of `rule` with its gaps filled from `values`, or by a likely thing."""
    likely = {
        "id": 1,
        "grant_id": 1,
        "action": "publish",
        "code": "610330",
        "key": "k",
        "name": "n",
    }
    chosen = {name: sorted(each.items)[0] for name, each in rule._converters.items() if isinstance(each, AnyConverter)}
    filled = {each: values.get(each, chosen.get(each, likely.get(each, 1))) for each in rule.arguments}
    return rule.build(filled, append_unknown=False)[1]  # type: ignore[index]


def unsafe_addresses(county: County) -> list[str]:
    rules = [rule for rule in county.app.url_map.iter_rules() if rule.methods and rule.methods - SAFE_METHODS]
    return sorted({address(rule, {}) for rule in rules})
