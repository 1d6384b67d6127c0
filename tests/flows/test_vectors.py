"""Vectors remember their encoder: after a change the missing ones are made, once, and those of two never meet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import build_document, build_passage
from encoder_folders import build_transformer_folder

from flows.context import ScanContext
from flows.doctor import examine
from flows.library import search
from flows.steps import relabel_documents
from flows.vectors import documents_without_vectors, encode_documents, passage_vectors
from flows.workspace import open_settings_workspace
from pipelines.cli.main import FAILED, OK, run
from pipelines.domain.evidence import Evidence, Labels
from pipelines.domain.passages import Passage
from pipelines.domain.runs import LabelledPassage
from pipelines.domain.themes import Theme, ThemeTags
from pipelines.domain.topics import TopicModel, TopicsState
from pipelines.errors import ModelError
from pipelines.settings import SETTINGS_FILE, Settings
from pipelines.store.documents import FoundFile, ReadDocument
from pipelines.store.passages import PassageFilter

STANDINS = Path(__file__).resolve().parents[1] / "standins"
DOCUMENTS = (
    ("Toezicht door algoritmes op de werkvloer.", "Lonen stegen in de bouw.", "De tuinclub vergadert om acht uur."),
    ("Algorithmic monitoring of workers.", "Wages rose in construction."),
    ("Vakbonden willen afspraken over AI.",),
)
N_PASSAGES = 6


@dataclass
class Place:
    """A workspace with labelled passages and no vectors, and a folder for models."""

    folder: Path
    models: Path

    def choose(self, encoder: str) -> None:
        """Set the encoder in the file of the workspace."""
        (self.folder / SETTINGS_FILE).write_text(f'encoder = "{encoder}"\n', encoding="utf-8")

    def model(self, seed: int, dimensions: int = 12) -> str:
        """A model of others, made when it is not there."""
        return str(build_transformer_folder(self.models / str(seed), seed=seed, dimensions=dimensions))


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The stand-in for sentence-transformers, with an empty count."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "KENNISSTAND_ENCODER"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.syspath_prepend(STANDINS)
    monkeypatch.delitem(sys.modules, "sentence_transformers", raising=False)
    import sentence_transformers  # pyright: ignore[reportMissingImports]

    yield sentence_transformers.SentenceTransformer
    sys.modules.pop("sentence_transformers", None)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folder = tmp_path / "work"
    workspace = open_settings_workspace(Settings(workspace=folder))
    run_ = workspace.runs.new("nl", {})
    for number, texts in enumerate(DOCUMENTS):
        document = build_document([("paragraph", text) for text in texts], path=f"{number}.txt")
        source = document.source
        found = FoundFile(document.id, source.checksum, source.path, source.n_bytes, 1)
        workspace.documents.register(run_, [found])
        passages = [
            build_passage(text, document_id=document.id, position=i, start=block.start)
            for i, (text, block) in enumerate(zip(texts, document.blocks, strict=True))
        ]
        workspace.documents.save(
            run_.id,
            ReadDocument(
                document=document,
                passages=passages,
                signatures={},
                labels=[_labels(passage) for passage in passages],
                seconds={"read": 0.1},
                versions={},
                file=None,
            ),
        )
    workspace.runs.finish(run_.id, {})
    workspace.close()
    return Place(folder, tmp_path / "models")


@pytest.fixture
def opened(place: Place) -> Iterator[Callable[[], ScanContext]]:
    """Opens the workspace with the settings of the moment, as a new command would."""
    contexts: list[ScanContext] = []

    def open_it() -> ScanContext:
        settings = Settings(workspace=place.folder)
        contexts.append(ScanContext(settings, open_settings_workspace(settings)))
        return contexts[-1]

    yield open_it
    for context in contexts:
        context.workspace.close()


def _labels(passage: Passage) -> Labels:
    return Labels(
        tags=ThemeTags(passage_id=passage.id, probabilities=dict.fromkeys(Theme, 0.1), model_version="m"),
        evidence=Evidence(passage_id=passage.id, flag=0.1, model_version="m", table_version="t"),
    )


def _items(context: ScanContext) -> list[LabelledPassage]:
    documents = {d.id: d for d in context.workspace.documents.summaries()}
    return list(context.workspace.passages.find(documents, PassageFilter(labelled_only=True)))


def test_a_change_of_encoder_makes_the_missing_vectors_once(
    place: Place, opened: Callable[[], ScanContext], library: Any
) -> None:
    static = opened()
    own = passage_vectors(static, _items(static))
    assert documents_without_vectors(static) == {}
    place.choose(place.model(1))
    changed = opened()
    assert sum(documents_without_vectors(changed).values()) == N_PASSAGES
    library.encoded.clear()
    items = _items(changed)
    vectors = passage_vectors(changed, items)
    assert sorted(library.encoded) == sorted(text for texts in DOCUMENTS for text in texts)
    assert vectors.shape == (N_PASSAGES, 12) != own.shape
    np.testing.assert_array_equal(vectors, changed.encoder.encode([i.passage.text for i in items]))
    library.encoded.clear()
    again = opened()
    np.testing.assert_array_equal(passage_vectors(again, _items(again)), vectors)
    assert library.encoded == [] and documents_without_vectors(again) == {}


def test_a_change_back_finds_the_former_vectors(place: Place, opened: Callable[[], ScanContext], library: Any) -> None:
    static = opened()
    own = passage_vectors(static, _items(static))
    place.choose(place.model(1))
    changed = opened()
    passage_vectors(changed, _items(changed))
    place.choose("static")
    back = opened()
    assert documents_without_vectors(back) == {}
    np.testing.assert_array_equal(passage_vectors(back, _items(back)), own)
    assert "encoder" not in back.__dict__  # not even loaded
    place.choose(place.model(1))
    library.encoded.clear()
    once_more = opened()
    passage_vectors(once_more, _items(once_more))
    assert library.encoded == []


def test_other_weights_in_the_same_folder_are_another_encoder(
    place: Place, opened: Callable[[], ScanContext], library: Any
) -> None:
    place.choose(place.model(1))
    before = opened()
    first = passage_vectors(before, _items(before))
    build_transformer_folder(Path(place.model(1)), seed=2)
    after = opened()
    assert after.encoder_version != before.encoder_version
    assert sum(documents_without_vectors(after).values()) == N_PASSAGES
    assert not np.allclose(passage_vectors(after, _items(after)), first)


def test_interrupted_it_goes_on_where_it_stopped(
    place: Place, opened: Callable[[], ScanContext], library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.choose(place.model(1))
    context = opened()
    ids = list(documents_without_vectors(context))
    assert len(ids) == 3
    encode = type(context.encoder).encode

    def killed(self: Any, texts: list[str]) -> np.ndarray:
        if texts == list(DOCUMENTS[1]):
            raise KeyboardInterrupt
        return encode(self, texts)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(type(context.encoder), "encode", killed)
        encode_documents(context, ids)
    library.encoded.clear()
    later = opened()
    left = documents_without_vectors(later)
    assert list(left.values()) == [2, 1]
    assert encode_documents(later, list(left)) == 3
    assert library.encoded == [*DOCUMENTS[1], *DOCUMENTS[2]]
    assert documents_without_vectors(later) == {}


def test_what_is_made_for_some_passages_serves_all(
    place: Place, opened: Callable[[], ScanContext], library: Any
) -> None:
    place.choose(place.model(1))
    context = opened()
    items = _items(context)
    few = passage_vectors(context, [items[4], items[0]])
    assert sum(documents_without_vectors(context).values()) == 1
    library.encoded.clear()
    everything = passage_vectors(context, items)
    assert library.encoded == list(DOCUMENTS[2])
    np.testing.assert_array_equal(everything[[4, 0]], few)
    assert passage_vectors(context, []).shape[0] == 0


@pytest.mark.parametrize("how", ["damaged", "gone", "of another encoder"])
def test_a_file_that_cannot_be_used_is_made_again(
    place: Place, opened: Callable[[], ScanContext], library: Any, how: str
) -> None:
    static = opened()
    passage_vectors(static, _items(static))
    place.choose(place.model(1))
    context = opened()
    items = _items(context)
    vectors = passage_vectors(context, items)
    vector_folder = place.folder / "data" / "processed" / "vectors"
    file = vector_folder / context.encoder_version / f"{items[0].document.id}.parquet"
    other = vector_folder / static.encoder_version / file.name
    if how == "damaged":
        file.write_bytes(file.read_bytes()[:-9])
    elif how == "gone":
        file.unlink()
    else:
        file.write_bytes(other.read_bytes())
    library.encoded.clear()
    np.testing.assert_array_equal(passage_vectors(context, items), vectors)
    assert library.encoded == list(DOCUMENTS[0])


def test_labels_stand_on_the_static_encoder_whatever_is_chosen(
    place: Place, opened: Callable[[], ScanContext], library: Any
) -> None:
    static = opened()
    document_id = _items(static)[0].document.id
    relabel_documents(static, [document_id])
    expected = [i.labels for i in _items(static) if i.document.id == document_id]
    assert document_id not in documents_without_vectors(static)
    place.choose(place.model(1))
    changed = opened()
    library.encoded.clear()
    relabel_documents(changed, [document_id])
    assert [i.labels for i in _items(changed) if i.document.id == document_id] == expected
    assert library.encoded == [] and document_id in documents_without_vectors(changed)
    assert changed.kit.encoder.version == static.encoder_version != changed.encoder_version
    assert changed.versions()["encoder"] == changed.encoder_version


def test_search_stands_on_the_chosen_encoder(place: Place, opened: Callable[[], ScanContext], library: Any) -> None:
    found = search(opened(), "toezicht door algoritmes", 10)
    assert {"toezicht", "monitoring"} <= {w for _, i in found for w in i.passage.text.lower().split()}
    place.choose(place.model(1))
    context = opened()
    exact = DOCUMENTS[0][2]
    nearest = search(context, exact, 1)
    assert nearest[0][1].passage.text == exact  # any encoder puts a text nearest to itself
    assert exact in library.encoded and len(search(context, "zzzz", 10)) < N_PASSAGES


def test_the_command_says_how_many_vectors_it_makes_first(
    place: Place, library: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["search", "lonen", "--workspace", str(place.folder), "--lang", "en", "--json"]
    assert run(command) == OK
    assert f"(passages: {N_PASSAGES})" in capsys.readouterr().err
    assert run(command) == OK
    assert capsys.readouterr().err == ""
    place.choose(place.model(1))
    assert run(command) == OK
    told = capsys.readouterr().err
    assert f"(passages: {N_PASSAGES})" in told and told.count("\n") == 1
    assert run(command) == OK
    assert capsys.readouterr().err == ""


def test_topics_of_another_encoder_are_told(
    place: Place, opened: Callable[[], ScanContext], library: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    context = opened()
    last = context.workspace.runs.latest()
    assert last is not None
    model = TopicModel(state=TopicsState.FITTED, n_passages=6, minimum=1, settings={"encoder": context.encoder_version})
    context.workspace.topics.save(last.id, model)
    command = ["topics", "--workspace", str(place.folder), "--lang", "nl"]
    assert run(command) == OK
    assert "andere encoder" not in capsys.readouterr().err
    place.choose(place.model(1))
    assert run(command) == OK
    assert "andere encoder" in capsys.readouterr().err
    place.choose("nowhere")
    assert run(command) == OK  # a list needs no encoder


def test_doctor_names_the_encoder_and_whether_the_vectors_are_its_own(
    place: Place, opened: Callable[[], ScanContext], library: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def finding() -> Any:
        return next(f for f in examine(Settings(workspace=place.folder)) if f.check == "vectors")

    place.choose(place.model(1))
    assert not finding().good and finding().values["missing"] == N_PASSAGES
    context = opened()
    encode_documents(context, list(documents_without_vectors(context)))
    assert finding().good and finding().values["encoder"] == context.encoder_version
    assert run(["doctor", "--workspace", str(place.folder), "--lang", "nl"]) in (OK, FAILED)
    assert f"encoder {context.encoder_version}, passages: {N_PASSAGES}" in capsys.readouterr().out
    place.choose("nowhere")
    bad = finding()
    assert not bad.good and "nowhere" in str(bad.values["detail"])


def test_the_contextual_encoder_can_be_chosen(place: Place, opened: Callable[[], ScanContext]) -> None:
    place.choose("contextual")
    context = opened()
    folder = context.settings.shipped_models_dir / "contextual_encoder"
    if (folder / "card.json").exists():
        assert context.encoder_version.startswith("contextual")
    else:
        with pytest.raises(ModelError) as caught:
            _ = context.encoder
        assert caught.value.key == "error.model_missing"
