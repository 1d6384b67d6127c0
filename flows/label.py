"""Everything needed to label passages, loaded once; passages to labels."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.algebra import one_thread
from flows.instrument_kit import InstrumentKit, load_instrument_kit
from pipelines.domain.evidence import Labels
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.passages import Passage
from pipelines.errors import ModelError
from pipelines.evidence.closer import CloserReading, StageAnswers, worth_reading
from pipelines.evidence.find import find_evidence
from pipelines.evidence.key_sentence import KeySentenceModel, load_key_sentence_model
from pipelines.evidence.model import EvidenceModel
from pipelines.evidence.statements import TableIndex, index_table
from pipelines.instruments.model import CloserLook
from pipelines.language.concepts import ConceptMatcher, Lexicon
from pipelines.language.encoder import Encoder, FloatArray
from pipelines.language.explain import Explainer
from pipelines.language.features import FeatureSpace, PassageFeatures, PassageText, read_passages
from pipelines.language.model_files import DAMAGED_NPZ
from pipelines.language.passage_reader import PassageReader, PassageReading, load_passage_reader
from pipelines.language.static_encoder import load_encoder
from pipelines.themes.lexicon import SHIPPED_LEXICON, load_lexicon
from pipelines.themes.tagger import Tagger, tag_themes

MODEL_FILE = "tagger.npz"
BATCH_PASSAGES = 128
"""Passages labelled at a time: their kernel with 12,389 training passages (8,053, and 4,336 of them translated)
takes 6 MB, several times over while it is made; 512 took 65 MB more at the peak and no less time."""


@dataclass(frozen=True)
class LabelKit:
    """Encoder, models of both stages and an indexed table."""

    encoder: Encoder
    space: FeatureSpace
    tagger: Tagger
    evidence: EvidenceModel
    key_sentences: KeySentenceModel
    index: TableIndex
    reader: PassageReader
    closer: CloserReading
    version: str
    """Name and hash of all models and the lexicon: what all labels depend on, beside the table."""
    instruments: InstrumentKit | None = None
    """Only where themes and evidence alone are wanted there is none."""

    def with_table(self, table: EvidenceTable) -> LabelKit:
        """The same models against another version of the table."""
        return replace(self, index=index_table(table, self.encoder))

    def with_version(self, version: str, instruments: InstrumentKit) -> LabelKit:
        """The same models, as ``version``, with what reads the instruments."""
        tagger, evidence = replace(self.tagger, version=version), replace(self.evidence, version=version)
        return replace(self, tagger=tagger, evidence=evidence, version=version, instruments=instruments)


def load_label_kit(shipped_models_dir: Path, models_dir: Path, table: EvidenceTable) -> LabelKit:
    """Load the models; those learned in the workspace (``models_dir``) go before the shipped ones.

    Raises
    ------
    ModelError
        A model file is missing or damaged, or was made with another encoder or reader.
    LexiconError
        The lexicon breaks its own rules.
    """
    with ThreadPoolExecutor(1) as beside:  # most of it is unpacking, which leaves Python to this thread
        reader = beside.submit(
            load_passage_reader, shipped_models_dir / "reader", shipped_models_dir / "contextual_encoder"
        )
        return _load_label_kit(shipped_models_dir, models_dir, table, reader)


def _load_label_kit(
    shipped_models_dir: Path, models_dir: Path, table: EvidenceTable, coming: Future[PassageReader]
) -> LabelKit:
    encoder = load_encoder(shipped_models_dir / "encoder")
    folder = next(
        (f for f in (models_dir / "tagger", shipped_models_dir / "tagger") if (f / MODEL_FILE).exists()), None
    )
    path = (folder or shipped_models_dir / "tagger") / MODEL_FILE
    lexicon = load_lexicon(SHIPPED_LEXICON)
    key_sentences = load_key_sentence_model(shipped_models_dir / "key_sentence")
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ModelError("error.model_missing", file=str(path)) from error
    except OSError as error:
        raise ModelError("error.model_unreadable", file=str(path)) from error
    reader = coming.result()
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        kit = build_label_kit(arrays, encoder, reader, lexicon, key_sentences, table, "loading")
    except ModelError as error:
        if error.key == "label.other_encoder" and path.is_relative_to(models_dir) and models_dir != shipped_models_dir:
            raise ModelError("learn.other_program", **error.values) from error
        raise
    except DAMAGED_NPZ as error:
        raise ModelError("error.model_damaged", file=str(path)) from error
    instruments = load_instrument_kit(shipped_models_dir / "instruments", kit.space.version, reader.version)
    return kit.with_version(version_of(content, encoder, lexicon, reader, instruments), instruments)


def version_of(
    content: bytes, encoder: Encoder, lexicon: Lexicon, reader: PassageReader, instruments: InstrumentKit | None
) -> str:
    """Version of the models with the model file ``content``: its name and hash, and of all that labels stand on."""
    others = (encoder.version, lexicon.version, reader.version, instruments.model.version if instruments else "")
    made_of = content + "".join(others).encode()
    return f"tagger-{hashlib.sha256(made_of).hexdigest()[:12]}"


def build_label_kit(
    arrays: Mapping[str, NDArray[Any]],
    encoder: Encoder,
    reader: PassageReader,
    lexicon: Lexicon,
    key_sentences: KeySentenceModel,
    table: EvidenceTable,
    version: str,
) -> LabelKit:
    """The models in ``arrays``, the content of a model file, with all they stand on.

    Raises
    ------
    ModelError
        They were made with another encoder or reader.
    KeyError
        An array is missing.
    """
    space = FeatureSpace.from_arrays(arrays, encoder, ConceptMatcher(lexicon))
    closer = CloserReading.from_arrays(arrays)
    if closer.reader_version != reader.version:
        raise ModelError("label.other_encoder", fitted_with=closer.reader_version, encoder=reader.version)
    return LabelKit(
        encoder,
        space,
        Tagger.from_arrays(arrays, space, lexicon, version),
        EvidenceModel.from_arrays(arrays, space, lexicon, version),
        key_sentences,
        index_table(table, encoder),
        reader,
        closer,
        version,
    )


def label_passages(
    kit: LabelKit,
    passages: Sequence[Passage],
    titles: Sequence[str | None],
    vectors: FloatArray | None = None,
    *,
    only_flagged: bool = True,
) -> list[Labels]:
    """Themes and evidence of Dutch and English passages, in their order.

    Parameters
    ----------
    kit
        The models.
    passages, titles
        The passages and the titles of their documents (``None`` where a document has none).
    vectors
        Their sentence vectors by ``kit.encoder``; made here when not given.
    only_flagged
        See :func:`~pipelines.evidence.find.find_evidence`.
    """
    return Labelling(kit, passages, titles, vectors, only_flagged=only_flagged).labels()


@dataclass(frozen=True)
class _Part:
    """Some passages whose linear models have answered, and which the closer reader reads."""

    passages: Sequence[Passage]
    features: PassageFeatures
    answers: BegunAnswers


class Labelling:
    """Passages that are being labelled, as by :func:`label_passages`: the closer reader has begun with the first.

    Whoever has other work does it between beginning and asking for :meth:`labels`: the reader uses all cores, but
    everything else only one.
    """

    def __init__(
        self,
        kit: LabelKit,
        passages: Sequence[Passage],
        titles: Sequence[str | None],
        vectors: FloatArray | None = None,
        *,
        only_flagged: bool = True,
    ) -> None:
        self._kit, self._only_flagged = kit, only_flagged
        self._parts = self._begin_parts(passages, titles, vectors)
        with one_thread():
            self._begun = next(self._parts, None)

    def _begin_parts(
        self, passages: Sequence[Passage], titles: Sequence[str | None], vectors: FloatArray | None
    ) -> Iterator[_Part]:
        kit = self._kit
        if vectors is None:
            vectors = kit.encoder.encode([passage.text for passage in passages])
        for start in range(0, len(passages), BATCH_PASSAGES):
            part = slice(start, start + BATCH_PASSAGES)
            texts = read_passages(passages[part], titles[part])
            features = kit.space.describe(texts, vectors[part])
            yield _Part(passages[part], features, begin_answers(kit, texts, features))

    def labels(self) -> list[Labels]:
        """All labels, in the order of the passages; to be asked for once."""
        labels: list[Labels] = []
        with one_thread():
            while (part := self._begun) is not None:
                self._begun = next(self._parts, None)
                labels += self._finish(part)
        return labels

    def _finish(self, part: _Part) -> list[Labels]:
        kit, (given, look) = self._kit, part.answers.finish()
        explainer = Explainer([passage.text for passage in part.passages], part.features.concepts, kit.space)
        tags = tag_themes(part.passages, explainer, kit.tagger, given.themes)
        evidence = find_evidence(
            part.passages,
            explainer,
            tags,
            kit.index,
            kit.evidence,
            given.answers,
            kit.key_sentences,
            only_flagged=self._only_flagged,
        )
        if kit.instruments is None:
            return [Labels(tags=t, evidence=e) for t, e in zip(tags, evidence, strict=True)]
        on_subject = [tag.on_subject for tag in tags]
        instruments = kit.instruments.read(part.passages, part.features, explainer, evidence, on_subject, look)
        return [Labels(tags=t, evidence=e, instruments=i) for t, e, i in zip(tags, evidence, instruments, strict=True)]


@dataclass(frozen=True)
class BegunAnswers:
    """What the linear models say, and what the closer reader is reading (``None``: nothing of it)."""

    kit: LabelKit
    first: StageAnswers
    chosen: NDArray[np.intp]
    languages: Sequence[str]
    reading: PassageReading | None

    def finish(self) -> tuple[StageAnswers, CloserLook]:
        """Where a passage may matter the answers of both stages together, else of the linear models.

        With them what the closer reader said.
        """
        n_passages = len(self.first.themes)
        scores = np.zeros((n_passages, len(self.kit.reader.heads)), dtype=np.float32)
        look = CloserLook(np.zeros(n_passages, dtype=bool), scores)
        if self.reading is None:
            return self.first, look
        look.scores[self.chosen] = self.reading.scores()
        look.read[self.chosen] = True
        second = self.kit.closer.read(self.first[self.chosen], scores[self.chosen], self.languages, self.kit.index)
        return self.first.put(self.chosen, second), look


def begin_answers(kit: LabelKit, texts: Sequence[PassageText], features: PassageFeatures) -> BegunAnswers:
    """Have the linear models answer, and the closer reader begin with what may matter."""
    themes = kit.tagger.probabilities(features)
    first = StageAnswers(themes, kit.evidence.answer(features, themes, kit.index))
    chosen = worth_reading(first)
    close = [texts[i] for i in chosen]
    reading = kit.reader.begin(close) if close else None
    return BegunAnswers(kit, first, chosen, [text.language for text in close], reading)
