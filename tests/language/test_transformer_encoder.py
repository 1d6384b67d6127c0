"""Models of others: the promises of our own, nothing over the network, and clear words where something is missing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import huggingface_hub
import numpy as np
import pytest
from encoder_folders import build_transformer_folder
from huggingface_hub import constants
from huggingface_hub.errors import LocalEntryNotFoundError

from pipelines.errors import ModelError
from pipelines.language.transformer_encoder import find_model, load_transformer_encoder, transformer_version
from pipelines.strings import error_text

STANDINS = Path(__file__).resolve().parents[1] / "standins"
TEXTS = ["Werkdruk in de zorg", "Union density fell", "AI"]


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "HF_HUB_DISABLE_PROGRESS_BARS"):
        monkeypatch.setenv(name, "")  # put back afterwards, whatever the adapter sets
        monkeypatch.delenv(name)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(STANDINS)
    monkeypatch.delitem(sys.modules, "sentence_transformers", raising=False)
    import sentence_transformers  # pyright: ignore[reportMissingImports]

    yield sentence_transformers.SentenceTransformer
    sys.modules.pop("sentence_transformers", None)


def test_vectors_have_unit_length_and_keep_order(library: Any, tmp_path: Path) -> None:
    encoder = load_transformer_encoder(build_transformer_folder(tmp_path / "model", dimensions=12))
    vectors = encoder.encode(["", *TEXTS, " \n"])
    assert vectors.shape == (5, 12) and vectors.dtype == np.float32 and encoder.dimensions == 12
    assert not vectors[0].any() and not vectors[-1].any()
    np.testing.assert_allclose(np.linalg.norm(vectors[1:-1], axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(encoder.encode(TEXTS[::-1])[::-1], vectors[1:-1])
    assert encoder.encode([]).shape == (0, 12) and encoder.encode([""]).shape == (1, 12)
    assert encoder.encode(["werk \ud800"]).any()


def test_loading_stays_on_this_computer_and_runs_no_code_of_the_model(library: Any, tmp_path: Path) -> None:
    library.loaded.clear()
    load_transformer_encoder(build_transformer_folder(tmp_path / "model"))
    assert library.loaded == [{"local_files_only": True, "trust_remote_code": False}]
    assert {os.environ[n] for n in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY")} == {"1"}


def test_without_the_library_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ModelError) as caught:
        load_transformer_encoder(build_transformer_folder(tmp_path / "model"))
    assert caught.value.key == "error.encoder_library"
    for language, word in (("nl", "Installeer"), ("en", "Install the extra")):
        said = error_text(caught.value, language)
        assert word in said and str(tmp_path / "model") in said and "transformers" in said


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"seed": 1, "dimensions": "twelve"}'])
def test_a_model_that_cannot_be_loaded_is_told(library: Any, tmp_path: Path, content: str) -> None:
    folder = build_transformer_folder(tmp_path / "model")
    (folder / "model.safetensors").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        load_transformer_encoder(folder)
    assert caught.value.key == "error.encoder_unusable"
    assert str(folder) in error_text(caught.value, "nl")


def test_a_folder_may_be_relative(tmp_path: Path) -> None:
    folder = build_transformer_folder(tmp_path / "models" / "own")
    assert find_model("models/own", tmp_path) == folder
    assert find_model(str(folder), Path("elsewhere")) == folder


@pytest.mark.parametrize(
    "name", ["nowhere", "some-owner/some-model", "./nowhere", "/nowhere/at/all", "~nobody-x/m", "a b"]
)
def test_a_model_that_is_not_here_is_not_fetched(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        find_model(name, tmp_path)
    assert caught.value.key == "error.encoder_missing"
    for language in ("nl", "en"):
        said = error_text(caught.value, language)
        assert name in said and "KENNISSTAND_ENCODER_DOWNLOAD" in said


def test_an_earlier_download_is_used_without_the_network(tmp_path: Path) -> None:
    kept = tmp_path / "hub" / "models--owner--model"
    folder = build_transformer_folder(kept / "snapshots" / ("c" * 40))
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("c" * 40, encoding="utf-8")
    found = find_model("owner/model", tmp_path)
    assert found.resolve() == folder.resolve()
    assert find_model("owner/model", tmp_path, download=True).resolve() == folder.resolve()
    assert transformer_version(found).startswith("owner--model-")


class _Hub:
    """In place of ``snapshot_download``: holds one model or none."""

    def __init__(self, here: Path | None, there: Path | Exception) -> None:
        self.here, self.there, self.fetched = here, there, []

    def __call__(self, name: str, *, local_files_only: bool = False, ignore_patterns: object = None) -> str:
        if local_files_only:
            if self.here is None:
                raise LocalEntryNotFoundError("not here")
            return str(self.here)
        self.fetched.append(name)
        if isinstance(self.there, Exception):
            raise self.there
        return str(self.there)


def test_only_what_is_not_here_is_fetched_and_only_when_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = build_transformer_folder(tmp_path / "model")
    hub = _Hub(None, folder)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", hub)
    with pytest.raises(ModelError):
        find_model("owner/model", tmp_path)
    assert hub.fetched == []
    assert find_model("all-mini", tmp_path, download=True) == folder
    assert hub.fetched == ["sentence-transformers/all-mini"]
    hub.here = folder
    assert find_model("all-mini", tmp_path, download=True) == folder and len(hub.fetched) == 1


def test_an_interrupted_download_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    half = tmp_path / "half"
    half.mkdir()
    (half / "modules.json").write_text("[]", encoding="utf-8")
    hub = _Hub(half, build_transformer_folder(tmp_path / "whole"))
    monkeypatch.setattr(huggingface_hub, "snapshot_download", hub)
    assert find_model("owner/model", tmp_path, download=True) == tmp_path / "whole"


@pytest.mark.parametrize("problem", [OSError("no route to host"), LocalEntryNotFoundError("hub cannot be reached")])
def test_a_failed_download_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: Exception) -> None:
    monkeypatch.setattr(huggingface_hub, "snapshot_download", _Hub(None, problem))
    with pytest.raises(ModelError) as caught:
        find_model("owner/model", tmp_path, download=True)
    assert caught.value.key == "error.encoder_fetch" and "owner/model" in error_text(caught.value, "nl")


def test_the_version_follows_from_weights_and_configuration(tmp_path: Path) -> None:
    folder = build_transformer_folder(tmp_path / "model")
    first = transformer_version(folder)
    assert first.startswith("model-") and transformer_version(folder) == first
    (folder / "README.md").write_text("about", encoding="utf-8")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "config.json").write_text("{}", encoding="utf-8")
    assert transformer_version(folder) == first
    (folder / "modules.json").write_text("[1]", encoding="utf-8")
    second = transformer_version(folder)
    build_transformer_folder(folder, seed=1)
    third = transformer_version(folder)
    assert len({first, second, third}) == 3
