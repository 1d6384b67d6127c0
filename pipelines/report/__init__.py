"""Composing the update report and rendering it as Word, HTML and Excel."""

from pipelines.report.compose import compose_scan_report
from pipelines.report.excel import render_excel
from pipelines.report.html import render_html
from pipelines.report.material import ReportMaterial, ReportOptions
from pipelines.report.word import render_word

__all__ = ["ReportMaterial", "ReportOptions", "compose_scan_report", "render_excel", "render_html", "render_word"]
