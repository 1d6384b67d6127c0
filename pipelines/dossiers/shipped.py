"""The dossiers that come with the program."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipelines.domain.dossiers import DossierQuestion
from pipelines.domain.themes import Theme

SHIPPED_FILE = Path(__file__).with_name("shipped.yaml")


@cache
def shipped_dossiers() -> tuple[DossierQuestion, ...]:
    """The questions of the shipped dossiers, in both languages and in the order of the file."""
    entries = yaml.load(SHIPPED_FILE.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return tuple(_question(entry) for entry in entries)


def _question(entry: dict[str, Any]) -> DossierQuestion:
    return DossierQuestion(
        id=entry["id"],
        name_nl=entry["name"]["nl"],
        name_en=entry["name"]["en"],
        question_nl=entry["question"]["nl"],
        question_en=entry["question"]["en"],
        rows=tuple(entry["rows"]),
        themes=tuple(Theme(theme) for theme in entry["themes"]),
        terms_nl=tuple(entry["terms"]["nl"]),
        terms_en=tuple(entry["terms"]["en"]),
        talk_nl=tuple(entry["talk"]["nl"]),
        talk_en=tuple(entry["talk"]["en"]),
    )
