"""Files that several computers reach, each under its checksum: a folder, S3, or whatever else fsspec speaks.

Whoever fetches a file checks that it is whole, so that neither a broken copy nor another's file goes unnoticed. Names
and passwords for the place come from where its library looks for them (for S3 the usual ``AWS_*`` variables or the role
of the machine), never from the address.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from pipelines.domain.ids import file_checksum
from pipelines.errors import SettingsError, StoreError
from pipelines.store.files import write_whole

logger = logging.getLogger(__name__)

_LOCAL = frozenset({"file", "local"})
_WHOLE_OR_NOT = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "memory"})
"""Stores of objects: a file is there when all of it is, so it needs no other name while it is written; and they cannot
rename, only copy."""
MOST_BYTES = 2**30
"""No file may be larger: files are held in memory, and those that are read hold 200 MB at most."""


class SharedFiles:
    """Files under ``address`` (and ``folder`` below it), as ``<first two characters>/<SHA-256>``.

    Parameters
    ----------
    address
        A whole path of this computer, or an address such as ``s3://bucket/folder``.
    folder
        Part of the place, so that what belongs together can be removed together.

    Raises
    ------
    SettingsError
        The address cannot be one, holds a password, or needs a library that is not installed.
    """

    def __init__(self, address: str, folder: str = "") -> None:
        self.address = address.strip().rstrip("/")
        if self.address.startswith("~"):  # to every worker the same folder, whoever runs it
            self.address = str(Path(self.address).expanduser())
        self.folder = folder
        self._check_address()

    def _check_address(self) -> None:
        try:
            parts = urlsplit(self.address)
            secret = bool(parts.password or parts.query)
        except ValueError as error:
            raise SettingsError("error.shared_files_address", address=self.address) from error
        if secret:
            raise SettingsError("error.shared_files_secret", host=parts.hostname or "")
        if "://" not in self.address and not Path(self.address).is_absolute():
            raise SettingsError("error.shared_files_address", address=self.address)

    @cached_property
    def _place(self) -> tuple[Any, str]:
        """The file system and the folder on it."""
        from fsspec.core import url_to_fs

        try:
            # Lists of folders are not remembered: what another computer wrote a moment ago counts.
            system, root = url_to_fs(self.address, use_listings_cache=False)
        except ImportError as error:
            raise SettingsError("error.shared_files_library", address=self.address, detail=str(error)[:200]) from error
        except ValueError as error:
            raise SettingsError("error.shared_files_address", address=self.address) from error
        return system, f"{str(root).rstrip('/')}/{self.folder}".rstrip("/")

    def within(self, folder: str) -> SharedFiles:
        """The same place, one folder below."""
        return SharedFiles(self.address, f"{self.folder}/{folder}".strip("/"))

    def _path(self, checksum: str) -> str:
        return f"{self._place[1]}/{checksum[:2]}/{checksum}"

    def has(self, checksum: str) -> bool:
        """Whether a file is there; whether it is whole shows when it is fetched.

        Raises
        ------
        StoreError
            The place cannot be reached.
        """
        try:
            return bool(self._place[0].exists(self._path(checksum)))
        except _faults() as error:
            raise self._unreachable(error) from error

    def put(self, content: bytes) -> str:
        """Put a file there, unless it is; returns its checksum.

        Raises
        ------
        StoreError
            The place cannot be reached or written, or the file is too large for it.
        """
        if len(content) > MOST_BYTES:
            raise StoreError("error.shared_file_large", size=len(content) // 2**20, most=MOST_BYTES // 2**20)
        checksum = file_checksum(content)
        path = self._path(checksum)
        system = self._place[0]
        if _protocols(system) & _LOCAL:
            if not Path(path).exists():
                write_whole(Path(path), content)
            return checksum
        try:
            if system.exists(path):
                return checksum
            folder = path.rpartition("/")[0]
            if _protocols(system) & _WHOLE_OR_NOT:
                system.pipe_file(path, content)
                return checksum
            system.makedirs(folder, exist_ok=True)
            part = f"{folder}/.writing-{uuid4().hex}"
            try:
                system.pipe_file(part, content)
                system.mv(part, path)
            except BaseException:
                if system.exists(part):
                    system.rm_file(part)
                raise
        except _faults() as error:
            raise self._unreachable(error) from error
        return checksum

    def get(self, checksum: str, most_bytes: int = MOST_BYTES) -> bytes:
        """The content of a file, whole.

        Raises
        ------
        StoreError
            It is not there, is not what it should be, is larger than ``most_bytes``, or the place cannot be reached.
        """
        try:
            with self._place[0].open(self._path(checksum), "rb", cache_type="none") as file:
                content: bytes = file.read(most_bytes + 1)
        except FileNotFoundError as error:
            raise StoreError("error.shared_file_missing", file=checksum, address=self.address) from error
        except _faults() as error:
            raise self._unreachable(error) from error
        if len(content) > most_bytes:
            raise StoreError("error.shared_file_large", size=len(content) // 2**20, most=most_bytes // 2**20)
        if file_checksum(content) != checksum:
            raise StoreError("error.shared_file_damaged", file=checksum, address=self.address)
        return content

    def remove(self, checksums: Iterable[str]) -> None:
        """Remove files, also those that are not there. What cannot be removed is left, and logged."""
        try:
            system = self._place[0]
            for path in map(self._path, checksums):
                if system.exists(path):
                    system.rm_file(path)
        except _faults() as error:
            logger.warning("files at %s cannot be removed: %s", self.address, type(error).__name__)

    def clear(self) -> bool:
        """Remove all files of this folder of the place; whether none is left. What cannot be removed is logged."""
        if not self.folder:
            raise ValueError("only a folder of a place can be cleared")
        system, root = self._place
        try:
            if system.exists(root):
                system.rm(root, recursive=True)
        except _faults() as error:
            logger.warning("files at %s cannot be removed: %s", self.address, type(error).__name__)
            return False
        return True

    def _unreachable(self, error: BaseException) -> StoreError:
        detail = f"{type(error).__name__}: {error}"[:200]
        return StoreError("error.shared_files_unreachable", address=self.address, detail=detail)


def _protocols(system: Any) -> frozenset[str]:
    names = system.protocol
    return frozenset([names] if isinstance(names, str) else names)


def _faults() -> tuple[type[BaseException], ...]:
    """What reaching a place raises: libraries of S3 have errors of their own, known once one of them is imported."""
    own = sys.modules.get("botocore.exceptions")
    return (OSError,) if own is None else (OSError, own.BotoCoreError, own.ClientError)
