"""Which documents hold a study of their own, and which pieces belong to it.

A sentence that two documents share is of one of them only: otherwise a report that repeats one finding of another
would pull all its own findings into the study of that other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.appraisal.mentions import Mention, content_words, is_that_document
from pipelines.appraisal.merging import StudySets
from pipelines.appraisal.names import has_news_byline, name_key
from pipelines.appraisal.reading import reads_as_news
from pipelines.appraisal.shared_figures import is_distinctive, telling_figures
from pipelines.domain.appraisal import MergeReason

#: A press release comes out with its report, or at the turn of the year.
_YEARS_APART = 1
#: Share of the words of the shorter passage that the longer one has too, from which a news item tells of it. None of
#: 3,672 pairs of training passages of one document, which speak of one subject, reaches this; the highest has 0.46
#: (2026-11).
_LEAST_OVERLAP = 0.5
_NO_YEAR = 9999


@dataclass
class _Document:
    """What accepted pieces tell of a document."""

    mentions: list[int]
    publisher: str | None
    year: int | None
    news: bool


def _describe(mentions: Sequence[Mention]) -> dict[str, _Document]:
    """Documents with pieces that cite nobody."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, mention in enumerate(mentions):
        if mention.key is None:
            found[mention.document_id].append(number)
    described: dict[str, _Document] = {}
    for document_id, numbers in sorted(found.items()):
        pieces = [mentions[number].piece for number in numbers]
        first = pieces[0]
        described[document_id] = _Document(
            mentions=numbers,
            publisher=None if first.publisher is None else name_key(first.publisher),
            year=first.year,
            news=any(
                reads_as_news(*told)
                for told in sorted({(t, p.language) for p in pieces for t in (p.title, p.text, *p.section)})
            )
            or any(has_news_byline(p.title, [*p.authors, p.publisher or ""], p.text) for p in pieces),
        )
    return described


def find_press_releases(mentions: Sequence[Mention], sets: StudySets) -> dict[str, tuple[str, str]]:
    """Find the report that each press release or news item tells of.

    Parameters
    ----------
    mentions, sets
        Copies are joined already: a copy of a passage of a press release is not the report.

    Returns
    -------
    dict of str to tuple of str and str
        Document of the press release -> document of the report, and what they share: figures as printed.
    """
    documents = _describe(mentions)
    by_publisher: dict[str, list[str]] = defaultdict(list)
    for document_id, document in documents.items():
        if document.publisher is not None and not document.news:
            by_publisher[document.publisher].append(document_id)
    reports: dict[str, tuple[str, str]] = {}
    for document_id, release in documents.items():
        if not release.news or release.publisher is None:
            continue
        copied = {sets.find(number) for number in release.mentions}
        likely = [
            (share, shown, other)
            for other in by_publisher[release.publisher]
            if _within_a_year(release.year, documents[other].year)
            for share, shown in [_shared(release.mentions, documents[other].mentions, mentions, sets, copied)]
            if share > 0
        ]
        if likely:
            _, shown, report = min(likely, key=lambda one: (-one[0], one[2]))
            reports[document_id] = (report, shown)
    return reports


def join_press_releases(
    mentions: Sequence[Mention], sets: StudySets, reports: Mapping[str, tuple[str, str]]
) -> dict[str, str]:
    """Join press releases with their reports; gives the report of each."""
    own: dict[str, list[int]] = defaultdict(list)
    for number, mention in enumerate(mentions):
        if mention.key is None:
            own[mention.document_id].append(number)
    for release, (report, shown) in sorted(reports.items()):
        for number in own[release]:
            sets.join(own[report][0], number, MergeReason.PRESS_RELEASE, shown)
    return {release: report for release, (report, _) in reports.items()}


def _within_a_year(left: int | None, right: int | None) -> bool:
    return left is None or right is None or abs(left - right) <= _YEARS_APART


