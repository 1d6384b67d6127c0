"""A folder of small files that can be made again, kept within a bound: the oldest go first."""

from __future__ import annotations

import logging
import os
import threading
import time
from pathlib import Path

from pipelines.errors import StoreError
from pipelines.store.files import write_whole

_log = logging.getLogger(__name__)

_KEPT_SHARE = 0.8
"""Of the bound that stays when it is passed, so that the folder is not looked through at every further file."""
_WRITES_BETWEEN_LOOKS = 500
"""Other processes may write to the same folder; after so many files its size is counted again."""
_FRESH_SECONDS = 3600.0
"""A file that is used keeps its place when it is older than this; younger ones need no new date."""


class PageCache:
    """Files by name; used by many threads and, with the same folder, by several processes."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._n_bytes = 0
        self._n_writes = 0

    def read(self, name: str) -> bytes | None:
        """What was kept as ``name``, or ``None``."""
        path = self._path(name)
        try:
            content = path.read_bytes()
            if time.time() - path.stat().st_mtime > _FRESH_SECONDS:
                os.utime(path)
        except OSError:
            return None
        return content

    def keep(self, name: str, content: bytes) -> None:
        """Keep ``content``; where that fails the file is only made again the next time."""
        try:
            write_whole(self._path(name), content)
        except StoreError as error:
            _log.warning("a page is not kept: %s", error)
            return
        with self._lock:
            look = self._n_writes % _WRITES_BETWEEN_LOOKS == 0
            self._n_writes += 1
            self._n_bytes += len(content)
            if look or self._n_bytes > self._max_bytes:
                self._n_bytes = self._shrink()

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def _shrink(self) -> int:
        """Remove the oldest files when there are too many; returns the bytes that stay."""
        found: list[tuple[float, int, Path]] = []
        for path in self._folder.glob("*/*"):
            try:
                status = path.stat()
            except OSError:  # another process removed it meanwhile
                continue
            found.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in found)
        if total <= self._max_bytes:
            return total
        for _, size, path in sorted(found, key=lambda item: (item[0], item[2])):
            if total <= _KEPT_SHARE * self._max_bytes:
                break
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                _log.warning("a kept page cannot be removed: %s", error.strerror)
                continue
            total -= size
        return total
