"""From the material of a scan to the report as a tree of sections."""

from __future__ import annotations

from pipelines.domain.reports import UpdateReport
from pipelines.report.drafting import Draft
from pipelines.report.findings import select_findings
from pipelines.report.material import ReportMaterial, ReportOptions
from pipelines.report.section_account import documents_section, made_section
from pipelines.report.section_actions import advice_section
from pipelines.report.section_evidence import evidence_section
from pipelines.report.section_figures import figures_section, figures_sheet
from pipelines.report.section_instruments import instruments_section
from pipelines.report.section_questions import questions_section
from pipelines.report.section_rows import rows_section
from pipelines.report.section_summary import summary_section
from pipelines.report.section_table import table_section
from pipelines.report.section_topics import topics_section
from pipelines.report.sheet_topics import topics_sheet
from pipelines.report.sheets import advice_sheet, documents_sheet, flags_sheet, opinions_sheet
from pipelines.report.wording import long_date
from pipelines.strings import Language

_CHAPTERS = (
    rows_section,
    table_section,
    advice_section,
    instruments_section,
    figures_section,
    topics_section,
    evidence_section,
    documents_section,
)
#: The questions are chapter 1; the summary is chapter 2 and refers to the chapter on documents.
_DOCUMENTS_CHAPTER = _CHAPTERS.index(documents_section) + 3


def compose_scan_report(
    material: ReportMaterial, language: Language, options: ReportOptions | None = None
) -> UpdateReport:
    """Compose the report of a scan.

    Parameters
    ----------
    material
        The scan with its documents, labelled passages, topics and the evidence table; nothing of it is changed.
    language
        Language of the report. Quotations stay in the language of their source.
    options
        How much is shown; the lists for Excel hold everything.

    Returns
    -------
    UpdateReport
        Eleven chapters and three lists, with one of figures, one of topics and one of second opinions where there are
        any. The same material gives the same report.
    """
    draft = Draft(material, select_findings(material), language, options or ReportOptions())
    day = long_date(material.date, language)
    return UpdateReport(
        language=language,
        title=draft.say("title"),
        subtitle=draft.say("subtitle", date=day, table=material.table.version),
        created=material.run.finished or material.run.started,
        run=material.run.id,
        sections=(
            questions_section(draft),
            summary_section(draft, _DOCUMENTS_CHAPTER),
            *(chapter(draft) for chapter in _CHAPTERS),
            made_section(draft),
        ),
        sheets=(
            flags_sheet(draft),
            documents_sheet(draft),
            advice_sheet(draft),
            *opinions_sheet(draft),
            *topics_sheet(draft),
            *figures_sheet(draft),
        ),
    )
