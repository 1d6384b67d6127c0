"""All that a workspace holds, in a form in which two workspaces that lived the same life are equal.

What tells time goes, and what follows from it: ids of decisions, hashes of chains. Numbers that a database gives keep
their order only, since what was begun and not finished leaves numbers out.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, inspect, select, text

from pipelines.store import schema
from pipelines.store.database import address_of_file

State = dict[str, Any]

_TIMES = re.compile(
    r"(^|_)(started|finished|first_seen|last_seen|created|decided|made|moment|seconds|seen_at|modified_ns|begun|ended|beat|"
    r"until|since|fetched|asked_at|day|hash|fingerprint|process|at|heartbeat|tried|opened|due|checked|next|uses?)$"
)
_HASHED_WITH_TIME = frozenset({"decisions", "acts"})
"""Their ids are hashes of moments too."""
_LEFT_OUT = frozenset({"sessions", "sign_in_tries"})
_COUNTED = {"harvests": re.compile("^n_"), "source_statuses": re.compile("^n_new$")}
"""What one harvest brought in: of one that was killed the next does not bring it in once more. The items tell all."""
_PASSING = re.compile(
    r"(^|/)(progress-[^/]*|[^/]*\.lock|[^/]*\.log|[^/]*\.db(-wal|-shm)?|service\.json)$|/(logs|prefect)/"
)
_UNFINISHED = re.compile(r"(^|/)\.(writing|arriving|keeping|restoring)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d-\d{4,6}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")


def state_of(root: Path, database: str | None = None) -> State:
    """What stands in the databases and files of a workspace.

    Parameters
    ----------
    root
        Its folder. All databases within it are read.
    database
        Address of its database on a server.
    """
    addresses = {path.relative_to(root).as_posix(): address_of_file(path) for path in sorted(root.rglob("*.db"))}
    if database is not None:
        addresses["server"] = database
    # On a server the workspace has no file of its own: what counts is the same in either place.
    found: State = {}
    for name, address in addresses.items():
        rows = _rows_of(address)
        if name in ("server", "data/processed/kennisstand.db"):
            if rows:
                found["rows"] = rows
        else:
            found[f"rows of {name}"] = rows
    found["files"] = _files(root)
    return found


def unfinished_files(root: Path) -> list[str]:
    """Files under temporary names that nobody is at work on."""
    paths = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return sorted(path for path in paths if _UNFINISHED.search(path))


def differences(one: State, other: State, limit: int = 6) -> list[str]:
    """What is in one state and not in the other, in words."""
    found: list[str] = []
    for part in sorted(one.keys() | other.keys()):
        left, right = one.get(part, {}), other.get(part, {})
        for name in sorted(left.keys() | right.keys()):
            a, b = left.get(name), right.get(name)
            if a != b and isinstance(a, list) and isinstance(b, list):
                only = [str(row)[:300] for row in a if row not in b], [str(row)[:300] for row in b if row not in a]
                found.append(f"{part} {name}: {len(a)} and {len(b)} rows; {only[0][:2]} | {only[1][:2]}")
            elif a != b:
                found.append(f"{part} {name}: {str(a)[:200]} | {str(b)[:200]}")
    return found[:limit]


def _rows_of(address: str) -> dict[str, list[str]]:
    engine = create_engine(address)
    try:
        _check_whole(engine)
        there = set(inspect(engine).get_table_names())
        with engine.connect() as connection:
            tables = [t for t in schema.metadata.sorted_tables if t.name in there and t.name not in _LEFT_OUT]
            return {table.name: _rows(connection, table) for table in tables}
    finally:
        engine.dispose()


def _check_whole(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []


def _rows(connection: Connection, table: Table) -> list[str]:
    numbered = table.autoincrement_column
    kept = [c for c in table.c if not _TIMES.search(c.name) and c is not numbered]
    if table.name in _HASHED_WITH_TIME:
        kept = [c for c in kept if c.name != "id"]
    query = select(*kept)
    if numbered is not None:
        query = query.order_by(numbered)
    rows = [_as_text(table, dict(row)) for row in connection.execute(query).mappings()]
    return rows if numbered is not None else sorted(rows)


def _as_text(table: Table, row: dict[str, Any]) -> str:
    if table.name in _COUNTED:
        row["data"] = {name: value for name, value in row["data"].items() if not _COUNTED[table.name].match(name)}
    values = {name: _plain(value, table.name in _HASHED_WITH_TIME) for name, value in row.items()}
    return _ageless(json.dumps(values, sort_keys=True, default=str, ensure_ascii=False))


def _ageless(text: str) -> str:
    """Without the days on which lives are lived: the life that is compared with may have been lived before midnight."""
    today = datetime.now(UTC).date()
    days = {(today - timedelta(days=n)).isoformat() for n in range(-1, 3)}
    return _DAY.sub(lambda found: "DAY" if found[0] in days else found[0], text)


def _plain(value: Any, no_ids: bool = False) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v, no_ids) for k, v in value.items() if not _TIMES.search(k) and not (no_ids and k == "id")}
    if isinstance(value, list | tuple):
        return [_plain(v, no_ids) for v in value]
    if isinstance(value, bytes | memoryview):
        return hashlib.sha256(bytes(value)).hexdigest()
    if isinstance(value, float):
        return round(value, 6)
    return value


def _files(root: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_dir() or _PASSING.search(name) or _UNFINISHED.search(name) or "/." in f"/{name}":
            continue
        if name.startswith(("reports/", "data/backups/", "restored/reports/")) or (
            "model_version" in name or name.startswith("models/")
        ):
            found[_nameless(name)] = _whole(path)
        else:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _nameless(name: str) -> str:
    """Without what names carry of the time or of a content that tells time."""
    if name.startswith("data/backups/"):
        return "data/backups/" + name.split("/")[2]
    if name.startswith("models/learned/"):
        return "models/learned"
    return _ageless(_DIGEST.sub("DIGEST", _MOMENT.sub("MOMENT", name)))


def _whole(path: Path) -> str:
    """That a file can be read whole, where its kind tells."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            return "whole" if packed.testzip() is None else "damaged"
    if path.suffix == ".json":
        json.loads(path.read_bytes())
    return "whole" if path.stat().st_size else "empty"
