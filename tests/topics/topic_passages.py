"""Passages for the tests of topics."""

from __future__ import annotations

from pipelines.domain.passages import Passage


def make_passage(number: int, text: str, language: str = "nl", document: str = "d") -> Passage:
    """A passage that is the whole of its text."""
    return Passage(
        id=f"{number:020x}",
        document_id=document,
        position=number,
        text=text,
        start=0,
        end=len(text),
        language=language,
        n_words=len(text.split()),
    )
