"""Originals of documents: those that are not kept yet, or not any more, are kept as soon as their bytes are found."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, Row, select, update

from pipelines.domain.ids import file_checksum
from pipelines.store import schema
from pipelines.store.documents import DONE
from pipelines.store.files import KEPT_FOLDER, keep_original

logger = logging.getLogger(__name__)

KEPT = f"data/raw/{KEPT_FOLDER}/"
"""What the names of kept originals begin with."""


@dataclass(frozen=True)
class Original:
    """A document and where its bytes were seen."""

    document_id: str
    title: str
    checksum: str
    n_bytes: int
    file: str | None
    """Within the workspace, with forward slashes."""
    paths: tuple[str, ...]

    @property
    def is_kept(self) -> bool:
        """Whether it was kept under its checksum; one that a former release read where it lay was not."""
        return self.file is not None and self.file.startswith(KEPT)


class OriginalStore:
    """Originals of a workspace."""

    def __init__(self, engine: Engine, root: Path) -> None:
        self._engine = engine
        self._root = root

    def all(self) -> list[Original]:
        """Of all documents that were read, in order of arrival."""
        documents, of_paths = schema.documents.c, schema.document_paths
        query = select(documents.id, documents.title, documents.checksum, documents.n_bytes, documents.file)
        with self._engine.connect() as connection:
            rows = connection.execute(query.where(documents.stage == DONE).order_by(documents.sequence)).all()
            paths: dict[str, list[str]] = {}
            for row in connection.execute(select(of_paths.c.document_id, of_paths.c.path)):
                paths.setdefault(row.document_id, []).append(row.path)
        return [_as_original(row, paths.get(row.id, [])) for row in rows]

    def lacking(self) -> list[Original]:
        """Those that are not kept, or whose file is gone; what a file holds is not looked at."""
        return [one for one in self.all() if not (one.is_kept and (self._root / str(one.file)).is_file())]

    def keep_lacking(self) -> int:
        """Keep the originals that lack, as far as their bytes still lie somewhere; returns how many.

        To be called while no scan but the caller's writes to the workspace.

        Raises
        ------
        StoreError
            A file cannot be written, or the disk is full. What was kept until then is.
        """
        kept = {one.document_id: file for one in self.lacking() if (file := self._keep(one)) is not None}
        with self._engine.begin() as connection:
            for document_id, file in kept.items():
                chosen = schema.documents.c.id == document_id
                connection.execute(update(schema.documents).where(chosen).values(file=file))
        if kept:
            logger.info("%s originals are kept that were not", len(kept))
        return len(kept)

    def _keep(self, original: Original) -> str | None:
        found = self._found(original)
        return None if found is None else keep_original(found[1], original.checksum, found[0], self._root)

    def source(self, original: Original) -> Path | None:
        """A file outside what is kept that holds the bytes of a document; ``None`` where none does."""
        found = self._found(original)
        return None if found is None else found[0]

    def _found(self, original: Original) -> tuple[Path, bytes] | None:
        former = [self._root / original.file] if original.file and not original.is_kept else []
        for path in (*map(Path, original.paths), *former):
            try:
                if path.stat().st_size != original.n_bytes:
                    continue
                content = path.read_bytes()
            except (OSError, ValueError):  # also a name with a null character
                continue
            if file_checksum(content) == original.checksum:
                return path, content
        return None


def _as_original(row: Row[str, str | None, str, int, str | None], paths: list[str]) -> Original:
    return Original(row.id, row.title or "", row.checksum, row.n_bytes, row.file, tuple(sorted(paths)))
