"""Types of columns: text that both databases take."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Dialect, TypeDecorator, literal, select
from sqlalchemy import String as _String
from sqlalchemy import Text as _Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeEngine

#: PostgreSQL refuses the first in text, both databases the others; in JSON both keep them, as escapes.
_NOT_KEPT = re.compile("[\\x00\ud800-\udfff]")


def kept_text(value: str) -> str:
    """``value`` as databases keep it: characters that they refuse are replaced one to one."""
    return _NOT_KEPT.sub("\ufffd", value)


def kept_json(value: Any) -> Any:
    """``value`` for a JSON column that the database looks into: PostgreSQL cannot where it holds such characters."""
    if isinstance(value, str):
        return kept_text(value)
    if isinstance(value, dict):
        return {key: kept_json(one) for key, one in value.items()}
    return [kept_json(one) for one in value] if isinstance(value, list) else value


class _Kept(TypeDecorator[str]):
    """Text in which characters that databases refuse are replaced one to one, so that places in it stay right."""

    impl = _Text

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (given by SQLAlchemy)
        return None if value is None else kept_text(value)


class Text(_Kept):
    """Text of any length."""

    cache_ok = True


class String(_Kept):
    """Text of our own making, of a length that we know."""

    impl = _String
    cache_ok = True


def name_of(length: int) -> TypeEngine[str]:
    """A name that users or others give: unlike SQLite, PostgreSQL would hold it to the length that is stated."""
    return String(length).with_variant(Text(), "postgresql")


_FEW = 500
"""So many values stand in a statement one by one."""


class _Elements(GenericFunction[str]):
    """The elements of a JSON array, as rows."""

    name = "kennisstand_elements"
    inherit_cache = True


@compiles(_Elements, "sqlite")
def _elements_of_sqlite(element: _Elements, compiler: SQLCompiler, **given: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **given)})"


@compiles(_Elements, "postgresql")
def _elements_of_postgresql(element: _Elements, compiler: SQLCompiler, **given: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **given)} AS JSON))"


def among(column: ColumnElement[str], values: Sequence[str]) -> ColumnElement[bool]:
    """Whether ``column`` is one of some texts, however many: a statement of PostgreSQL holds no more than 65,535 values
    and one of SQLite 32,766, so that many go as one."""
    if len(values) <= _FEW:
        return column.in_(values)
    elements = _Elements(literal(json.dumps([kept_text(value) for value in values]), _Text()))
    return column.in_(select(elements.table_valued("value").c.value))
