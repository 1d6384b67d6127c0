"""Data carried in a Word file: come back as they were, whatever they hold; damage is said."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import docx
import pytest

from pipelines.domain.reports import CarriedData
from pipelines.errors import TableError
from pipelines.office.carried import attach_carried, read_carried, read_marks
from pipelines.office.stamp import Stamp
from pipelines.table import starting_table


def _awkward() -> CarriedData:
    """The starting table, with in one statement what XML cannot hold or would tidy away."""
    table = starting_table()
    row = table.rows[0]
    hard = row.statements[0].model_copy(update={"nl": "a\x01b\u2028 \U0001f600 <&]]> \ud7ff\ufffe  \n\t c"})
    row = row.model_copy(update={"statements": (hard, *row.statements[1:])})
    return CarriedData(language="nl", table=table.model_copy(update={"rows": (row, *table.rows[1:])}))


def _file(carried: CarriedData | None, *marks: Stamp) -> bytes:
    document = docx.Document()
    if carried is not None:
        attach_carried(document, carried, marks)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _replaced(content: bytes, old: bytes, new: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(old, new))
    return buffer.getvalue()


def test_what_a_file_carries_comes_back_whole() -> None:
    marks = (Stamp("Jan & co", datetime(2026, 1, 2, 3, 4, 5)), Stamp("Kennisstand", None))
    content = _file(_awkward(), *marks)
    assert read_carried(content) == _awkward()
    assert read_marks(content) == frozenset(marks)


def test_a_file_of_somebody_else_carries_nothing() -> None:
    assert read_carried(_file(None)) is None
    assert read_marks(_file(None)) == frozenset()


@pytest.mark.parametrize(
    ("old", "new"), [(b'"language":"nl"', b'"language":5'), (b"moment=", b"moment='x' m="), (b"</data>", b"</dat>")]
)
def test_damage_is_said(old: bytes, new: bytes) -> None:
    content = _replaced(_file(_awkward(), Stamp("A", datetime(2026, 1, 2))), old, new)
    with pytest.raises(TableError):
        read_carried(content)
        read_marks(content)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"plain words"])
def test_what_is_no_word_file_is_said(content: bytes) -> None:
    with pytest.raises(TableError):
        read_carried(content)


def test_a_part_with_a_document_type_is_refused() -> None:
    content = _replaced(_file(_awkward()), b"<carried", b"<!DOCTYPE carried [<!ENTITY a 'b'>]><carried")
    with pytest.raises(TableError):
        read_carried(content)
