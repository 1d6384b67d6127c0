"""512 random bytes overwritten at a random place: whatever it does to what people made, ``doctor --verify`` tells it.

What was damaged is decided by an oracle that knows nothing of chains: all rows of decisions, acts, versions, proposals
and changes of accounts, and all originals, as they were before and as they can be read afterwards.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from torture_rounds import amount
from verified_workspace import decide, fill, originals

from flows.verify import verify
from flows.workspace import open_settings_workspace
from pipelines.settings import Settings

_ROUNDS = amount(6, 100)
_BYTES = 512
_SEED = 9
_GUARDED = ("decisions", "acts", "table_versions", "proposals", "account_events")
_DATABASE = Path("data/processed/kennisstand.db")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("damage")
    fill(Settings(workspace=root, database_url=None), n_documents=amount(4, 30), n_decisions=amount(30, 400))
    with closing(sqlite3.connect(root / _DATABASE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return root


@pytest.fixture(scope="module")
def with_log(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with its last decisions in the ``-wal`` alone, as a power cut leaves it."""
    root = tmp_path_factory.mktemp("log") / "w"
    shutil.copytree(made, root)
    workspace = open_settings_workspace(Settings(workspace=root, database_url=None))
    for number in range(1000, 1000 + amount(10, 60)):
        decide(workspace, number)
    left = tmp_path_factory.mktemp("left") / "w"
    shutil.copytree(root, left)  # while it is open: closing would empty the log
    workspace.close()
    (left / f"{_DATABASE}-shm").unlink(missing_ok=True)
    assert (left / f"{_DATABASE}-wal").stat().st_size > 0
    return left


@pytest.fixture(autouse=True)
def no_shipped_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """To read them all takes longer than all the rest."""
    monkeypatch.setattr(Settings, "shipped_models_dir", property(lambda _: tmp_path / "no models"))


def _rows(path: Path) -> dict[str, Any]:
    """All guarded rows as they lie there; ``None`` for a table that cannot be read."""
    found: dict[str, Any] = {}
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        for table in _GUARDED:
            try:
                found[table] = list(connection.execute(f"SELECT rowid, * FROM {table} ORDER BY rowid"))
            except sqlite3.Error:
                found[table] = None
    return found


def _integrity(path: Path) -> bool:
    """Whether SQLite's own check finds nothing."""
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        try:
            return list(connection.execute("PRAGMA integrity_check")) == [(b"ok",)]
        except sqlite3.Error:
            return False


def _overwrite(path: Path, chance: random.Random) -> int:
    size = path.stat().st_size
    at = chance.randrange(max(size - _BYTES, 0) + 1)
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(at)
        file.write(chance.randbytes(min(_BYTES, size)))
    return at


def _bad(root: Path) -> set[str]:
    """Names of the checks that complain; no damage may end it in an error."""
    found = verify(Settings(workspace=root, database_url=None))
    return {finding.check for finding in found if not finding.good} - {"backup"}


def _copies(source: Path, folder: Path, count: int) -> Iterator[tuple[int, Path]]:
    for number in range(count):
        root = folder / f"copy{number}"
        shutil.copytree(source, root)
        yield number, root
        shutil.rmtree(root)


def _damage_database(source: Path, folder: Path, part: str) -> dict[str, int]:
    before = _look(source, folder)
    tally = {"rounds": 0, "touched what people made": 0, "of these found": 0, "of these found by SQLite's own check": 0}
    tally |= {"touched only the rest": 0, "of the rest found": 0, "of the rest found by SQLite's own check": 0}
    for number, root in _copies(source, folder, _ROUNDS):
        chance = random.Random(f"{_SEED} {part} {number}")
        at = _overwrite(root / f"{_DATABASE}{part}", chance)
        after, by_sqlite = _look(root, folder), not _integrity_of_copy(root, folder)
        complaints = _bad(root)
        touched = after != before
        kind = "these" if touched else "the rest"
        tally["rounds"] += 1
        tally["touched what people made" if touched else "touched only the rest"] += 1
        tally[f"of {kind} found"] += bool(complaints)
        tally[f"of {kind} found by SQLite's own check"] += by_sqlite
        if touched:
            changed = [table for table in _GUARDED if after[table] != before[table]]
            assert complaints & {*changed, "chains", "database"}, (part, number, at, changed, complaints)
            assert complaints & {*changed, "chains"}, (part, number, at, changed, complaints)
    return tally


def _look(root: Path, folder: Path) -> dict[str, Any]:
    """On a copy: to open a database with a log empties the log."""
    return _on_copy(root, folder, _rows)


def _integrity_of_copy(root: Path, folder: Path) -> bool:
    return _on_copy(root, folder, _integrity)


def _on_copy(root: Path, folder: Path, look: Callable[[Path], Any]) -> Any:
    looked_at = folder / "looked-at"
    shutil.copytree((root / _DATABASE).parent, looked_at)
    try:
        return look(looked_at / _DATABASE.name)
    finally:
        shutil.rmtree(looked_at)


def test_no_damage_to_what_people_made_goes_unnoticed(
    made: Path, with_log: Path, tmp_path: Path, tell: Callable[..., None]
) -> None:
    false_alarms = 0
    for source in (made, with_log):
        for _, root in _copies(source, tmp_path, amount(1, 10)):
            false_alarms += bool(_bad(root))
    assert false_alarms == 0
    in_file = _damage_database(made, tmp_path, "")
    in_log = _damage_database(with_log, tmp_path, "-wal")
    in_originals = _damage_originals(made, tmp_path)
    tell(
        "damage",
        **{
            "bytes overwritten": _BYTES,
            "in the database": in_file,
            "in the log of SQLite": in_log,
            "in an original": in_originals,
            "false alarms on whole copies": false_alarms,
        },
    )
    for tally in (in_file, in_log, in_originals):
        assert tally["of these found"] == tally["touched what people made"]
    assert in_originals["touched what people made"] == _ROUNDS


def _damage_originals(source: Path, folder: Path) -> dict[str, int]:
    tally = {"rounds": 0, "touched what people made": 0, "of these found": 0}
    for number, root in _copies(source, folder, _ROUNDS):
        chance = random.Random(f"{_SEED} original {number}")
        path = chance.choice(originals(root))
        before = path.read_bytes()
        _overwrite(path, chance)
        tally["rounds"] += 1
        tally["touched what people made"] += path.read_bytes() != before
        tally["of these found"] += "originals" in _bad(root)
    return tally
