"""The review page: inbox, decisions with their standings, accounts and sessions"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def name_of(length: int) -> sa.types.TypeEngine[str]:
    """A name that others give: PostgreSQL holds text to its length, SQLite does not."""
    return sa.String(length=length).with_variant(sa.Text(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "account_events",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("moment", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_account_events")),
    )
    op.create_table(
        "accounts",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("shortcuts", sa.Boolean(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_accounts")),
    )
    op.create_table(
        "decisions",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("item_id", sa.String(length=20), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("passage_id", sa.String(length=20), nullable=False),
        sa.Column("reviewer", sa.String(length=60), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("decided", sa.DateTime(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_decisions")),
        sa.UniqueConstraint("id", name=op.f("uq_decisions_id")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq_decisions_previous_hash")),
    )
    op.create_index("ix_decisions_item_id", "decisions", ["item_id"], unique=False)
    op.create_index(op.f("ix_decisions_passage_id"), "decisions", ["passage_id"], unique=False)
    op.create_index(op.f("ix_decisions_reviewer"), "decisions", ["reviewer"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("item_id", sa.String(length=20), nullable=False),
        sa.Column("passage_id", sa.String(length=20), nullable=False),
        sa.Column("document_id", sa.String(length=20), nullable=False),
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("listed", sa.String(length=16), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("flag", sa.Float(), nullable=False),
        sa.Column("language", name_of(8), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=True),
        sa.Column("row_id", name_of(16), nullable=True),
        sa.Column("relation", sa.String(length=16), nullable=True),
        sa.Column("evidence_kind", sa.String(length=16), nullable=True),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("themes", sa.Text(), nullable=False),
        sa.Column("n_passages", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_inbox")),
    )
    op.create_index(op.f("ix_inbox_document_id"), "inbox", ["document_id"], unique=False)
    op.create_index(op.f("ix_inbox_passage_id"), "inbox", ["passage_id"], unique=False)
    op.create_index(op.f("ix_inbox_rank"), "inbox", ["rank"], unique=False)
    op.create_index(op.f("ix_inbox_run_id"), "inbox", ["run_id"], unique=False)
    op.create_table(
        "sign_in_tries",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name_hash", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_sign_in_tries")),
    )
    op.create_index("ix_sign_in_tries_name_hash_moment", "sign_in_tries", ["name_hash", "moment"], unique=False)
    op.create_table(
        "standings",
        sa.Column("item_id", sa.String(length=20), nullable=False),
        sa.Column("passage_id", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("reviewer", sa.String(length=60), nullable=True),
        sa.Column("first_reviewer", sa.String(length=60), nullable=True),
        sa.Column("second_reviewer", sa.String(length=60), nullable=True),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.String(length=60), nullable=True),
        sa.Column("asked_of", sa.String(length=60), nullable=True),
        sa.Column("decided", sa.DateTime(), nullable=False),
        sa.Column("row_id", name_of(16), nullable=True),
        sa.Column("statement_id", name_of(24), nullable=True),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_standings")),
    )
    op.create_index(op.f("ix_standings_reviewer"), "standings", ["reviewer"], unique=False)
    op.create_index(op.f("ix_standings_row_id"), "standings", ["row_id"], unique=False)
    op.create_index(op.f("ix_standings_state"), "standings", ["state"], unique=False)
    op.create_index(op.f("ix_standings_statement_id"), "standings", ["statement_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("started", sa.DateTime(), nullable=False),
        sa.Column("last_used", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.name"], name=op.f("fk_sessions_account")),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_account"), "sessions", ["account"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_sessions_account"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_index(op.f("ix_standings_statement_id"), table_name="standings")
    op.drop_index(op.f("ix_standings_state"), table_name="standings")
    op.drop_index(op.f("ix_standings_row_id"), table_name="standings")
    op.drop_index(op.f("ix_standings_reviewer"), table_name="standings")
    op.drop_table("standings")
    op.drop_index("ix_sign_in_tries_name_hash_moment", table_name="sign_in_tries")
    op.drop_table("sign_in_tries")
    op.drop_index(op.f("ix_inbox_run_id"), table_name="inbox")
    op.drop_index(op.f("ix_inbox_rank"), table_name="inbox")
    op.drop_index(op.f("ix_inbox_passage_id"), table_name="inbox")
    op.drop_index(op.f("ix_inbox_document_id"), table_name="inbox")
    op.drop_table("inbox")
    op.drop_index(op.f("ix_decisions_reviewer"), table_name="decisions")
    op.drop_index(op.f("ix_decisions_passage_id"), table_name="decisions")
    op.drop_index("ix_decisions_item_id", table_name="decisions")
    op.drop_table("decisions")
    op.drop_table("accounts")
    op.drop_table("account_events")
