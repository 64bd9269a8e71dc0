"""the day that others were promised who wait for an item; what stays unsolved has its time too"""

import sqlalchemy as sa
from alembic import op

from wdj.core.clock import today

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# The days that follow from it are set by the next round of the clock.
UNSOLVED = sa.text(
    "INSERT INTO deadlines (item_id, name, started_on, days, extended_days, told) "
    "SELECT id, 'look', :day, 5, 0, 0 FROM items WHERE type = 'letter' AND state = 'unsolved'"
)


def upgrade() -> None:
    op.add_column("deadlines", sa.Column("promised_on", sa.Date(), nullable=True))
    op.get_bind().execute(UNSOLVED.bindparams(sa.bindparam("day", today(), sa.Date())))


def downgrade() -> None:
    op.execute("DELETE FROM deadlines WHERE name = 'look'")
    op.drop_column("deadlines", "promised_on")
