"""``encode``: lines of text to a NumPy array, by either shipped encoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from encoder_folders import DIMENSIONS, build_contextual_folder

import pipelines.settings
from pipelines.cli.main import FAILED, OK, WRONG_USE, run
from pipelines.settings import Settings

LINES = ["werk", "", "algorithm monitoring", "loon"]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KENNISSTAND_WORKSPACE", raising=False)
    Path("in.txt").write_text("\n".join(LINES) + "\n", encoding="utf-8")


def _encode(*options: str) -> np.ndarray:
    assert run(["encode", "in.txt", "-o", "out.npy", *options, "--lang", "en"]) == OK
    vectors = np.load("out.npy", allow_pickle=False)
    assert vectors.dtype == np.float32 and len(vectors) == len(LINES)
    np.testing.assert_allclose(np.linalg.norm(vectors[[0, 2, 3]], axis=1), 1, atol=1e-5)
    assert not vectors[1].any()
    return vectors


def test_static_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    default = _encode()
    assert f"{len(LINES)} of {default.shape[1]} numbers" in capsys.readouterr().err
    np.testing.assert_array_equal(_encode("--model", "static"), default)


def test_contextual_is_the_other_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = tmp_path / "models"
    build_contextual_folder(shipped / "contextual_encoder")
    (shipped / "encoder").symlink_to(Settings().shipped_models_dir / "encoder")
    static = _encode()
    monkeypatch.setattr(pipelines.settings, "_shipped_models", lambda: shipped)
    np.testing.assert_array_equal(_encode("--model", "static"), static)
    assert _encode("--model", "contextual").shape == (len(LINES), DIMENSIONS)


def test_the_setting_does_not_change_what_encode_does(monkeypatch: pytest.MonkeyPatch) -> None:
    default = _encode()
    monkeypatch.setenv("KENNISSTAND_ENCODER", "nowhere")
    np.testing.assert_array_equal(_encode(), default)


def test_a_model_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pipelines.settings, "_shipped_models", lambda: tmp_path / "none")
    assert run(["encode", "in.txt", "-o", "out.npy", "--model", "contextual", "--lang", "nl"]) == FAILED
    assert "contextual_encoder" in capsys.readouterr().err and not Path("out.npy").exists()


def test_other_models_are_no_choice(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["encode", "in.txt", "-o", "out.npy", "--model", "large", "--lang", "nl"]) == WRONG_USE
    assert "contextual" in capsys.readouterr().err
