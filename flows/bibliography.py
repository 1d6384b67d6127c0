"""The annotated bibliography of a period, as a document and as references for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flows.note import filled_folder, gather_note, new_period_folder, write_forms
from flows.workspace import open_settings_workspace
from pipelines.domain.languages import Language
from pipelines.settings import Settings
from pipelines.store.files import write_whole

if TYPE_CHECKING:  # the report with its plots takes seconds to import
    from pipelines.report.bibliography_material import BibliographyMaterial

DOCUMENT_FORMATS = ("docx", "html", "pdf", "md")
REFERENCE_FORMATS = {"ris": "ris", "bib": "bib", "csl": "csl.json"}
"""Format -> suffix of its file."""
USUAL_FORMATS = ("docx", "html", "ris")
_NAMES = {"nl": "bibliografie", "en": "bibliography"}


def write_bibliography(
    settings: Settings,
    since: datetime | None,
    formats: Sequence[str],
    language: str | None,
    now: datetime,
    *,
    folder: Path | None = None,
) -> dict[str, str]:
    """Write the bibliography of the documents that came in from ``since`` on (of all if ``None``).

    Parameters
    ----------
    settings
        Of the workspace.
    since, now
        In UTC, without time zone.
    formats
        Some of :data:`DOCUMENT_FORMATS` and :data:`REFERENCE_FORMATS`.
    language
        ``nl`` or ``en``; the setting if ``None``.
    folder
        Where to; a new one among the reports if ``None``.

    Returns
    -------
    dict
        Format -> path; empty where there are no documents yet.
    """
    from pipelines.report.bibliography_material import BibliographyMaterial

    workspace = open_settings_workspace(settings)
    try:
        if not workspace.documents.summaries():
            return {}
        tongue: Language = "en" if (language or settings.language) == "en" else "nl"
        material = BibliographyMaterial.of_note(gather_note(workspace, settings, since, now, tongue))
    finally:
        workspace.close()
    if folder is not None:
        return _write(material, formats, tongue, folder)
    new = new_period_folder(settings, tongue, since, now)
    return filled_folder(new, lambda work: _write(material, formats, tongue, work))


def _write(material: BibliographyMaterial, formats: Sequence[str], tongue: Language, folder: Path) -> dict[str, str]:
    from pipelines.report.bibliography import compose_bibliography

    as_document = [form for form in formats if form in DOCUMENT_FORMATS]
    paths: dict[str, str] = {}
    if as_document:
        paths |= write_forms(compose_bibliography(material, tongue), _NAMES[tongue], as_document, folder)
    for form in formats:
        if form in REFERENCE_FORMATS:
            path = folder / f"kennisstand-{_NAMES[tongue]}.{REFERENCE_FORMATS[form]}"
            write_whole(path, _references(material, form))
            paths[form] = str(path)
    return {form: paths[form] for form in formats}


def _references(material: BibliographyMaterial, form: str) -> bytes:
    from pipelines.report.references_files import references_bibtex, references_csl, references_ris
    from pipelines.report.wording import was_read

    write = {"ris": references_ris, "bib": references_bibtex, "csl": references_csl}[form]
    return write([document for document in material.documents if was_read(document)], material.library)
