"""Suggested wording, made of the statement's own text and sentences of the evidence in set phrases; nothing else.

Dutch and English are made side by side. A language in which the statement has no text gets none: nothing is translated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipelines.domain.appraisal import EvidencePiece, Stance, WeighedStudy
from pipelines.domain.evidence_table import Statement
from pipelines.domain.proposals import Wording
from pipelines.revision.hedges import without_hedges
from pipelines.revision.inputs import with_stance
from pipelines.revision.quoting import Quote, choose_quote, ends, in_marks
from pipelines.strings import LANGUAGES, Language, text

#: Whose words a suggestion quotes.
_QUOTED: Mapping[str, Stance] = {
    "known_uncertain": Stance.AGAINST,
    "trend_uncertain": Stance.AGAINST,
    "uncertain_narrowed": Stance.FOR,
    "narrowed_known": Stance.FOR,
    "wording_narrowed": Stance.NUANCE,
    "new_statement": Stance.FOR,
    "new_row": Stance.FOR,
}
_STATEMENT_IN_MARKS = frozenset({"known_uncertain", "trend_uncertain", "narrowed_known"})


def suggest_wording(
    rule_id: str, before: Statement | None, studies: Sequence[WeighedStudy], pieces: Mapping[str, EvidencePiece]
) -> Wording:
    """Suggested text of a change, in both languages.

    Parameters
    ----------
    rule_id
        Any rule but ``figure_outdated``, whose wording depends on the figure.
    before
        The statement as it is; ``None`` for a new one.
    studies
        All on the statement; those with the stance that the rule rests on are quoted.
    pieces
        By item id.
    """
    if rule_id == "trend_known" and before is not None:
        nl, en = without_hedges(before.nl, before.en)
        return Wording(nl=nl, en=en)
    if rule_id == "review_date" and before is not None:
        return Wording(nl=before.nl, en=before.en)
    quoted = with_stance(studies, _QUOTED[rule_id])
    made = {language: _phrase(rule_id, before, quoted, pieces, language) for language in LANGUAGES}
    return Wording(nl=made["nl"], en=made["en"])


def _phrase(
    rule_id: str,
    before: Statement | None,
    quoted: Sequence[WeighedStudy],
    pieces: Mapping[str, EvidencePiece],
    language: Language,
) -> str:
    quote = choose_quote(quoted, pieces, language)
    if before is None:
        return (
            "" if quote is None else text("revision.phrase.new_statement", language, quote=quotation(quote, language))
        )
    own = before.text_in(language)
    if not own or quote is None:
        return own
    if rule_id in _STATEMENT_IN_MARKS:
        own = in_marks(ends(without_addition(own, language)))
    return text(f"revision.phrase.{rule_id}", language, statement=ends(own), quote=quotation(quote, language))


def quotation(quote: Quote, language: Language) -> str:
    """A quotation with its marks; one from another language says so."""
    if quote.language == language:
        return in_marks(ends(quote.text))
    source = quote.language if quote.language in LANGUAGES else "other"
    named = text(f"revision.phrase.source_language.{source}", language)
    shown = quote.text[:-1] if quote.text.endswith(".") else quote.text
    return f"{in_marks(shown)} ({named})."


def without_addition(own: str, language: Language) -> str:
    """The statement as it was before a set phrase was added to it."""
    for rule_id in ("uncertain_narrowed", "wording_narrowed"):
        added = text(f"revision.phrase.{rule_id}", language, statement="", quote="").strip()
        head, found, _ = own.partition(added)
        if found and head.strip():
            return head.strip()
    return own


def quoted_other_language(suggestion: Wording) -> tuple[Language, ...]:
    """Languages in which the suggestion quotes a source in another language."""
    marks = {
        language: [text(f"revision.phrase.source_language.{one}", language) for one in (*LANGUAGES, "other")]
        for language in LANGUAGES
    }
    return tuple(
        language
        for language in LANGUAGES
        if any(f" ({mark})." in suggestion.text_in(language) for mark in marks[language])
    )
