"""Text that is no part of the argument: contents lists, references, colophons, navigation, page furniture, forms.

Every kind has signs, each with a weight; a passage is marked where the weights of the different signs that occur add
up to one point. A sign alone hardly ever does, so that a finding with a reference or an address in it stays. Headings
above the passage count as a sign. On the 4,388 hand-written passages, all of which are running text to their
annotators, none that has a theme or recommendation is marked (``tests/passages/test_boilerplate.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    LEADERS,
    NAVIGATION,
    NUMBERED,
    PAGE,
    POINTER,
    VENUE,
    VERBS,
    YEAR,
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
    if PAGE.match(text):
        return Boilerplate.PAGE_FURNITURE
    scores = {
        Boilerplate.CONTENTS: _contents_score(text),
        Boilerplate.REFERENCES: _reference_score(text),
        Boilerplate.COLOPHON: score_signs(text, COLOPHON),
        Boilerplate.NAVIGATION: score_signs(text, NAVIGATION),
        Boilerplate.FORM: score_signs(text, FORM) + _prompt_score(text),
    }
    if set(kinds) == {BlockKind.FOOTNOTE}:
        scores[Boilerplate.REFERENCES] += _note_score(text)
    for kind, pattern in HEADINGS.items():
        innermost = bool(section) and bool(pattern.match(section[-1]))
        # Only a reference list has headings of its own below it ("Literatuur", "Rapporten").
        above = kind is Boilerplate.REFERENCES and any(pattern.match(heading) for heading in section)
        if innermost or above:
            scores[kind] += 0.6
    best = max(scores, key=lambda kind: scores[kind])
    return best if scores[best] >= _ENOUGH else None


def _prompt_score(text: str) -> float:
    """Numbered questions and requests without an answer, as in a template ("2.1.3 Which risks ...?").

    Numbers of two or more levels are asked for: research questions and agenda points are numbered "1." or "(1)".
    """
    prompts = NUMBERED.split(text)
    if len(prompts) < 2 or len(prompts[0].split()) > _WORDS_BEFORE_PROMPTS:
        return 0.0
    sentences = [prompt[a:b] for prompt in prompts[1:] for a, b in sentence_spans(prompt)]
    asking = sum(1 for sentence in sentences if ASKING.search(sentence))
    # Half: a prompt often has an explanation behind it, an answer has more sentences than its question.
    return 1.0 if sentences and asking * 2 >= len(sentences) else 0.0


def _contents_score(text: str) -> float:
    """Dot leaders with page numbers, or three and more entries whose page numbers only rise."""
    leaders = len(LEADERS.findall(text))
    pages = [int(match) for match in ENTRY.findall(text)]
    # Numbers that go up by one each time number the steps of a list, not the pages of chapters.
    steps = {right - left for left, right in pairwise(pages)}
    rising = len(pages) >= 4 and min(steps) >= 0 and steps not in ({0}, {1})
    verbs = len(VERBS.findall(text))
    return min(leaders, 3) * 0.5 + (1.0 if rising and verbs <= len(pages) // 2 else 0.0)


def _note_score(text: str) -> float:
    """Whether a footnote only points to a source: a page, article, year or address and hardly a verb."""
    n_words = max(len(text.split()), 1)
    verbs = len(VERBS.findall(CONSULT.sub("", text))) * 10 / n_words
    return 1.0 if POINTER.search(text) and "%" not in text and verbs <= _NOTE_VERBS else 0.0


def _reference_score(text: str) -> float:
    """How densely authors, years and places of publication stand together, in text without sentences.

    A list of references has an author, a year and a place of publication in every twenty words or so and hardly any
    verb; running text with references in it has a verb or a pronoun in every eight.
    """
    n_words = max(len(text.split()), 1)
    authors, years, venues = (len(p.findall(text)) for p in (AUTHOR, YEAR, VENUE))
    kinds = (authors > 0) + (years > 0) + (venues > 0)
    density = (authors + years + venues) * 10 / n_words
    verbs = len(VERBS.findall(text)) * 10 / n_words
    if kinds < 2:
        return 0.0
    return min(density, 2.0) * 0.8 - verbs * 0.8
