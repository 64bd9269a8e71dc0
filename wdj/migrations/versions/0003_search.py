"""search: the words of every item, and their bigrams"""

import sqlalchemy as sa
from alembic import op

from wdj.core import search

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The ascii tokenizer takes every character beyond ASCII as part of a word, so no table of Unicode decides what is found.
FTS5 = "CREATE VIRTUAL TABLE bigrams USING fts5(words, content='', detail=none, columnsize=0, tokenize='ascii')"

# What core/search.py calls tokens. It costs so much that nobody plans to call it for each row instead of the index.
FUNCTION = """
CREATE FUNCTION bigrams(words text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS $$
    SELECT array_to_tsvector(coalesce(array_agg(token), '{}'))
    FROM (
        SELECT unnest(ARRAY[one, one || lead(one) OVER (ORDER BY place)]) AS token
        FROM unnest(string_to_array(words, NULL)) WITH ORDINALITY AS letters (one, place)
    ) AS tokens
    WHERE strpos(token, ' ') = 0
$$"""


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("extra", sa.String(), nullable=False, server_default=sa.text("''")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_documents_item_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_documents_item_id", "documents", ["item_id"], unique=True)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(FTS5)
    else:
        op.execute(FUNCTION)
        op.execute("CREATE INDEX ix_documents_bigrams ON documents USING gin (bigrams(text))")
    search.rebuild(op.get_bind())


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.drop_table("bigrams")
    op.drop_table("documents")
    if not sqlite:
        op.execute("DROP FUNCTION bigrams(text)")