def _shared(
    release: Sequence[int], report: Sequence[int], mentions: Sequence[Mention], sets: StudySets, copied: set[int]
) -> tuple[float, str]:
    """How much of a release stands in a report, 0 for too little, and what: figures as printed."""
    others = [number for number in report if sets.find(number) not in copied]
    told = telling_figures(figure for number in release for figure in mentions[number].piece.figures)
    same = sorted(told.keys() & telling_figures(f for number in others for f in mentions[number].piece.figures).keys())
    shown = ", ".join(told[key] for key in same)
    if len(same) > 1 or any(map(is_distinctive, same)):
        return 1.0 + len(same), shown
    words = [[content_words(mentions[number].piece) for number in numbers] for numbers in (release, others)]
    overlaps = [
        len(left & right) / min(len(left), len(right)) for left in words[0] for right in words[1] if left and right
    ]
    best = max(overlaps, default=0.0)
    return (best, shown) if best >= _LEAST_OVERLAP else (0.0, "")


def join_documents(mentions: Sequence[Mention], sets: StudySets, reports: Mapping[str, str]) -> None:
    """Join the pieces of each document that cite nobody: its own study.

    Parameters
    ----------
    mentions, sets
        What shares words, figures or a citation, or what somebody put together, is joined already.
    reports
        Press release -> report.
    """
    homes = _homes(mentions, sets, reports)
    members: dict[str, list[int]] = defaultdict(list)
    for number, mention in enumerate(mentions):
        if mention.key is None and homes[number] == reports.get(mention.document_id, mention.document_id):
            members[homes[number]].append(number)
    for numbers in members.values():
        sets.join_all(numbers, MergeReason.SAME_DOCUMENT)


def _homes(mentions: Sequence[Mention], sets: StudySets, reports: Mapping[str, str]) -> list[str]:
    """For each mention the document to whose own study it belongs, empty where it belongs to none.

    What stands in several documents belongs to the oldest, and of these to the one with most to say. That is one order
    of all documents, so that a document and its copy put all that they share in the same place. What somebody gives as
    another's belongs to none, unless that other is here.
    """
    groups = sets.sets()
    size = Counter(
        document
        for group in groups
        for document in {
            reports.get(mentions[n].document_id, mentions[n].document_id) for n in group if mentions[n].key is None
        }
    )
    homes = [""] * len(mentions)
    for group in groups:
        cited = {mentions[n].key for n in group} - {None}
        own = [mentions[n] for n in group if mentions[n].key is None]
        if cited:
            own = [m for m in own if any(key is not None and is_that_document(key, m.piece) for key in cited)]
        years: dict[str, int] = {}
        for mention in own:
            document = reports.get(mention.document_id, mention.document_id)
            years[document] = min(years.get(document, _NO_YEAR), mention.piece.year or _NO_YEAR)
        if years:
            home = min(years, key=lambda document: (years[document], -size[document], document))
            for number in group:
                homes[number] = home
    return homes


def join_cited_documents(mentions: Sequence[Mention], sets: StudySets) -> None:
    """Join what cites a study with the document that is that study.

    An organisation has several reports a year. Where several documents could be meant it is the one that shares a
    figure with what cites it, and none where that does not tell.
    """
    own: dict[int, list[int]] = defaultdict(list)
    for number, mention in enumerate(mentions):
        if mention.key is None and mention.year is not None:
            own[mention.year].append(number)
    citing: dict[tuple[tuple[str, ...], int], list[int]] = defaultdict(list)
    for number, mention in enumerate(mentions):
        if mention.key is not None:
            citing[mention.key].append(number)
    for key, numbers in sorted(citing.items()):
        meant: dict[int, list[int]] = defaultdict(list)
        for other in own[key[1]]:
            if is_that_document(key, mentions[other].piece):
                meant[sets.find(other)].append(other)
        if len(meant) == 1:
            targets = next(iter(meant.values()))
            for number in numbers:
                _join_one(mentions, sets, number, targets)
        else:
            for number in numbers:
                _join_sharing(mentions, sets, number, meant)


def _join_one(mentions: Sequence[Mention], sets: StudySets, number: int, targets: Sequence[int]) -> None:
    citation = mentions[number].citation
    shown = "" if citation is None else citation.text
    for target in targets:
        if sets.join(target, number, MergeReason.SAME_CITATION, shown):
            return


def _join_sharing(
    mentions: Sequence[Mention], sets: StudySets, number: int, meant: Mapping[int, Sequence[int]]
) -> None:
    figures = telling_figures(mentions[number].piece.figures).keys()
    sharing = [
        targets
        for targets in meant.values()
        if figures & telling_figures(figure for n in targets for figure in mentions[n].piece.figures).keys()
    ]
    if len(sharing) == 1:
        _join_one(mentions, sets, number, sharing[0])
