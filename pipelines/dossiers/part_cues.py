"""The cue lists of ``cues.yaml``, read once and by language."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipelines.domain.languages import Language
from pipelines.language.cue_words import CueLists, Hit, Word

CUES_FILE = Path(__file__).with_name("cues.yaml")


@cache
def cue_content() -> dict[str, Any]:
    """The lists as they stand in the file: part, name of the list, language."""
    # The base loader leaves the words "on" and "no" words.
    return yaml.load(CUES_FILE.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


@cache
def _lists(language: Language) -> CueLists:
    """All lists together, as ``part.name`` (``why.strong``) or by their name (``went_well``)."""
    lists: dict[str, list[str]] = {}
    for name, content in cue_content().items():
        if language in content:
            lists[name] = content[language]
        else:
            lists |= {f"{name}.{below}": sources[language] for below, sources in content.items()}
    return CueLists(lists, language)


def find_part_cues(words: Sequence[Word], language: str) -> dict[str, list[Hit]]:
    """Cues in a sentence or a passage, by the name of their list and in the order of the text.

    Parameters
    ----------
    words
        From :func:`pipelines.language.cue_words.words_of`.
    language
        ``nl``; any other language is read as English.
    """
    found: dict[str, list[Hit]] = {}
    for hit in _lists("nl" if language == "nl" else "en").find(words):
        found.setdefault(hit.key, []).append(hit)
    return found
