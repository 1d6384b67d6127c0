"""First tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def name_of(length: int) -> sa.types.TypeEngine[str]:
    """A name that others give: PostgreSQL holds text to its length, SQLite does not."""
    return sa.String(length=length).with_variant(sa.Text(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("started", sa.DateTime(), nullable=False),
        sa.Column("finished", sa.DateTime(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_table(
        "table_versions",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("version", name_of(80), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_table_versions")),
        sa.UniqueConstraint("version", name=op.f("uq_table_versions_version")),
    )
    op.create_table(
        "documents",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("checksum", sa.String(length=64), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=True),
        sa.Column("media_type", name_of(100), nullable=False),
        sa.Column("parser", name_of(40), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("publisher", sa.Text(), nullable=True),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("language", name_of(8), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("n_pages", sa.Integer(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("first_seen", sa.DateTime(), nullable=False),
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_documents_run_id")),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_documents")),
        sa.UniqueConstraint("id", name=op.f("uq_documents_id")),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_documents_run_id"), ["run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_documents_stage"), ["stage"], unique=False)

    op.create_table(
        "topic_models",
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_topic_models_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_topic_models")),
    )
    op.create_table(
        "document_paths",
        sa.Column("document_id", sa.String(length=20), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("n_bytes", sa.BigInteger(), nullable=False),
        sa.Column("modified_ns", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_document_paths_document_id")),
        sa.PrimaryKeyConstraint("document_id", "path", name=op.f("pk_document_paths")),
    )
    with op.batch_alter_table("document_paths", schema=None) as batch_op:
        batch_op.create_index("ix_document_paths_path", ["path"], unique=False)

    op.create_table(
        "passages",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("document_id", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("language", name_of(8), nullable=False),
        sa.Column("boilerplate", sa.String(length=16), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("group_id", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_passages_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passages")),
    )
    with op.batch_alter_table("passages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passages_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_passages_group_id"), ["group_id"], unique=False)

    op.create_table(
        "steps",
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("document_id", sa.String(length=20), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_steps_document_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_steps_run_id")),
        sa.PrimaryKeyConstraint("run_id", "document_id", "stage", name=op.f("pk_steps")),
    )
    op.create_table(
        "labels",
        sa.Column("passage_id", sa.String(length=20), nullable=False),
        sa.Column("model_version", name_of(80), nullable=False),
        sa.Column("table_version", name_of(80), nullable=False),
        sa.Column("flag", sa.Float(), nullable=False),
        sa.Column("recommendation", sa.Float(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["passage_id"], ["passages.id"], name=op.f("fk_labels_passage_id")),
        sa.PrimaryKeyConstraint("passage_id", name=op.f("pk_labels")),
    )
    with op.batch_alter_table("labels", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_labels_flag"), ["flag"], unique=False)

    op.create_table(
        "label_rows",
        sa.Column("passage_id", sa.String(length=20), nullable=False),
        sa.Column("row_id", name_of(16), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["passage_id"], ["labels.passage_id"], name=op.f("fk_label_rows_passage_id")),
        sa.PrimaryKeyConstraint("passage_id", "row_id", name=op.f("pk_label_rows")),
    )
    with op.batch_alter_table("label_rows", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_label_rows_row_id"), ["row_id"], unique=False)

    op.create_table(
        "label_themes",
        sa.Column("passage_id", sa.String(length=20), nullable=False),
        sa.Column("theme", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["passage_id"], ["labels.passage_id"], name=op.f("fk_label_themes_passage_id")),
        sa.PrimaryKeyConstraint("passage_id", "theme", name=op.f("pk_label_themes")),
    )
    with op.batch_alter_table("label_themes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_label_themes_theme"), ["theme"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("label_themes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_label_themes_theme"))

    op.drop_table("label_themes")
    with op.batch_alter_table("label_rows", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_label_rows_row_id"))

    op.drop_table("label_rows")
    with op.batch_alter_table("labels", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_labels_flag"))

    op.drop_table("labels")
    op.drop_table("steps")
    with op.batch_alter_table("passages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_passages_group_id"))
        batch_op.drop_index(batch_op.f("ix_passages_document_id"))

    op.drop_table("passages")
    with op.batch_alter_table("document_paths", schema=None) as batch_op:
        batch_op.drop_index("ix_document_paths_path")

    op.drop_table("document_paths")
    op.drop_table("topic_models")
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_documents_stage"))
        batch_op.drop_index(batch_op.f("ix_documents_run_id"))

    op.drop_table("documents")
    op.drop_table("table_versions")
    op.drop_table("runs")
