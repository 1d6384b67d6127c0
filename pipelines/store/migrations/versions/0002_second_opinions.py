"""Second opinions of language models, and what was asked in each run"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def name_of(length: int) -> sa.types.TypeEngine[str]:
    """A name that others give: PostgreSQL holds text to its length, SQLite does not."""
    return sa.String(length=length).with_variant(sa.Text(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "second_opinions",
        sa.Column("passage_id", sa.String(length=20), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("table_version", name_of(80), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["passage_id"], ["passages.id"], name=op.f("fk_second_opinions_passage_id")),
        sa.PrimaryKeyConstraint("passage_id", name=op.f("pk_second_opinions")),
    )
    op.create_table(
        "second_opinion_accounts",
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_second_opinion_accounts_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_second_opinion_accounts")),
    )


def downgrade() -> None:
    op.drop_table("second_opinion_accounts")
    op.drop_table("second_opinions")
