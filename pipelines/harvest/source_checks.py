"""What addresses and options of each kind of source have to be like."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from pipelines.domain.sources import Option, Source, SourceKind
from pipelines.harvest.page_links import selector_path
from pipelines.harvest.patterns import LONGEST_PATTERN, MOST_PATTERNS
from pipelines.harvest.storage import has_password, is_storage, scheme_of

_WEB = ("http", "https")
_OWN_ADDRESS = frozenset({SourceKind.OPENALEX, SourceKind.CROSSREF, SourceKind.ARXIV})
"""Services with one address of their own: what is sought there has to be said instead."""
_SOUGHT = ("query", "search", "filter", "categories")
_LONGEST_TEXT = 4_000
"""Characters of an option or query; services refuse longer addresses."""


@dataclass(frozen=True)
class Fault:
    """Something that is wrong with a source."""

    key: str
    where: str = ""
    """Field of the entry."""
    values: dict[str, str | int] = field(default_factory=dict)


def address_fault(source: Source) -> Fault | None:
    """What is wrong with the address of a source, or with what it seeks."""
    address = source.address
    if len(address) > _LONGEST_TEXT or len(source.query) > _LONGEST_TEXT:
        return Fault("error.sources_long", "query", {"most": _LONGEST_TEXT})
    if has_password(address):
        return Fault("error.sources_password", "address")
    if source.kind in _OWN_ADDRESS:
        if not any(source.query if name == "query" else source.options.get(name) for name in _SOUGHT):
            return Fault("error.sources_no_query", "query", {"kind": source.kind.value})
        return None if not address or _is_web(address) else _wrong(source, "https://…")
    if not address:
        return Fault("error.sources_no_address", "address", {"kind": source.kind.value})
    if source.kind is SourceKind.FOLDER:
        return None if is_storage(address) else _wrong(source, "/map, file://, s3://, …")
    if source.kind is SourceKind.REFERENCES:
        return None if is_storage(address) or _is_web(address) else _wrong(source, "/map/lijst.ris, https://…, s3://…")
    if source.kind is SourceKind.ZOTERO and not scheme_of(address):
        return None  # groups/12345
    return None if _is_web(address) else _wrong(source, "https://…")


def _wrong(source: Source, choices: str) -> Fault:
    values: dict[str, str | int] = {"kind": source.kind.value, "value": source.address[:80], "choices": choices}
    return Fault("error.sources_address", "address", values)


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in _WEB and bool(parts.hostname)
    except ValueError:
        return False


def read_option(value: Any, kind: type) -> Option | None:
    """An option as its kind has to be; ``None`` where it cannot be that."""
    if kind is bool:
        return value if isinstance(value, bool) else None
    if kind is int:
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    if kind is tuple:
        texts = [_text(one) for one in (value if isinstance(value, list) else [value])]
        return tuple(text for text in texts if text) if all(text is not None for text in texts) else None
    return _text(value)


def _text(value: Any) -> str | None:
    """Text; also a number or a day that was written without quotation marks."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def option_fault(kind: SourceKind, name: str, option: Option) -> Fault | None:
    """What is wrong with an option that is of the right kind."""
    if isinstance(option, str) and len(option) > _LONGEST_TEXT:
        return Fault("error.sources_long", values={"most": _LONGEST_TEXT})
    if isinstance(option, tuple) and (len(option) > MOST_PATTERNS or any(len(o) > LONGEST_PATTERN for o in option)):
        values: dict[str, str | int] = {"name": name, "most": MOST_PATTERNS, "longest": LONGEST_PATTERN}
        return Fault("error.sources_patterns", values=values)
    if kind is SourceKind.PAGE and name == "within" and selector_path(str(option)) is None:
        return Fault("error.sources_within", values={"value": str(option)[:80]})
    if isinstance(option, int) and not isinstance(option, bool) and option < 0:
        return Fault("error.sources_option_int", values={"name": name})
    return None
