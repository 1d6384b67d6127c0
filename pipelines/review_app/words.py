"""Labels of a judgement in words."""

from __future__ import annotations

from pipelines.domain.decisions import Judgement, compared_value
from pipelines.strings import Language, keys, text

_KEYS = {
    "relation": "relation",
    "column": "column",
    "kind": "evidence_kind",
    "direction": "direction",
    "level": "level",
}


def described(judgement: Judgement, label: str, language: Language) -> str:
    """The value of ``instruments``, or of a label of :data:`~pipelines.domain.decisions.COMPARED`, in words."""
    if label == "instruments":
        words = ", ".join(label_words(one, language) for one in judgement.instruments or ())
        return words or text("page.none", language)
    if label == "themes":
        words = ", ".join(text(f"theme.{theme.value}", language) for theme in judgement.themes)
        return words or text("page.none", language)
    if label == "recommendation":
        return text("page.yes_" if judgement.recommendation else "page.no_", language)
    value = compared_value(judgement, label)
    if value is None:
        return text("page.none", language)
    return text(f"{_KEYS[label]}.{value}", language) if label in _KEYS else str(value)


def label_words(label: str, language: Language) -> str:
    """What a label of the other instruments is called; the label itself where the catalogue does not know it."""
    key = f"instrument.{label}"
    return text(key, language) if key in keys() else label
