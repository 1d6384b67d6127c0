"""Versions of the evidence table: only ever added, each with how it came to be."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.proposals import VersionOrigin, VersionRecord
from pipelines.errors import StoreError, TableError
from pipelines.store import schema
from pipelines.store.acts import ACTS_LOCK, last_act
from pipelines.store.chain import append_rows
from pipelines.store.writing import writing_alone

logger = logging.getLogger(__name__)

_VERSION = schema.table_versions.c


class TableConflict(StoreError):
    """The table got another version, or people decided something, while this version was being made."""

    def __init__(self) -> None:
        super().__init__("error.table_conflict")


@dataclass(frozen=True)
class Seen:
    """What a new version was made from."""

    version: str
    """The newest version at that time."""
    last_act: int
    """Number of the latest act (:meth:`pipelines.store.acts.ActStore.last`)."""


class TableStore:
    """The evidence table of a workspace in all its versions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._read_to = 0
        self._ids: set[str] = set()
        """Of the versions up to that number: a version never changes."""

    def versions(self) -> list[tuple[str, datetime, str]]:
        """Version, time of storing and origin (file name, or a key of a message), oldest first."""
        query = select(_VERSION.version, _VERSION.created, _VERSION.origin).order_by(_VERSION.number)
        with self._engine.connect() as connection:
            return [(row.version, row.created, row.origin) for row in connection.execute(query)]

    def records(self) -> list[VersionRecord]:
        """How each version came to be, oldest first."""
        with self._engine.connect() as connection:
            found = connection.execute(select(_VERSION.record).order_by(_VERSION.number)).scalars()
            return [VersionRecord.model_validate(data) for data in found]

    def newest_version(self) -> str:
        """Name of the newest version.

        Raises
        ------
        TableError
            There is none yet.
        """
        with self._engine.connect() as connection:
            newest = connection.execute(select(_VERSION.version).order_by(_VERSION.number.desc()).limit(1)).scalar()
        if newest is None:
            raise TableError("error.table_version_unknown", version="-")
        return newest

    def current(self) -> EvidenceTable | None:
        """The newest version; ``None`` in a new workspace."""
        with self._engine.connect() as connection:
            return _newest(connection)

    def get(self, version: str) -> EvidenceTable:
        """One version.

        Raises
        ------
        TableError
            There is no such version.
        """
        query = select(_VERSION.data).where(_VERSION.version == version)
        with self._engine.connect() as connection:
            data = connection.execute(query).scalar()
        if data is None:
            raise TableError("error.table_version_unknown", version=version)
        return EvidenceTable.model_validate(data)

    def statement_ids(self) -> frozenset[str]:
        """Ids of rows and statements of all versions: a new one gets none that was ever used."""
        query = select(_VERSION.number, _VERSION.data).where(_VERSION.number > self._read_to).order_by(_VERSION.number)
        with self._engine.connect() as connection:
            for number, data in connection.execute(query):
                # As plain data: to check every statement of hundreds of versions takes seconds.
                rows = data["rows"]
                self._ids |= {row["id"] for row in rows}
                self._ids |= {statement["id"] for row in rows for statement in row["statements"]}
                self._read_to = number
        return frozenset(self._ids)

    def add(self, table: EvidenceTable, record: VersionRecord, *, seen: Seen | None = None) -> EvidenceTable:
        """Store a version. Content equal to the newest version is not stored again.

        A version name that is taken gets a number behind it, since versions are never overwritten.

        Parameters
        ----------
        table, record
            The record gets the name under which the version is stored, and the version before it.
        seen
            What the version was made from, where it must not be stored when that is no longer the latest.

        Returns
        -------
        EvidenceTable
            The table as stored, under its version name.

        Raises
        ------
        TableConflict
            Something else came in after ``seen``; nothing was stored.
        """
        with writing_alone(self._engine, ACTS_LOCK) as connection:
            current = _newest(connection)
            before = None if current is None else current.version
            if seen is not None and (before, last_act(connection)) != (seen.version, seen.last_act):
                raise TableConflict
            if current is not None and current.rows == table.rows:
                return current
            name = _free_name(connection, table.version)
            stored = table.model_copy(update={"version": name})
            made = record.model_copy(update={"version": name, "based_on": before})
            append_rows(connection, schema.table_versions, [_values(stored, made)])
        logger.info("version %s of the table: %s, %s changes", name, made.origin.value, len(made.changes))
        return stored


def _newest(connection: Connection) -> EvidenceTable | None:
    data = connection.execute(select(_VERSION.data).order_by(_VERSION.number.desc()).limit(1)).scalar()
    return None if data is None else EvidenceTable.model_validate(data)


def _free_name(connection: Connection, wanted: str) -> str:
    def is_taken(name: str) -> bool:
        return bool(connection.execute(select(func.count()).where(_VERSION.version == name)).scalar_one())

    return next(n for n in (wanted, *(f"{wanted}.{i}" for i in range(2, 10_000))) if not is_taken(n))


def _values(table: EvidenceTable, record: VersionRecord) -> dict[str, Any]:
    from_file = record.origin in (VersionOrigin.IMPORTED, VersionOrigin.WORD) and bool(record.file)
    return {
        "version": table.version,
        "created": record.created,
        "origin": record.file if from_file else f"cli.table.origin_{record.origin.value}",
        "data": table.model_dump(mode="json"),
        "record": record.model_dump(mode="json"),
    }
