"""Composing the report of a scan and the update note of a period, and rendering them."""

from pipelines.report.compose import compose_scan_report
from pipelines.report.compose_note import compose_update_note
from pipelines.report.excel import render_excel
from pipelines.report.html import render_html
from pipelines.report.json_file import render_json
from pipelines.report.markdown import render_markdown
from pipelines.report.material import ReportMaterial, ReportOptions
from pipelines.report.note_material import NoteMaterial, NoteOptions, ReadingCount
from pipelines.report.word import render_word

__all__ = [
    "NoteMaterial",
    "NoteOptions",
    "ReadingCount",
    "ReportMaterial",
    "ReportOptions",
    "compose_scan_report",
    "compose_update_note",
    "render_excel",
    "render_html",
    "render_json",
    "render_markdown",
    "render_word",
]
