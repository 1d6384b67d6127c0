"""What a scan brought that may contradict a known statement, told once an item.

Which items were told is kept in ``data/processed/notices.json``: with passages, since an item that joins a group of
near-duplicates later gets another id, and with scans of which nobody could be told yet.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from pipelines.domain.evidence import Relation
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.inbox import InboxItem
from pipelines.domain.record import SCHEMA_VERSION, Record
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.files import write_whole
from pipelines.store.inbox import InboxFilter

logger = logging.getLogger(__name__)


class ToldLedger(Record):
    """What was told of contradictions."""

    schema_version: int = SCHEMA_VERSION
    told: frozenset[str] = Field(default=frozenset())
    """Ids of items and of the passages that stood for them."""
    waiting: frozenset[str] = Field(default=frozenset())
    """Scans with something to tell that reached nobody."""

    def knows(self, item: InboxItem) -> bool:
        """Whether an item was told, under its present id or another one."""
        return item.item_id in self.told or item.passage_id in self.told


@dataclass(frozen=True)
class Contradicted:
    """A known statement with the new items that may contradict it."""

    row: TableRow
    statement: Statement
    items: tuple[InboxItem, ...]

    @property
    def n_passages(self) -> int:
        """Near-duplicates count once."""
        return len(self.items)

    @property
    def n_documents(self) -> int:
        """From so many documents."""
        return len({item.document_id for item in self.items})


def new_contradictions(
    workspace: Workspace, table: EvidenceTable, runs: Collection[str], ledger: ToldLedger
) -> list[Contradicted]:
    """Known statements that flagged passages of ``runs`` may contradict, in table order, without what was told.

    A passage counts for the nearest statement of its rows, as on the page, and only where that is near enough to be
    named at all (``LEAST_STATEMENT`` of :mod:`pipelines.evidence.find`). What somebody rejected is left out.
    """
    items = [item for run in sorted(runs) for item in _may_contradict(workspace, run) if not ledger.knows(item)]
    found: list[Contradicted] = []
    for row, statement in table.statements():
        of_statement = tuple(item for item in items if item.statement == statement.id)
        if statement.column is Column.KNOWN and of_statement:
            found.append(Contradicted(row, statement, of_statement))
    return found


def _may_contradict(workspace: Workspace, run_id: str) -> list[InboxItem]:
    chosen = InboxFilter(state="all", listed="flagged", relation=Relation.CONTRADICTS.value, run=run_id)
    listed = workspace.inbox.page(chosen, workspace.inbox.count(chosen))
    return [one.item for one in listed if one.state.value != "rejected"]


def read_ledger(settings: Settings) -> ToldLedger:
    """What was told so far; a ledger that cannot be read is begun anew, which may tell something twice."""
    try:
        return ToldLedger.model_validate_json(_path(settings).read_bytes())
    except FileNotFoundError:
        return ToldLedger()
    except (OSError, ValidationError) as error:
        logger.warning("the ledger of notices cannot be read: %s", type(error).__name__)
        return ToldLedger()


def write_ledger(settings: Settings, ledger: ToldLedger) -> None:
    """Keep what was told.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    write_whole(_path(settings), ledger.model_dump_json().encode("utf-8"))


def as_told(ledger: ToldLedger, found: Iterable[Contradicted]) -> ToldLedger:
    """``ledger`` once ``found`` was told; no scan waits any more."""
    ids = {name for one in found for item in one.items for name in (item.item_id, item.passage_id)}
    return ToldLedger(told=ledger.told | ids)


def _path(settings: Settings) -> Path:
    return settings.processed_dir / "notices.json"
