"""Holds files against the checksums that they are kept under."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from flows.backup import backup_folder
from flows.doctor import Finding
from pipelines.domain.ids import file_checksum
from pipelines.errors import KennisstandError
from pipelines.language.model_files import CARD_FILE
from pipelines.settings import Settings
from pipelines.store.backups import BackupFolder
from pipelines.store.checking import READING_FAULTS
from pipelines.store.edited_files import FOLDER as EDITED_FOLDER
from pipelines.store.originals import KEPT, Original, OriginalStore

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMED = 20
"""So many files are told one by one."""
_CHECKSUM = re.compile(r"[0-9a-f]{64}")


def check_originals(settings: Settings, engine: Engine) -> Iterator[Finding]:
    """Every original against its checksum, and every file that lies among them."""
    store = OriginalStore(engine, settings.workspace)
    originals = store.all()
    bad = [(one, fault) for one in originals if (fault := _fault(settings.workspace, one)) is not None]
    waiting = [one for one, fault in bad if fault == "waiting"]
    lost = [(one, fault) for one, fault in bad if fault != "waiting"]
    copies = _in_backups(settings) if lost else {}
    for one, fault in lost[:_NAMED]:
        yield _lost(store, one, fault, copies)
    if len(lost) > _NAMED:
        yield Finding("originals", False, "verify.originals_more", {"count": len(lost) - _NAMED})
    if waiting:
        yield Finding("originals", False, "verify.originals_waiting", {"count": len(waiting)})
    known = {one.file for one in originals}
    strange = sorted(name for name in _kept_files(settings.workspace) - known if not _is_named_well(settings, name))
    if strange:
        yield Finding("originals", False, "verify.originals_strange", {"count": len(strange), "file": strange[0]})
    if not bad and not strange:
        yield Finding("originals", True, "verify.originals", {"count": len(originals)})


def _fault(root: Path, original: Original) -> str | None:
    if original.file is None:
        return "missing"
    try:
        content = (root / original.file).read_bytes()
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "unreadable"
    if file_checksum(content) != original.checksum or (original.is_kept and original.checksum not in original.file):
        return "changed"
    return None if original.is_kept else "waiting"


def _lost(store: OriginalStore, original: Original, fault: str, copies: Mapping[str, tuple[str, str]]) -> Finding:
    values: dict[str, str | int | float] = {
        "title": original.title or original.document_id,
        "file": original.file or next(iter(original.paths), "-"),
    }
    source = store.source(original)
    if source is not None:
        return Finding("originals", False, f"verify.original_{fault}_here", {**values, "source": str(source)})
    if original.checksum in copies:
        name, path = copies[original.checksum]
        return Finding("originals", False, f"verify.original_{fault}_backup", {**values, "name": name, "path": path})
    return Finding("originals", False, f"verify.original_{fault}", values)


def _in_backups(settings: Settings) -> dict[str, tuple[str, str]]:
    """By checksum the newest backup of this workspace that holds such a file whole, and the file."""
    found: dict[str, tuple[str, str]] = {}
    with suppress(*READING_FAULTS):
        folder = BackupFolder(backup_folder(settings))
        for name in folder.names():
            with suppress(KennisstandError):
                manifest = folder.read(name)
                if manifest.workspace == str(settings.workspace.resolve()):
                    found.update({file.checksum: (name, file.path) for file in manifest.files})
        found = {checksum: place for checksum, place in found.items() if folder.holds(checksum)}
    return found


def _kept_files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in (root / KEPT).glob("*/[!.]*") if path.is_file()}


def _is_named_well(settings: Settings, name: str) -> bool:
    path = settings.workspace / name
    checksum = path.name.partition(".")[0]
    with suppress(OSError):
        return _CHECKSUM.fullmatch(checksum) is None or file_checksum(path.read_bytes()) == checksum
    return False


def check_edited(settings: Settings, engine: Engine) -> Iterator[Finding]:
    """Files that people handed in, each in a folder named after its checksum."""
    del engine
    paths = [path for path in (settings.processed_dir / EDITED_FOLDER).glob("*/[!.]*") if path.is_file()]
    bad: list[str] = []
    for path in paths:
        try:
            whole = not _CHECKSUM.fullmatch(path.parent.name) or file_checksum(path.read_bytes()) == path.parent.name
        except OSError:
            whole = False
        if not whole:
            bad.append(path.relative_to(settings.workspace).as_posix())
    values: dict[str, str | int | float] = {"count": len(bad) or len(paths), "files": ", ".join(sorted(bad)[:5])}
    yield Finding("edited", not bad, "verify.edited_damaged" if bad else "verify.edited", values)


def check_vectors(settings: Settings, engine: Engine) -> Iterator[Finding]:
    """Files of vectors: each page in them carries a sum of its own, or can at least be unpacked."""
    del engine
    bad: list[str] = []
    paths = sorted((settings.processed_dir / "vectors").glob("*/[!.]*.parquet"))
    if paths:
        import pyarrow.parquet as pq

        for path in paths:
            try:
                pq.read_table(path, page_checksum_verification=True)
            except READING_FAULTS:  # those of Arrow are errors of value or of the system
                bad.append(path.relative_to(settings.workspace).as_posix())
    values: dict[str, str | int | float] = {"count": len(bad) or len(paths), "files": ", ".join(bad[:5])}
    yield Finding("vectors", not bad, "verify.vectors_damaged" if bad else "verify.vectors", values)


def check_models(settings: Settings, engine: Engine) -> Iterator[Finding]:
    """Models against the checksums in their cards, those that come with the program and those that were learned."""
    del engine
    bad: list[str] = []
    cards = sorted({*settings.shipped_models_dir.glob(f"**/{CARD_FILE}"), *settings.models_dir.glob(f"**/{CARD_FILE}")})
    for card in cards:
        try:
            files = json.loads(card.read_bytes())["files"]
            whole = all(file_checksum((card.parent / name).read_bytes()) == files[name] for name in files)
        except READING_FAULTS:
            whole = False
        if not whole:
            bad.append(str(card.parent))
    values: dict[str, str | int | float] = {"count": len(bad) or len(cards), "files": ", ".join(bad[:5])}
    yield Finding("models", not bad, "verify.models_damaged" if bad else "verify.models", values)
