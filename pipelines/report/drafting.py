"""What every section is drafted from, and the short forms in which sections write."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.domain.reports import Cell, Line, Paragraph, Span
from pipelines.domain.themes import Theme
from pipelines.report.findings import Finding, Findings
from pipelines.report.material import ReportMaterial, ReportOptions
from pipelines.report.wording import counted
from pipelines.strings import Language, text


@dataclass(frozen=True)
class Draft:
    """The material, what was chosen from it, and the language to write in."""

    material: ReportMaterial
    findings: Findings
    language: Language
    options: ReportOptions

    def say(self, key: str, **values: object) -> str:
        """The string ``report.<key>`` in the language of the report."""
        return text(f"report.{key}", self.language, **values)

    def count(self, key: str, n: int, **values: object) -> str:
        """The string ``report.<key>`` in singular or plural."""
        return counted(f"report.{key}", n, self.language, **values)

    def term(self, key: str) -> str:
        """A standard term, for instance ``theme.adoption``."""
        return text(key, self.language)

    def fill(self, key: str, **values: object) -> str:
        """Any string of the catalogue with its places filled."""
        return text(key, self.language, **values)

    def theme(self, theme: Theme | None) -> str:
        """Name of a theme."""
        return self.say("summary.no_theme") if theme is None else self.term(f"theme.{theme}")

    def row_name(self, row_id: str) -> str:
        """Id and title of a row."""
        return f"{row_id} {self.material.table.row(row_id).title(self.language)}"

    def relation_of(self, finding: Finding) -> str:
        """Name of the relation of a finding; empty where none was given."""
        relation = finding.evidence.relation
        return self.term(f"relation.{relation}") if relation else ""


def paragraph(*sentences: str, style: str = "body") -> Paragraph:
    """A paragraph of sentences; empty ones are left out."""
    return Paragraph.model_validate(
        {"spans": (Span(text=" ".join(s for s in sentences if s)),), "style": style},
    )


def cell(*lines: str, bold: bool = False) -> Cell:
    """A table cell of plain lines."""
    return Cell(lines=tuple(Line(spans=(Span(text=line, bold=bold),)) for line in lines if line))
