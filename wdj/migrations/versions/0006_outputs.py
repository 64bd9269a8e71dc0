"""outputs"""

import sqlalchemy as sa
from alembic import op

import wdj.core.db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

UNSENT = sa.text("wanted AND sent_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "outputs",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("made_from", sa.String(), nullable=False, server_default=sa.text("''")),
        sa.Column("sent_at", wdj.core.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("sent_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_outputs_item_id_items"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["org_id"], ["orgs.id"], name=op.f("fk_outputs_org_id_orgs")),
        sa.ForeignKeyConstraint(["sent_by"], ["people.id"], name=op.f("fk_outputs_sent_by_people")),
        sa.PrimaryKeyConstraint("item_id", "channel", name=op.f("pk_outputs")),
    )
    op.create_index("ix_outputs_unsent", "outputs", ["org_id", "item_id"], sqlite_where=UNSENT, postgresql_where=UNSENT)


def downgrade() -> None:
    op.drop_index("ix_outputs_unsent", "outputs")
    op.drop_table("outputs")
