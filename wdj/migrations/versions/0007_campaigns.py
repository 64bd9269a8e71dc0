"""campaigns, what people send to them, and how many came from where"""

import sqlalchemy as sa
from alembic import op

from wdj.core import search

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What hangs on an item in the house up to here.
HANGING = (
    "acknowledgements", "comments", "documents", "likes", "media", "outputs", "placements", "revisions",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("takes_pictures", sa.Boolean(), nullable=False),
        sa.Column("takes_sound", sa.Boolean(), nullable=False),
        sa.Column("shows_all", sa.Boolean(), nullable=False),
        sa.Column("closing_words", sa.String(), nullable=False),
        sa.Column("public_closing_words", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["items.id"], name=op.f("fk_campaigns_id_items"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    op.create_table(
        "contributions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("from_org_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("public_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_contributions_campaign_id_campaigns"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["from_org_id"], ["orgs.id"], name=op.f("fk_contributions_from_org_id_orgs")),
        sa.ForeignKeyConstraint(["id"], ["items.id"], name=op.f("fk_contributions_id_items"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contributions")),
    )
    op.create_index("ix_contributions_campaign", "contributions", ["campaign_id", "id"])
    op.create_table(
        "campaign_counts",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("org_id", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_counts_campaign_id_campaigns"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["org_id"], ["orgs.id"], name=op.f("fk_campaign_counts_org_id_orgs")),
        sa.PrimaryKeyConstraint("campaign_id", "org_id", name=op.f("pk_campaign_counts")),
    )
    op.create_index("ix_campaign_counts_org_id", "campaign_counts", ["org_id"])


def downgrade() -> None:
    _forget()
    op.drop_table("campaign_counts")
    op.drop_table("contributions")
    op.drop_table("campaigns")


def _forget() -> None:
    """Take away what the house before knows no type of, and all that hangs on it; its log stays, of nothing."""
    connection, ours = op.get_bind(), "(SELECT id FROM items WHERE type IN ('campaign', 'contribution'))"
    if connection.dialect.name == "sqlite":
        for row in connection.execute(sa.text(f"SELECT id, text FROM documents WHERE item_id IN {ours}")).all():  # noqa: S608
            connection.execute(search.DROP, {"id": row.id, "words": " ".join(search.tokens(row.text))})
    for name in HANGING:
        op.execute(f"DELETE FROM {name} WHERE item_id IN {ours}")  # noqa: S608
    op.execute(f"UPDATE events SET item_id = NULL WHERE item_id IN {ours}")  # noqa: S608
    op.execute(f"DELETE FROM once WHERE made IN {ours}")  # noqa: S608
    op.execute("DELETE FROM jobs WHERE name IN ('campaigns.start', 'campaigns.end')")
    for name in ("campaign_counts", "contributions", "campaigns"):
        op.execute(f"DELETE FROM {name}")  # noqa: S608
    op.execute("DELETE FROM items WHERE type IN ('campaign', 'contribution')")
