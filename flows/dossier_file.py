"""A dossier as a file for a meeting, and as a record for other programs."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pipelines.domain.dossiers import Dossier, DossierEntry, Reason
from pipelines.domain.languages import Language
from pipelines.errors import KennisstandError
from pipelines.store import Workspace

if TYPE_CHECKING:
    from pathlib import Path

_RENDERERS = {
    "docx": ("pipelines.report.word", "render_word"),
    "html": ("pipelines.report.html", "render_html"),
    "pdf": ("pipelines.report.pdf", "render_pdf"),
    "md": ("pipelines.report.markdown", "render_markdown"),
}
FORMS = tuple(_RENDERERS)


def form_of(path: Path) -> str:
    """The form that a file is written in, by its name.

    Raises
    ------
    KennisstandError
        There is no such form.
    """
    form = path.suffix.removeprefix(".").lower()
    if form not in _RENDERERS:
        choices = ", ".join(f".{one}" for one in FORMS)
        raise KennisstandError("error.dossier_form", file=path.name, choices=choices)
    return form


def dossier_file(workspace: Workspace, dossier: Dossier, language: Language, now: datetime, form: str) -> bytes:
    """A dossier in one of :data:`FORMS`.

    Parameters
    ----------
    workspace
        Whose documents it refers to.
    dossier
        As it was gathered.
    language
        Of headings and reasons.
    now
        Moment in UTC, without time zone; stands on the first page.
    form
        One of :data:`FORMS`.
    """
    from pipelines.report.dossier import DossierMaterial, compose_dossier

    material = DossierMaterial(
        dossier=dossier,
        library=tuple(workspace.documents.summaries()),
        table=workspace.tables.get(workspace.tables.newest_version()),
        created=now,
    )
    module, function = _RENDERERS[form]
    return getattr(import_module(module), function)(compose_dossier(material, language))


def dossier_record(dossier: Dossier) -> dict[str, Any]:
    """A dossier as other programs read it (documented in docs/commands.md)."""
    return {
        "question": dossier.question.model_dump(mode="json"),
        "looked_at": dossier.n_looked_at,
        "belonging": dossier.n_belonging,
        "other": dossier.n_other,
        "rejected": dossier.n_rejected,
        "parts": [
            {
                "part": section.part.value,
                "left": section.n_left,
                "passages": [_entry_record(entry) for entry in section.entries],
            }
            for section in dossier.sections
        ],
    }


def _entry_record(entry: DossierEntry) -> dict[str, Any]:
    passage, document = entry.item.passage, entry.item.document
    return {
        "id": passage.id,
        "document": document.id,
        "title": document.metadata.title,
        "year": document.metadata.year,
        "pages": sorted({p for p in (passage.page_first, passage.page_last) if p is not None}),
        "language": passage.language,
        "quotation": entry.quotation,
        "bearing": entry.bearing,
        "accepted": entry.accepted,
        "evidence": entry.kind.value,
        "relevance": entry.relevance,
        "strength": entry.strength,
        "belongs_by": [_reason_record(reason) for reason in entry.reasons],
        "part_by": [_reason_record(reason) for reason in entry.part_reasons],
        "also_in": [other.document.id for other in entry.also],
    }


def _reason_record(reason: Reason) -> dict[str, Any]:
    words = [term.text for term in reason.terms]
    return {"sign": reason.sign.value, "strength": reason.strength, "value": reason.value, "words": words}
