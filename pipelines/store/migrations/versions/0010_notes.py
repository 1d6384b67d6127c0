"""Documents: notes on how they were read, beside the reason why they were set aside"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    # Empty for what was read before: nothing is known of that.
    op.add_column("documents", sa.Column("notes", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("documents", "notes")
