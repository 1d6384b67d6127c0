"""Everything needed to label passages, loaded once; passages to labels."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pipelines.domain.evidence import Labels
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.passages import Passage
from pipelines.errors import ModelError
from pipelines.evidence.find import find_evidence
from pipelines.evidence.key_sentence import KeySentenceModel, load_key_sentence_model
from pipelines.evidence.model import EvidenceModel
from pipelines.evidence.statements import TableIndex, index_table
from pipelines.language.concepts import ConceptMatcher
from pipelines.language.encoder import Encoder, FloatArray
from pipelines.language.features import FeatureSpace, read_passages
from pipelines.language.static_encoder import load_encoder
from pipelines.themes.lexicon import SHIPPED_LEXICON, load_lexicon
from pipelines.themes.tagger import Tagger, tag_themes

MODEL_FILE = "tagger.npz"
BATCH_PASSAGES = 512
"""Passages labelled at a time: their kernel with some 4,000 training passages takes 8 MB."""


@dataclass(frozen=True)
class LabelKit:
    """Encoder, models and an indexed table."""

    encoder: Encoder
    space: FeatureSpace
    tagger: Tagger
    evidence: EvidenceModel
    key_sentences: KeySentenceModel
    index: TableIndex
    version: str
    """Name and hash of the models, the encoder and the lexicon: what all labels depend on, beside the table."""

    def with_table(self, table: EvidenceTable) -> LabelKit:
        """The same models against another version of the table."""
        return replace(self, index=index_table(table, self.encoder))


def load_label_kit(shipped_models_dir: Path, models_dir: Path, table: EvidenceTable) -> LabelKit:
    """Load the models; those learned in the workspace (``models_dir``) go before the shipped ones.

    Raises
    ------
    ModelError
        A model file is missing or damaged, or was made with another encoder.
    LexiconError
        The lexicon breaks its own rules.
    """
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
    digest = hashlib.sha256(content + encoder.version.encode() + lexicon.version.encode()).hexdigest()[:12]
    version = f"tagger-{digest}"
    try:
        with np.load(path, allow_pickle=False) as arrays:
            loaded = {name: arrays[name] for name in arrays.files}
        space = FeatureSpace.from_arrays(loaded, encoder, ConceptMatcher(lexicon))
        tagger = Tagger.from_arrays(loaded, space, lexicon, version)
        evidence = EvidenceModel.from_arrays(loaded, space, lexicon, version)
    except (KeyError, ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise ModelError("error.model_damaged", file=str(path)) from error
    return LabelKit(encoder, space, tagger, evidence, key_sentences, index_table(table, encoder), version)


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
    if vectors is None:
        vectors = kit.encoder.encode([passage.text for passage in passages])
    labels: list[Labels] = []
    for start in range(0, len(passages), BATCH_PASSAGES):
        part = slice(start, start + BATCH_PASSAGES)
        chosen = passages[part]
        features = kit.space.describe(read_passages(chosen, titles[part]), vectors[part])
        tags = tag_themes(chosen, features, kit.tagger)
        evidence = find_evidence(
            chosen, features, tags, kit.index, kit.evidence, kit.key_sentences, only_flagged=only_flagged
        )
        labels += [Labels(tags=t, evidence=e) for t, e in zip(tags, evidence, strict=True)]
    return labels
