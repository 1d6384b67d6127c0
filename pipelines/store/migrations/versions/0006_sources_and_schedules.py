"""Sources of new literature with what they offered, and what runs on a schedule"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "source_statuses",
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_source_statuses")),
    )
    op.create_table(
        "harvest_items",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("first_seen", sa.DateTime(), nullable=False),
        sa.Column("relevance", sa.Float()),
        sa.Column("doi", sa.Text()),
        sa.Column("title_key", sa.String(length=64), nullable=False),
        sa.Column("checksum", sa.String(length=64)),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_harvest_items")),
    )
    for columns in (["doi"], ["title_key"], ["checksum"], ["source_id", "state"], ["state", "first_seen"]):
        op.create_index(op.f(f"ix_harvest_items_{'_'.join(columns)}"), "harvest_items", columns)
    op.create_table(
        "harvests",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("started", sa.DateTime(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_harvests")),
    )
    op.create_index(op.f("ix_harvests_source_id"), "harvests", ["source_id"])
    op.create_table(
        "duty_runs",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("duty", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due", sa.DateTime()),
        sa.Column("started", sa.DateTime(), nullable=False),
        sa.Column("beat", sa.DateTime(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_runs")),
    )
    op.create_index(op.f("ix_duty_runs_state"), "duty_runs", ["state"])
    op.create_index(op.f("ix_duty_runs_started"), "duty_runs", ["started"])
    op.create_index(op.f("ix_duty_runs_duty_due"), "duty_runs", ["duty", "due"], unique=True)


def downgrade() -> None:
    for table in ("duty_runs", "harvests", "harvest_items", "source_statuses"):
        op.drop_table(table)
