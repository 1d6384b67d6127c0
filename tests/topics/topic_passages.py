"""Passages for the tests of topics."""

from __future__ import annotations

from pipelines.domain.topics import TopicPassage


def make_passage(number: int, text: str, language: str = "nl", document: str = "d") -> TopicPassage:
    """A passage of a made-up document."""
    return TopicPassage(id=f"{number:020x}", document_id=document, language=language, text=text)
