"""Topics that no row of the table covers: what is there for a new row, and what is lacking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pipelines.domain.proposals import ChangeKind, Proposal, ProposalState
from pipelines.domain.topics import Topic
from pipelines.review_app.proposal_view import shown_items
from pipelines.review_app.topic_book import KnownTopics
from pipelines.review_app.weighing import Weighed
from pipelines.store import Workspace
from pipelines.store.evidence import Place

_PASSAGES = 2
"""Of each topic; its own page has the others."""


@dataclass(frozen=True)
class Gap:
    """A topic that no row covers."""

    topic: Topic
    passages: tuple[Place, ...]
    """Its most typical, of both languages where it has both."""
    n_accepted: int
    """Passages in it that were accepted without a row of the table."""
    n_sources: int
    """Documents that these are from."""
    proposal: str | None
    """A proposal for a new row that rests on it."""
    state: ProposalState | None
    """Where that stands."""


def gaps_of(
    topics: Sequence[Topic],
    known: KnownTopics,
    weighed: Weighed | None,
    blind: Collection[str],
    workspace: Workspace,
) -> list[Gap]:
    """What there is for a new row on each of ``topics``.

    Parameters
    ----------
    topics
        Those to tell of: one page of a list, since their passages are read.
    known, weighed
        All topics; accepted evidence and proposals, ``None`` while they are not known.
    blind
        Items of which the visitor must not see yet what others found: they are left out.
    workspace
        Of which passages are read.
    """
    chosen = {topic.id: _first_passages(topic, known) for topic in topics}
    places = workspace.evidence.places([passage for some in chosen.values() for passage in some])
    proposed = {} if weighed is None else proposed_rows(weighed, known.topic_of, blind)
    accepted = {} if weighed is None else _accepted(weighed, known.topic_of, blind)
    found = []
    for topic in topics:
        sources = accepted.get(topic.id, [])
        proposal = proposed.get(topic.id)
        found.append(
            Gap(
                topic=topic,
                passages=_one_of_each([places[one] for one in chosen[topic.id] if one in places]),
                n_accepted=len(sources),
                n_sources=len(set(sources)),
                proposal=None if proposal is None else proposal[0].id,
                state=None if proposal is None else proposal[1],
            )
        )
    return found


def _first_passages(topic: Topic, known: KnownTopics) -> tuple[str, ...]:
    return topic.representative or known.members.get(topic.id, ())[:_PASSAGES]


def _one_of_each(places: Sequence[Place]) -> tuple[Place, ...]:
    """The first passages, one of each language where there are both."""
    first = {place.language: place for place in reversed(places)}
    languages = [place for place in places if first[place.language] is place]
    rest = [place for place in places if place not in languages]
    return tuple((languages + rest)[:_PASSAGES])


def proposed_rows(
    weighed: Weighed, topic_of: Mapping[str, str], blind: Collection[str]
) -> dict[str, tuple[Proposal, ProposalState]]:
    """Topic -> the proposal for a new row that most of its evidence lies in, with where that stands.

    Of several the one that waits for somebody, else the latest; those that the rules propose no more do not count.
    """
    found: dict[str, tuple[Proposal, ProposalState]] = {}
    waiting = (ProposalState.OPEN, ProposalState.SECONDED)
    for proposal, standing in weighed.proposals:
        if proposal.change is not ChangeKind.ADD_ROW or standing.state is ProposalState.LAPSED:
            continue
        if not shown_items(proposal).isdisjoint(blind):
            continue
        held = [weighed.pieces[item].passage_id for item in proposal.items if item in weighed.pieces]
        named = Counter(topic_of[passage] for passage in held if passage in topic_of)
        if not named:
            continue
        topic = min(named, key=lambda one: (-named[one], one))
        if topic not in found or (standing.state in waiting and found[topic][1] not in waiting):
            found[topic] = (proposal, standing.state)
    return found


def _accepted(weighed: Weighed, topic_of: Mapping[str, str], blind: Collection[str]) -> dict[str, list[str]]:
    """Topic -> document of each passage that was accepted and has no row."""
    rows = {row.id for row in weighed.table.rows}
    found: dict[str, list[str]] = {}
    for item, piece in weighed.pieces.items():
        topic = topic_of.get(piece.passage_id)
        if topic is not None and piece.row_id not in rows and item not in blind:
            found.setdefault(topic, []).append(piece.document_id)
    return found
