"""A witness of the chains outside the database: one line for every entry that joined, so that lost last entries show.

A chain of hashes shows a change within it, not that its end is gone: a database whose last changes were lost (a
damaged ``-wal``, an older copy put in its place) is whole in itself. So after each commit number and hash of the entry
go into a small file beside the database, synced before anybody is told that the entry is kept. The database may be
ahead of the file, by entries that follow one another (the program was killed in between, or the disk was full); never
behind.

The file only grows, by about a hundred bytes an entry: a line covers all entries before it, so older ones could go, but
a hundred thousand decisions take ten megabytes, and a file that nobody ever writes anew cannot be lost while doing so.
Each process appends by itself; lines may come in another order than the entries.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from pipelines.domain.moments import now
from pipelines.errors import StoreError
from pipelines.store import schema
from pipelines.store.chain import heads
from pipelines.store.files import sync_folder
from pipelines.store.writing import Heads

logger = logging.getLogger(__name__)

WITNESS_FILE = "witness.log"
"""In data/processed."""
BEGUN, MOVED, RESTORED = "begun", "moved", "restored"
_MARK = "*"
_NAMES = frozenset(table.name for table in schema.CHAINED)
_LINE = re.compile(r"([a-z_]+|\*) (\S{1,40}) (\S{1,80}) ([0-9a-f]{8})")
#: What is left where a line was cut off, by a power cut or a full disk; the next line begins anew.
_CUT_OFF = re.compile(r"[a-z_*]{1,20}( \S{0,40}( \S{0,80}( [0-9a-f]{0,7})?)?)?|\x00+")


@dataclass
class Witnessed:
    """What a witness tells since it began, or since the database was last put in its place on purpose."""

    begun: datetime | None = None
    """UTC; ``None`` where that was never written."""
    kind: str = ""
    """:data:`BEGUN`, :data:`MOVED` or :data:`RESTORED`."""
    of: datetime | None = None
    """When the backup was made that was put back."""
    entries: dict[str, dict[int, frozenset[str]]] = field(default_factory=dict[str, dict[int, frozenset[str]]])
    """Hashes by number, by table."""
    n_damaged: int = 0
    """Lines that are none."""

    def add(self, found: Iterable[tuple[str, int, str]]) -> None:
        """Add entries that somebody else noted."""
        for table, number, digest in found:
            known = self.entries.setdefault(table, {})
            known[number] = known.get(number, frozenset()) | {digest}


def n_missing(told: Witnessed | None, found: Heads) -> int:
    """Number of entries at the ends of chains that were witnessed before ``found`` was looked at, and are not there."""
    entries = {} if told is None else told.entries
    return sum(max(0, max(numbers) - found.get(table, (0, ""))[0]) for table, numbers in entries.items() if numbers)


class Witness:
    """The file of a workspace."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, joined: Heads) -> None:
        """Note entries that were committed. A line that cannot be written undoes no decision: it is logged."""
        try:
            begin = [] if self.path.exists() else [_mark(BEGUN)]
            self._append([*begin, *_lines(joined)])
        except OSError as error:
            logger.warning("what was stored is not witnessed: %s", error.strerror or type(error).__name__)

    def begin(self, engine: Engine) -> None:
        """Begin with the chains as they are, where there is no witness yet."""
        if self.path.exists():
            return
        with suppress(StoreError, OSError):  # a disk that is full or read-only; the next entry begins it then
            self._append([_mark(BEGUN), *_lines(heads(engine, schema.CHAINED))])

    def begin_anew(self, engine: Engine, kind: str, of: datetime | None = None) -> None:
        """Go on from the chains as they are in another database, which was put in the place of the former on purpose.

        Parameters
        ----------
        engine
            Of that database.
        kind
            :data:`MOVED` or :data:`RESTORED`.
        of
            When the backup was made that was put back, UTC.

        Raises
        ------
        OSError
            It cannot be written.
        """
        self._append([_mark(kind, of), *_lines(heads(engine, schema.CHAINED))])

    def read(self) -> Witnessed | None:
        """What was noted; ``None`` where there is no witness.

        Raises
        ------
        OSError
            It cannot be read.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        told = Witnessed()
        for line in content.decode("latin-1").split("\n"):
            found = _LINE.fullmatch(line)
            if found is None or found[4] != _sum(*found.group(1, 2, 3)):
                told.n_damaged += bool(line) and _CUT_OFF.fullmatch(line) is None
            elif found[1] == _MARK:
                kind, _, of = found[3].partition("@")
                begun = datetime.fromisoformat(found[2])
                told = Witnessed(begun, kind, datetime.fromisoformat(of) if of else None, n_damaged=told.n_damaged)
            elif found[1] in _NAMES and found[2].isdigit():
                told.add([(found[1], int(found[2]), found[3])])
        return told

    def _append(self, lines: Iterable[str]) -> None:
        new = not self.path.exists()
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        try:
            size = os.fstat(handle).st_size
            # After a line that was cut off; of two at once one may leave an empty line, which says nothing.
            cut_off = size > 0 and _last_byte(handle, size) != b"\n"
            content = ("\n" if cut_off else "") + "".join(f"{line}\n" for line in lines)
            data = content.encode("ascii")
            if os.write(handle, data) != len(data):
                raise OSError("the line was cut off")
            os.fsync(handle)
        finally:
            os.close(handle)
        if new:
            sync_folder(self.path.parent)


def _last_byte(handle: int, size: int) -> bytes:
    os.lseek(handle, size - 1, os.SEEK_SET)
    return os.read(handle, 1)


def _lines(joined: Mapping[str, tuple[int, str]]) -> list[str]:
    return [_line(table, str(number), digest) for table, (number, digest) in sorted(joined.items())]


def _mark(kind: str, of: datetime | None = None) -> str:
    moment = now().isoformat(timespec="seconds")
    return _line(_MARK, moment, kind if of is None else f"{kind}@{of.isoformat(timespec='seconds')}")


def _line(*parts: str) -> str:
    return " ".join((*parts, _sum(*parts)))


def _sum(*parts: str) -> str:
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:8]
