"""Versions of the evidence table: only ever added."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from pipelines.domain.evidence_table import EvidenceTable
from pipelines.errors import TableError
from pipelines.store import schema

logger = logging.getLogger(__name__)


class TableStore:
    """The evidence table of a workspace in all its versions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def versions(self) -> list[tuple[str, datetime, str]]:
        """Version, time of storing and origin (file name, or a key of a message), oldest first."""
        columns = schema.table_versions.c
        query = select(columns.version, columns.created, columns.origin).order_by(columns.number)
        with self._engine.connect() as connection:
            return [(row.version, row.created, row.origin) for row in connection.execute(query)]

    def newest_version(self) -> str:
        """Name of the newest version.

        Raises
        ------
        TableError
            There is none yet.
        """
        columns = schema.table_versions.c
        with self._engine.connect() as connection:
            newest = connection.execute(select(columns.version).order_by(columns.number.desc()).limit(1)).scalar()
        if newest is None:
            raise TableError("error.table_version_unknown", version="-")
        return newest

    def current(self) -> EvidenceTable | None:
        """The newest version; ``None`` in a new workspace."""
        versions = self.versions()
        return self.get(versions[-1][0]) if versions else None

    def get(self, version: str) -> EvidenceTable:
        """One version.

        Raises
        ------
        TableError
            There is no such version.
        """
        query = select(schema.table_versions.c.data).where(schema.table_versions.c.version == version)
        with self._engine.connect() as connection:
            data = connection.execute(query).scalar()
        if data is None:
            raise TableError("error.table_version_unknown", version=version)
        return EvidenceTable.model_validate(data)

    def add(self, table: EvidenceTable, origin: str) -> EvidenceTable:
        """Store a version. Content equal to the newest version is not stored again.

        A version name that is taken gets a number behind it, since versions are never overwritten.

        Returns
        -------
        EvidenceTable
            The table as stored, under its version name.
        """
        while True:
            # Before the newest version is read: what comes in between the two is seen as taken only by the database.
            taken = {version for version, _, _ in self.versions()}
            current = self.current()
            if current is not None and current.rows == table.rows:
                return current
            try:
                return self._insert(table, origin, taken)
            except IntegrityError:  # another command took the name in the meantime: look again
                logger.info("version %s was taken meanwhile", table.version)

    def _insert(self, table: EvidenceTable, origin: str, taken: set[str]) -> EvidenceTable:
        name = next(n for n in (table.version, *(f"{table.version}.{i}" for i in range(2, 10_000))) if n not in taken)
        stored = table.model_copy(update={"version": name})
        with self._engine.begin() as connection:
            connection.execute(
                insert(schema.table_versions).values(
                    version=name,
                    created=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
                    origin=origin,
                    data=stored.model_dump(mode="json"),
                )
            )
        return stored
