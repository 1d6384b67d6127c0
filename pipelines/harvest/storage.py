"""Files that do not come over http: folders of this computer, network shares, and storage that fsspec knows.

What a source can reach is what the account that runs the program can reach; who writes the file of sources decides.
Of that, only what lies in the folder of the source itself is ever opened.
"""

from __future__ import annotations

import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from fsspec.core import url_to_fs

from pipelines.domain.sources import Source, SourceKind
from pipelines.harvest.fetching import Answer, HarvestError, Trouble

LOCAL = frozenset({"", "file", "local"})
STORAGE = frozenset(
    {"memory", "s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "sftp", "ssh", "smb", "hdfs", "webhdfs", "oss"}
)
"""Storage of one's own. Not http, which goes through the guarded client, and nothing that unpacks, caches or runs."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_DRIVE = re.compile(r"/?[A-Za-z]:[/\\]")


def scheme_of(address: str) -> str:
    """Scheme of an address in small letters; empty for a path (also ``C:\\folder``)."""
    found = _SCHEME.match(address)
    return found[1].lower() if found else ""


def is_storage(address: str) -> bool:
    """Whether an address is a path, or one of a storage that can be read here."""
    return bool(address) and scheme_of(address) in LOCAL | STORAGE and "::" not in address and "\0" not in address


def has_password(address: str) -> bool:
    """Whether an address holds a password: it would stand in lists, notices and backups."""
    try:
        return urlsplit(address).password is not None
    except ValueError:
        return True


def local_path(address: str) -> Path | None:
    """The path that an address of this computer or a network share names; ``None`` for other storage."""
    if scheme_of(address) not in LOCAL:
        return None
    text = re.sub(r"^(file|local)://", "", address, flags=re.IGNORECASE)
    return Path(text[1:] if text.startswith("/") and _DRIVE.match(text) else text).expanduser()


def join(folder: str, name: str) -> str:
    """Address of a file in a folder; ``name`` is relative, with forward slashes."""
    path = local_path(folder)
    return f"file://{(path / name).absolute().as_posix()}" if path is not None else f"{folder.rstrip('/')}/{name}"


def folder_of(source: Source) -> str:
    """Folder whose files belong to a source: that of its address, or in which its reference list lies."""
    if source.kind is not SourceKind.REFERENCES:
        return source.address
    path = local_path(source.address)
    return str(path.absolute().parent) if path is not None else source.address.rpartition("/")[0]


@contextmanager
def told(address: str) -> Iterator[None]:
    """Errors of storage within, as they are told to people.

    Raises
    ------
    HarvestError
        Of the kind that the error is.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise HarvestError("error.harvest_file_gone", Trouble.GONE, address=address) from error
    except PermissionError as error:
        raise HarvestError("error.harvest_file_refused", Trouble.REFUSED, address=address) from error
    except ImportError as error:
        scheme = scheme_of(address)
        raise HarvestError("error.harvest_storage_library", Trouble.REFUSED, address=address, scheme=scheme) from error
    except _faults() as error:
        detail = f"{type(error).__name__}: {error}"[:200]
        raise HarvestError("error.harvest_storage", Trouble.PASSING, address=address, detail=detail) from error


def _faults() -> tuple[type[BaseException], ...]:
    """Errors of storage: those of S3 are no OSErrors, and are known only where its library was loaded."""
    libraries = (("botocore.exceptions", "BotoCoreError"), ("botocore.exceptions", "ClientError"))
    of_s3 = (getattr(sys.modules.get(module), name, None) for module, name in libraries)
    return (OSError, ValueError, RuntimeError, *(one for one in of_s3 if isinstance(one, type)))


def open_storage(address: str) -> tuple[Any, str]:
    """File system and path of an address that is not local.

    Raises
    ------
    HarvestError
        There is none for it.
    """
    if not is_storage(address) or has_password(address):
        raise HarvestError("error.harvest_storage_kind", Trouble.REFUSED, address=scheme_of(address) or address[:80])
    with told(address):
        system, path = url_to_fs(address)
    return system, path


def read_file(source: Source, url: str, max_bytes: int) -> Answer:
    """A file of a folder, or one that lies beside a reference list.

    Parameters
    ----------
    source
        Of kind ``folder`` or ``references``; what does not lie in its folder is refused.
    url
        Address as in :attr:`~pipelines.domain.sources.FoundItem.file_urls`; never http.
    max_bytes
        Larger files are refused.

    Raises
    ------
    HarvestError
        It is gone, refused, too large, or does not answer.
    """
    if source.kind not in (SourceKind.FOLDER, SourceKind.REFERENCES):
        raise HarvestError("error.harvest_file_refused", Trouble.REFUSED, address=url)
    return Answer(url, url, 200, read_bytes(url, folder_of(source), max_bytes))


def read_bytes(url: str, folder: str, max_bytes: int) -> bytes:
    """Content of a file within ``folder``; see :func:`read_file`."""
    path = local_path(url)
    if path is not None:
        return _read_local(path, folder, url, max_bytes)
    system, name = open_storage(url)
    _, root = open_storage(folder)
    if not name.startswith(root.rstrip("/") + "/") or ".." in PurePosixPath(name).parts:
        raise HarvestError("error.harvest_file_refused", Trouble.REFUSED, address=url)
    with told(url), system.open(name, "rb") as file:
        return _bounded(file, url, max_bytes)


def _read_local(path: Path, folder: str, url: str, max_bytes: int) -> bytes:
    root = local_path(folder)
    if root is None:
        raise HarvestError("error.harvest_file_refused", Trouble.REFUSED, address=url)
    with told(url):
        path = path.resolve(strict=True)  # a link may lead out of the folder
        if not path.is_relative_to(root.resolve(strict=True)) or not stat.S_ISREG(path.stat().st_mode):
            raise HarvestError("error.harvest_file_refused", Trouble.REFUSED, address=url)
        with path.open("rb") as file:
            return _bounded(file, url, max_bytes)


def _bounded(file: Any, url: str, max_bytes: int) -> bytes:
    """Content of an open file; in pieces, since storage may say another size than it gives."""
    pieces: list[bytes] = []
    n_bytes = 0
    while piece := file.read(min(1 << 20, max_bytes + 1 - n_bytes)):
        pieces.append(piece)
        n_bytes += len(piece)
        if n_bytes > max_bytes:
            megabytes = max_bytes // 1_000_000
            raise HarvestError("error.harvest_file_large", Trouble.UNFIT, address=url, megabytes=megabytes)
    return b"".join(pieces)
