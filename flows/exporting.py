"""Passages to files for other programs: CSV, Parquet, JSON Lines, Excel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelines.errors import KennisstandError
from pipelines.store.files import write_whole
from pipelines.table.csv_format import guarded

EXPORT_FORMATS = (".csv", ".parquet", ".jsonl", ".xlsx")
PASSAGE_FIELDS = (
    *("id", "document", "path", "title", "publisher", "year", "language", "section", "pages", "span", "text"),
    *("boilerplate", "group", "topic", "decision", "themes", "rows", "statements", "flag", "relation", "column"),
    *("evidence", "direction", "recommendation", "level", "terms", "key_sentence", "instruments", "figures"),
    *("model", "table"),
)
"""Columns of a file without a single passage, so that programs that read it find what they expect."""


def write_passages(records: list[dict[str, Any]], path: Path) -> None:
    """Write records to a file; its suffix decides the format.

    Raises
    ------
    KennisstandError
        The suffix is none of ``EXPORT_FORMATS``, or the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in EXPORT_FORMATS:
        raise KennisstandError("error.format_unknown", format=suffix or path.name, choices=", ".join(EXPORT_FORMATS))
    write_whole(path.resolve(), _encode(records, suffix))


def _encode(records: list[dict[str, Any]], suffix: str) -> bytes:
    import io
    import json

    if suffix == ".jsonl":
        return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records).encode("utf-8")
    import pandas as pd  # half a second

    frame = (
        pd.DataFrame(columns=list(PASSAGE_FIELDS))
        if not records
        else pd.DataFrame([{k: _flat(v) for k, v in record.items()} for record in records])
    )
    buffer = io.BytesIO()
    if suffix == ".parquet":
        frame.to_parquet(buffer, index=False)
    elif suffix == ".csv":
        safe = frame.map(lambda value: guarded(value) if isinstance(value, str) else value)
        buffer.write(safe.to_csv(index=False).encode("utf-8-sig"))
    else:
        options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
        with pd.ExcelWriter(buffer, engine="xlsxwriter", engine_kwargs=options) as writer:
            frame.to_excel(writer, index=False, sheet_name="passages", freeze_panes=(1, 0))
    return buffer.getvalue()


def _flat(value: Any) -> Any:
    import json

    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
