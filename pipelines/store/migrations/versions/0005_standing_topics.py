"""Topics that stand from scan to scan: which topic each passage lies in, once for the whole workspace"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_AT_ONCE = 1000
"""Members in one statement."""


def upgrade() -> None:
    op.create_table(
        "topic_members",
        sa.Column("passage_id", sa.String(length=20), nullable=False),
        sa.Column("topic_id", sa.String(length=48), nullable=False),
        sa.PrimaryKeyConstraint("passage_id", name=op.f("pk_topic_members")),
    )
    _move_members()


def _move_members() -> None:
    """Members of the newest topics; those of older ones are of topics that went with their scan."""
    models, members = _models(), sa.table("topic_members", sa.column("passage_id"), sa.column("topic_id"))
    connection = op.get_bind()
    # One after the other: with 100,000 passages each holds megabytes.
    for number, run_id in enumerate(_newest_first(connection)):
        data = connection.execute(sa.select(models.c.data).where(models.c.run_id == run_id)).scalar_one()
        assigned = data.pop("assignments", {})
        topics = {topic["id"] for topic in data.get("topics", ())}
        rows = [{"passage_id": p, "topic_id": t} for p, t in sorted(assigned.items()) if t in topics]
        for start in range(0, len(rows) if number == 0 else 0, _AT_ONCE):
            connection.execute(sa.insert(members), rows[start : start + _AT_ONCE])
        connection.execute(models.update().where(models.c.run_id == run_id).values(data=data))


def _newest_first(connection: sa.Connection) -> list[str]:
    models = _models()
    runs = sa.table("runs", sa.column("id"), sa.column("started"), sa.column("finished"))
    query = (
        sa.select(models.c.run_id)
        .join(runs, runs.c.id == models.c.run_id)
        .order_by(runs.c.finished.desc().nulls_first(), runs.c.started.desc(), runs.c.id.desc())
    )
    return list(connection.execute(query).scalars())


def _models() -> sa.TableClause:
    return sa.table("topic_models", sa.column("run_id", sa.String), sa.column("data", sa.JSON))


def downgrade() -> None:
    models = _models()
    members = sa.table("topic_members", sa.column("passage_id"), sa.column("topic_id"))
    connection = op.get_bind()
    assigned = {row.passage_id: row.topic_id for row in connection.execute(sa.select(members))}
    for number, run_id in enumerate(_newest_first(connection)):
        data = connection.execute(sa.select(models.c.data).where(models.c.run_id == run_id)).scalar_one()
        topics = {topic["id"] for topic in data.get("topics", ())} if number == 0 else set[str]()
        data["assignments"] = {p: t for p, t in sorted(assigned.items()) if t in topics}
        connection.execute(models.update().where(models.c.run_id == run_id).values(data=data))
    op.drop_table("topic_members")
