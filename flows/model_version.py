"""Which models are in use, told without loading them: loading takes seconds, and most scans find nothing new."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pipelines
from pipelines.domain.ids import content_id
from pipelines.settings import Settings
from pipelines.store.files import write_whole

_PACKAGE = Path(pipelines.__file__).resolve().parent
_MODEL_FOLDERS = ("encoder", "contextual_encoder", "reader", "tagger", "key_sentence", "instruments")
_WORD_LISTS = (_PACKAGE / "themes" / "lexicon", _PACKAGE / "instruments" / "lexicon", _PACKAGE / "language" / "cues")


def remembered_version(settings: Settings) -> str | None:
    """The version of the models as it was when these very files were last loaded; ``None`` where they never were."""
    try:
        known = json.loads(_path(settings).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # a note that is missing or damaged costs the seconds of loading
    return known.get("version") if isinstance(known, dict) and known.get("files") == _fingerprint(settings) else None


def remember_version(settings: Settings, version: str) -> None:
    """Note the version of the models that the files give."""
    note = {"files": _fingerprint(settings), "version": version}
    write_whole(_path(settings), json.dumps(note).encode())


def _path(settings: Settings) -> Path:
    return settings.processed_dir / "model_version.json"


def _fingerprint(settings: Settings) -> str:
    """Hash of all files that the labels depend on."""
    folders = [root / name for root in (settings.models_dir, settings.shipped_models_dir) for name in _MODEL_FOLDERS]
    return content_id(*(part for path in _files([*folders, *_WORD_LISTS]) for part in (path.name, path.read_bytes())))


def _files(folders: Iterable[Path]) -> list[Path]:
    return [path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir()) if path.is_file()]
