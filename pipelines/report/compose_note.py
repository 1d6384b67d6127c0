"""From the material of a period to the update note as a tree of sections."""

from __future__ import annotations

from pipelines.domain.reports import UpdateReport
from pipelines.report.note_drafting import NoteDraft
from pipelines.report.note_material import NoteMaterial, NoteOptions
from pipelines.report.note_sheets import note_sheets
from pipelines.report.note_table import table_with_changes
from pipelines.report.section_account import documents_section
from pipelines.report.section_instruments import instruments_section
from pipelines.report.section_note_advice import advice_section, development_section, literature_section
from pipelines.report.section_note_evidence import evidence_section
from pipelines.report.section_note_method import method_section
from pipelines.report.section_note_questions import questions_section
from pipelines.report.section_note_studies import studies_section
from pipelines.report.section_note_summary import period_words, slide_summary, summary_section
from pipelines.report.section_note_table import table_section
from pipelines.report.wording import capital
from pipelines.strings import Language


def compose_update_note(material: NoteMaterial, language: Language, options: NoteOptions | None = None) -> UpdateReport:
    """Compose the update note of a period.

    Parameters
    ----------
    material
        Both versions of the table, evidence, appraisal, proposals and the scan; nothing of it is changed.
    language
        Language of the note. Quotations stay in the language of their source.
    options
        How much is shown; the lists for Excel hold everything.

    Returns
    -------
    UpdateReport
        Eleven chapters, seven lists and one of topics where there are any, one slide and the data that its Word form
        carries. The same material gives the same note.
    """
    draft = NoteDraft(material, language, options or NoteOptions())
    table, carried = table_with_changes(draft)
    return UpdateReport(
        language=language,
        title=draft.say("title"),
        subtitle=draft.say("subtitle", period=capital(period_words(draft)), version=material.after.version),
        created=material.scan.run.finished or material.scan.run.started,
        run=material.scan.run.id,
        sections=(
            questions_section(draft),
            summary_section(draft),
            table_section(draft, table),
            evidence_section(draft),
            studies_section(draft),
            advice_section(draft),
            instruments_section(draft.scan),
            literature_section(draft),
            development_section(draft),
            documents_section(draft.unjudged),
            method_section(draft),
        ),
        sheets=note_sheets(draft),
        summary=slide_summary(draft),
        carried=carried,
    )
