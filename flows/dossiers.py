"""Dossiers of a workspace: which there are, and the passages that one gathers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flows.encoders import shipped_choice
from flows.vectors import passage_vectors
from pipelines.domain.decisions import ItemState, Judgement, Standing
from pipelines.domain.dossiers import Candidate, Dossier, DossierAct, DossierActKind, DossierQuestion
from pipelines.domain.evidence import Labels, Match
from pipelines.domain.runs import LabelledPassage
from pipelines.dossiers.belonging import STATIC_SCALE, LikenessScale, terms_asked
from pipelines.dossiers.gathering import SHOWN_PER_PART, gather_dossier
from pipelines.dossiers.shipped import shipped_dossiers
from pipelines.errors import UnknownError
from pipelines.store import Workspace

if TYPE_CHECKING:
    from flows.context import ScanContext
    from flows.search_choice import Search

_MOST_OF_ROW = 1_000
"""Passages of a row, or of a theme, that are held against a question: those that are flagged most surely."""
_MOST_OF_TERM = 100
_MOST_OF_WORDS = 500
"""The same of what search finds for a term, and for the question in its own words: in a library of 100,000 passages
what comes later bears on the question no more than in part."""
_SAMPLED_DOCUMENTS = 100
"""Documents whose vectors tell what the cosines of an encoder mean."""
_LEAST_SHARE, _ENOUGH_SHARE = 0.95, 0.98
"""Shares of all passages that are less like a question than what is a little, and enough, like it: as measured for the
static encoder."""


@dataclass(frozen=True)
class KnownDossier:
    """A dossier that can be opened."""

    question: DossierQuestion
    shipped: bool
    turn: int = 0
    """Number of the version, of one of the users' own."""
    person: str = ""
    """Who made this version; empty for one that comes with the program."""
    decided: datetime | None = None


def known_dossiers(workspace: Workspace) -> list[KnownDossier]:
    """Dossiers that come with the program, then those of the users' own in the order in which they were made."""
    latest: dict[str, DossierAct] = {}
    for act in workspace.acts.dossier_acts():
        latest[act.dossier] = act
    own = [
        KnownDossier(act.question, False, act.turn, act.person, act.decided)
        for act in latest.values()
        if act.kind is DossierActKind.KEEP and act.question is not None
    ]
    return [*(KnownDossier(question, True) for question in shipped_dossiers()), *own]


def find_dossier(workspace: Workspace, name: str) -> KnownDossier:
    """The dossier with this id or the beginning of it, or with this name in either language.

    Raises
    ------
    UnknownError
        There is none, or there are several.
    """
    known = known_dossiers(workspace)
    asked = " ".join(name.split()).casefold()
    for one in known:
        if asked in {one.question.id, one.question.name_nl.casefold(), one.question.name_en.casefold()} - {""}:
            return one
    begun = [one for one in known if asked and one.question.id.startswith(asked)]
    if len(begun) != 1:
        raise UnknownError("error.dossier_unknown", name=name, known=", ".join(one.question.id for one in known))
    return begun[0]


def open_dossier(
    context: ScanContext,
    question: DossierQuestion,
    search: Search,
    *,
    shown: int = SHOWN_PER_PART,
    blind: frozenset[str] = frozenset(),
) -> Dossier:
    """Gather the passages that bear on a question.

    Parameters
    ----------
    context
        Of the workspace.
    question
        What is asked.
    search
        Finds passages by the terms and the question in its own words.
    shown
        Most entries in a part.
    blind
        Items of which the reader must not see what was decided yet (a second reading).

    Raises
    ------
    StoreError
        The database cannot be read.
    """
    workspace = context.workspace
    ids = workspace.dossier_passages.with_duplicates(_found(workspace, question, search))
    documents = {one.id: one for one in workspace.documents.summaries()}
    items = list(workspace.dossier_passages.labelled(ids, documents))
    states = {item_id: state for item_id, state in workspace.evidence.states().items() if item_id not in blind}
    here = dict.fromkeys(_item_id(item) for item in items)
    judged = dict(workspace.evidence.folded(one for one in here if states.get(one) is ItemState.ACCEPTED))
    cosines, scale = _likeness(context, question, items)
    candidates = [
        Candidate(
            item=_as_judged(item, judged.get(_item_id(item))),
            state=states.get(_item_id(item)),
            cosines=cosines[place] if cosines else (),
        )
        for place, item in enumerate(items)
    ]
    return gather_dossier(question, candidates, scale=scale, shown=shown)


def _found(workspace: Workspace, question: DossierQuestion, search: Search) -> Iterable[str]:
    """Passages to hold against a question, in no order and some twice."""
    for row in question.rows:
        yield from workspace.dossier_passages.of_row(row, _MOST_OF_ROW)
    asked = terms_asked(question)
    if not asked and not question.rows:
        for theme in question.themes:
            yield from workspace.dossier_passages.of_theme(theme, _MOST_OF_ROW)
    for words in asked:
        number = _MOST_OF_WORDS if words in question.own_words else _MOST_OF_TERM
        yield from search.ids(words, number)


def _item_id(item: LabelledPassage) -> str:
    return item.group or item.passage.id


def _likeness(
    context: ScanContext, question: DossierQuestion, items: Sequence[LabelledPassage]
) -> tuple[list[tuple[float, ...]], LikenessScale]:
    """Cosines of each passage with the question in each language, and what they mean."""
    if not question.own_words or not items:
        return [], STATIC_SCALE
    import numpy as np

    asked = context.encoder.encode(list(question.own_words))
    cosines = passage_vectors(context, items) @ asked.T
    if shipped_choice(context.settings) == "static":
        scale = STATIC_SCALE
    else:
        version, store = context.encoder_version, context.workspace.vectors
        sampled = store.load(version, sorted(store.documents(version))[:_SAMPLED_DOCUMENTS])
        vectors = np.stack(list(sampled.values())) if sampled else passage_vectors(context, items)
        least, enough = np.quantile((vectors @ asked.T).max(axis=1), [_LEAST_SHARE, _ENOUGH_SHARE])
        scale = LikenessScale(float(least), float(max(enough, least + 0.01)))
    return [tuple(round(float(value), 4) for value in row) for row in cosines], scale


def _as_judged(item: LabelledPassage, standing: Standing | None) -> LabelledPassage:
    """A passage with the labels that an editor holds in place of those that the models proposed."""
    holds = None if standing is None else standing.holds
    if holds is None or holds.judgement is None or item.labels is None:
        return item
    labels = _judged_labels(item.labels, holds.judgement, same=holds.passage_id == item.passage.id)
    return item.model_copy(update={"labels": labels})


def _judged_labels(labels: Labels, judgement: Judgement, *, same: bool) -> Labels:
    evidence = labels.evidence.model_copy(
        update={
            "rows": tuple(Match(id=row, score=1.0) for row in judgement.rows),
            "relation": judgement.relation,
            "column": judgement.column,
            "kind": judgement.kind,
            "direction": judgement.direction,
            "recommendation": 1.0 if judgement.recommendation else 0.0,
            **({"key_sentence": judgement.key_sentence} if same and judgement.key_sentence is not None else {}),
        }
    )
    chances = {theme: 1.0 if theme in judgement.themes else 0.0 for theme in labels.tags.probabilities}
    tags = labels.tags.model_copy(update={"probabilities": chances})
    instruments = judgement.held_instruments(labels.instruments, labels.tags.passage_id)
    return labels.model_copy(update={"tags": tags, "evidence": evidence, "instruments": instruments})
