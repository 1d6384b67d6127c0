"""The report as a PDF file that screen readers can follow (PDF/UA-1), typeset by Typst."""

from __future__ import annotations

import json
import logging
from datetime import UTC
from functools import cache
from importlib.resources import files

import typst

from pipelines.domain.reports import Plot, UpdateReport
from pipelines.errors import KennisstandError
from pipelines.report.charts import draw_svg
from pipelines.report.pdf_content import FONT_FOLDER, PdfContent

_log = logging.getLogger(__name__)


@cache
def _template() -> bytes:
    return (files("pipelines.report") / "templates" / "report.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    """DejaVu Sans as matplotlib ships it: the same on every machine, whatever fonts are installed there."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONT_FOLDER)])


def _drawn(plot: Plot) -> bytes:
    return draw_svg(plot).encode("utf-8")


def render_pdf(report: UpdateReport) -> bytes:
    """Write a report as a tagged PDF (A4; the chapters with wide tables lie down).

    Tagged after PDF/UA-1, with language, title, bookmarks, header cells and the text alternatives of plots. Texts are
    handed to the template as data, so that nothing in them can act as markup. Characters that the font lacks show as
    ``\N{REPLACEMENT CHARACTER}``. The same report gives the same bytes.

    Raises
    ------
    KennisstandError
        The typesetter fails.
    """
    content = PdfContent(report, _drawn)
    ready = content.ready()
    sources = {"main.typ": _template(), "report.json": json.dumps(ready).encode("utf-8"), **content.files}
    created = report.created if report.created.tzinfo else report.created.replace(tzinfo=UTC)
    try:
        made, warnings = typst.compile_with_warnings(
            sources,  # pyright: ignore[reportArgumentType, reportCallIssue]
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format="pdf",
            pdf_standards=["ua-1"],
            timestamp=int(created.timestamp()),
        )
    except typst.TypstError as error:
        raise KennisstandError("error.report_pdf") from error
    for warning in warnings:
        _log.warning("the typesetter warns: %s", warning.message)
    return made
