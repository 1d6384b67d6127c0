"""A passage: a paragraph-sized piece of a document, the unit that is tagged, flagged and quoted."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from pipelines.domain.record import SCHEMA_VERSION, Record


class Boilerplate(StrEnum):
    """Text that is not part of the argument; marked and kept out of tagging."""

    CONTENTS = "contents"
    REFERENCES = "references"
    COLOPHON = "colophon"
    """Imprint, copyright, contact, acknowledgements of the publisher, ISBN."""
    NAVIGATION = "navigation"
    """Menus, share buttons, cookie notices, lists of links."""
    PAGE_FURNITURE = "page_furniture"
    FORM = "form"
    """Empty form fields and fill-in prompts."""


class Sentence(Record):
    """A sentence of a passage: ``passage.text[start:end]``."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Passage(Record):
    """One piece of a document; ``document.text[start:end] == text``."""

    schema_version: int = SCHEMA_VERSION
    id: str
    document_id: str
    position: int = Field(ge=0)
    """Order in the document, from 0."""
    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    section: tuple[str, ...] = ()
    page_first: int | None = Field(default=None, ge=1)
    page_last: int | None = Field(default=None, ge=1)
    language: str
    """``nl``, ``en`` or ``other``."""
    n_words: int = Field(ge=0)
    sentences: tuple[Sentence, ...] = ()
    boilerplate: Boilerplate | None = None
    """``None`` for running text."""

    @model_validator(mode="after")
    def _check_span(self) -> Self:
        if self.end - self.start != len(self.text):
            raise ValueError("the span of a passage does not cover its text")
        if any(not 0 <= s.start < s.end <= len(self.text) for s in self.sentences):
            raise ValueError("a sentence lies outside its passage")
        return self

    def sentence_text(self, index: int) -> str:
        """Text of sentence ``index``, counted from 0."""
        return self.text[self.sentences[index].start : self.sentences[index].end]


class DuplicateGroup(Record):
    """Passages that say the same in (nearly) the same words; they count as one source.

    The id is that of the first member that was ever stored, so that a group keeps its id when later scans add to it.
    """

    id: str
    passage_ids: tuple[str, ...]
    """In the order in which they were stored; at least two."""
