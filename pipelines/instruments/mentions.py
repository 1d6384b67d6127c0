"""Groups, actors, sectors, occupations and parts of AI systems by the names that passages give them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from pipelines.domain.instruments import Family
from pipelines.language.concepts import ConceptMatch, ConceptMatcher, Lexicon, find_concepts

NAMES_LEXICON = Path(__file__).parent / "lexicon"
"""Names of groups, actors, sectors, occupations and the parts of AI systems; one file a family, in the form of the
lexicon of concepts."""

NAMED = (Family.GROUP, Family.ACTOR, Family.SECTOR, Family.OCCUPATION, Family.PART)
"""Families whose labels have names in the lexicon."""

_TOGETHER = {"actor.social_partners": ("actor.unions", "actor.employer_associations")}
"""One name for two."""

Mentions = dict[str, list[ConceptMatch]]
"""Label -> where a passage names it, in the order of the text."""


class MentionFinder:
    """Finds names. A word may name one label of each family (*nurses*: a sector and an occupation).

    Parameters
    ----------
    lexicon
        Concepts whose ids are labels: ``group.women``, ``sector.Q``.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self.version = lexicon.version
        self._matchers = [
            ConceptMatcher(
                lexicon.model_copy(
                    update={"concepts": tuple(c for c in lexicon.concepts if c.id.startswith(f"{family.value}."))}
                )
            )
            for family in NAMED
        ]

    def find(self, texts: Sequence[str], languages: Sequence[str]) -> list[Mentions]:
        """Names in each text, in their order; other languages than Dutch are read as English."""
        found: list[defaultdict[str, list[ConceptMatch]]] = [defaultdict(list) for _ in texts]
        for language in sorted(set(languages)):
            places = [i for i, other in enumerate(languages) if other == language]
            # Lone surrogates (from damaged files) are one character each here as there.
            readable = [texts[i].encode("utf-8", "replace").decode("utf-8") for i in places]
            for matcher in self._matchers:
                for i, matches in zip(places, find_concepts(readable, language, matcher), strict=True):
                    for match in matches:
                        for label in _TOGETHER.get(match.concept, (match.concept,)):
                            found[i][label].append(match)
        return [dict(of_text) for of_text in found]
