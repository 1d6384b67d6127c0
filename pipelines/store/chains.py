"""All chains of a workspace together."""

from __future__ import annotations

from sqlalchemy import Engine

from pipelines.store import schema
from pipelines.store.acts import is_whole_act
from pipelines.store.chain import ChainReport, FormerForm, follow_chain
from pipelines.store.decisions import is_whole_decision

FORMER_FORMS: dict[str, FormerForm] = {
    schema.decisions.name: is_whole_decision,
    schema.acts.name: is_whole_act,
}
"""By table: what entries of former releases are checked by."""


def n_chain_faults(engine: Engine) -> int:
    """Number of entries in all chains that were changed, or do not follow the one before them."""
    report = ChainReport()
    with engine.connect() as connection:
        for table in schema.CHAINED:
            follow_chain(connection, table, report, former=FORMER_FORMS.get(table.name))
    return len(report.faults)
