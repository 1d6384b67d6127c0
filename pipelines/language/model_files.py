"""Files of an encoder: read whole, checked against the card that was written with them."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import ModelError

CARD_FILE = "card.json"
TOKENIZER_FILE = "tokenizer.json"

DAMAGED_NPZ: tuple[type[Exception], ...] = (
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    EOFError,
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,
)
"""What reading a damaged ``npz`` file raises: ``TypeError`` or ``IndexError`` where a plain array stands in place of a
collection of arrays, ``RuntimeError`` where a bit says that a member is encrypted or packed in an unknown way."""


@dataclass(frozen=True)
class ModelFiles:
    """Contents of the files of one model, each as its card says it must be."""

    folder: Path
    card: Mapping[str, Any]
    contents: Mapping[str, bytes]

    @property
    def version(self) -> str:
        """Name of the model and hash of its files."""
        return _version(self.card)

    def damaged(self, name: str) -> ModelError:
        """What to raise where the file ``name`` holds something else than it should."""
        return ModelError("error.model_damaged", file=str(self.folder / name))

    def tokenizer(self) -> Any:
        """The ``tokenizers.Tokenizer`` of the model, without truncation and padding.

        Raises
        ------
        ModelError
            The file is no tokenizer.
        """
        # The tokenizer's own threads warn at every fork of a worker process and gain nothing beside the workers.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_buffer(self.contents[TOKENIZER_FILE])
        except (ValueError, TypeError) as error:
            raise self.damaged(TOKENIZER_FILE) from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer


def write_card(folder: Path, card: Mapping[str, Any], names: Sequence[str]) -> None:
    """Write ``card.json`` beside the files ``names`` of a model, with their hashes."""
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    text = json.dumps({**card, "files": files}, indent=2, ensure_ascii=False, sort_keys=True)
    (folder / CARD_FILE).write_text(text + "\n", encoding="utf-8")


def read_model_files(folder: Path, names: Sequence[str]) -> ModelFiles:
    """The card in ``folder`` and the files ``names``.

    Raises
    ------
    ModelError
        A file is missing, cannot be read, or is not the file that the card was written for.
    """
    contents = {name: _read(folder / name) for name in (*names, CARD_FILE)}
    card = _read_card(folder / CARD_FILE, contents[CARD_FILE])
    for name in names:
        if hashlib.sha256(contents[name]).hexdigest() != card["files"].get(name):
            raise ModelError("error.model_changed", file=str(folder / name))
    return ModelFiles(folder, card, contents)


def read_model_version(folder: Path) -> str:
    """Version of the model in ``folder`` by its card alone, without reading the model.

    Raises
    ------
    ModelError
        There is no card, or it is damaged.
    """
    return _version(_read_card(folder / CARD_FILE, _read(folder / CARD_FILE)))


def _version(card: Mapping[str, Any]) -> str:
    digest = hashlib.sha256("".join(sorted(card["files"].values())).encode()).hexdigest()[:12]
    return f"{card['name']}-{digest}"


def valid_unicode(text: str) -> str:
    """Text with lone surrogates (from damaged files) replaced, which tokenizers refuse."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelError("error.model_missing", file=str(path)) from error
    except OSError as error:
        raise ModelError("error.model_unreadable", file=str(path)) from error


def _read_card(path: Path, content: bytes) -> dict[str, Any]:
    try:
        card = json.loads(content)
    except ValueError as error:
        raise ModelError("error.model_damaged", file=str(path)) from error
    if (
        not isinstance(card, dict)
        or not isinstance(card.get("name"), str)
        or not isinstance(card.get("files"), dict)
        or not all(isinstance(checksum, str) for checksum in card["files"].values())
    ):
        raise ModelError("error.model_damaged", file=str(path))
    return card
