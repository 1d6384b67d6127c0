"""Which pieces report one study: independence is by study, not by report.

In this order, from the strongest reason to the weakest: somebody said so; nearly the same words; the same citation;
the same figures about the same people; a press release and its report; the same document where no other is cited; a
citation and the document that it gives. The result does not depend on the order of the pieces.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, product
from typing import TypeVar

from pipelines.appraisal.documents import find_press_releases, join_cited_documents, join_documents, join_press_releases
from pipelines.appraisal.mentions import Mention, make_mentions
from pipelines.appraisal.merging import StudySets
from pipelines.appraisal.names import short_authors
from pipelines.appraisal.near_duplicates import find_copies
from pipelines.appraisal.reading import read_text
from pipelines.appraisal.shared_figures import find_same_figures
from pipelines.domain.appraisal import (
    Design,
    EvidencePiece,
    Merge,
    MergeReason,
    Reading,
    Setting,
    Study,
    StudyRuling,
)
from pipelines.domain.evidence import EvidenceKind
from pipelines.domain.ids import content_id

#: The strongest first.
KINDS = (
    EvidenceKind.EMPIRICAL,
    EvidenceKind.REVIEW,
    EvidenceKind.FORECAST,
    EvidenceKind.OPINION,
    EvidenceKind.NONE,
)
_LONGEST_NAME = 60
_Choice = TypeVar("_Choice")


def find_studies(
    pieces: Sequence[EvidencePiece], readings: Mapping[str, Reading], rulings: Sequence[StudyRuling] = ()
) -> list[Study]:
    """The studies that accepted pieces report, sorted by id.

    Parameters
    ----------
    pieces
        In any order; each item once.
    readings
        By item.
    rulings
        Of a pair the latest holds. What is ruled apart stays apart also where other reasons would join the two in
        turn; then the weakest of these is left out. Rulings on other items are left alone.
    """
    copies = find_copies({piece.item_id: piece.text for piece in pieces})
    apart, together = _held_rulings(rulings, {piece.item_id for piece in pieces})
    copies = {
        item: [other for other in others if frozenset((item, other)) not in apart] for item, others in copies.items()
    }
    mentions = make_mentions(pieces, readings, copies)
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, mention in enumerate(mentions):
        numbers[mention.item_id].append(number)
    sets = StudySets([mention.item_id for mention in mentions], _apart_numbers(mentions, numbers, apart))
    for left, right in together:
        for pair in product(numbers[left], numbers[right]):
            sets.join(*pair, MergeReason.PERSON)
    _join_copies(mentions, numbers, copies, sets)
    _join_citations(mentions, sets)
    releases = find_press_releases(mentions, sets)
    for left, right, shown in sorted(find_same_figures(mentions), key=lambda one: (-one[2].count(","), one)):
        sets.join(left, right, MergeReason.SAME_FIGURES, shown)
    reports = join_press_releases(mentions, sets, releases)
    join_documents(mentions, sets, reports)
    join_cited_documents(mentions, sets)
    return _make_studies(mentions, sets)


def _held_rulings(rulings: Sequence[StudyRuling], items: set[str]) -> tuple[set[frozenset[str]], list[tuple[str, str]]]:
    """Pairs that are apart, and pairs that are together with the latest first, which gives way last."""
    held: dict[tuple[str, str], StudyRuling] = {}
    for ruling in sorted(rulings, key=lambda one: (one.decided, one.id)):
        if ruling.item_a in items and ruling.item_b in items:
            held[ruling.item_a, ruling.item_b] = ruling
    apart = {frozenset(pair) for pair, ruling in held.items() if ruling.together is False}
    said = [ruling for ruling in held.values() if ruling.together]
    said.sort(key=lambda one: (one.decided, one.id), reverse=True)
    return apart, [(ruling.item_a, ruling.item_b) for ruling in said]


def _apart_numbers(
    mentions: Sequence[Mention], numbers: Mapping[str, Sequence[int]], apart: Iterable[frozenset[str]]
) -> Iterable[tuple[int, int]]:
    """Mentions of items that were ruled apart, and citations that one document tells apart: ``2023a``, ``2023b``."""
    for pair in apart:
        left, right = sorted(pair)
        yield from product(numbers[left], numbers[right])
    lettered: dict[tuple[str, object], list[tuple[int, str]]] = defaultdict(list)
    for number, mention in enumerate(mentions):
        if mention.citation is not None:
            year = str(mention.citation.year)
            after = mention.citation.text.partition(year)[2][:1]
            if after.isalpha():
                lettered[mention.document_id, mention.key].append((number, after))
    for same in lettered.values():
        for (left, letter), (right, other) in combinations(same, 2):
            if letter != other:
                yield left, right


def _join_copies(
    mentions: Sequence[Mention],
    numbers: Mapping[str, Sequence[int]],
    copies: Mapping[str, Sequence[str]],
    sets: StudySets,
) -> None:
    for item, others in copies.items():
        for other in others:
            if item < other:
                for left, right in product(numbers[item], numbers[other]):
                    if mentions[left].key == mentions[right].key:
                        sets.join(left, right, MergeReason.NEAR_DUPLICATE)


def _join_citations(mentions: Sequence[Mention], sets: StudySets) -> None:
    cited: dict[object, list[int]] = defaultdict(list)
    for number, mention in enumerate(mentions):
        if mention.key is not None:
            cited[mention.key].append(number)
    for _, numbers in sorted(cited.items(), key=lambda entry: entry[1]):
        citation = mentions[numbers[0]].citation
        sets.join_all(numbers, MergeReason.SAME_CITATION, "" if citation is None else citation.text)


def _make_studies(mentions: Sequence[Mention], sets: StudySets) -> list[Study]:
    merges: dict[int, list[Merge]] = defaultdict(list)
    for number, merge in sets.merges:
        merges[sets.find(number)].append(merge)
    studies = [_make_study([mentions[n] for n in group], merges[group[0]]) for group in sets.sets()]
    return sorted(studies, key=lambda study: study.id)


def strongest(values: Iterable[_Choice], order: Sequence[_Choice]) -> _Choice:
    """The one of ``values`` that comes first in ``order``; the last of ``order`` where there are none."""
    return min(values, key=order.index, default=order[-1])


def _make_study(mentions: Sequence[Mention], merges: Sequence[Merge]) -> Study:
    first = mentions[0]
    readings = [_reading_of(mention) for mention in mentions]
    own_titles = {(m.piece.title, m.piece.language) for m in mentions if m.key is None}
    titles = [read_text(title, language) for title, language in sorted(own_titles)]
    designs = [reading.design for reading in readings]
    settings = [reading.setting for reading in readings]
    # The title speaks of the whole document: it fills in what no passage says.
    if set(designs) == {Design.UNSTATED}:
        designs += [title.design for title in titles]
    if set(settings) == {Setting.UNSTATED}:
        settings += [title.setting for title in titles]
    years = [m.year for m in mentions if m.key is not None] or [m.year for m in mentions]
    design = strongest(designs, list(Design))
    return Study(
        id=content_id("study", first.item_id, *map(str, first.key or ())),
        name=_name(mentions),
        items=tuple(sorted({m.item_id for m in mentions})),
        documents=tuple(sorted({d for m in mentions for d in (m.document_id, *m.piece.also_in)})),
        design=design,
        kind=strongest((m.piece.kind for m in mentions), KINDS),
        setting=strongest(settings, list(Setting)),
        population=tuple(sorted({group for reading in readings for group in reading.population})),
        year=min((year for year in years if year is not None), default=None),
        sample_size=_size(readings, design),
        merges=_spanning(merges),
    )


def _size(readings: Sequence[Reading], design: Design) -> int | None:
    """The largest size told beside the design of the study, else the largest."""
    sized = [(reading.design, reading.sample_size) for reading in readings if reading.sample_size is not None]
    beside = [size for told, size in sized if told is design]
    return max(beside or [size for _, size in sized], default=None)


def _reading_of(mention: Mention) -> Reading:
    """What a mention says of its study. Who reviews several studies does not say that each of them is a review."""
    reading = mention.reading
    if mention.n_cited > 1 and reading.design in (Design.REVIEW, Design.SYNTHESIS):
        return reading.model_copy(update={"design": Design.UNSTATED})
    return reading


def _spanning(merges: Sequence[Merge]) -> tuple[Merge, ...]:
    """Joins that connect the items, without those that connect what is connected: a piece can have several mentions."""
    parent: dict[str, str] = {}

    def root(item: str) -> str:
        while parent.setdefault(item, item) != item:
            item = parent[item]
        return item

    kept: list[Merge] = []
    for merge in merges:
        low, high = sorted((root(merge.item_a), root(merge.item_b)))
        if low != high:
            parent[high] = low
            kept.append(merge)
    return tuple(kept)


def _name(mentions: Sequence[Mention]) -> str:
    """Short name: the citation with the fullest names, else authors, publisher or title, with the year."""
    cited = [mention.citation for mention in mentions if mention.citation is not None]
    if cited:
        best = min(cited, key=lambda citation: (-len(citation.authors), len(citation.text), citation.text))
        before, year, _ = best.text.partition(str(best.year))
        # "See also De Vries & Smit, " begins with words that are no name.
        start = next((i for i, letter in enumerate(before) if letter.isupper()), 0)
        name = before[start:].strip(" ,(")
        return f"{_shorten(name)} ({year})" if name else f"{_shorten(' & '.join(best.authors))} ({year})"
    piece = min((mention.piece for mention in mentions), key=lambda p: (p.year or 9999, p.document_id, p.item_id))
    who = short_authors(piece.authors, piece.publisher) or piece.title or piece.document_id
    return f"{_shorten(who)} ({piece.year})" if piece.year is not None else _shorten(who)


def _shorten(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1].rsplit(" ", 1)[0] + "…"
