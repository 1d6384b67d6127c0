"""Which sentences of the evidence a suggestion quotes. They are quoted as printed, in the language of the source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipelines.domain.appraisal import EvidencePiece, WeighedStudy
from pipelines.domain.evidence import KeySentence
from pipelines.language.sentences import sentence_spans

#: A statement of the table has 17 words in the middle and 45 at most (77 statements in Dutch, 2026-11); a quotation of
#: about that length still fits beside it.
_COMFORTABLE_WORDS = 45
#: Longer is cut at the end of a clause. Key sentences of the development passages have at most 60 words but for a few.
_LONGEST_WORDS = 60
#: Fewer words are seldom a finding.
_FEWEST_WORDS = 6

_LEANS_BACK = re.compile(
    r"(?:(?:dit|dat|deze|die|ze|zij|hij|het gaat|daar\w*|hier\w*|ook|toch|wel|bovendien"
    r"|echter|verder|zo|dus|hun|anderzijds|vervolgens|tegelijkertijd"
    r"|ten (?:eerste|tweede)|maar|en|want|de(?:ze)? (?:eerste|tweede|laatste|andere)|dezelfde|beide"
    r"|this|that|these|those|it|they|he|she|moreover|however|also|furthermore|therefore|thus|hence|such|here|their|its"
    r"|but|and|so|by contrast|in contrast|at the same time|in addition|similarly|the (?:former|latter|same|other)"
    r"|both|instead|still|yet|again|conversely)\b)",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[;:,.]\s|\s[–—\-•▪→➔]\s")
#: Traces of the page that a finding does not need: arrows, references to notes and tables.
_TRACES = re.compile(
    r"[•▪→➔]|\b(?:zie|see) (?:ook |also )?(?:voetnoot|footnote|tabel|table|bijlage|annex|figuur|figure)\b", re.I
)
_SPACE = re.compile(r"\s+")


class Quote(NamedTuple):
    """A sentence of the evidence."""

    text: str
    """As printed, with white space made even; ``[…]`` where it was cut."""
    language: str
    study_id: str


def choose_quote(
    studies: Sequence[WeighedStudy],
    pieces: Mapping[str, EvidencePiece],
    language: str,
    *,
    without: frozenset[str] = frozenset(),
) -> Quote | None:
    """The sentence that tells best what ``studies`` found.

    A source in ``language`` goes first, then a sentence that can be understood by itself and is not too long, then the
    heavier study. The order in which studies are given plays no part.

    Parameters
    ----------
    studies
        With the stance that is to be quoted.
    pieces
        By item id.
    language
        ``nl`` or ``en``.
    without
        Studies that are quoted already.
    """
    ranked = [
        (_rank(quote, language), -study.weight, piece.decided, item, quote)
        for study in studies
        if study.study.id not in without
        for item in study.items
        if (piece := pieces.get(item)) is not None
        for quote in [_quote_of(piece, study.study.id)]
        if quote.text
    ]
    return min(ranked, key=lambda one: one[:4])[-1] if ranked else None


def _rank(quote: Quote, language: str) -> tuple[bool, bool, int]:
    """Lowest first. A question is no finding, in whatever language."""
    n_words = len(quote.text.split())
    faults = (
        2 * bool(_LEANS_BACK.match(quote.text))
        + (n_words > _COMFORTABLE_WORDS)
        + 2 * (n_words < _FEWEST_WORDS)
        + bool(_TRACES.search(quote.text))
        + quote.text.startswith(("‘", "“", '"', "'", "„"))
    )
    return quote.text.endswith("?"), quote.language != language, faults


def _quote_of(piece: EvidencePiece, study_id: str) -> Quote:
    sentence = _telling_sentence(piece) if piece.key_sentence is None else _key_sentence(piece, piece.key_sentence)
    return Quote(_shorten(_SPACE.sub(" ", sentence).strip()), piece.language, study_id)


def _key_sentence(piece: EvidencePiece, key: KeySentence) -> str:
    """The key sentence; with the one before it in the same paragraph where it leans on that and both are short."""
    if not _LEANS_BACK.match(key.text):
        return key.text
    before = [(a, b) for a, b in sentence_spans(piece.text) if b <= key.start]
    if not before:
        return key.text
    start, end = before[-1]
    both = piece.text[start : key.end]
    same_paragraph = "\n" not in piece.text[end : key.start] and piece.text[start:end].rstrip().endswith((".", "!"))
    return both if same_paragraph and len(both.split()) <= _LONGEST_WORDS else key.text


def _telling_sentence(piece: EvidencePiece) -> str:
    """Without a key sentence: the first with a figure, else the first that stands by itself, else the first."""
    spans = sentence_spans(piece.text)
    if not spans:
        return piece.text
    with_figure = [(a, b) for a, b in spans if any(a <= figure.start < b for figure in piece.figures)]
    by_itself = [(a, b) for a, b in spans if not _LEANS_BACK.match(piece.text[a:b].lstrip())]
    start, end = (with_figure or by_itself or list(spans))[0]
    return piece.text[start:end]


def _shorten(text: str) -> str:
    words = text.split(" ")
    if len(words) <= _LONGEST_WORDS:
        return text
    head = " ".join(words[:_LONGEST_WORDS])
    cuts = [m.start() for m in _CLAUSE_END.finditer(head)]
    # Half of the words at least, so that the finding is likely to be in what is left.
    late = [cut for cut in cuts if cut > len(head) // 2]
    return (head[: late[-1]] if late else head).rstrip(" ,;:–—-") + " […]"


def in_marks(text: str) -> str:
    """``text`` between quotation marks; marks inside it become single ones."""
    inner = re.sub(r"[“”„«»\"]", "’", re.sub(r"(^|[\s(\[])[“”„«»\"](?=\S)", r"\1‘", text.strip()))
    return f"“{inner}”"


def ends(text: str) -> str:
    """``text`` with a full stop where it has no end of its own."""
    stripped = text.rstrip()
    return stripped if re.search(r"[.!?…][”’'\")\]]*$", stripped) else f"{stripped}."
