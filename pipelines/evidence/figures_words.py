"""Word lists around figures, in Dutch and English: ``figure_words.yaml``."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_WORDS = Path(__file__).with_name("figure_words.yaml")


@cache
def figure_words() -> dict[str, Any]:
    """All lists of the file."""
    # The parser in C, where PyYAML was built with it, takes a tenth of the time.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(_WORDS.read_text(encoding="utf-8"), Loader=loader)


@cache
def pattern_of(*keys: str) -> re.Pattern[str]:
    """Any of the words under a key of the file, at the beginning of a word."""
    found: Any = figure_words()
    for key in keys:
        found = found[key]
    return re.compile(rf"\b(?:{'|'.join(found)})", re.IGNORECASE)


@cache
def word_set(key: str, language: str) -> frozenset[str]:
    """The plain words of a list."""
    return frozenset(figure_words()[key][language])
