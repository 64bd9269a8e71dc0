"""reports"""

import sqlalchemy as sa
from alembic import op

import wdj.core.db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

REPORTED = sa.text("report_count > 0")


def upgrade() -> None:
    op.create_table(
        "comment_reports",
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("reporter", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", wdj.core.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comments.id"], name=op.f("fk_comment_reports_comment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("comment_id", "reporter", name=op.f("pk_comment_reports")),
    )
    op.create_index("ix_comment_reports_reporter", "comment_reports", ["reporter", "at"])
    op.create_index(
        "ix_comments_reported", "comments", ["state", "id"], sqlite_where=REPORTED, postgresql_where=REPORTED
    )


def downgrade() -> None:
    op.drop_index("ix_comments_reported", "comments")
    op.drop_index("ix_comment_reports_reporter", "comment_reports")
    op.drop_table("comment_reports")
