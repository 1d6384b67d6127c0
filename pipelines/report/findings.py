"""Which passages a report shows: new ones, each said once, under the row they bear on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pipelines.domain.evidence import Evidence, Labels, Relation
from pipelines.domain.evidence_table import EvidenceTable, Statement
from pipelines.domain.instruments import Family
from pipelines.domain.runs import LabelledPassage
from pipelines.domain.themes import Theme
from pipelines.language.cues import CueKind, find_cues
from pipelines.report.material import ReportMaterial

#: A row beside the first is named only where the passage as likely as not bears on it: rows carry probabilities.
_SECOND_ROW_FROM = 0.5
#: What a word such as *should* adds to the share of the weight that a sentence has as the one that carries advice.
_OF_ASKING = 0.4
#: Of such a sentence: loose words of a table ask nothing.
_LEAST_SPACES = 3


@dataclass(frozen=True)
class Finding:
    """One thing that the new literature says, by the passage that says it."""

    number: str
    """Short name within the report: row and rank, for instance ``A1-3``; ``R-12`` for a recommendation."""
    passage: LabelledPassage
    labels: Labels
    also: tuple[LabelledPassage, ...]
    """New passages of other documents that say the same in (nearly) the same words."""
    row: str | None
    """The row of the table it is shown under; ``None`` where no row is likely."""
    other_rows: tuple[str, ...]
    statement: Statement | None
    """The nearest statement of the table; none for a finding that the table does not hold yet."""

    @property
    def evidence(self) -> Evidence:
        """What is proposed about the passage."""
        return self.labels.evidence

    @property
    def document_ids(self) -> frozenset[str]:
        """Documents that say it."""
        return frozenset(p.document.id for p in (self.passage, *self.also))


@dataclass(frozen=True)
class Findings:
    """All that a report shows, in order."""

    flagged: tuple[Finding, ...]
    """By row in table order (without a row last), then most probable first."""
    recommendations: tuple[Finding, ...]
    """Most probable first."""
    n_flagged_passages: int
    """Flagged new passages before those that say the same are put together."""
    n_repeats: int
    """Of those, the ones that say what was flagged in an earlier scan already."""
    n_judged: int
    """New passages with labels."""
    n_left_out: int
    """New passages without labels: boilerplate, and text in another language."""
    themes: Counter[Theme]
    """New passages per theme; a passage counts for each of its themes."""

    explaining: tuple[Finding, ...] = ()
    """What explains or classifies AI systems by parts of the OECD's framework, in the order of the documents."""
    second_only: tuple[Finding, ...] = ()
    """What the models do not flag and a language model does, with numbers such as ``T-1``; counted nowhere else."""
    second_opinions: tuple[Finding, ...] = ()
    """All new passages that a language model has read as well: those of the report first, by their numbers there."""

    def of_row(self, row_id: str | None) -> tuple[Finding, ...]:
        """Flagged findings shown under one row."""
        return self._by_row.get(row_id, ())

    @cached_property
    def _by_row(self) -> dict[str | None, tuple[Finding, ...]]:
        return _by_row(self.flagged)


def _by_row(findings: Iterable[Finding]) -> dict[str | None, tuple[Finding, ...]]:
    found: dict[str | None, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.row, []).append(finding)
    return {row_id: tuple(of_row) for row_id, of_row in found.items()}


def relations(findings: Iterable[Finding]) -> Counter[Relation]:
    """How often each relation occurs, in the order of the relations."""
    counts = Counter(f.evidence.relation for f in findings)
    return Counter({relation: counts[relation] for relation in Relation if counts[relation]})


def count_sources(findings: Iterable[Finding]) -> int:
    """Independent sources of findings: documents whose passage is shown, reprints of it not counted."""
    return len({f.passage.document.id for f in findings})


def theme_of(finding: Finding, table: EvidenceTable) -> Theme | None:
    """The theme a finding belongs to: that of its row, else its own most probable theme."""
    if finding.row is not None:
        return table.row(finding.row).chapter
    return next(iter(finding.labels.tags.given()), None)


def is_on_subject(finding: Finding) -> bool:
    """Whether a recommendation has a place in the table of actions: its passage is about AI and work.

    Rows are no sign of it: every passage has one that is nearest.
    """
    return finding.evidence.flagged or finding.labels.tags.on_subject


def key_span(passage: LabelledPassage, evidence: Evidence) -> tuple[int, int] | None:
    """Span of the key sentence in the passage; ``None`` where there is none or it does not fit the text."""
    key = evidence.key_sentence
    if key is None or not 0 <= key.start < key.end <= len(passage.passage.text):
        return None
    return key.start, key.end


def advice_span(passage: LabelledPassage, evidence: Evidence) -> tuple[int, int]:
    """Span of the sentence that carries the recommendation.

    The sentence with most of the weight of the words that spoke for a recommendation, one that says that something
    should be done before one that does not; without such words the key sentence, else the first sentence, else the
    whole passage.
    """
    text, sentences = passage.passage.text, passage.passage.sentences
    weights = [
        sum(t.weight for t in evidence.terms if t.label == "recommendation" and s.start <= t.start < s.end)
        for s in sentences
    ]
    if weights and max(weights) > 0:
        for sentence in _asking(passage):
            weights[sentence] += _OF_ASKING
        best = sentences[weights.index(max(weights))]
        return best.start, best.end
    found = key_span(passage, evidence)
    if found is not None:
        return found
    return (sentences[0].start, sentences[0].end) if sentences else (0, len(text))


