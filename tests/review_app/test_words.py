"""Every word that a page asks for is there, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.review_app.rendering import FOLDER
from pipelines.strings import LANGUAGES, Language, keys, text

_TEMPLATES = sorted((FOLDER / "templates").glob("*.html"))
_WHOLE = re.compile(r"""\bt\(\s*["']([a-z_][\w.]*)["']\s*[,)]""")
_BEGINNING = re.compile(r"""\bt\(\s*["']([a-z_][\w.]*\.)["']\s*(?:~|\+)""")
_COUNTED = re.compile(r"""\bcounted\(\s*["']([\w.]+)["']\s*,""")
_PLAIN_TEXT = re.compile(r">([^<>{}=]+)<")
_WORD = re.compile(r"[A-Za-zÀ-ÿ]{4,}")
_SAME_IN_BOTH = {"Kennisstand", "Nederlands", "English"}


@pytest.mark.parametrize("template", _TEMPLATES, ids=lambda path: path.name)
def test_every_word_of_a_template_is_in_the_catalogue(template: Path) -> None:
    content = template.read_text(encoding="utf-8")
    known = keys()
    missing = [key for key in _WHOLE.findall(content) if key not in known]
    forms = [f"{key}.{form}" for key in _COUNTED.findall(content) for form in ("one", "many")]
    missing += [key for key in forms if key not in known]
    missing += [start for start in _BEGINNING.findall(content) if not any(key.startswith(start) for key in known)]
    assert missing == []


def test_the_templates_have_words_to_look_for() -> None:
    """The patterns above find what they are meant to find."""
    everything = "".join(path.read_text(encoding="utf-8") for path in _TEMPLATES)
    assert len(_WHOLE.findall(everything)) > 300
    assert len(_BEGINNING.findall(everything)) > 50
    assert len(_COUNTED.findall(everything)) >= 3


@pytest.mark.parametrize("template", _TEMPLATES, ids=lambda path: path.name)
def test_no_template_speaks_for_itself(template: Path) -> None:
    """Words outside the catalogue would be in one language only."""
    content = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template.read_text(encoding="utf-8"), flags=re.S)
    spoken = {word for part in _PLAIN_TEXT.findall(content) for word in _WORD.findall(part)}
    assert spoken <= _SAME_IN_BOTH


def test_no_string_is_empty_in_one_language_only() -> None:
    halves = []
    for key in keys():
        said = {language: bool(_raw(key, language)) for language in LANGUAGES}
        if len(set(said.values())) > 1:
            halves.append(key)
    assert halves == []


def _raw(key: str, language: Language) -> str:
    try:
        return text(key, language)
    except (KeyError, IndexError):  # it names values, so it says something
        return "-"
