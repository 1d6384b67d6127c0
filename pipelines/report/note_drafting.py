"""What every section of the update note is drafted from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pipelines.domain.appraisal import Confidence, ConfidenceLevel
from pipelines.domain.evidence import Match
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.proposals import Proposal
from pipelines.domain.runs import LabelledPassage
from pipelines.domain.themes import Theme
from pipelines.report.drafting import Draft
from pipelines.report.findings import select_findings
from pipelines.report.material import ReportMaterial, ReportOptions
from pipelines.report.note_changes import NoteChange, find_changes
from pipelines.report.note_evidence import NotePiece, number_pieces
from pipelines.report.note_material import NoteMaterial, NoteOptions
from pipelines.report.plain import one_line
from pipelines.report.wording import counted, enumeration, number
from pipelines.strings import Language, keys, text


def judged_material(material: NoteMaterial) -> ReportMaterial:
    """The scan with the labels that hold after the readers' decisions.

    A passage that was rejected is neither flagged nor a recommendation any more; where a reader corrected labels,
    the reader's stand. Probabilities of the models stay with what nobody has decided on.
    """
    return material.scan.model_copy(
        update={"passages": tuple(_judged(passage, material) for passage in material.scan.passages)}
    )


def _judged(passage: LabelledPassage, material: NoteMaterial) -> LabelledPassage:
    labels = passage.labels
    if labels is None or passage.passage.id not in material.judgements:
        return passage
    held = material.judgements[passage.passage.id]
    if held is None:
        update = {"flag": 0.0, "recommendation": 0.0, "relation": None, "column": None, "level": None}
        return passage.model_copy(
            update={"labels": labels.model_copy(update={"evidence": labels.evidence.model_copy(update=update)})}
        )
    themes = {theme: float(theme in held.themes) for theme in Theme}
    evidence = labels.evidence.model_copy(
        update={
            "rows": tuple(Match(id=row, score=1.0) for row in held.rows),
            "statements": (Match(id=held.statement, score=1.0),) if held.statement else (),
            "flag": 1.0,
            "relation": held.relation,
            "column": held.column,
            "kind": held.kind,
            "direction": held.direction,
            "recommendation": float(held.recommendation),
            "level": held.level,
            "figures": held.figures,
            "key_sentence": held.key_sentence or labels.evidence.key_sentence,
        }
    )
    tags = labels.tags.model_copy(update={"probabilities": themes})
    instruments = held.held_instruments(labels.instruments, passage.passage.id)
    judged = labels.model_copy(update={"tags": tags, "evidence": evidence, "instruments": instruments})
    return passage.model_copy(update={"labels": judged})


@dataclass(frozen=True)
class NoteDraft:
    """The material of a note, what was found in it, and the language to write in."""

    material: NoteMaterial
    language: Language
    options: NoteOptions

    @cached_property
    def scan(self) -> Draft:
        """The documents, recommendations and topics of the period, as the report of a scan drafts them."""
        material = judged_material(self.material)
        options = ReportOptions(
            words_in_quotation=self.options.words_in_quotation,
            recommendations_per_cell=self.options.recommendations_per_cell,
            documents_in_list=self.options.documents_in_list,
        )
        return Draft(material, select_findings(material), self.language, options)

    @cached_property
    def unjudged(self) -> Draft:
        """The same with the labels of the models, whatever readers decided: for what the models flagged."""
        return Draft(self.material.scan, select_findings(self.material.scan), self.language, self.scan.options)

    @cached_property
    def changes(self) -> tuple[NoteChange, ...]:
        """Changes of the table since the period began, then those that are proposed; in table order."""
        return find_changes(self.material)

    @cached_property
    def pieces(self) -> tuple[NotePiece, ...]:
        """All accepted evidence, numbered, by row in table order."""
        return number_pieces(self.material)

    @cached_property
    def by_item(self) -> dict[str, NotePiece]:
        """Item id -> piece."""
        return {found.piece.item_id: found for found in self.pieces}

    @property
    def table(self) -> EvidenceTable:
        """The newest version."""
        return self.material.after

    def say(self, key: str, **values: object) -> str:
        """The string ``note.<key>`` in the language of the note."""
        return text(f"note.{key}", self.language, **values)

    def count(self, key: str, n: int, **values: object) -> str:
        """The string ``note.<key>`` in singular or plural."""
        return counted(f"note.{key}", n, self.language, **values)

    def term(self, key: str) -> str:
        """A standard term, for instance ``theme.adoption``."""
        return text(key, self.language)

    def figure(self, value: float, decimals: int = 0) -> str:
        """A number as it is written in the language of the note."""
        return number(value, self.language, decimals)

    def listed(self, words: list[str]) -> str:
        """``a, b en c``."""
        return enumeration(words, self.language)

    def person(self, account: str) -> str:
        """Name that the owner of an account chose."""
        return one_line(self.material.people.get(account, account))

    def row_name(self, row_id: str) -> str:
        """Id and title of a row; the id alone where the newest table has no such row."""
        for table in (self.material.after, self.material.before):
            for row in table.rows:
                if row.id == row_id:
                    return f"{row_id} {one_line(row.title(self.language))}"
        return row_id

    def confidence(self, confidence: Confidence) -> str:
        """Confidence in words with evidence and agreement; empty where there is no evidence.

        For an uncertain statement it says of which answer it is the confidence.
        """
        if confidence.level is ConfidenceLevel.UNDETERMINED:
            return ""
        values: dict[str, object] = {}
        if confidence.answer is not None:
            values["answer"] = self.term(f"direction.{confidence.answer}")
        return self.count(
            "answer_words" if values else "confidence_words",
            confidence.n_studies,
            level=self.named("level", confidence.level),
            evidence=self.named("evidence", confidence.evidence),
            agreement=self.named("agreement", confidence.agreement),
            **values,
        )

    def named(self, kind: str, value: str) -> str:
        """Name of a step of confidence, design, setting, group, stance or reason to merge."""
        key = f"appraisal.{kind}.{value}"
        return self.term(key) if key in keys() else value

    def reasons(self, proposal: Proposal) -> list[str]:
        """Sentences that say why a rule proposes a change."""
        return [one_line(told.text(self.language)) for told in self.material.reasons.get(proposal.id, ())]

    def rule_title(self, rule_id: str) -> str:
        """What a rule is called; its id where the material does not name it."""
        for rule in self.material.rules.rules:
            if rule.id == rule_id:
                return one_line(rule.title.text(self.language)) or rule_id
        return rule_id
