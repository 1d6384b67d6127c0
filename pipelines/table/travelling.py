"""The whole table out of sight in a page: both languages and all that the page does not show.

In HTML it stands in a ``meta`` element of the head, which no program runs or shows and browsers keep when they save a
page; in Markdown in a comment. It is JSON in ASCII without anything that could end the attribute or the comment.
"""

from __future__ import annotations

import json
import re
from html import escape

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]
from pydantic import ValidationError

from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.reports import CarriedData
from pipelines.errors import TableError
from pipelines.strings import Language

_NAME = "kennisstand-table"
_COMMENT = re.compile(rf"<!--\s*{_NAME}\s+(\{{.*?\}})\s*-->", re.S)


def as_meta(table: EvidenceTable, language: Language) -> str:
    """The element for the head of an HTML page that shows ``table`` in ``language``."""
    return f'<meta name="{_NAME}" content="{escape(_packed(table, language))}">'


def as_comment(table: EvidenceTable, language: Language) -> str:
    """The comment for a Markdown file that shows ``table`` in ``language``."""
    return f"<!-- {_NAME} {_packed(table, language)} -->"


def from_page(root: etree._Element) -> CarriedData | None:
    """What travels in an HTML page; ``None`` in pages of others.

    Raises
    ------
    TableError
        It is damaged, or was written by a later version of the program.
    """
    found = root.xpath(f"//meta[@name='{_NAME}']/@content")
    return _unpacked(str(found[0]), "HTML") if found else None


def from_text(content: str) -> CarriedData | None:
    """The same for a Markdown file."""
    found = _COMMENT.search(content)
    return _unpacked(found[1], "Markdown") if found else None


def _packed(table: EvidenceTable, language: Language) -> str:
    data = CarriedData(language=language, table=table).model_dump(mode="json", exclude_defaults=True)
    packed = json.dumps(data, separators=(",", ":"))
    for sign, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("--", "-\\u002d")):
        packed = packed.replace(sign, escaped)
    return packed


def _unpacked(packed: str, name: str) -> CarriedData:
    try:
        return CarriedData.model_validate_json(packed)
    except ValidationError as error:
        raise TableError("error.table_hidden_damaged", format=name) from error
