"""What a page asks the database: never a scan, a sort or a count of what grows, never what a million rows make slow."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from tests.areas import addresses
from tests.databases import SERVER
from tests.stage import VISITOR, Stage
from wdj.core.db import db

# What grows with the years; the others (orgs, people, logins of one person) stay small.
GROWING = (
    "items", "posts", "placements", "comments", "likes", "media", "events", "contributions", "documents", "revisions",
    "outputs", "disclosure_lines", "post_aims", "acknowledgements", "receipts", "contacts",
    "deadlines", "pauses", "letters", "letter_messages", "letter_ratings", "verdicts", "forums", "forum_letters",
)  # fmt: skip
# What may be sorted on a page, each with the reason why it stays short.
SORTS = {
    r"row_number\(\) OVER \(PARTITION BY media\.item_id": "the pictures of the ten items of one page",
    r"comments\.device_id = .* OR comments\.person_id = ": "what one person, and the phone in their hand, have said",
    r"items\.device_id = .* OR items\.author_id = ": "what one person, and the phone in their hand, have sent in",
    r"items\.state IN .* ORDER BY (coalesce|items\.id)": "what waits on a desk is as long as it is left to wait",
    r"items\.state IN .* ORDER BY deadlines\.started_on": "what waits on a desk is as long as it is left to wait",
    r"FROM forums JOIN orgs .* ORDER BY forums\.id DESC": "what an org has visited and met is some dozens a year",
}
# What may be counted on a page for clerks, each with the reason why it stays short.
COUNTS = {
    r"acknowledgements\.item_id = .* AND acknowledgements\.org_id IN": "who has read one notice: an index holds it",
    r"letters\.consultation_id = |verdicts\.consultation_id = ": "what one consultation got: an index holds it",
}

Asked = tuple[str, str, Any]


@contextmanager
def recorded(stage: Stage) -> Iterator[list[tuple[str, Any]]]:
    """Every (statement, parameters) that is sent meanwhile."""
    sent: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> None:
        sent.append((statement, parameters))

    with stage.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture(scope="module")
def asked(stage: Stage) -> list[Asked]:
    """(url, statement, parameters) of every GET, by a visitor and by each kind of clerk; nothing is remembered."""
    found: list[Asked] = []
    urls = addresses(stage)
    for who in (VISITOR, "村干部", "镇干部", "县委办公室", "领导", "党员"):
        for url in urls:
            stage.comment("pending")  # a commit: the next page remembers nothing
            with recorded(stage) as sent:
                stage.browsers[who].get(url).close()
            found += [(f"{who} {url}", statement, parameters) for statement, parameters in sent]
    return found


def growing_in(statement: str) -> set[str]:
    return {table for table in GROWING if re.search(rf"\b(?:FROM|JOIN|UPDATE) {table}\b", statement)}


def test_pages_were_asked_for(asked: list[Asked]) -> None:
    assert {table for _, statement, _ in asked for table in growing_in(statement)} >= {
        "items",
        "placements",
        "comments",
    }


def test_a_get_only_reads(asked: list[Asked]) -> None:
    """A login that was used is noted after the answer (session.touch), in a write of its own."""
    wrong = {
        (url, statement)
        for url, statement, _ in asked
        if not re.match(r"SELECT|WITH|PRAGMA|BEGIN|SET LOCAL", statement)
        and "UPDATE logins SET seen_at" not in statement
    }
    assert not wrong, f"{wrong}: a GET that writes waits for the lock and fails beside a busy writer"


def test_no_page_skips_rows_or_searches_inside_words(asked: list[Asked]) -> None:
    wrong = set()
    for url, statement, parameters in asked:
        values = _values(parameters)
        # SQLAlchemy writes every LIMIT for SQLite as LIMIT ? OFFSET ?, with 0.
        skips = "OFFSET" in statement and not (statement.endswith("LIMIT ? OFFSET ?") and values[-1] == 0)
        inside = " LIKE " in statement and any(str(value).startswith("%") for value in values)
        wrong |= {(url, statement)} if skips or inside else set()
    assert not wrong, f"{wrong}: page by the last row seen (placements.mark); search by the index of bigrams"


def _values(parameters: Any) -> list[Any]:
    return list(parameters.values()) if isinstance(parameters, dict) else list(parameters or ())


def test_no_page_counts_what_grows(asked: list[Asked]) -> None:
    wrong = {
        (url, statement)
        for url, statement, _ in asked
        if re.search(r"\bcount\(", statement, re.IGNORECASE)
        and growing_in(statement)
        and not any(re.search(why, statement, re.DOTALL) for why in COUNTS)
    }
    assert not wrong, f"{wrong}: keep a counter on the item, raised with what it counts"


def test_every_list_of_what_grows_has_an_end(asked: list[Asked]) -> None:
    """By a LIMIT, or because it belongs to one item, one page or one row."""
    one_item = "items|posts|comments|media|likes|placements|revisions|disclosure_lines|post_aims|outputs"
    one_item += "|acknowledgements|deadlines|pauses"
    one_item += "|letters|letter_messages|letter_ratings|receipts|contacts|verdicts|forums|forum_letters"
    keys = "id|key|item_id|post_id|letter_id|forum_id|consultation_id|merged_into_id|number"
    narrow = re.compile(rf"LIMIT|\b(?:{one_item})\.(?:{keys}) (?:=|IN)|events\.\w+ =|= posts\.id")
    wrong = {(url, statement) for url, statement, _ in asked if growing_in(statement) and not narrow.search(statement)}
    assert not wrong, f"{wrong}: add a LIMIT; a page shows one page of rows"


def plans(stage: Stage, asked: list[Asked]) -> set[tuple[str, str]]:
    """(step, statement) of how SQLite answers each question about what grows."""
    found = set()
    with stage.app.app_context():
        connection = db.session.connection()
        for _, statement, parameters in asked:
            if statement.startswith(("SELECT", "WITH")) and growing_in(statement):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                found |= {(step, statement) for step in plan.scalars("detail")}
    return found


# PostgreSQL plans by the size of the tables, and these are small: there the text of the statements is all one can hold.
if not SERVER:

    def test_no_page_scans_what_grows(stage: Stage, asked: list[Asked]) -> None:
        # An index of few rows may be read from its end: the notices that must be read.
        scan = re.compile(rf"SCAN ({'|'.join(GROWING)})\b(?!.* INDEX ix_posts_must_read)")
        wrong = {each for each in plans(stage, asked) if scan.match(each[0])}
        assert not wrong, f"{wrong}: a million rows make this slow; add the index"

    def test_no_page_sorts_what_grows(stage: Stage, asked: list[Asked]) -> None:
        sorts = {each for each in plans(stage, asked) if "USE TEMP B-TREE" in each[0]}
        wrong = {each for each in sorts if not any(re.search(why, each[1], re.DOTALL) for why in SORTS)}
        assert not wrong, f"{wrong}: order by what an index holds, or say in SORTS why it stays short"
        stale = [why for why in SORTS if not any(re.search(why, each[1], re.DOTALL) for each in sorts)]
        assert not stale, f"{stale}: nothing sorts like this any more; take it off SORTS"
