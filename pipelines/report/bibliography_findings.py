"""What a document says that matters: key findings in its own words, and how far people have read it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pipelines.domain.appraisal import EvidencePiece, Study, WeighedStudy
from pipelines.domain.runs import DocumentSummary, LabelledPassage
from pipelines.report.bibliography_material import BibliographyMaterial
from pipelines.report.plain import one_line

#: Most key findings of a document, and the number to which those that nobody has read yet fill the list up.
MOST_FINDINGS, FILL_FINDINGS = 5, 3
#: Share of the words of the shorter sentence that the longer one has too, from which two say nearly the same; with the
#: same figures in both, less will do. Of all 3,672 pairs of different key sentences within a document of the training
#: passages in both languages none shares more than 0.50, and none with the same figures more than 0.19 (2026-11-22).
_SAME_FROM, _SAME_WITH_FIGURES_FROM = 0.6, 0.35
#: Fewer words in common say nothing: ``in``, ``over`` and the like stand in any two short sentences.
_FEW_WORDS = 3
_WORD = re.compile(r"[^\W\d_]{3,}")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
#: Numbers that are years say nothing about being the same.
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True)
class KeyFinding:
    """A sentence of a document."""

    text: str
    language: str
    page: int | None
    section: tuple[str, ...]
    position: tuple[int, int]
    """Place in the document: of the passage, and of the sentence in it."""
    accepted: bool
    """By a reader; else flagged by the models and not read yet."""
    rows: tuple[str, ...]
    """Rows that it bears on; the first counts."""
    weight: float
    """Of its study where it was accepted, else the probability that an editor should see it."""


@dataclass(frozen=True)
class Reading:
    """How many items of a document people have decided on."""

    accepted: int = 0
    rejected: int = 0
    open: int = 0
    """Flagged, and nobody has decided."""


def nearly_equal(one: str, other: str) -> bool:
    """Whether two sentences say nearly the same: most words of the shorter one, or the same figures and many words."""
    words_one, words_other = _words(one), _words(other)
    if one_line(one).casefold() == one_line(other).casefold():
        return True
    common = words_one & words_other
    if len(common) < _FEW_WORDS:
        return False
    shared = len(common) / min(len(words_one), len(words_other))
    figures_one, figures_other = _figures(one), _figures(other)
    same_figures = bool(figures_one) and figures_one == figures_other
    return shared >= (_SAME_WITH_FIGURES_FROM if same_figures else _SAME_FROM)


def _words(sentence: str) -> frozenset[str]:
    return frozenset(_WORD.findall(sentence.casefold()))


def _figures(sentence: str) -> frozenset[str]:
    return frozenset(f.replace(",", ".") for f in _FIGURE.findall(sentence) if not _YEAR.fullmatch(f))


def choose(found: Iterable[KeyFinding]) -> list[KeyFinding]:
    """At most five findings, no two nearly equal, in the order of the document.

    Accepted ones first, the heaviest before the others, but one of each question before a second on any; those that
    nobody has read yet fill the list up to three.
    """
    ordered = sorted(found, key=lambda f: (not f.accepted, -f.weight, f.position, f.text))
    told: list[KeyFinding] = []
    for finding in ordered:
        if not any(nearly_equal(finding.text, other.text) for other in told):
            told.append(finding)
    chosen: list[KeyFinding] = []
    for accepted, most in ((True, MOST_FINDINGS), (False, FILL_FINDINGS)):
        of_kind = [f for f in told if f.accepted is accepted]
        chosen += _spread(of_kind)[: max(most - len(chosen), 0)]
    return sorted(chosen, key=lambda f: (f.position, f.text))


def _spread(findings: list[KeyFinding]) -> list[KeyFinding]:
    """The same findings, the first of each question before the second of any."""
    seen: dict[str, int] = {}
    turns = []
    for finding in findings:
        row = finding.rows[0] if finding.rows else ""
        seen[row] = seen.get(row, 0) + 1
        turns.append(seen[row])
    return [finding for _, finding in sorted(zip(turns, findings, strict=True), key=lambda pair: pair[0])]


class DocumentEvidence:
    """What the material holds on each document."""

    def __init__(self, material: BibliographyMaterial) -> None:
        self._material = material
        self._homes = {statement.id: row.id for row, statement in material.table.statements()}
        self._rows = {row.id for row in material.table.rows}

    @cached_property
    def _passages(self) -> Mapping[str, list[LabelledPassage]]:
        """Document id -> its passages, in the order of the document."""
        found: dict[str, list[LabelledPassage]] = {}
        for passage in sorted(self._material.passages, key=lambda p: p.passage.position):
            found.setdefault(passage.document.id, []).append(passage)
        return found

    @cached_property
    def _weights(self) -> Mapping[str, WeighedStudy]:
        """Item -> its study where it weighs most."""
        weights: dict[str, WeighedStudy] = {}
        appraisal = self._material.appraisal
        for point in (*appraisal.statements.values(), *appraisal.new_points):
            for weighed in point.studies:
                for item in weighed.items:
                    if item not in weights or weighed.weight > weights[item].weight:
                        weights[item] = weighed
        return weights

    @cached_property
    def _studies(self) -> Mapping[str, Study]:
        return {item: study for study in self._material.appraisal.studies for item in study.items}

    @cached_property
    def _by_document(self) -> Mapping[str, list[EvidencePiece]]:
        found: dict[str, list[EvidencePiece]] = {}
        for piece in sorted(self._material.pieces, key=lambda p: p.item_id):
            for document_id in dict.fromkeys((piece.document_id, *piece.also_in)):
                found.setdefault(document_id, []).append(piece)
        return found

    def _item(self, passage: LabelledPassage) -> str:
        """What is decided once: the group of near-duplicates, else the passage."""
        passage_id = passage.passage.id
        return passage.group or self._material.groups.get(passage_id) or passage_id

    def pieces(self, document: DocumentSummary) -> list[EvidencePiece]:
        """Accepted evidence that stands in a document, also in nearly the same words as in another."""
        return self._by_document.get(document.id, [])

    def row_of(self, piece: EvidencePiece) -> str | None:
        """The row under which a piece counts: that of its statement, else its own."""
        return self._homes.get(piece.statement_id or "", piece.row_id if piece.row_id in self._rows else None)

    def studies(self, document: DocumentSummary) -> list[tuple[Study, WeighedStudy | None]]:
        """Studies that a document reports with accepted evidence, each where it weighs most; the heaviest first."""
        found: dict[str, tuple[Study, WeighedStudy | None]] = {}
        for piece in self.pieces(document):
            study, weighed = self._studies.get(piece.item_id), self._weights.get(piece.item_id)
            if study is None:
                continue
            held = found.get(study.id, (study, None))[1]
            if held is None or (weighed is not None and weighed.weight > held.weight):
                found[study.id] = (study, weighed)
        return sorted(
            found.values(), key=lambda pair: (-(pair[1].weight if pair[1] else 0.0), pair[0].name, pair[0].id)
        )

    def reading(self, document: DocumentSummary) -> Reading:
        """How far people have read a document."""
        judged = self._judged(document)
        n_accepted = sum(judged.values())
        return Reading(n_accepted, len(judged) - n_accepted, len(self._open(document)))

    def n_open(self, documents: Iterable[DocumentSummary]) -> int:
        """Flagged items of several documents that nobody has decided on; what stands in two of them counts once."""
        return len({item for document in documents for item in self._open(document)})

    def _judged(self, document: DocumentSummary) -> dict[str, bool]:
        """Item -> whether it was accepted."""
        judgements = self._material.judgements
        return {
            self._item(p): judgements[p.passage.id] is not None
            for p in self._passages.get(document.id, [])
            if p.passage.id in judgements
        }

    def _open(self, document: DocumentSummary) -> frozenset[str]:
        flagged = {
            self._item(p)
            for p in self._passages.get(document.id, [])
            if p.labels is not None and p.labels.evidence.flagged
        }
        return frozenset(flagged - set(self._judged(document)))

    def model_rows(self, document: DocumentSummary) -> list[str]:
        """Rows that the models place unread passages of a document under, in table order."""
        rows = {finding.rows[0] for finding in self._unread(document) if finding.rows}
        return [row.id for row in self._material.table.rows if row.id in rows]

    def findings(self, document: DocumentSummary) -> list[KeyFinding]:
        """Key findings of a document, in its order."""
        return choose([*self._accepted(document), *self._unread(document)])

    def _accepted(self, document: DocumentSummary) -> Iterator[KeyFinding]:
        passages = {self._item(p): p for p in reversed(self._passages.get(document.id, []))}
        by_id = {p.passage.id: p for p in self._passages.get(document.id, [])}
        for piece in self.pieces(document):
            own = by_id.get(piece.passage_id) or passages.get(piece.item_id)
            elsewhere = piece.document_id != document.id
            told = piece.quote
            if elsewhere and (own is None or told not in own.passage.text):
                continue  # in other words there than where it was read, so not to be quoted from here
            row, weighed = self.row_of(piece), self._weights.get(piece.item_id)
            at = own.passage.text.find(told) if own is not None else -1
            yield KeyFinding(
                text=one_line(told),
                language=piece.language,
                page=own.passage.page_first if elsewhere and own is not None else piece.page,
                section=own.passage.section if elsewhere and own is not None else piece.section,
                position=(own.passage.position if own is not None else piece.page or 0, max(at, 0)),
                accepted=True,
                rows=(row,) if row else (),
                weight=weighed.weight if weighed is not None else 0.0,
            )

    def _unread(self, document: DocumentSummary) -> Iterator[KeyFinding]:
        taken = {piece.item_id for piece in self.pieces(document)}
        for found in self._passages.get(document.id, []):
            labels, passage = found.labels, found.passage
            if labels is None or not labels.evidence.flagged or self._item(found) in taken:
                continue
            key = labels.evidence.key_sentence
            if passage.id in self._material.judgements or key is None:
                continue
            if passage.text[key.start : key.end] != key.text:
                continue  # labelled before the document was cut anew
            yield KeyFinding(
                text=one_line(key.text),
                language=passage.language,
                page=passage.page_first,
                section=passage.section,
                position=(passage.position, key.start),
                accepted=False,
                rows=tuple(match.id for match in labels.evidence.rows if match.id in self._rows),
                weight=labels.evidence.flag,
            )
