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
        op.execute(
            "CREATE TABLE bigrams (rowid integer PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,"
            " words tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX ix_bigrams_words ON bigrams USING gin (words)")
    search.rebuild(op.get_bind())


def downgrade() -> None:
    op.drop_table("bigrams")
    op.drop_table("documents")
