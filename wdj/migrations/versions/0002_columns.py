"""what the feed and its desk need of the tables that are there"""

import sqlalchemy as sa
from alembic import op

import wdj.core.db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WHEN = wdj.core.db.UtcDateTime(timezone=True)
PINNED = sa.text("pinned_at IS NOT NULL")


# ADD COLUMN only: a table that is rebuilt takes its children with it.
def columns() -> list[tuple[str, sa.Column[object]]]:
    return [
        ("items", sa.Column("device_id", sa.String(), nullable=True)),
        ("items", sa.Column("due_at", WHEN, nullable=True)),
        ("placements", sa.Column("pinned_at", WHEN, nullable=True)),
        ("comments", sa.Column("report_count", sa.Integer(), nullable=False, server_default="0")),
        ("media", sa.Column("name", sa.String(), nullable=False, server_default=sa.text("''"))),
        ("posts", sa.Column("period", sa.String(), nullable=False, server_default=sa.text("''"))),
        ("posts", sa.Column("must_read", sa.Boolean(), nullable=False, server_default=sa.false())),
        ("posts", sa.Column("revised_at", WHEN, nullable=True)),
    ]


def upgrade() -> None:
    for table, column in columns():
        op.add_column(table, column)
    op.create_index("ix_items_device_id", "items", ["device_id"])
    op.create_index(
        "ix_placements_pinned", "placements", ["org_id", "list", "pinned_at"],
        sqlite_where=PINNED, postgresql_where=PINNED,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_placements_pinned", "placements")
    op.drop_index("ix_items_device_id", "items")
    for table, column in reversed(columns()):
        op.drop_column(table, column.name)
