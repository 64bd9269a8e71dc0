"""letters, what is said in them, and what people thought of the answer"""

import sqlalchemy as sa
from alembic import op

import wdj.core.db
from wdj.core import search

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WHEN = wdj.core.db.UtcDateTime(timezone=True)
OURS = "(SELECT id FROM items WHERE type IN ('letter', 'consultation'))"
# What hangs on an item in the house up to here.
HANGING = (
    "acknowledgements", "comments", "documents", "likes", "media", "outputs", "placements", "revisions", "pauses",
    "deadlines", "contacts", "receipts",
)  # fmt: skip
TABLES = (
    "verdicts", "forum_letters", "forums", "letter_templates", "letter_ratings", "letter_drafts", "letter_messages",
    "letters", "consultations",
)  # fmt: skip


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def number(name: str, *, empty: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=empty)


def points(table: str, column: str, target: str, cascade: bool = False) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE" if cascade else None)


def key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns or ("id",), name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.create_table(
        "consultations",
        number("id"), sa.Column("starts_on", sa.Date(), nullable=False), sa.Column("ends_on", sa.Date(), nullable=False),
        text("outcome"), text("public_outcome"), sa.Column("outcome_at", WHEN, nullable=True),
        points("consultations", "id", "items", cascade=True), key("consultations"),
    )  # fmt: skip
    op.create_table(
        "letters",
        number("id"), text("door"), sa.Column("received_on", sa.Date(), nullable=False),
        number("from_org_id", empty=True), number("about_id", empty=True),
        number("consultation_id", empty=True), number("merged_into_id", empty=True),
        sa.Column("is_anonymous", sa.Boolean(), nullable=False), sa.Column("may_publish", sa.Boolean(), nullable=False),
        sa.Column("shows_media", sa.Boolean(), nullable=False), text("danger"), number("round"), number("returns"),
        sa.Column("is_ruled", sa.Boolean(), nullable=False),
        number("extension_days", empty=True), text("extension_reason"), text("mediator"), text("agreement"),
        sa.Column("answered_at", WHEN, nullable=True), number("told_org_id", empty=True),
        points("letters", "id", "items", cascade=True), points("letters", "from_org_id", "orgs"),
        points("letters", "about_id", "items"), points("letters", "consultation_id", "consultations"),
        points("letters", "merged_into_id", "letters"), points("letters", "told_org_id", "orgs"), key("letters"),
    )  # fmt: skip
    for name in ("received_on", "about_id", "consultation_id", "merged_into_id", "told_org_id"):
        op.create_index(f"ix_letters_{name}", "letters", [name])
    op.create_table(
        "letter_messages",
        number("id"), number("letter_id"), text("kind"), number("round"), text("text"), text("public_text"),
        sa.Column("at", WHEN, nullable=False), number("org_id", empty=True), number("person_id", empty=True),
        number("checker_id", empty=True), sa.Column("is_shown", sa.Boolean(), nullable=False),
        points("letter_messages", "letter_id", "letters", cascade=True), points("letter_messages", "org_id", "orgs"),
        points("letter_messages", "person_id", "people"), points("letter_messages", "checker_id", "people"),
        key("letter_messages"),
    )  # fmt: skip
    op.create_index("ix_letter_messages_letter", "letter_messages", ["letter_id", "id"])
    op.create_table(
        "letter_drafts",
        number("letter_id"), text("text"), number("version"), sa.Column("at", WHEN, nullable=False), number("person_id"),
        text("editors"),
        points("letter_drafts", "letter_id", "letters", cascade=True), points("letter_drafts", "person_id", "people"),
        key("letter_drafts", "letter_id"),
    )  # fmt: skip
    op.create_table(
        "letter_ratings",
        number("letter_id"), number("round"), sa.Column("solved", sa.Boolean(), nullable=True),
        number("satisfaction", empty=True), text("words"), text("way"), sa.Column("at", WHEN, nullable=False),
        number("person_id", empty=True),
        points("letter_ratings", "letter_id", "letters", cascade=True), points("letter_ratings", "person_id", "people"),
        key("letter_ratings", "letter_id", "round"),
    )  # fmt: skip
    op.create_table(
        "letter_templates",
        number("id"), number("org_id"), text("kind"), text("title"), text("text"),
        points("letter_templates", "org_id", "orgs"), key("letter_templates"),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index("ix_letter_templates_org_id", "letter_templates", ["org_id", "kind"])
    op.create_table(
        "forums",
        number("id"), number("org_id"), text("kind"), sa.Column("held_on", sa.Date(), nullable=False), text("title"),
        text("place"), text("people"), text("text"), number("person_id"), sa.Column("at", WHEN, nullable=False),
        number("version"), points("forums", "org_id", "orgs"), points("forums", "person_id", "people"), key("forums"),
    )  # fmt: skip
    op.create_index("ix_forums_org_id", "forums", ["org_id", "id"])
    op.create_table(
        "forum_letters",
        number("forum_id"), number("letter_id"),
        points("forum_letters", "forum_id", "forums", cascade=True),
        points("forum_letters", "letter_id", "letters", cascade=True), key("forum_letters", "forum_id", "letter_id"),
    )  # fmt: skip
    op.create_index("ix_forum_letters_letter_id", "forum_letters", ["letter_id"])
    op.create_table(
        "verdicts",
        number("letter_id"), number("consultation_id"), sa.Column("is_adopted", sa.Boolean(), nullable=False),
        text("why"), text("public_why"), sa.Column("at", WHEN, nullable=False),
        points("verdicts", "letter_id", "letters", cascade=True),
        points("verdicts", "consultation_id", "consultations", cascade=True), key("verdicts", "letter_id"),
    )  # fmt: skip
    op.create_index("ix_verdicts_consultation_id", "verdicts", ["consultation_id", "is_adopted", "letter_id"])
    op.create_index("ix_items_created", "items", ["type", "created_at"])
    op.add_column("media", sa.Column("is_shown", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("media", "is_shown")
    op.drop_index("ix_items_created", "items")
    _forget()
    for name in TABLES:
        op.drop_table(name)


def _forget() -> None:
    """Take away what the house before knows no type of, and all that hangs on it; its log stays, of nothing."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for row in connection.execute(sa.text(f"SELECT id, text FROM documents WHERE item_id IN {OURS}")).all():  # noqa: S608
            connection.execute(search.DROP, {"id": row.id, "words": " ".join(search.tokens(row.text))})
    for name in HANGING:
        op.execute(f"DELETE FROM {name} WHERE item_id IN {OURS}")  # noqa: S608
    op.execute(f"UPDATE events SET item_id = NULL WHERE item_id IN {OURS}")  # noqa: S608
    op.execute(f"DELETE FROM once WHERE made IN {OURS}")  # noqa: S608
    op.execute("DELETE FROM jobs WHERE name LIKE 'letters.%'")
    op.execute("UPDATE letters SET merged_into_id = NULL")
    for name in TABLES:
        op.execute(f"DELETE FROM {name}")  # noqa: S608
    op.execute("DELETE FROM items WHERE type IN ('letter', 'consultation')")
