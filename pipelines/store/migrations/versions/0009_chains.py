"""Versions of the table, proposals and changes of accounts are chained by hash, as decisions and acts are

Rows of former releases get their hashes here: what was changed before cannot be told any more, what is changed from now
on can.
"""

import sqlalchemy as sa
from alembic import op

from pipelines.store.chain import FIRST_HASH, chained_hash, row_content

revision = "0009"
down_revision = "0008"

_TEXT, _MOMENT, _JSON = sa.Text, sa.DateTime, sa.JSON
_PARTS = {
    "table_versions": {"number": sa.Integer, "version": _TEXT, "created": _MOMENT, "origin": _TEXT, "data": _JSON}
    | {"record": _JSON},
    "proposals": {"sequence": sa.Integer, "id": _TEXT, "subject": _TEXT, "made": _MOMENT, "data": _JSON},
    "account_events": {"sequence": sa.Integer, "moment": _MOMENT, "actor": _TEXT, "account": _TEXT, "event": _TEXT}
    | {"data": _JSON},
}
"""Columns as they are now; the first is the number."""


def upgrade() -> None:
    for name in _PARTS:
        for column in ("previous_hash", "hash"):
            op.add_column(name, sa.Column(column, sa.String(length=64), nullable=True))
        _fill(name)
        with op.batch_alter_table(name) as batch:
            for column in ("previous_hash", "hash"):
                batch.alter_column(column, existing_type=sa.String(length=64), nullable=False)
            batch.create_unique_constraint(op.f(f"uq_{name}_previous_hash"), ["previous_hash"])


def _fill(name: str) -> None:
    table = sa.Table(
        name,
        sa.MetaData(),
        *(sa.Column(column, kind) for column, kind in _PARTS[name].items()),
        sa.Column("previous_hash", sa.Text),
        sa.Column("hash", sa.Text),
    )
    number = next(iter(_PARTS[name]))
    connection, previous = op.get_bind(), FIRST_HASH
    for one in list(connection.execute(sa.select(table.c[number]).order_by(table.c[number])).scalars()):
        row = connection.execute(_as_text(table).where(table.c[number] == one)).mappings().one()
        digest = chained_hash(previous, row_content(table, {str(key): value for key, value in row.items()}))
        links = {"previous_hash": previous, "hash": digest}
        connection.execute(sa.update(table).where(table.c[number] == one).values(**links))
        previous = digest


def _as_text(table: sa.Table) -> sa.Select:
    # As text: what is damaged already is sealed as it is, and does not stop the move to this release.
    columns = [
        sa.cast(c, sa.Text).label(c.name)
        if isinstance(c.type, sa.JSON)
        else sa.type_coerce(c, sa.Text).label(c.name)
        if isinstance(c.type, sa.DateTime)
        else c
        for c in table.c
    ]
    return sa.select(*columns)


def downgrade() -> None:
    for name in _PARTS:
        with op.batch_alter_table(name) as batch:
            batch.drop_constraint(op.f(f"uq_{name}_previous_hash"), type_="unique")
            batch.drop_column("previous_hash")
            batch.drop_column("hash")
