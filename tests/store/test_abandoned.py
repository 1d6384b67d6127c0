"""What was never finished is removed after a day, in the folders of the workspace and nowhere else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from flows.start import start_scan
from pipelines.settings import Settings
from pipelines.store.abandoned import remove_abandoned, sweep_workspace
from pipelines.store.arrivals import Arrivals
from pipelines.store.backups import COPIES, BackupFolder
from pipelines.store.files import write_whole

_OLD = time.time() - 25 * 3600
_YOUNG = time.time() - 23 * 3600
_PLACES = (
    ".", "data/raw", "data/raw/kept/ab", "data/raw/harvested/bureau", "data/processed", "data/processed/vectors/static",
    "data/backups/copies", "models/tagger", "reports/2026-11-01-scan-0001",
)  # fmt: skip


def _file(path: Path, moment: float = _OLD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    os.utime(path, (moment, moment))
    return path


def _folder(path: Path, moment: float = _OLD, of_file: float = _OLD) -> Path:
    _file(path / "kennisstand-note.docx", of_file)
    os.utime(path, (moment, moment))
    return path


@pytest.mark.parametrize("place", _PLACES)
def test_old_files_go_and_young_ones_stay(tmp_path: Path, place: str) -> None:
    folder = tmp_path / place
    old = [_file(folder / name) for name in (".writing-a1b2c3d4", ".arriving-_x9zzz0q")]
    others = (".writing-of-somebody-else", ".writing-", ".part-a1b2c3d4", "writing-a1b2c3d4", "report.docx")
    kept = [_file(folder / ".writing-youngone", _YOUNG), *(_file(folder / name) for name in others)]
    assert sweep_workspace(tmp_path) == 2
    assert not any(path.exists() for path in old) and all(path.exists() for path in kept)


def test_folders_go_among_the_reports_alone(tmp_path: Path) -> None:
    old = _folder(tmp_path / "reports" / ".writing-2026-11-01-update-note-101112")
    kept = [
        _folder(tmp_path / "reports" / ".writing-2026-11-02-update-note-101112", of_file=_YOUNG),
        _folder(tmp_path / "reports" / ".writing-2026-11-03-update-note-101112", _YOUNG),
        _folder(tmp_path / "reports" / "2026-11-04-update-note-101112"),
        _folder(tmp_path / "data" / "raw" / ".writing-of-our-department"),
        _folder(tmp_path / "data" / "processed" / ".writing-a1b2c3d4"),
    ]
    assert sweep_workspace(tmp_path) == 1
    assert not old.exists() and all(path.exists() for path in kept)


def test_files_of_people_and_of_prefect_are_not_looked_through(tmp_path: Path) -> None:
    for folder in ("data/raw/by year/2026", "data/processed/prefect/storage", "of mine", "reports/.git"):
        _file(tmp_path / folder / ".writing-a1b2c3d4")
    assert sweep_workspace(tmp_path) == 0


def test_links_are_not_followed(tmp_path: Path) -> None:
    elsewhere, root = tmp_path / "elsewhere", tmp_path / "work"
    left = [_file(elsewhere / name / ".writing-a1b2c3d4") for name in ("raw", "raw/kept", "models", "2026", "note")]
    (root / "data").mkdir(parents=True)
    (root / "reports").mkdir()
    (root / "data" / "raw").symlink_to(elsewhere / "raw")
    (root / "models").symlink_to(elsewhere / "models")
    (root / "reports" / "2026").symlink_to(elsewhere / "2026")
    (root / "reports" / ".writing-2026").symlink_to(elsewhere / "note")
    (root / "reports" / ".writing-a1b2c3d4").symlink_to(left[0])
    os.utime(root / "reports" / ".writing-2026", (_OLD, _OLD), follow_symlinks=False)
    os.utime(root / "reports" / ".writing-a1b2c3d4", (_OLD, _OLD), follow_symlinks=False)
    assert sweep_workspace(root) == 0 and all(path.exists() for path in left)
    # The workspace itself may be reached by a link.
    _file(root / "reports" / ".writing-zzzzzzzz")
    (tmp_path / "by name").symlink_to(root)
    assert sweep_workspace(tmp_path / "by name") == 1


def test_what_cannot_be_removed_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = _file(tmp_path / "reports" / ".writing-a1b2c3d4")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    assert sweep_workspace(tmp_path) == 0 and old.exists()
    assert sweep_workspace(tmp_path / "not there") == 0


def test_names_are_those_that_are_written_under(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is killed neither renames nor cleans up."""
    real = Path.unlink
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "reports" / "a.docx", b"x")

    class Broken:
        def read(self, _n_bytes: int) -> bytes:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Arrivals(tmp_path / "data" / "raw", 100, lambda _: False).take("a.pdf", Broken())  # type: ignore[arg-type]
    monkeypatch.setattr(Path, "unlink", real)
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(left) == 2 and sweep_workspace(tmp_path) == 0
    for path in left:
        os.utime(path, (_OLD, _OLD))
    assert sweep_workspace(tmp_path) == 2


def test_a_scan_sweeps_first_also_where_nothing_is_new(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path)
    settings.raw_dir.mkdir(parents=True)
    old = [_file(tmp_path / ".writing-a1b2c3d4"), _file(settings.raw_dir / "kept" / "ab" / ".writing-a1b2c3d4")]
    assert start_scan(settings, []).nothing_new
    assert not any(path.exists() for path in old)


def test_a_backup_folder_elsewhere_is_swept_by_who_holds_it(tmp_path: Path) -> None:
    old, young = (_file(tmp_path / COPIES / f".writing-{name}", moment) for name, moment in
                  (("a1b2c3d4", _OLD), ("zzzzzzzz", _YOUNG)))  # fmt: skip
    with BackupFolder(tmp_path).held():
        assert not old.exists() and young.exists()


def test_one_folder_alone(tmp_path: Path) -> None:
    here, beneath = _file(tmp_path / ".arriving-a1b2c3d4"), _file(tmp_path / "raw" / ".arriving-a1b2c3d4")
    assert remove_abandoned(tmp_path) == 1 and remove_abandoned(tmp_path / "not there") == 0
    assert not here.exists() and beneath.exists()
