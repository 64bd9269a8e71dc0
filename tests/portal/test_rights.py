"""docs/rights.md is the oracle: every cell is walked with a real login, and every route has a row."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from werkzeug.test import TestResponse

from tests.areas import ASKS
from tests.databases import Database
from tests.stage import ROLES, VISITOR, Stage, furnish
from wdj.config import ROOT

COLUMNS = [VISITOR, *ROLES]
ADVICE = "Change docs/rights.md first if the rule changed, else the code; see the rules at the head of that page."


@dataclass(frozen=True)
class Row:
    method: str
    rule: str
    case: str
    cells: dict[str, str]


def read_rows() -> list[Row]:
    """Every row of the tables of docs/rights.md that has an address."""
    lines = (ROOT / "docs/rights.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    heads = [row for row in cells if row[:3] == ["事情", "地址", "情况"]]
    assert heads, "docs/rights.md has lost its tables"
    assert all(row[3:] == COLUMNS for row in heads), f"the columns of docs/rights.md are {COLUMNS}"
    found = [row for row in cells if len(row) == 13 and row[1].startswith("`")]
    return [Row(*row[1].strip("`").split(" ", 1), row[2], dict(zip(COLUMNS, row[3:], strict=True))) for row in found]


ROWS = read_rows()


@pytest.fixture(scope="module")
def stage(county_template: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    yield from furnish(county_template, tmp_path_factory.mktemp("rights"))


def _answer(stage: Stage, row: Row, who: str) -> str:
    """Do what the row says as `who` and give the answer in the words of docs/rights.md."""
    ask = ASKS[f"{row.method} {row.rule}"](stage, who, row.case)
    browser = ask.by or stage.browsers[who]
    if row.method == "GET":
        return _in_words(browser.get(ask.url), "看")
    before = stage.print()
    said = _in_words(browser.post(ask.url, ask.data), "办")
    changed = stage.print() != before
    if ask.stored and changed != (said == "办"):
        return f"{said}, 但是库里{'变了' if changed else '没变'}"
    return said


def _in_words(response: TestResponse, good: str) -> str:
    status, where = response.status_code, response.headers.get("Location", "")
    text = response.text if response.mimetype == "text/html" else ""
    response.close()
    if where.startswith("/login") or (status == 403 and 'id="again"' in text and "先登录" in text):
        return "登录"
    if status in (200, 301, 303) and 'role="alert"' not in text:
        return good
    return {409: "晚了", 422: "不收"}.get(status, str(status))


def test_every_route_stands_in_the_table_and_every_row_is_a_route(stage: Stage) -> None:
    routes = {
        f"{method} {rule.rule}"
        for rule in stage.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    written = {f"{row.method} {row.rule}" for row in ROWS}
    assert routes - written == set(), "write these routes into docs/rights.md: who may use them?"
    assert written - routes == set(), "docs/rights.md has rows for routes that are gone"
    assert len({(row.method, row.rule, row.case) for row in ROWS}) == len(ROWS), "a row of docs/rights.md stands twice"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.rule} {row.case}".strip())
def test_each_cell_is_as_it_is_written(stage: Stage, row: Row) -> None:
    answers = {who: _answer(stage, row, who) for who in COLUMNS}
    wrong = {who: f"written {row.cells[who]}, is {said}" for who, said in answers.items() if said != row.cells[who]}
    assert not wrong, f"{row.method} {row.rule} {row.case}: {wrong}. {ADVICE}"
