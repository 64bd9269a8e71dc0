"""by what way an item came, who wrote it down, and in whose hands it is"""

import sqlalchemy as sa
from alembic import op

import wdj.core.db

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WHEN = wdj.core.db.UtcDateTime(timezone=True)
POINTERS = (("recorder_id", "people"), ("handler_org_id", "orgs"))


def upgrade() -> None:
    op.add_column("items", sa.Column("source", sa.String(), nullable=False, server_default=sa.text("'web'")))
    op.add_column("items", sa.Column("closed_at", WHEN, nullable=True))
    # Written out, because SQLite adds a foreign key with its column or not at all.
    for name, target in POINTERS:
        op.execute(
            f"ALTER TABLE items ADD COLUMN {name} INTEGER CONSTRAINT fk_items_{name}_{target} REFERENCES {target} (id)"
        )
        op.create_index(f"ix_items_{name}", "items", [name])
    op.add_column("orgs", sa.Column("check_replies", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("orgs", "check_replies")
    for name, _ in reversed(POINTERS):
        op.drop_index(f"ix_items_{name}", "items")
        op.drop_column("items", name)
    op.drop_column("items", "closed_at")
    op.drop_column("items", "source")
