"""Everything needed to label passages, loaded once; passages to labels; lines of JSON to labelled lines."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, StrictBool, StrictFloat, StrictInt, StrictStr, ValidationError

from pipelines.domain.evidence import Labels
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.ids import content_id
from pipelines.domain.passages import Passage, Sentence
from pipelines.errors import KennisstandError, ModelError
from pipelines.evidence.find import find_evidence
from pipelines.evidence.key_sentence import KeySentenceModel, load_key_sentence_model
from pipelines.evidence.model import EvidenceModel
from pipelines.evidence.statements import TableIndex, index_table
from pipelines.language.concepts import ConceptMatcher
from pipelines.language.detection import detect_language
from pipelines.language.encoder import Encoder, FloatArray
from pipelines.language.features import FeatureSpace, read_passages
from pipelines.language.sentences import sentence_spans
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


class _Line(BaseModel):
    """A line to be tagged; other fields are allowed and ignored."""

    model_config = ConfigDict(extra="ignore")

    doc: StrictStr | StrictInt
    n: StrictInt | StrictStr | StrictFloat | StrictBool | None = None
    text: StrictStr
    section: StrictStr | list[StrictStr] | None = None
    title: StrictStr | None = None
    lang: StrictStr | None = None


def tag_lines(kit: LabelKit, lines: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Label lines ``{"doc", "n", "text"[, "section", "title", "lang"]}``; one line out for each line in, in order.

    ``language`` in the result is what is recognised in the text; where ``lang`` is given the passage is read as that.
    Relation, column and level say what holds if the passage is flagged, or is a recommendation.

    Raises
    ------
    KennisstandError
        A line lacks a field or has one of the wrong kind; its number is named.
    """
    numbered = enumerate(lines, 1)
    while read := [_read_line(number, line) for number, line in islice(numbered, BATCH_PASSAGES)]:
        passages = [passage for _, passage, _ in read]
        labels = label_passages(kit, passages, [line.title for line, _, _ in read], only_flagged=False)
        for (line, _, detected), label in zip(read, labels, strict=True):
            yield _line_of(line, detected, label)


def _read_line(number: int, value: dict[str, Any]) -> tuple[_Line, Passage, str]:
    try:
        line = _Line.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        raise KennisstandError("label.bad_line", line=number, field=field, detail=first["msg"]) from error
    section = (line.section,) if isinstance(line.section, str) else tuple(line.section or ())
    detected = detect_language(line.text).language
    passage = Passage(
        id=content_id("line", str(line.doc), str(line.n), line.text),
        document_id=str(line.doc),
        position=number - 1,
        text=line.text,
        start=0,
        end=len(line.text),
        section=section,
        language=line.lang if line.lang in ("nl", "en") else ("nl" if detected == "nl" else "en"),
        n_words=len(line.text.split()),
        sentences=tuple(Sentence(start=s, end=e) for s, e in sentence_spans(line.text)),
    )
    return line, passage, detected


def _line_of(line: _Line, detected: str, labels: Labels) -> dict[str, Any]:
    tags, evidence = labels.tags, labels.evidence
    return {
        "doc": line.doc,
        "n": line.n,
        "language": detected,
        "themes": {theme.value: round(p, 4) for theme, p in tags.probabilities.items()},
        "rows": [{"id": m.id, "score": round(m.score, 4)} for m in evidence.rows],
        "flag": round(evidence.flag, 6),
        "relation": evidence.relation,
        "column": evidence.column,
        "evidence": evidence.kind,
        "direction": evidence.direction,
        "recommendation": round(evidence.recommendation, 4),
        "level": evidence.level,
        "statements": [{"id": m.id, "score": round(m.score, 4)} for m in evidence.statements],
        "terms": list(dict.fromkeys(t.text for t in (*tags.terms, *evidence.terms))),
        "figures": [f.model_dump(include={"value", "unit", "text", "measures"}) for f in evidence.figures],
        "key_sentence": evidence.key_sentence.text if evidence.key_sentence else None,
    }
