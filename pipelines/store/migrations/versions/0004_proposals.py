"""Proposals and decisions on them, rulings on studies, and how each version of the table came to be"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_SHIPPED = "cli.table.origin_shipped"


def upgrade() -> None:
    op.create_table(
        "acts",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=48), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=60), nullable=False),
        sa.Column("decided", sa.DateTime(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_acts")),
        sa.UniqueConstraint("id", name=op.f("uq_acts_id")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq_acts_previous_hash")),
    )
    op.create_index("ix_acts_kind_subject_turn", "acts", ["kind", "subject", "turn"], unique=True)
    op.create_table(
        "proposals",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("made", sa.DateTime(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_proposals")),
        sa.UniqueConstraint("id", name=op.f("uq_proposals_id")),
    )
    op.create_table(
        "proposals_now",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("made", sa.DateTime(), nullable=False),
        sa.Column("proposal_ids", sa.JSON(), nullable=False),
        sa.Column("appraisal", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals_now")),
    )
    op.add_column("table_versions", sa.Column("record", sa.JSON(), nullable=True))
    _fill_records()
    with op.batch_alter_table("table_versions") as batch:
        batch.alter_column("record", existing_type=sa.JSON(), nullable=False)


def _fill_records() -> None:
    """What can be told of versions that were stored before: that they were shipped, or read from a file."""
    versions = sa.table(
        "table_versions",
        sa.column("number", sa.Integer),
        sa.column("version", sa.Text),
        sa.column("created", sa.DateTime),
        sa.column("origin", sa.Text),
        sa.column("record", sa.JSON),
    )
    connection, before = op.get_bind(), None
    for row in connection.execute(sa.select(versions).order_by(versions.c.number)).all():
        shipped = row.origin == _SHIPPED
        record = {
            "version": row.version,
            "created": row.created.isoformat(),
            "origin": "shipped" if shipped else "imported",
            "file": "" if shipped else row.origin,
            "based_on": before,
        }
        connection.execute(versions.update().where(versions.c.number == row.number).values(record=record))
        before = row.version


def downgrade() -> None:
    with op.batch_alter_table("table_versions") as batch:
        batch.drop_column("record")
    op.drop_table("proposals_now")
    op.drop_table("proposals")
    op.drop_index("ix_acts_kind_subject_turn", table_name="acts")
    op.drop_table("acts")
