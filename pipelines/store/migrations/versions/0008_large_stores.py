"""Large stores: indexes by which a scan reads no more than it asks for, and the texts of documents apart"""

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
    op.create_index("ix_passages_document_id_position_id", "passages", ["document_id", "position", "id"])
    op.drop_index(op.f("ix_labels_flag"), "labels")
    op.drop_index(op.f("ix_passages_group_id"), "passages")
    op.drop_index(op.f("ix_passages_document_id"), "passages")
    op.create_table(
        "document_contents",
        sa.Column("document_id", sa.String(length=20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_document_contents_document_id")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_document_contents")),
    )
    op.execute(
        "INSERT INTO document_contents (document_id, content)"
        " SELECT id, content FROM documents WHERE content IS NOT NULL"
    )
    op.drop_column("documents", "content")


def downgrade() -> None:
    op.add_column("documents", sa.Column("content", sa.LargeBinary()))
    op.execute(
        "UPDATE documents SET content = (SELECT c.content FROM document_contents c WHERE c.document_id = documents.id)"
    )
    op.drop_table("document_contents")
    op.create_index(op.f("ix_passages_document_id"), "passages", ["document_id"])
    op.create_index(op.f("ix_passages_group_id"), "passages", ["group_id"])
    op.create_index(op.f("ix_labels_flag"), "labels", ["flag"])
    op.drop_index("ix_passages_document_id_position_id", "passages")
    op.drop_index("ix_passages_group_id_id", "passages")
    op.drop_index("ix_labels_model_version_table_version", "labels")
    op.drop_index("ix_labels_flag_passage_id", "labels")
