"""the register of a village, tables that wait to be taken into it, and who has read a must-read notice"""

import sqlalchemy as sa
from alembic import op

import wdj.core.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WHEN = wdj.core.db.UtcDateTime(timezone=True)


def to(
    table: str, column: str, target: str, *, ondelete: str | None = None, nullable: bool = False
) -> sa.Column[object]:
    """A column that points at `target`."""
    key = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{column}", ondelete=ondelete)
    return sa.Column(column, sa.Integer(), key, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "register",
        sa.Column("id", sa.Integer(), nullable=False),
        to("register", "org_id", "orgs"),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("group_name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("added_at", WHEN, nullable=False),
        sa.Column("left_at", WHEN, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_register"),
    )
    op.create_index("ix_register_org", "register", ["org_id", "kind", "id"])
    op.create_index("ix_register_name", "register", ["org_id", "name"])
    op.create_index("ix_register_number", "register", ["org_id", "number"])
    op.create_table(
        "register_imports",
        sa.Column("id", sa.Integer(), nullable=False),
        to("register_imports", "org_id", "orgs"),
        sa.Column("kind", sa.String(), nullable=False),
        to("register_imports", "person_id", "people"),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
        sa.Column("taken_at", WHEN, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_register_imports"),
    )
    op.create_index("ix_register_imports_made_at", "register_imports", ["made_at"])
    op.create_table(
        "acknowledgements",
        sa.Column("id", sa.Integer(), nullable=False),
        to("acknowledgements", "item_id", "items", ondelete="CASCADE"),
        to("acknowledgements", "org_id", "orgs"),
        to("acknowledgements", "entry_id", "register", nullable=True),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("reader", sa.String(), nullable=True),
        sa.Column("household", sa.String(), nullable=False),
        sa.Column("at", WHEN, nullable=False),
        to("acknowledgements", "recorder_id", "people", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_acknowledgements"),
        sa.UniqueConstraint("item_id", "reader", "household", name="uq_acknowledgements_item_id_reader_household"),
    )
    op.create_index("ix_acknowledgements_item", "acknowledgements", ["item_id", "org_id", "entry_id"])
    op.create_index("ix_acknowledgements_entry_id", "acknowledgements", ["entry_id"])
    op.create_index("ix_acknowledgements_reader", "acknowledgements", ["reader"])


def downgrade() -> None:
    for table in ("acknowledgements", "register_imports", "register"):
        op.drop_table(table)
