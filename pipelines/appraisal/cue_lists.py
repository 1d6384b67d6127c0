"""The cue lists of ``cues.yaml``, read once and by language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipelines.language.cue_words import CueLists, Hit, Word
from pipelines.strings import LANGUAGES, Language

CUES_FILE = Path(__file__).with_name("cues.yaml")


@cache
def _content() -> dict[str, Any]:
    # The base loader leaves the words "on" and "no" words.
    return yaml.load(CUES_FILE.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


def code_of(language: str) -> Language:
    """The language whose lists a text is read with: Dutch for Dutch, English for all others."""
    return "nl" if language == "nl" else "en"


_SECTIONS = (
    "design",
    "not_done",
    "not_before",
    "setting",
    "compared",
    "population",
    "participants",
    "counted",
    "things",
    "asked",
    "size_before",
    "about",
    "data",
    "not_source",
)


@cache
def _lists(language: Language) -> CueLists:
    """All lists together, each under its section and its name there, so that a text is gone through once."""
    content = _content()
    lists: dict[str, list[str]] = {}
    for section in _SECTIONS:
        if set(content[section]) == set(LANGUAGES):
            lists[f"{section}/"] = content[section][language]
        else:
            lists |= {f"{section}/{name}": sources[language] for name, sources in content[section].items()}
    return CueLists(lists, language)


def find_cues(words: Sequence[Word], language: Language) -> dict[str, list[Hit]]:
    """Cues of a text by section, such as ``design``; in the order of the text, under the names that they have there.

    A cue of a section that is one list, such as ``not_done``, has no name.
    """
    found: dict[str, list[Hit]] = {section: [] for section in _SECTIONS}
    for hit in _lists(language).find(words):
        section, _, name = hit.key.partition("/")
        found[section].append(Hit(name, hit.start, hit.end))
    return found


@cache
def news_pattern(language: Language) -> re.Pattern[str]:
    """Words by which a text tells that it is a press release or a news item. They have no ``...`` in them."""
    cues = (
        r"\W+".join(map(re.escape, source.split())).replace(r"\*", r"\w*") for source in _content()["news"][language]
    )
    return re.compile(rf"\b(?:{'|'.join(cues)})\b", re.IGNORECASE)


@cache
def name_pattern(section: str, template: str = r"\b{}\b") -> re.Pattern[str]:
    """Words of a section in both languages, for names in lower case without accents, where ``template`` has ``{}``."""
    sources = sorted({source for language in LANGUAGES for source in _content()[section][language]})
    cues = (r"\s+".join(map(re.escape, source.split())).replace(r"\*", r"\w*") for source in sources)
    return re.compile(template.format(rf"(?:{'|'.join(cues)})"))


@cache
def word_set(section: str, language: Language) -> frozenset[str]:
    """The words of a section that is one list, as they stand there."""
    return frozenset(_content()[section][language])


@cache
def organisation_names() -> dict[str, str]:
    """Other names of organisations -> the one that stands for all, each in comparable form."""
    return {name: names[0] for names in _content()["organisations"] for name in names}
