"""Models of others behind our protocol: any sentence-transformers model, from a folder or from its hub.

Never needed. The library and PyTorch come with the extra ``transformers`` and are imported when a model is loaded.
Nothing goes over the network unless downloading is allowed, and then only for a model that is not on this computer.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, cast

import numpy as np

from pipelines.errors import ModelError
from pipelines.language.encoder import Encoder, FloatArray, unit_length
from pipelines.language.model_files import valid_unicode

_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_USUAL_OWNER = "sentence-transformers"
"""Whose a model is that is named without an owner, as the library itself has it."""
_WEIGHTS = frozenset({".safetensors", ".bin"})
_PARTS = _WEIGHTS | {".json", ".txt", ".model", ".py"}
"""Endings of the files that a vector depends on: weights, configuration, vocabulary, code."""
_OTHER_BUILDS = ["*onnx*", "*openvino*", "*.h5", "*.msgpack", "*.ot", "*.gguf"]
"""The same weights for other libraries, gigabytes of them: not fetched, not part of the version."""
_BATCH_TEXTS = 32
_CHUNK_BYTES = 1 << 20


class TransformerEncoder:
    """A ``sentence_transformers.SentenceTransformer`` as an :class:`~pipelines.language.encoder.Encoder`.

    Whether Dutch and English share one space is up to the model. A text's vector may differ in its last digits with the
    texts beside it.
    """

    def __init__(self, model: Any, version: str) -> None:
        self._model = model
        self.version = version
        self.dimensions: int = self._vectors(["a"]).shape[1]

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Vectors (n_texts, dimensions) of unit length, in the order given; an empty text gives a zero vector."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        filled = [i for i, text in enumerate(texts) if text.strip()]
        if filled:
            vectors[filled] = self._vectors([valid_unicode(texts[i]) for i in filled])
        return unit_length(vectors)

    def _vectors(self, texts: list[str]) -> FloatArray:
        found = self._model.encode(texts, batch_size=_BATCH_TEXTS, show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(found, dtype=np.float32)


def find_model(name: str, base: Path, *, download: bool = False) -> Path:
    """Folder of the model ``name``.

    Parameters
    ----------
    name
        A folder, or the name of a model on the hub (of which an earlier download is used).
    base
        What a relative folder is relative to.
    download
        Whether a model that is not on this computer may be fetched.

    Raises
    ------
    ModelError
        There is no such model here, or it could not be fetched.
    """
    try:
        folder = base / Path(name).expanduser()
    except RuntimeError as error:  # no home folder behind "~"
        raise ModelError("error.encoder_missing", name=name) from error
    if folder.is_dir():
        return folder
    if not _HUB_NAME.fullmatch(name):
        raise ModelError("error.encoder_missing", name=name)
    return _find_on_hub(name if "/" in name else f"{_USUAL_OWNER}/{name}", name, download=download)


def _find_on_hub(full_name: str, name: str, *, download: bool) -> Path:
    _close_the_network(but_for_downloads=download)
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
    except ImportError as error:
        raise ModelError("error.encoder_library", name=name, detail=_in_short(error)) from error
    # Its bases: OSError and what the library of connections raises, which is another library in every version.
    connection_errors = cast(tuple[type[Exception], ...], HfHubHTTPError.__bases__)
    try:
        folder = Path(snapshot_download(full_name, local_files_only=True))
        if not download or any(path.suffix in _WEIGHTS for path in folder.rglob("*")):
            return folder  # an interrupted download leaves a folder without its weights
    except LocalEntryNotFoundError as error:
        if not download:
            raise ModelError("error.encoder_missing", name=name) from error
    except HFValidationError as error:
        raise ModelError("error.encoder_missing", name=name) from error
    try:
        return Path(snapshot_download(full_name, ignore_patterns=_OTHER_BUILDS))
    except connection_errors as error:
        raise ModelError("error.encoder_fetch", name=name, detail=_in_short(error)) from error


def transformer_version(folder: Path) -> str:
    """Name of the model in ``folder`` and hash of all that its vectors depend on.

    Raises
    ------
    ModelError
        A file cannot be read.
    """
    digest = hashlib.sha256()
    files = [path for path in folder.rglob("*") if path.suffix in _PARTS and path.is_file()]
    named = sorted((path.relative_to(folder).as_posix(), path) for path in files)
    try:
        for name, path in named:
            if any(fnmatch(name, pattern) for pattern in _OTHER_BUILDS):
                continue
            encoded = name.encode("utf-8", "surrogateescape")
            digest.update(b"%d:%s%d:" % (len(encoded), encoded, path.stat().st_size))
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    digest.update(chunk)
    except OSError as error:
        raise ModelError("error.encoder_unusable", name=str(folder), detail=_in_short(error)) from error
    return f"{_model_name(folder)}-{digest.hexdigest()[:12]}"


def _model_name(folder: Path) -> str:
    """``owner--model`` of a folder of the hub's cache (``models--owner--model/snapshots/<commit>``), else its name."""
    resolved = folder.resolve()
    if resolved.parent.name == "snapshots":
        return resolved.parent.parent.name.removeprefix("models--")
    return resolved.name


def load_transformer_encoder(folder: Path) -> Encoder:
    """The sentence-transformers model in ``folder``, on the fastest device at hand.

    Raises
    ------
    ModelError
        The library is not installed, or cannot load the model.
    """
    _close_the_network()
    try:
        from sentence_transformers import SentenceTransformer  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise ModelError("error.encoder_library", name=str(folder), detail=_in_short(error)) from error
    try:
        # Without the code that a model brings along: a folder of numbers must not run anything.
        model = SentenceTransformer(str(folder), local_files_only=True, trust_remote_code=False)
        return TransformerEncoder(model, transformer_version(folder))
    except (OSError, ValueError, RuntimeError, LookupError, TypeError, AttributeError, ImportError) as error:
        raise ModelError("error.encoder_unusable", name=str(folder), detail=_in_short(error)) from error


def _close_the_network(*, but_for_downloads: bool = False) -> None:
    """No telemetry, no looking for newer versions, no progress bars; read by the libraries when they are imported."""
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if not but_for_downloads:
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ["TRANSFORMERS_OFFLINE"] = "1"


def _in_short(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
