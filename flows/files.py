"""Labels and vectors from file to file, without a workspace."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from flows.encoders import Shipped, load_shipped_encoder
from flows.label import load_label_kit
from flows.tagging import tag_lines
from pipelines.errors import KennisstandError
from pipelines.settings import Settings
from pipelines.store.files import write_whole
from pipelines.table.starting import starting_table


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise KennisstandError("error.file_missing", path=str(path)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise KennisstandError("error.file_unreadable", path=str(path), detail=str(error)[:200]) from error


def tag_file(settings: Settings, source: Path, target: Path) -> int:
    """Label the passages of a JSON Lines file; returns how many.

    Raises
    ------
    KennisstandError
        The file cannot be read or written, or a line is no passage (the line number is named).
    """
    kit = load_label_kit(settings.shipped_models_dir, settings.models_dir, starting_table())
    lines = list(tag_lines(kit, _json_lines(_read_text(source))))
    write_whole(
        target.resolve(), "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode("utf-8")
    )
    return len(lines)


def _json_lines(content: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise KennisstandError("error.line_no_json", line=number, detail=str(error)) from error
        if not isinstance(value, dict):
            raise KennisstandError("error.line_no_json", line=number, detail=type(value).__name__)
        yield value


def encode_file(settings: Settings, source: Path, target: Path, model: Shipped = "static") -> tuple[int, int]:
    """Encode the lines of a text file as a NumPy array of float32; returns its shape.

    Raises
    ------
    KennisstandError
        The file cannot be read or written, or the model cannot be loaded.
    """
    text = _read_text(source)
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    encoder = load_shipped_encoder(settings, model)
    vectors = encoder.encode([line.rstrip("\r") for line in lines])
    buffer = io.BytesIO()
    np.save(buffer, vectors, allow_pickle=False)
    write_whole(target.resolve(), buffer.getvalue())
    return vectors.shape[0], encoder.dimensions
