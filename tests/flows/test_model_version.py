"""The note of the models' version holds for exactly the files it was made for."""

from __future__ import annotations

from pathlib import Path

from flows.model_version import remember_version, remembered_version
from pipelines.settings import Settings


def test_a_note_holds_until_a_file_changes(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path)
    assert remembered_version(settings) is None
    remember_version(settings, "tagger-1")
    assert remembered_version(settings) == "tagger-1"
    learned = tmp_path / "models" / "tagger" / "tagger.npz"
    learned.parent.mkdir(parents=True)
    learned.write_bytes(b"other weights")
    assert remembered_version(settings) is None
    remember_version(settings, "tagger-2")
    assert remembered_version(settings) == "tagger-2"


def test_a_damaged_note_is_no_note(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path)
    remember_version(settings, "tagger-1")
    (tmp_path / "data" / "processed" / "model_version.json").write_text("{", encoding="utf-8")
    assert remembered_version(settings) is None
