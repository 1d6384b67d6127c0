"""Text that is no part of the argument: contents lists, references, colophons, navigation, page furniture, forms.

Every kind has signs, each with a weight; a passage is marked where the weights of the different signs that occur add
up to one point. A sign alone hardly ever does, so that a finding with a reference or an address in it stays. Headings
above the passage count as a sign. On the 4,388 hand-written passages, all of which are running text to their
annotators, none that has a theme or recommendation is marked (``tests/passages/test_boilerplate.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from pipelines.domain.documents import BlockKind
from pipelines.domain.passages import Boilerplate
from pipelines.language.sentences import sentence_spans
from pipelines.passages.boilerplate_signs import (
    ASKING,
    AUTHOR,
    COLOPHON,
    CONSULT,
    ENTRY,
    FORM,
    HEADINGS,
    LEADER_PARTS,
    LEADERS,
    LEVELS,
    NAVIGATION,
    NUMBERED,
    PAGE_ALONE,
    PAGE_NUMBER,
    PAGE_OF,
    POINTER,
    VENUE,
    VERBS,
    YEAR,
    YEAR_PARTS,
    folded,
    score_signs,
)

_BY_KIND = {
    BlockKind.CONTENTS: Boilerplate.CONTENTS,
    BlockKind.REFERENCE: Boilerplate.REFERENCES,
    BlockKind.PAGE_HEADER: Boilerplate.PAGE_FURNITURE,
    BlockKind.PAGE_FOOTER: Boilerplate.PAGE_FURNITURE,
}


_ENOUGH = 1.0

# A few words may stand before the first prompt: a heading in the table, "Part B".
_WORDS_BEFORE_PROMPTS = 12

# Below so many entries a contents list is not known by its rising page numbers.
_LEAST_ENTRIES = 4

# Weight of a heading that tells the kind.
_HEADING = 0.6

# Passages of one section come one after the other.
_REMEMBERED_SECTIONS = 256

_TOKEN = re.compile(r"\w+")

# Footnotes with at most so many verbs and pronouns in ten words say where something stands, not how it is: of the 100
# footnotes of seven Dutch government documents 47 are marked, one of them with a remark of its own (2026-11).
_NOTE_VERBS = 0.6


def recognise_boilerplate(
    text: str, section: Sequence[str] = (), kinds: Iterable[BlockKind] = ()
) -> Boilerplate | None:
    """Which kind of boilerplate a passage is, or ``None`` for running text.

    Parameters
    ----------
    text
        Text of the passage.
    section
        Headings above it, outermost first; only the innermost is judged, and any heading of a reference list.
    kinds
        Kinds of the blocks that the passage is made of, as the parser recognised them; they decide where they agree.
    """
    kinds = tuple(kinds)
    found = {_BY_KIND.get(kind) for kind in kinds}
    if len(found) == 1 and (kind := next(iter(found))) is not None:
        return kind
    small = folded(text)
    if PAGE_ALONE.match(text) or ("pag" in small and PAGE_OF.match(text)):
        return Boilerplate.PAGE_FURNITURE
    scores = {
        Boilerplate.CONTENTS: _contents_score(text, small),
        Boilerplate.REFERENCES: _reference_score(text, small),
        Boilerplate.COLOPHON: score_signs(text, small, COLOPHON),
        Boilerplate.NAVIGATION: score_signs(text, small, NAVIGATION),
        Boilerplate.FORM: score_signs(text, small, FORM) + _prompt_score(text),
    }
    if set(kinds) == {BlockKind.FOOTNOTE}:
        scores[Boilerplate.REFERENCES] += _note_score(text)
    for kind in _told_by_headings(tuple(section)):
        scores[kind] += _HEADING
    best = max(scores, key=lambda kind: scores[kind])
    return best if scores[best] >= _ENOUGH else None


@lru_cache(maxsize=_REMEMBERED_SECTIONS)
def _told_by_headings(section: tuple[str, ...]) -> tuple[Boilerplate, ...]:
    """Kinds that the headings above a passage speak for."""
    return tuple(
        kind
        for kind, pattern in HEADINGS.items()
        # Only a reference list has headings of its own below it ("Literatuur", "Rapporten").
        if any(map(pattern.match, section if kind is Boilerplate.REFERENCES else section[-1:]))
    )


def _n_verbs(small: str) -> int:
    return sum(1 for token in _TOKEN.findall(small) if token in VERBS)


def _prompt_score(text: str) -> float:
    """Numbered questions and requests without an answer, as in a template ("2.1.3 Which risks ...?").

    Numbers of two or more levels are asked for: research questions and agenda points are numbered "1." or "(1)".
    """
    if not LEVELS.search(text):
        return 0.0
    prompts = NUMBERED.split(text)
    if len(prompts) < 2 or len(prompts[0].split()) > _WORDS_BEFORE_PROMPTS:
        return 0.0
    sentences = [prompt[a:b] for prompt in prompts[1:] for a, b in sentence_spans(prompt)]
    asking = sum(1 for sentence in sentences if ASKING.search(sentence))
    # Half: a prompt often has an explanation behind it, an answer has more sentences than its question.
    return 1.0 if sentences and asking * 2 >= len(sentences) else 0.0


def _contents_score(text: str, small: str) -> float:
    """Dot leaders with page numbers, or four and more entries whose page numbers only rise."""
    leaders = len(LEADERS.findall(text)) if any(part in text for part in LEADER_PARTS) else 0
    # Each entry ends with a page number: where there are too few numbers, the costly pattern is not looked for.
    numbered = len(PAGE_NUMBER.findall(text)) >= _LEAST_ENTRIES
    pages = [int(match) for match in ENTRY.findall(text)] if numbered else []
    # Numbers that go up by one each time number the steps of a list, not the pages of chapters.
    steps = {right - left for left, right in pairwise(pages)}
    rising = len(pages) >= _LEAST_ENTRIES and min(steps) >= 0 and steps not in ({0}, {1})
    entries = 1.0 if rising and _n_verbs(small) <= len(pages) // 2 else 0.0
    return min(leaders, 3) * 0.5 + entries


def _note_score(text: str) -> float:
    """Whether a footnote only points to a source: a page, article, year or address and hardly a verb."""
    n_words = max(len(text.split()), 1)
    verbs = _n_verbs(folded(CONSULT.sub("", text))) * 10 / n_words
    return 1.0 if POINTER.search(text) and "%" not in text and verbs <= _NOTE_VERBS else 0.0


def _reference_score(text: str, small: str) -> float:
    """How densely authors, years and places of publication stand together, in text without sentences.

    A list of references has an author, a year and a place of publication in every twenty words or so and hardly any
    verb; running text with references in it has a verb or a pronoun in every eight.
    """
    years = len(YEAR.findall(text)) if any(part in text for part in YEAR_PARTS) else 0
    authors = len(AUTHOR.findall(text))
    if not years and not authors:
        return 0.0
    venues = len(VENUE.findall(text))
    if (authors > 0) + (years > 0) + (venues > 0) < 2:
        return 0.0
    n_words = max(len(text.split()), 1)
    density = (authors + years + venues) * 10 / n_words
    return min(density, 2.0) * 0.8 - _n_verbs(small) * 10 / n_words * 0.8