def _asking(passage: LabelledPassage) -> set[int]:
    """Places of the sentences that say that something should be done, by their words."""
    whole = passage.passage
    spans = [(s.start, s.end) for s in whole.sentences]
    return {
        cue.sentence
        for cue in find_cues(whole.text, whole.language, spans)
        if cue.kind is CueKind.RECOMMENDATION and whole.text[slice(*spans[cue.sentence])].count(" ") >= _LEAST_SPACES
    }


def _group_of(passage: LabelledPassage, groups: dict[str, str]) -> str:
    return passage.group or groups.get(passage.passage.id) or passage.passage.id


def _gather(
    chosen: Sequence[tuple[LabelledPassage, Labels]], groups: dict[str, str], probability: str
) -> list[list[tuple[LabelledPassage, Labels]]]:
    """Put passages of one group together, the most probable first within and among groups; ties go by id."""

    def strongest_first(item: tuple[LabelledPassage, Labels]) -> tuple[float, str]:
        return -getattr(item[1].evidence, probability), item[0].passage.id

    gathered: dict[str, list[tuple[LabelledPassage, Labels]]] = {}
    for item in sorted(chosen, key=strongest_first):
        gathered.setdefault(_group_of(item[0], groups), []).append(item)
    return list(gathered.values())


@dataclass(frozen=True)
class _Known:
    """What the table holds, by id: looked up for every finding."""

    rows: frozenset[str]
    statements: Mapping[str, Statement]

    @classmethod
    def of(cls, table: EvidenceTable) -> _Known:
        statements = {statement.id: statement for _, statement in table.statements()}
        return cls(frozenset(row.id for row in table.rows), statements)


def _finding(members: list[tuple[LabelledPassage, Labels]], known: _Known, number: str) -> Finding:
    (passage, labels), rest = members[0], members[1:]
    evidence = labels.evidence
    rows = [m for m in evidence.rows if m.id in known.rows]
    nearest = next((known.statements[m.id] for m in evidence.statements if m.id in known.statements), None)
    also: dict[str, LabelledPassage] = {}
    for other, _ in rest:
        if other.document.id != passage.document.id:
            also.setdefault(other.document.id, other)
    return Finding(
        number=number,
        passage=passage,
        labels=labels,
        also=tuple(also.values()),
        row=rows[0].id if rows else None,
        other_rows=tuple(m.id for m in rows[1:] if m.score >= _SECOND_ROW_FROM),
        statement=None if evidence.relation is Relation.NEW else nearest,
    )


def _flagged(material: ReportMaterial, groups: dict[str, str], known: _Known) -> tuple[list[Finding], int, int]:
    flagged = [(p, p.labels) for p in material.passages if p.labels is not None and p.labels.evidence.flagged]
    new = [item for item in flagged if material.is_new(item[0].document.id)]
    earlier = {_group_of(p, groups) for p, _ in flagged if not material.is_new(p.document.id)}
    fresh = [item for item in new if _group_of(item[0], groups) not in earlier]
    found = [_finding(members, known, "") for members in _gather(fresh, groups, "flag")]
    by_row = _by_row(found)
    ordered = [
        replace(finding, number=f"{row_id or '0'}-{rank}")
        for row_id in (*(row.id for row in material.table.rows), None)
        for rank, finding in enumerate(by_row.get(row_id, ()), start=1)
    ]
    return ordered, len(new), len(new) - len(fresh)


def _second_opinions(
    judged: Sequence[tuple[LabelledPassage, Labels]], flagged: Sequence[Finding], known: _Known
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """What only a language model would show, and everything that one has read."""
    read = [item for item in judged if item[0].second_opinion is not None]
    only = [i for i in read if not i[1].evidence.flagged and i[0].second_opinion and i[0].second_opinion.flag]
    only.sort(key=lambda item: (-item[1].evidence.flag, item[0].passage.id))
    second_only = [_finding([item], known, f"T-{rank}") for rank, item in enumerate(only, start=1)]
    shown = [f for f in (*flagged, *second_only) if f.passage.second_opinion is not None]
    shown_ids = {f.passage.passage.id for f in shown}
    rest = sorted(
        (item for item in read if item[0].passage.id not in shown_ids),
        key=lambda item: (-item[1].evidence.flag, item[0].passage.id),
    )
    return tuple(second_only), (*shown, *(_finding([item], known, "") for item in rest))


def select_findings(material: ReportMaterial) -> Findings:
    """Choose what the report shows.

    Passages of one group of near-duplicates are one finding: the one that is flagged most strongly is shown, the
    documents of the others are named with it. A group of which an earlier scan flagged a member already is not new.
    """
    groups = {passage_id: group.id for group in material.groups for passage_id in group.passage_ids}
    new = [p for p in material.passages if material.is_new(p.document.id)]
    judged = [(p, p.labels) for p in new if p.labels is not None]
    known = _Known.of(material.table)
    flagged, n_flagged, n_repeats = _flagged(material, groups, known)
    advising = [item for item in judged if item[1].evidence.recommends]
    recommendations = [
        _finding(members, known, f"R-{rank}")
        for rank, members in enumerate(_gather(advising, groups, "recommendation"), start=1)
    ]
    explaining = [item for item in judged if item[1].instruments is not None and item[1].instruments.of(Family.PART)]
    themes = Counter(theme for _, labels in judged for theme in labels.tags.given())
    second_only, second_opinions = _second_opinions(judged, flagged, known)
    return Findings(
        flagged=tuple(flagged),
        recommendations=tuple(recommendations),
        n_flagged_passages=n_flagged,
        n_repeats=n_repeats,
        n_judged=len(judged) + material.counted.n_judged,
        n_left_out=len(new) - len(judged) + material.counted.n_left_out,
        themes=themes + Counter(material.counted.themes),
        explaining=tuple(_finding(members, known, "") for members in _gather(explaining, groups, "flag")),
        second_only=second_only,
        second_opinions=second_opinions,
    )
