"""Types of columns: text that both databases take."""

from __future__ import annotations

import re

from sqlalchemy import Dialect, TypeDecorator
from sqlalchemy import String as _String
from sqlalchemy import Text as _Text
from sqlalchemy.types import TypeEngine

#: PostgreSQL refuses the first in text, both databases the others; in JSON both keep them, as escapes.
_NOT_KEPT = re.compile("[\\x00\ud800-\udfff]")


def kept_text(value: str) -> str:
    """``value`` as databases keep it: characters that they refuse are replaced one to one."""
    return _NOT_KEPT.sub("\ufffd", value)


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
