"""Labels and vectors from file to file, without a workspace."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from flows.collecting import collecting_seldom
from flows.encoders import Shipped, load_shipped_encoder
from flows.label import load_label_kit
from flows.second_opinion import Candidate, chosen_endpoint, new_account, rank_candidates, read_again
from flows.tagging import label_lines
from pipelines.domain.second_opinions import SecondOpinion, SecondOpinionAccount
from pipelines.errors import KennisstandError
from pipelines.language.detection import prepare_detection
from pipelines.settings import Settings
from pipelines.store.files import write_whole
from pipelines.table.starting import starting_table

if TYPE_CHECKING:
    from pipelines.second_opinion.reading import KeptAnswers


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise KennisstandError("error.file_missing", path=str(path)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise KennisstandError("error.file_unreadable", path=str(path), detail=str(error)[:200]) from error


def tag_file(settings: Settings, source: Path, target: Path) -> tuple[int, SecondOpinionAccount | None]:
    """Label the passages of a JSON Lines file; returns how many, and what a language model was asked about them.

    Raises
    ------
    KennisstandError
        The file cannot be read or written, a line is no passage (the line number is named), or the address for second
        opinions cannot be used.
    """
    endpoint, table = chosen_endpoint(settings), starting_table()
    content = _read_text(source)
    with ThreadPoolExecutor(1) as beside:  # unpacking leaves Python to this thread
        beside.submit(prepare_detection)
        kit = load_label_kit(settings.shipped_models_dir, settings.models_dir, table)
    with collecting_seldom():
        tagged = list(label_lines(kit, _json_lines(content)))
    opinions: dict[str, SecondOpinion] = {}
    account = None
    if endpoint is not None:
        wanted = rank_candidates([Candidate(t.passage, t.line.title, t.labels, t.passage.id) for t in tagged])
        account = new_account(endpoint)
        for step in read_again(endpoint, settings, kit, table, _answers(settings), wanted, account):
            account = step.account
            if step.opinion is not None:
                opinions[step.opinion.passage_id] = step.opinion
    lines = [t.record(opinions.get(t.passage.id)) for t in tagged]
    write_whole(
        target.resolve(), "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode("utf-8")
    )
    return len(lines), account


class _Unkept:
    """Keeps no answers: where there is no workspace, none is made for them."""

    def get(self, key: str) -> None:  # noqa: ARG002
        return None

    def keep(self, key: str, content: str) -> None:
        """Forget."""


def _answers(settings: Settings) -> KeptAnswers:
    from pipelines.store.second_opinions import ANSWERS_FOLDER, AnswerStore

    folder = settings.processed_dir
    return AnswerStore(folder / ANSWERS_FOLDER) if folder.is_dir() else _Unkept()


def _json_lines(content: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
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
