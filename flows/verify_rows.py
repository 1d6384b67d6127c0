"""Holds what follows from other rows against these, and ids that are hashes against what they are hashes of."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, Table

from flows.doctor import Finding
from pipelines.domain.documents import Document
from pipelines.domain.ids import content_id
from pipelines.settings import Settings
from pipelines.store import schema
from pipelines.store.checking import READING_FAULTS, read_rows, tables
from pipelines.store.decisions import DecisionStore
from pipelines.store.passages import PassageStore
from pipelines.store.runs import RunStore

_REPLACED = "\ufffd"
"""Stands for signs that databases refuse; the id of such a passage was made of these."""


def check_standings(settings: Settings, engine: Engine) -> Iterator[Finding]:
    """Where each item stands, against what follows from the decisions on it."""
    del settings
    if RunStore(engine).open() is not None:  # a scan makes groups first and standings afterwards
        yield Finding("standings", True, "verify.standings_busy")
        return
    stale = DecisionStore(engine).stale_standings(PassageStore(engine).items())
    key = "verify.standings_stale" if stale else "verify.standings"
    yield Finding("standings", not stale, key, {"count": len(stale)})


def check_accounts(settings: Settings, engine: Engine) -> Iterator[Finding]:
    """Who may what, against the changes of accounts that were kept."""
    del settings
    expected: dict[str, dict[str, Any]] = {}
    for event in sorted(read_rows(engine, schema.account_events), key=lambda row: row.sequence):
        account = expected.setdefault(event.account, {})
        if event.event == "added":
            account.update({"active": True, **event.data})
        elif event.event == "changed":
            account.update(event.data)
        elif event.event in {"closed", "reopened"}:
            account["active"] = event.event == "reopened"
    stored = {row.name: row._mapping for row in read_rows(engine, schema.accounts)}
    # Of an account without a beginning (there is none such) nothing follows.
    wanted = {name: values for name, values in expected.items() if "role" in values and "full_name" in values}
    differ = sorted(
        name
        for name, values in wanted.items()
        if name not in stored or any(stored[name][part] != values[part] for part in ("role", "full_name", "active"))
    )
    differ += sorted(stored.keys() - expected.keys())
    key = "verify.accounts_differ" if differ else "verify.accounts"
    yield Finding("accounts", not differ, key, {"count": len(differ) or len(stored), "names": ", ".join(differ[:10])})


def check_tables(settings: Settings, engine: Engine) -> Iterator[Finding]:
    """Whether every row of every table can be read at all."""
    del settings
    n_rows, n_tables = 0, 0
    for table in tables():
        read = 0
        try:
            for _ in read_rows(engine, table):
                read += 1
        except READING_FAULTS:
            yield Finding("tables", False, "verify.table_unreadable", {"table": table.name, "count": read})
            continue
        n_rows, n_tables = n_rows + read, n_tables + 1
    yield Finding("tables", True, "verify.tables", {"count": n_rows, "tables": n_tables})


def check_texts(settings: Settings, engine: Engine) -> Iterator[Finding]:
    """Documents, their texts and passages against their ids; a text with its layout has a sum of its own."""
    del settings
    bad: dict[str, None] = {}
    count = 0
    for table, is_whole in (
        (schema.documents, _is_document),
        (schema.document_contents, _is_content),
        (schema.passages, _is_passage),
    ):
        for row in _readable(engine, table):
            count += 1
            if not _holds(is_whole, row):
                bad[str(row.id if table is schema.documents else row.document_id)] = None
    if bad:
        names = ", ".join(list(bad)[:5]) + (", …" if len(bad) > 5 else "")
        yield Finding("texts", False, "verify.texts_damaged", {"count": len(bad), "names": names})
    else:
        yield Finding("texts", True, "verify.texts", {"count": count})


def _readable(engine: Engine, table: Table) -> Iterator[Any]:
    """Rows until the first that cannot be read, which :func:`check_tables` tells."""
    try:
        yield from read_rows(engine, table)
    except READING_FAULTS:
        return


def _holds(is_whole: Any, row: Any) -> bool:
    try:
        return bool(is_whole(row))
    except (*READING_FAULTS, zlib.error):
        return False


def _is_document(row: Any) -> bool:
    return row.id == content_id("document", row.checksum)


def _is_content(row: Any) -> bool:
    # Unpacking holds it against the sum that gzip keeps at its end.
    document = Document.model_validate(json.loads(gzip.decompress(row.content)))
    return document.id == row.document_id == document.source.document_id


def _is_passage(row: Any) -> bool:
    data = row.data
    made = content_id("passage", row.document_id, data["start"], row.text)
    same = all(data[part] == getattr(row, part) for part in ("id", "document_id", "position", "language"))
    return same and (made == row.id or _REPLACED in row.text)
