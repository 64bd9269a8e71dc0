"""items of a disclosure, whom a notice is for, and every wording that was saved"""

import sqlalchemy as sa
from alembic import op

import wdj.core.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MUST_READ = sa.text("must_read")


def upgrade() -> None:
    op.create_table(
        "disclosure_lines",
        sa.Column(
            "post_id",
            sa.Integer(),
            sa.ForeignKey("posts.id", name="fk_disclosure_lines_post_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("post_id", "position", name="pk_disclosure_lines"),
    )
    op.create_table(
        "post_aims",
        sa.Column(
            "post_id",
            sa.Integer(),
            sa.ForeignKey("posts.id", name="fk_post_aims_post_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("org_id", sa.Integer(), sa.ForeignKey("orgs.id", name="fk_post_aims_org_id"), nullable=False),
        sa.PrimaryKeyConstraint("post_id", "org_id", name="pk_post_aims"),
    )
    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "item_id",
            sa.Integer(),
            sa.ForeignKey("items.id", name="fk_revisions_item_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", wdj.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id", name="fk_revisions_person_id"), nullable=True),
        sa.Column("form", sa.String(), nullable=False, server_default=sa.text("''")),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_revisions"),
    )
    op.create_index("ix_revisions_item", "revisions", ["item_id", "number"], unique=True)
    op.create_index("ix_posts_must_read", "posts", ["id"], sqlite_where=MUST_READ, postgresql_where=MUST_READ)


def downgrade() -> None:
    op.drop_index("ix_posts_must_read", "posts")
    for table in ("revisions", "post_aims", "disclosure_lines"):
        op.drop_table(table)
