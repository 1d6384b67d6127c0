"""The report as JSON for other programs: the whole tree with the lists, the slide and the table, versioned."""

from __future__ import annotations

import json
import re

from pipelines.domain.record import SCHEMA_VERSION
from pipelines.domain.reports import UpdateReport
from pipelines.report.numbering import caption_numbers, chapter_numbers

FORMAT = "kennisstand-report"
"""Tells this kind of file from other JSON."""
_HALF = re.compile("[\ud800-\udfff]")


def render_json(report: UpdateReport) -> bytes:
    """Write a report as JSON in UTF-8; the same report gives the same bytes.

    ``report`` holds the tree as :class:`~pipelines.domain.reports.UpdateReport` reads it back
    (``UpdateReport.model_validate``); ``numbers`` holds the numbers that chapters, tables and figures bear in the other
    forms, by anchor. Half characters, which no UTF-8 file can hold, become U+FFFD, so that spans stay where they are.
    """
    content = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "numbers": {"chapters": chapter_numbers(report), "captions": caption_numbers(report)},
        "report": _writable(report.model_dump(mode="json")),
    }
    return (json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode("utf-8")


def _writable(value: object) -> object:
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value)
    if isinstance(value, list):
        return [_writable(entry) for entry in value]
    if isinstance(value, dict):
        return {_writable(key): _writable(entry) for key, entry in value.items()}
    return value
