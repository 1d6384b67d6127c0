"""A workspace: one folder with files, database and artefacts, used by one scan at a time."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Engine

from pipelines.errors import StoreError
from pipelines.store.accounts import AccountStore
from pipelines.store.acts import ActStore
from pipelines.store.database import open_engine
from pipelines.store.decisions import DecisionStore
from pipelines.store.documents import DocumentStore
from pipelines.store.dossiers import DossierPassages
from pipelines.store.duties import DutyStore
from pipelines.store.evidence import EvidenceStore
from pipelines.store.harvest import HarvestStore
from pipelines.store.inbox import InboxStore
from pipelines.store.originals import OriginalStore
from pipelines.store.passages import PassageStore
from pipelines.store.proposals import ProposalStore
from pipelines.store.runs import RunStore
from pipelines.store.second_opinions import ANSWERS_FOLDER, AnswerStore, SecondOpinionStore
from pipelines.store.signatures import SignatureStore
from pipelines.store.tables import TableStore
from pipelines.store.topics import TopicStore
from pipelines.store.vectors import VectorStore
from pipelines.store.witness import WITNESS_FILE, Witness
from pipelines.store.writing import held_on_server, set_witness

_SCAN_LOCK = 7_391_003
"""Number of the lock that a scan holds on a database server."""
_SOURCES_LOCK = 7_391_012
"""Number of the lock that a harvest holds there."""

_NOT_WRITABLE = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_UNWRITABLE_DATABASE = frozenset({"error.database_readonly", "error.database_unopened"})


@dataclass(frozen=True)
class Workspace:
    """Everything that is stored, by what it is."""

    root: Path
    engine: Engine
    runs: RunStore
    documents: DocumentStore
    passages: PassageStore
    signatures: SignatureStore
    tables: TableStore
    vectors: VectorStore
    second_opinions: SecondOpinionStore
    answers: AnswerStore
    accounts: AccountStore
    inbox: InboxStore
    decisions: DecisionStore
    evidence: EvidenceStore
    acts: ActStore
    proposals: ProposalStore
    topics: TopicStore
    harvest: HarvestStore
    duties: DutyStore
    witness: Witness
    originals: OriginalStore
    dossier_passages: DossierPassages

    @contextmanager
    def scanning(self) -> Iterator[None]:
        """Hold the workspace for one scan; the lock is gone when the process is, however it ends.

        Raises
        ------
        StoreError
            Another scan is busy here.
        """
        with self._held("scan", _SCAN_LOCK):
            yield

    @contextmanager
    def harvesting(self) -> Iterator[None]:
        """Hold the sources of the workspace for one harvest; the lock is gone when the process is, however it ends.

        Raises
        ------
        StoreError
            Another harvest is busy here.
        """
        with self._held("harvest", _SOURCES_LOCK):
            yield

    @contextmanager
    def _held(self, what: str, number: int) -> Iterator[None]:
        lock = FileLock(self.root / "data" / "processed" / f"{what}.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise StoreError(f"error.{what}_busy", workspace=str(self.root)) from error
        try:
            # A database on a server may be that of a workspace on another computer as well.
            with held_on_server(self.engine, number) as free:
                if not free:
                    raise StoreError(f"error.{what}_busy", workspace=str(self.root))
                yield
        finally:
            lock.release()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def of_unwritable_folder(error: StoreError, root: Path) -> StoreError | None:
    """What to tell where a database cannot be opened because the workspace cannot be written; ``None`` otherwise.

    SQLite writes beside a database that is only read, and says of a folder where it cannot what it says of much else.
    """
    processed = root / "data" / "processed"
    if error.key not in _UNWRITABLE_DATABASE or not processed.is_dir() or os.access(processed, os.W_OK):
        return None
    return StoreError("error.workspace_readonly", workspace=str(root))


def open_workspace(root: Path, database: str) -> Workspace:
    """Open the workspace in ``root``, making folders and database where they are missing.

    Raises
    ------
    StoreError
        The folder cannot be written, or the database cannot be used.
    """
    processed = root / "data" / "processed"
    try:
        for folder in (root / "data" / "raw", processed, root / "models", root / "reports"):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        key = "error.workspace_readonly" if error.errno in _NOT_WRITABLE else "error.workspace_folder"
        raise StoreError(key, workspace=str(root), detail=error.strerror or "") from error
    try:
        engine = open_engine(database)
    except StoreError as error:
        raise (of_unwritable_folder(error, root) or error) from error
    witness = Witness(processed / WITNESS_FILE)
    witness.begin(engine)
    set_witness(engine, witness)
    return Workspace(
        root=root,
        engine=engine,
        runs=RunStore(engine),
        documents=DocumentStore(engine),
        passages=PassageStore(engine),
        signatures=SignatureStore(engine),
        tables=TableStore(engine),
        vectors=VectorStore(processed / "vectors"),
        second_opinions=SecondOpinionStore(engine),
        answers=AnswerStore(processed / ANSWERS_FOLDER),
        accounts=AccountStore(engine),
        inbox=InboxStore(engine),
        decisions=DecisionStore(engine),
        evidence=EvidenceStore(engine),
        acts=ActStore(engine),
        proposals=ProposalStore(engine),
        topics=TopicStore(engine),
        harvest=HarvestStore(engine),
        duties=DutyStore(engine),
        witness=witness,
        originals=OriginalStore(engine, root),
        dossier_passages=DossierPassages(engine),
    )
