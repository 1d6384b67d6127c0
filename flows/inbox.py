"""Makes the inbox anew after a scan: what was flagged by expected use, then a random sample of the rest."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from heapq import nsmallest
from itertools import islice
from typing import TYPE_CHECKING

from flows.vectors import passage_vectors
from pipelines.domain.decisions import CONCLUSIVE, Standing
from pipelines.domain.inbox import InboxItem, Listed
from pipelines.domain.runs import LabelledPassage
from pipelines.report.wording import document_title
from pipelines.review.candidates import Candidate, Placed
from pipelines.review.priority import order_inbox
from pipelines.store.passages import PassageFilter

if TYPE_CHECKING:
    from flows.context import ScanContext

logger = logging.getLogger(__name__)

SAMPLE_ITEMS = 300
"""Items of the sample that lie ready; with none relevant among so many at most 1 in 100 of the rest is (95 %)."""
NEXT_ITEMS = 300
"""Items just below the line that lie ready: in simulated scans reading on there shows soonest that enough was found."""
_LEAD_CHARACTERS = 240
_AT_ONCE = 10_000
"""Items in memory while some are chosen from all."""


def refresh_inbox(context: ScanContext) -> int:
    """Order what is to be read by what is known now; returns the number of flagged items.

    Decisions keep their items: those of near-duplicates that became one group count for the group from now on.
    """
    workspace = context.workspace
    groups = workspace.passages.items()
    workspace.decisions.regroup(groups)
    documents = {d.id: d for d in workspace.documents.summaries()}
    standings = workspace.decisions.standings(groups)

    flagged = _first_of_each(workspace.passages.find(documents, PassageFilter(flagged=True), terms=False))
    vectors = passage_vectors(context, list(flagged.values()))
    candidates = [_candidate(item_id, item, index) for index, (item_id, item) in enumerate(flagged.items())]
    read = {item_id for item_id, standing in standings.items() if _is_concluded(standing)}
    placed = order_inbox(
        [c for c in candidates if c.item_id not in read], vectors, _accepted(standings, context.table.version)
    )
    done = sorted((c for c in candidates if c.item_id in read), key=lambda c: (-c.flag, c.item_id))
    sample, below = choose_unflagged(workspace.passages.unflagged_items())
    others = standings.keys() - set(flagged) - set(sample) - set(below)
    counts = workspace.passages.group_sizes()
    entries = [(flagged[p.item_id], p.item_id, Listed.FLAGGED, p) for p in placed]
    entries += [(flagged[c.item_id], c.item_id, Listed.FLAGGED, None) for c in done]
    wanted = {**dict.fromkeys(sample, Listed.SAMPLE), **dict.fromkeys(below, Listed.NEXT)}
    wanted |= dict.fromkeys(sorted(others), Listed.DECIDED)
    found = workspace.passages.firsts_of(list(wanted), documents)
    entries += [(item, item_id, wanted[item_id], None) for item_id, item in found.items()]
    workspace.inbox.replace(
        as_inbox_item(item, item_id, listed, counts.get(item_id, 1), rank, place)
        for rank, (item, item_id, listed, place) in enumerate(entries, 1)
    )
    logger.info("inbox: %s flagged, %s in the sample, %s others", len(flagged), len(sample), len(others))
    return len(flagged)


def choose_unflagged(items: Iterable[tuple[str, float]]) -> tuple[list[str], list[str]]:
    """Choose from what was not flagged, in one walk in which few are in memory: the sample, and what is just below.

    The sample is in an order of chance that later scans keep: whoever reads from the top has read a random sample of
    all there is.
    """
    walk = iter(items)
    sample: list[tuple[str, str]] = []
    highest: list[tuple[float, str]] = []
    while some := list(islice(walk, _AT_ONCE)):
        sample = nsmallest(SAMPLE_ITEMS, [*sample, *((_by_chance(item_id), item_id) for item_id, _ in some)])
        # As many as remain when all of the sample are among them.
        highest = nsmallest(SAMPLE_ITEMS + NEXT_ITEMS, [*highest, *((-flag, item_id) for item_id, flag in some)])
    chosen = [item_id for _, item_id in sample]
    drawn = frozenset(chosen)
    return chosen, [item_id for _, item_id in highest if item_id not in drawn][:NEXT_ITEMS]


def _first_of_each(items: Iterable[LabelledPassage]) -> dict[str, LabelledPassage]:
    first: dict[str, LabelledPassage] = {}
    for item in items:
        first.setdefault(item.group or item.passage.id, item)
    return first


def _is_concluded(standing: Standing) -> bool:
    return standing.holds is not None and standing.holds.verdict in CONCLUSIVE


def _candidate(item_id: str, item: LabelledPassage, index: int) -> Candidate:
    assert item.labels is not None  # it was flagged
    evidence = item.labels.evidence
    nearest = evidence.statements[0] if evidence.statements else None
    return Candidate(
        item_id,
        evidence.flag,
        row_ids=tuple(match.id for match in evidence.rows),
        statement_id=None if nearest is None else nearest.id,
        statement_score=0.0 if nearest is None else nearest.score,
        relation=evidence.relation,
        column=evidence.column,
        kind=evidence.kind,
        document_id=item.document.id,
        source=item.document.metadata.publisher or "",
        year=item.document.metadata.year,
        vector_index=index,
    )


def _accepted(standings: Mapping[str, Standing], table_version: str) -> list[Candidate]:
    """What was accepted since this version of the table, with the labels that readers gave it."""
    found: list[Candidate] = []
    for item_id, standing in standings.items():
        holds = standing.holds
        if holds is None or holds.judgement is None or holds.table_version != table_version:
            continue
        judgement = holds.judgement
        found.append(
            Candidate(
                item_id,
                1.0,
                row_ids=judgement.rows,
                statement_id=judgement.statement,
                relation=judgement.relation,
                column=judgement.column,
                kind=judgement.kind,
                document_id=holds.document_id,
            )
        )
    return found


def _by_chance(item_id: str) -> str:
    return hashlib.sha256(f"sample {item_id}".encode()).hexdigest()


def as_inbox_item(
    item: LabelledPassage,
    item_id: str,
    listed: Listed,
    n_passages: int,
    rank: int = 1,
    place: Placed | None = None,
) -> InboxItem:
    """What the list shows of an item; ``place`` where the order of the inbox gave it one."""
    passage, document = item.passage, item.document
    evidence = None if item.labels is None else item.labels.evidence
    key = None if evidence is None else evidence.key_sentence
    return InboxItem(
        item_id=item_id,
        passage_id=passage.id,
        document_id=document.id,
        run_id=document.run_id,
        listed=listed,
        rank=rank,
        flag=0.0 if evidence is None else evidence.flag,
        language=passage.language,
        publisher=document.metadata.publisher,
        row_id=evidence.rows[0].id if evidence is not None and evidence.rows else None,
        rows=() if evidence is None else tuple(match.id for match in evidence.rows),
        relation=None if evidence is None or evidence.relation is None else evidence.relation.value,
        evidence_kind=None if evidence is None else evidence.kind.value,
        n_passages=n_passages,
        title=document_title(document),
        year=document.metadata.year,
        page=passage.page_first,
        lead=_lead(passage.text if key is None else key.text),
        themes=() if item.labels is None else tuple(theme.value for theme in item.labels.tags.given()),
        column=None if evidence is None or evidence.column is None else evidence.column.value,
        direction=None if evidence is None else evidence.direction.value,
        statement=evidence.statements[0].id if evidence is not None and evidence.statements else None,
        score=0.0 if place is None else place.score,
        reasons=() if place is None else tuple(f"priority.reason.{reason.value}" for reason in place.reasons),
    )


def _lead(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LEAD_CHARACTERS else line[:_LEAD_CHARACTERS].rsplit(" ", 1)[0] + "…"


def is_missing(context: ScanContext) -> bool:
    """Whether there are flagged passages and no inbox: a workspace from before there was one."""
    workspace = context.workspace
    return workspace.inbox.is_empty() and workspace.passages.any_flagged()
