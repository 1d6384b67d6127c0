"""A folder that others put files in: on this computer, on a network share, or in storage that fsspec knows.

=================== =============================== ===============================================================
option              by itself                       what it says
=================== =============================== ===============================================================
``files``           ``*.pdf``, ``*.docx`` and       patterns of paths within the folder; a star stands for folders
                    whatever else is read           below as well, ``!`` says what is left out
``settled_seconds`` 60                              files that changed less long ago are left for the next harvest,
                                                    since they may still be on their way
=================== =============================== ===============================================================

A file that changed is a new item: key and version are one. Links that lead out of the folder are not followed, and what
disappears from the folder stays known.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.domain.documents import Reason
from pipelines.domain.sources import Bookmark, FoundItem, Source
from pipelines.harvest.fetching import Fetcher, HarvestError, HarvestLimits, ItemPage, Trouble
from pipelines.harvest.markup import LONGEST_TITLE, squeeze
from pipelines.harvest.options import number, words
from pipelines.harvest.patterns import chosen
from pipelines.harvest.seen import MOST_SEEN, Seen, mark
from pipelines.harvest.storage import join, local_path, open_storage, told

OPTIONS: dict[str, type] = {"files": tuple, "settled_seconds": int}

FILES: tuple[str, ...] = ("*.pdf", "*.docx", "*.odt", "*.html", "*.htm", "*.epub", "*.md", "*.txt")
ITEMS_AT_ONCE = 100
MOST_FILES = 1_000_000
"""Files that are looked at in one folder: a list of so many takes some hundreds of megabytes."""
_MOST_PROBLEMS = 20
_SETTLED = 60
"""Seconds: copying programs write at least once a minute, and a harvest that comes a week later loses nothing."""
_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".filepart", "~")
_NO_FOLDERS = (".", "$", "@", "~")
"""First letters of folders of systems: waste bins, thumbnails of network disks, version control."""
_VERSIONS = ("ETag", "etag", "md5", "content_md5", "md5Hash", "generation")
_MOMENTS = ("LastModified", "last_modified", "mtime", "updated", "modified", "created")


@dataclass(frozen=True, order=True)
class _File:
    path: str
    """Within the folder, with forward slashes."""
    version: str
    moment: float | None
    """When it changed last, in seconds since 1970, where the storage says so."""


def read_folder(
    source: Source,
    bookmark: Bookmark,
    fetch: Fetcher,  # noqa: ARG001 (nothing of a folder goes over http)
    limits: HarvestLimits,
    *,
    clock: Callable[[], float] = time.time,
) -> Iterator[ItemPage]:
    """Files of a folder that are new or changed since ``bookmark``; see :class:`~.fetching.SourceReader`.

    ``clock`` gives seconds since 1970.
    """
    seen, after = Seen(bookmark.values.get("seen", "")), bookmark.values.get("after", "")
    problems: list[Reason] = []
    path = local_path(source.address)
    found = _local(path, problems) if path is not None else _stored(source.address)
    patterns, settled = words(source, "files", FILES), number(source, "settled_seconds", _SETTLED)
    files: list[_File] = []
    for file in found:
        if not _is_wanted(file.path, patterns) or _is_young(file, clock(), settled):
            continue
        if not file.path.isprintable() or "::" in file.path:  # fsspec would take it for a chain of addresses
            _note(problems, "harvest.file_name", file=file.path)
            continue
        files.append(file)
        if len(files) >= MOST_FILES:
            raise HarvestError("error.harvest_folder_large", Trouble.UNFIT, address=source.address, most=MOST_FILES)
    files.sort()
    fresh = [file for file in files if mark(_key(file)) not in seen]
    if len(files) > MOST_SEEN:  # too many to remember: go round
        fresh = [file for file in fresh if file.path > after] or fresh
    else:
        seen.add(mark(_key(file)) for file in files if mark(_key(file)) in seen)
    given = fresh[: limits.most_items]
    for at in range(0, max(len(given), 1), ITEMS_AT_ONCE):
        part = given[at : at + ITEMS_AT_ONCE]
        seen.add(mark(_key(file)) for file in part)
        values = {"seen": str(seen), "after": part[-1].path if part else after}
        items = tuple(_item(source, file) for file in part)
        yield ItemPage(items, Bookmark(values={k: v for k, v in values.items() if v}), tuple(problems))
        problems = []


def _key(file: _File) -> str:
    return f"{file.path}@{file.version}"


def _item(source: Source, file: _File) -> FoundItem:
    stem = PurePosixPath(file.path).stem
    title = squeeze(stem.replace("_", " ").replace("-", " "), LONGEST_TITLE) or file.path
    return FoundItem(
        key=_key(file),
        title=title,
        publisher=source.publisher,
        language=source.language,
        file_urls=(join(source.address, file.path),),
    )


def _is_wanted(path: str, patterns: tuple[str, ...]) -> bool:
    name = path.rpartition("/")[2]
    if name.startswith((".", "~")) or name.lower().endswith(_UNFINISHED):
        return False
    return chosen([_anchored(pattern) for pattern in patterns], f"/{path}")


def _anchored(pattern: str) -> str:
    """A pattern as it is held against ``/path``, so that ``*/old/*`` covers a folder at the top as well."""
    sign, rest = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
    return sign + (rest if rest.startswith(("/", "*")) else f"/{rest}")


def _is_young(file: _File, now: float, settled: int) -> bool:
    """Whether a file changed just now; by either clock, since that of a network share may run ahead."""
    return file.moment is not None and abs(now - file.moment) < settled


def _note(problems: list[Reason], key: str, **values: str) -> None:
    if len(problems) < _MOST_PROBLEMS:  # names of files may hold bytes that are no text
        told = {name: value[:300].encode("utf-8", "backslashreplace").decode("utf-8") for name, value in values.items()}
        problems.append(Reason(key=key, values={**told}))


def _local(root: Path, problems: list[Reason]) -> Iterator[_File]:
    """Files below a folder of this computer; what cannot be looked at is told in ``problems``."""

    def note(error: OSError) -> None:
        _note(
            problems, "harvest.file_unreadable", file=ascii(error.filename or str(root)), detail=error.strerror or "-"
        )

    with told(str(root)):
        if not root.is_dir():  # a network share that is not there today
            raise HarvestError("error.harvest_folder_gone", Trouble.PASSING, address=str(root))
        inside = root.resolve(strict=True)
    for folder, folders, names in os.walk(root, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith(_NO_FOLDERS))
        for name in names:
            path = Path(folder, name)
            try:
                if path.is_symlink() and not path.resolve(strict=True).is_relative_to(inside):
                    continue
                status = path.stat()
            except OSError as error:
                note(error)
                continue
            if not stat.S_ISREG(status.st_mode) or status.st_size == 0:
                continue
            relative = path.relative_to(root).as_posix()
            if not os.access(path, os.R_OK):
                note(PermissionError(13, "-", str(path)))
                continue
            yield _File(relative, mark(str(status.st_size), str(int(status.st_mtime))), status.st_mtime)


def _stored(address: str) -> Iterator[_File]:
    """Files below a folder in other storage."""
    system, root = open_storage(address)
    root = root.rstrip("/")
    with told(address):
        system.invalidate_cache()
        if not system.isdir(root):
            raise HarvestError("error.harvest_folder_gone", Trouble.PASSING, address=address)
        for _, folders, names in system.walk(root, detail=True, on_error="raise"):
            for name in [name for name in folders if name.startswith(_NO_FOLDERS)]:
                del folders[name]
            for info in names.values():
                if info.get("type") != "file" or not info.get("size"):
                    continue
                path = str(info["name"])
                if path.startswith(root + "/"):
                    moment = _moment(info)
                    version = next((str(info[name]) for name in _VERSIONS if info.get(name)), str(moment))
                    yield _File(path[len(root) + 1 :], mark(str(info["size"]), version), moment)


def _moment(info: dict[str, Any]) -> float | None:
    for name in _MOMENTS:
        said = info.get(name)
        if isinstance(said, datetime):
            return said.timestamp()
        if isinstance(said, int | float):
            return float(said)
    return None
