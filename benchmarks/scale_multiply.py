"""Multiplies a store inside its database, for sizes that the code which stores real documents would take hours to fill.

Every copy has ids, checksums, paths and places in the order of arrival of its own, in every table that holds documents,
passages, labels or the inbox, so that keys refer to what is there and no two rows are the same. Texts are those of the
original. Signatures are not: the keys of a copy are turned, so that it is no near-duplicate of the original. The
content of a document (compressed, for its own page) still names the ids of the original.

Documents of the run that is kept apart are not copied: they stay what a last scan brought.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, text

_LETTERS = "ghijklmnopqrstuvwxyz"
"""First letters of the ids of copies; those of originals are hexadecimal."""
MOST = len(_LETTERS) + 1
_BAND_BYTES = 160
_HEADER_BYTES = 12
_CACHE_KILOBYTES = 2_000_000

_DOCUMENTS = ("document_contents", "document_paths", "steps", "passages", "inbox")
_PASSAGES = ("labels", "label_themes", "label_rows")
_IDS = ("id", "document_id", "passage_id", "item_id", "group_id", "checksum")

Told = Callable[[str], None]


def multiply(engine: Engine, times: int, apart: str, tell: Told) -> None:
    """Make ``times`` of each document of a store but those of the run ``apart``.

    Raises
    ------
    ValueError
        More than :data:`MOST` are asked for, or what came of it does not hold together.
    """
    if not 1 <= times <= MOST:
        raise ValueError(f"at most {MOST} times")
    if engine.dialect.name == "sqlite":
        _multiply_sqlite(engine, times, apart, tell)
    else:
        for number in range(1, times):
            with engine.begin() as connection:
                for table in ("documents", *_DOCUMENTS, *_PASSAGES):
                    rows = text(f"SELECT * FROM {table} LIMIT 0")
                    columns = list(connection.execute(rows).keys())
                    connection.execute(text(_statement(table, columns, number, "", _POSTGRESQL)), {"apart": apart})
            tell(f"copy {number} of {times - 1}")
    check(engine, tell)


def _multiply_sqlite(engine: Engine, times: int, apart: str, tell: Told) -> None:
    path = Path(str(engine.url.database))
    engine.dispose()
    original = path.with_suffix(".original")
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        # Whoever loses power here makes the store anew: no journal, which would be written twice over.
        for pragma in ("journal_mode = DELETE", "journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KILOBYTES}")
        shutil.copy(path, original)
        connection.execute("ATTACH ? AS original", (str(original),))
        connection.create_function("turned", 2, turned, deterministic=True)
        for number in range(1, times):
            connection.execute("BEGIN")
            for table in ("documents", *_DOCUMENTS, *_PASSAGES):
                columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
                statement = _statement(table, columns, number, "original.", _SQLITE)
                connection.execute(statement, {"apart": apart})
            connection.execute("COMMIT")
            tell(f"copy {number} of {times - 1}")
    finally:
        connection.close()
        original.unlink(missing_ok=True)


def turned(signature: bytes | None, number: int) -> bytes | None:
    """A signature with the keys of another text: each key in the place of another, the hash of the whole turned."""
    if signature is None:
        return None
    keys_at = _HEADER_BYTES + 4 * signature[1]
    keys = signature[keys_at : keys_at + _BAND_BYTES] if signature[2] else b""
    by, exact = 4 * number, signature[4:_HEADER_BYTES]
    head = signature[:4] + exact[number % 8 :] + exact[: number % 8] + signature[_HEADER_BYTES:keys_at]
    return head + keys[by:] + keys[:by] + signature[keys_at + len(keys) :]


_SQLITE = {"data": "{}", "json": "{}", "signature": "turned(signature, {number})"}
_KEYS_AT = "(13 + 4 * get_byte(signature, 1))"
_POSTGRESQL = {
    "data": "CAST({} AS text)",
    "json": "CAST({} AS json)",
    # Without the hash of the whole, by which only passages of a few words are compared.
    "signature": (
        "CASE WHEN get_byte(signature, 2) = 0 THEN signature ELSE"
        f" substring(signature, 1, {_KEYS_AT} - 1)"
        f" || substring(signature, {_KEYS_AT} + 4 * {{number}}, {_BAND_BYTES} - 4 * {{number}})"
        f" || substring(signature, {_KEYS_AT}, 4 * {{number}})"
        f" || substring(signature, {_KEYS_AT} + {_BAND_BYTES}) END"
    ),
}


def _statement(table: str, columns: list[str], number: int, source: str, dialect: dict[str, str]) -> str:
    """An INSERT of the rows of a copy."""

    def another(column: str) -> str:
        return f"'{_LETTERS[number - 1]}' || substr({column}, 2)"

    values: dict[str, str] = {column: column for column in columns if column != "sequence"}
    values |= {column: another(column) for column in columns if column in _IDS}
    if "data" in columns:
        data = dialect["data"].format("data")
        for column in ("id", "item_id", "passage_id", "document_id"):
            # Of a passage alone in its item both are the same id, which is replaced once.
            if column in columns:
                data = f"replace({data}, '\"' || {column} || '\"', '\"' || {another(column)} || '\"')"
        values["data"] = dialect["json"].format(data)
    if "path" in columns:
        values["path"] = f"'{number}/' || path"
    if "rank" in columns and table == "inbox":
        last = f"SELECT max(rank) FROM {source}inbox WHERE substr(item_id, 1, 1) < 'g'"
        values["rank"] = f"rank + {number} * ({last})"
    if "signature" in columns:
        values["signature"] = dialect["signature"].format(number=number)
    names = ", ".join(f'"{column}"' for column in values)
    given = ", ".join(value if value != column else f'"{column}"' for column, value in values.items())
    apart = f"SELECT id FROM {source}documents WHERE run_id = :apart"
    if table == "documents":
        where = "run_id <> :apart"
    elif table in _DOCUMENTS:
        where = f"document_id NOT IN ({apart})"
    else:
        where = f"passage_id NOT IN (SELECT id FROM {source}passages WHERE document_id IN ({apart}))"
    # Of what there was before the first copy: ids of copies begin with a letter that no other has.
    column = {"documents": "id", **dict.fromkeys(_DOCUMENTS, "document_id")}.get(table, "passage_id")
    order = " ORDER BY sequence" if table == "documents" else ""
    return (
        f"INSERT INTO {table} ({names}) SELECT {given} FROM {source}{table}"
        f" WHERE {where} AND substr({column}, 1, 1) < 'g'{order}"
    )


_TORN = {
    "passages without document": "SELECT count(*) FROM passages p WHERE NOT EXISTS"
    " (SELECT 1 FROM documents d WHERE d.id = p.document_id)",
    "labels without passage": "SELECT count(*) FROM labels l WHERE NOT EXISTS"
    " (SELECT 1 FROM passages p WHERE p.id = l.passage_id)",
    "rows of the table without labels": "SELECT count(*) FROM label_rows r WHERE NOT EXISTS"
    " (SELECT 1 FROM labels l WHERE l.passage_id = r.passage_id)",
    "items of the inbox without passage": "SELECT count(*) FROM inbox i WHERE NOT EXISTS"
    " (SELECT 1 FROM passages p WHERE p.id = i.passage_id AND p.document_id = i.document_id)",
    "groups without their first passage": "SELECT count(*) FROM passages p WHERE p.group_id IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM passages f WHERE f.id = p.group_id AND f.group_id = p.group_id)",
    "documents without path": "SELECT count(*) FROM documents d WHERE NOT EXISTS"
    " (SELECT 1 FROM document_paths p WHERE p.document_id = d.id)",
}
"""What there must be none of."""


def check(engine: Engine, tell: Told) -> None:
    """Look whether what was made holds together.

    Raises
    ------
    ValueError
        It does not.
    """
    with engine.connect() as connection:
        for name, question in _TORN.items():
            n_torn = connection.execute(text(question)).scalar_one()
            tell(f"{name}: {n_torn}")
            if n_torn:
                raise ValueError(f"{name}: {n_torn}")
