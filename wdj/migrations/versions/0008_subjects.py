"""subjects: one page for one piece of work"""

import sqlalchemy as sa
from alembic import op

from wdj.core.db import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subjects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["orgs.id"], name="fk_subjects_org_id"),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name="fk_subjects_author_id"),
        sa.PrimaryKeyConstraint("id", name="pk_subjects"),
    )
    op.create_index("ix_subjects_org_id", "subjects", ["org_id", "state", "id"])
    op.create_index("ix_subjects_state", "subjects", ["state", "id"])


def downgrade() -> None:
    op.drop_table("subjects")
