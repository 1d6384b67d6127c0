"""Indexes by which a scan of a large store reads no more than it asks for"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_GROUPED = sa.text("group_id IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_labels_flag_passage_id", "labels", ["flag", "passage_id"])
    op.create_index("ix_labels_model_version_table_version", "labels", ["model_version", "table_version"])
    op.create_index(
        "ix_passages_group_id_id", "passages", ["group_id", "id"], sqlite_where=_GROUPED, postgresql_where=_GROUPED
    )
    op.drop_index(op.f("ix_labels_flag"), "labels")
    op.drop_index(op.f("ix_passages_group_id"), "passages")


def downgrade() -> None:
    op.create_index(op.f("ix_passages_group_id"), "passages", ["group_id"])
    op.create_index(op.f("ix_labels_flag"), "labels", ["flag"])
    op.drop_index("ix_passages_group_id_id", "passages")
    op.drop_index("ix_labels_model_version_table_version", "labels")
    op.drop_index("ix_labels_flag_passage_id", "labels")
