"""The cue lists of ``cues.yaml``, read once and by language."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipelines.domain.languages import Language
from pipelines.language.cue_words import CueLists, Hit, Word, words_of

CUES_FILE = Path(__file__).with_name("cues.yaml")
_HEADINGS = "headings"
_LONGEST_HEADING = 14


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
        if name == _HEADINGS:
            continue
        if language in content:
            lists[name] = content[language]
        else:
            lists |= {f"{name}.{below}": sources[language] for below, sources in content.items()}
    return CueLists(lists, language)


@cache
def _heading_lists(language: Language) -> CueLists:
    """Words of headings, by part."""
    return CueLists({part: sources[language] for part, sources in cue_content()[_HEADINGS].items()}, language)


def parts_of_heading(heading: str, language: str) -> set[str]:
    """The parts that the words of a heading name; empty where none or where it is a sentence of its own."""
    words = words_of(heading)
    if len(words) > _LONGEST_HEADING:
        return set()
    return {hit.key for hit in _heading_lists("nl" if language == "nl" else "en").find(words)}


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
