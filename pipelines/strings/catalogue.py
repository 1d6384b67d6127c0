"""Reads the YAML files beside this module: ``key: {nl: ..., en: ...}``, nested keys joined by a point."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipelines.domain.languages import LANGUAGES, Language
from pipelines.errors import KennisstandError


def _flatten(tree: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    for name, value in tree.items():
        key = f"{prefix}{name}"
        if set(value) == set(LANGUAGES) and all(isinstance(v, str) for v in value.values()):
            yield key, value
        else:
            yield from _flatten(value, key + ".")


# The parser in C needs .07 s for all files, the one in Python .65 s: most of what "--help" took (2026-11).
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    entries: dict[str, dict[str, str]] = {}
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        for key, value in _flatten(yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)):
            if key in entries:
                raise ValueError(f"{path.name} repeats the key {key}")
            entries[key] = value
    return entries


def keys() -> frozenset[str]:
    """All keys of the catalogue."""
    return frozenset(_catalogue())


def text(key: str, language: Language, /, **values: object) -> str:
    """The string of ``key`` in ``language`` with ``{name}`` places filled from ``values``.

    Raises
    ------
    KeyError
        No such key; a test holds every key used in the code against the catalogue.
    """
    return _catalogue()[key][language].format(**values)


def error_text(error: KennisstandError, language: Language) -> str:
    """What an error says in ``language``."""
    return text(error.key, language, **error.values)
