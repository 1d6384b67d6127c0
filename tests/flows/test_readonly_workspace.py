"""Workspaces that can only be read: each command says so in words, and nothing is lost or changed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from verified_workspace import fill

from pipelines.cli.main import run
from pipelines.settings import Settings

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="rights of folders are others there"),
    pytest.mark.skipif("KENNISSTAND_TESTS_DATABASE" in os.environ, reason="about the folder of the workspace"),
]
_COMMANDS = (
    "documents", "passages", "search beginners", "table show", "table history", "proposals", "sources", "schedules",
    "people list", "topics", "report", "bibliography", "backup", "scan", "harvest", "sources file",
    "people add eva --full-name Eva", "serve --port 8799",
)  # fmt: skip
_NL, _EN = "kan niet worden geschreven", "cannot be written"


@contextmanager
def only_to_be_read(folder: Path) -> Iterator[None]:
    """Nothing can be written in a folder: for the administrator by the file system, for others by their rights."""
    if os.geteuid():
        yield from _without_rights(folder)
        return
    mount = shutil.which("mount")
    steps = (["--bind", str(folder), str(folder)], ["-o", "remount,bind,ro", str(folder)])
    if mount is None or subprocess.run([mount, *steps[0]], capture_output=True, check=False).returncode:
        pytest.skip("an administrator may write anywhere, and no file system may be mounted here")
    try:
        subprocess.run([mount, *steps[1]], capture_output=True, check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _without_rights(folder: Path) -> Iterator[None]:
    places = [folder, *folder.rglob("*")]
    before = {place: place.stat().st_mode for place in places}
    try:
        for place in reversed(places):
            place.chmod(before[place] & ~0o222)
        yield
    finally:
        for place in places:
            place.chmod(before[place])


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("only to be read")
    fill(Settings(workspace=root, database_url=None))
    return root


@pytest.fixture(autouse=True)
def no_shipped_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """To read them all takes longer than all the rest."""
    monkeypatch.setattr(Settings, "shipped_models_dir", property(lambda _: tmp_path / "no models"))


def _all_files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_each_command_says_that_nothing_can_be_written(filled: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = _all_files(filled)
    with only_to_be_read(filled):
        for command in _COMMANDS:
            for language, words in (("nl", _NL), ("en", _EN)):
                status = run([*command.split(), "--workspace", str(filled), "--lang", language])
                told = "".join(capfd.readouterr())
                assert status == 1 and words in told and str(filled) in told, (command, status, told)
                assert "Errno" not in told and "Traceback" not in told and "sqlite" not in told.lower(), told
    assert _all_files(filled) == before
    assert run(["documents", "--workspace", str(filled)]) == 0


def test_what_only_reads_works(filled: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with only_to_be_read(filled):
        assert run(["doctor", "--verify", "--workspace", str(filled)]) == 0, capfd.readouterr().out
        assert run(["backups", "--workspace", str(filled)]) == 0
        assert run(["doctor", "--workspace", str(filled), "--lang", "nl"]) == 1
    assert f"In de werkmap {filled} {_NL}" in capfd.readouterr().out


def test_changes_that_wait_beside_the_database_are_not_passed_over(
    filled: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "w"
    shutil.copytree(filled, root)
    database = root / "data" / "processed" / "kennisstand.db"
    connection = sqlite3.connect(database)
    connection.execute("UPDATE runs SET language = 'en'")
    connection.commit()
    log = database.with_name(database.name + "-wal").read_bytes()
    connection.close()
    database.with_name(database.name + "-wal").write_bytes(log)
    assert log
    with only_to_be_read(root):
        assert run(["doctor", "--verify", "--workspace", str(root), "--lang", "nl"]) == 1
    told = "".join(capfd.readouterr())
    # Not that anything is damaged, or that a backup has to be put back.
    assert f"In de werkmap {root} {_NL}" in told and "✗" not in told and "reservekopie" not in told


@pytest.mark.skipif(sys.platform != "linux", reason="rights are taken from the administrator by a program of Linux")
def test_a_workspace_that_may_not_be_looked_into(filled: Path, tmp_path: Path) -> None:
    root = tmp_path / "w"
    root.mkdir()
    begin = "from pipelines.cli import main; main()"
    command = [sys.executable, "-c", begin, "documents", "--workspace", str(root), "--lang", "nl"]
    if not os.geteuid():
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("an administrator may look anywhere, and there is no setpriv")
        os.chown(root, 65534, 65534)
        command = [setpriv, "--bounding-set=-all", "--inh-caps=-all", *command]
    root.chmod(0o700 if not os.geteuid() else 0)
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        root.chmod(0o700)
    assert told.returncode == 1 and "U mag niet in de werkmap kijken" in told.stderr, told
