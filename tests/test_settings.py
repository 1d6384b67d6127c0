"""Where settings come from, and what is said of a file that is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines.cli.main import FAILED, OK, run
from pipelines.cores import available_cores
from pipelines.errors import SettingsError
from pipelines.settings import SECRETS_FILE, SETTINGS_FILE, Settings
from pipelines.strings import error_text


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.upper().startswith("KENNISSTAND_")]:
        monkeypatch.delenv(name)


def _write(folder: Path, content: str) -> None:
    (folder / SETTINGS_FILE).write_text(content, encoding="utf-8")


def test_arguments_go_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings(workspace=tmp_path).workers == max(1, available_cores() // 2)
    _write(tmp_path, 'workers = 5\nbatch_documents = 6\nencoder = "contextual"\nencoder_download = true\n')
    settings = Settings(workspace=tmp_path)
    assert (settings.workers, settings.batch_documents, settings.encoder) == (5, 6, "contextual")
    assert settings.encoder_download
    monkeypatch.setenv("KENNISSTAND_WORKERS", "3")
    assert Settings(workspace=tmp_path).workers == 3
    assert Settings(workspace=tmp_path, workers=4).workers == 4


def test_the_file_of_the_workspace_counts_wherever_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, current = tmp_path / "named", tmp_path / "current"
    for folder, workers in ((named, 7), (current, 8)):
        folder.mkdir()
        _write(folder, f"workers = {workers}\n")
    monkeypatch.chdir(current)
    assert Settings().workers == 8
    monkeypatch.setenv("KENNISSTAND_WORKSPACE", str(named))
    assert Settings().workers == 7
    assert Settings(workspace=current).workers == 8


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("workers = \n", "error.settings_file"),
        ("wrokers = 3\n", "error.settings_name"),
        ('workspace = "/elsewhere"\n', "error.settings_name"),
        ("[encoder]\nname = 'x'\n[model]\n", "error.settings_name"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, content: str, key: str) -> None:
    _write(tmp_path, content)
    with pytest.raises(SettingsError) as caught:
        Settings(workspace=tmp_path)
    assert caught.value.key == key
    for language in ("nl", "en"):
        assert SETTINGS_FILE in error_text(caught.value, language)


def test_characters_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / SETTINGS_FILE).write_bytes(b'encoder = "\xff"\n')
    with pytest.raises(SettingsError) as caught:
        Settings(workspace=tmp_path)
    assert caught.value.key == "error.settings_file"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("workers = 0\n", "it must be at least 1"),
        ('encoder_download = "perhaps"\n', "it must be true or false"),
        ("wrokers = 3\n", "which is no setting"),
        ("wor", "cannot be read"),
    ],
)
def test_the_command_tells_in_words(
    tmp_path: Path, content: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(tmp_path, content)
    assert run(["documents", "--workspace", str(tmp_path), "--lang", "en"]) == FAILED
    shown = capsys.readouterr()
    assert says in " ".join(shown.err.split()) and "pydantic" not in shown.err


def test_a_workspace_with_a_file_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(tmp_path, 'language = "en"\n')
    assert run(["documents", "--workspace", str(tmp_path)]) == OK
    assert capsys.readouterr().out == ""


def _write_secrets(folder: Path, content: str, mode: int = 0o600) -> Path:
    path = folder / SECRETS_FILE
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    return path


def test_secrets_come_from_a_file_that_only_its_owner_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = 'openalex_key = "sleutel-1"\nnotices = "json://elders"\ndatabase_url = "postgresql://a:b@c/d"\n'
    _write_secrets(tmp_path, content)
    settings = Settings(workspace=tmp_path)
    assert settings.openalex_key is not None and settings.openalex_key.get_secret_value() == "sleutel-1"
    assert settings.database == "postgresql://a:b@c/d" and "sleutel-1" not in repr(settings)
    monkeypatch.setenv("KENNISSTAND_OPENALEX_KEY", "sleutel-2")
    changed = Settings(workspace=tmp_path).openalex_key
    assert changed is not None and changed.get_secret_value() == "sleutel-2"


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622, 0o777, 0o610])
def test_a_file_of_secrets_that_others_may_open_is_refused_and_not_shown(tmp_path: Path, mode: int) -> None:
    _write_secrets(tmp_path, 'zotero_key = "geheim-7"\n', mode)
    with pytest.raises(SettingsError) as caught:
        Settings(workspace=tmp_path)
    assert caught.value.key == "error.settings_open"
    assert "chmod 600" in error_text(caught.value, "nl") and "geheim-7" not in error_text(caught.value, "nl")


@pytest.mark.parametrize(
    ("content", "key"),
    [("workers = 3\n", "error.settings_name"), ('zotero_key = "geheim-7\n', "error.settings_file")],
)
def test_a_wrong_file_of_secrets_is_refused_and_not_shown(tmp_path: Path, content: str, key: str) -> None:
    _write_secrets(tmp_path, content)
    with pytest.raises(SettingsError) as caught:
        Settings(workspace=tmp_path)
    assert caught.value.key == key and "geheim-7" not in error_text(caught.value, "nl")


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
@pytest.mark.parametrize("address", ["postgresql://a:geheim-7@c/d", "postgresql://c/d?password=geheim-7"])
def test_a_password_of_the_database_is_not_for_everybody_to_read(tmp_path: Path, address: str) -> None:
    _write(tmp_path, f'database_url = "{address}"\n')
    path = tmp_path / SETTINGS_FILE
    path.chmod(0o644)
    with pytest.raises(SettingsError) as caught:
        Settings(workspace=tmp_path)
    assert caught.value.key == "error.settings_open" and "geheim-7" not in error_text(caught.value, "en")
    path.chmod(0o600)
    assert Settings(workspace=tmp_path).database == address
    path.chmod(0o644)
    _write(tmp_path, 'database_url = "postgresql:///d?host=/run/postgresql"\n')
    assert Settings(workspace=tmp_path).database_url


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
def test_logs_are_for_their_owner_alone(tmp_path: Path) -> None:
    from flows.log_folder import log_folder

    folder = tmp_path / "data" / "processed" / "logs"
    folder.mkdir(parents=True, mode=0o777)
    folder.chmod(0o777)
    assert log_folder(tmp_path) == folder and folder.stat().st_mode & 0o777 == 0o700
