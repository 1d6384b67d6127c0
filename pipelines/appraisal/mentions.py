"""Mentions: an accepted piece as the report of one study; a piece that cites three studies makes three of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipelines.appraisal.citations import names_others
from pipelines.appraisal.cue_lists import code_of
from pipelines.appraisal.names import is_organisation, name_key, organisation_forms
from pipelines.domain.appraisal import Citation, EvidencePiece, Reading
from pipelines.language.cue_words import words_of
from pipelines.language.lemmas import lemma

_SHORTEST_WORD = 5

CitationKey = tuple[tuple[str, ...], int]
"""What the authors' names are compared by (``de vries`` and ``vries`` are one), and the year."""


@dataclass(frozen=True)
class Mention:
    """A piece as the report of one study: of the one that it cites, else of its document's own."""

    piece: EvidencePiece
    reading: Reading
    citation: Citation | None
    key: CitationKey | None
    """Of the citation; ``None`` with the document's own study."""
    n_cited: int
    """Studies that the piece reports in all."""

    @property
    def item_id(self) -> str:
        """Item of the piece."""
        return self.piece.item_id

    @property
    def document_id(self) -> str:
        """Document that the piece stands in."""
        return self.piece.document_id

    @property
    def year(self) -> int | None:
        """Year of the study as far as the mention tells: of the citation, else of the document."""
        return self.piece.year if self.citation is None else self.citation.year

    @property
    def order(self) -> tuple[str, CitationKey]:
        """By what mentions are sorted, whatever the order in which pieces came in."""
        return self.item_id, self.key or ((), 0)


def content_words(piece: EvidencePiece) -> frozenset[str]:
    """The longer words of a piece in dictionary form: what it is about."""
    code = code_of(piece.language)
    words = (word.written for word in words_of(piece.text))
    return frozenset(lemma(word, code) for word in words if len(word) >= _SHORTEST_WORD and not word[0].isdigit())


def _name_keys(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(key for name in names for key in [name_key(name)] if key)


def citation_keys(citations: Iterable[Citation]) -> dict[tuple[tuple[str, ...], int, bool], CitationKey]:
    """The study that each printed form of a citation stands for.

    ``De Vries et al. (2024)`` stands for the one study of several authors, De Vries first, that others give in full;
    where several could be meant it stays by itself.
    """
    forms = {_form(citation) for citation in citations}
    full: dict[tuple[str, int], set[tuple[str, ...]]] = defaultdict(set)
    for names, year, others in forms:
        if not others and len(names) > 1:
            full[names[0], year].add(names)
    keys: dict[tuple[tuple[str, ...], int, bool], CitationKey] = {}
    for names, year, others in forms:
        meant = full[names[0], year] if others else set()
        if len(meant) == 1:
            keys[names, year, others] = (next(iter(meant)), year)
        else:
            keys[names, year, others] = ((*names, "+") if others else names, year)
    return keys


def _form(citation: Citation) -> tuple[tuple[str, ...], int, bool]:
    return _name_keys(citation.authors), citation.year, names_others(citation.text)


def make_mentions(
    pieces: Sequence[EvidencePiece], readings: Mapping[str, Reading], same_words: Mapping[str, Sequence[str]]
) -> list[Mention]:
    """Mentions of all pieces, sorted.

    Parameters
    ----------
    pieces
        With items of their own.
    readings
        By item.
    same_words
        Item -> items with nearly the same words. A piece that lost its citations in copying has those of its copies.
    """
    keys = citation_keys(citation for reading in readings.values() for citation in reading.cites)
    mentions: list[Mention] = []
    for piece in pieces:
        reading = readings[piece.item_id]
        cited = {keys[_form(citation)]: citation for citation in reversed(reading.cites)}
        if not cited:
            copies = sorted(same_words.get(piece.item_id, ()), reverse=True)
            cited = {keys[_form(c)]: c for copy in copies for c in reversed(readings[copy].cites)}
        if cited:
            mentions += [Mention(piece, reading, citation, key, len(cited)) for key, citation in cited.items()]
        else:
            mentions.append(Mention(piece, reading, None, None, 0))
    return sorted(mentions, key=lambda mention: mention.order)


def is_that_document(key: CitationKey, piece: EvidencePiece) -> bool:
    """Whether a citation gives the document of ``piece``: its authors or its publisher, and its year."""
    names, year = key
    if piece.year != year:
        return False
    authors = _name_keys(piece.authors)
    if names[-1] == "+":
        return len(authors) > 1 and authors[0] == names[0]
    if names == authors:
        return True
    # Of an organisation the citation gives one name, and that may be the publisher.
    printed = [author for author in piece.authors if is_organisation(author)]
    printed += [] if piece.publisher is None else [piece.publisher]
    known = {key for name in printed for key in (name_key(name), *organisation_forms(name))}
    return len(names) == 1 and names[0] in known
