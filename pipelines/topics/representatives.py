"""Which passages are shown for a topic."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.domain.topics import TopicPassage


def pick_representatives(ranked: Sequence[TopicPassage], n_each: int) -> tuple[str, ...]:
    """Ids of the first ``n_each`` passages of each language, from as many documents as can be, in the order given."""
    chosen: set[str] = set()
    for language in ("nl", "en"):
        own = [passage for passage in ranked if passage.language == language]
        first = {passage.document_id: passage.id for passage in reversed(own)}
        fresh = [passage.id for passage in own if first[passage.document_id] == passage.id]
        known = frozenset(fresh)
        chosen |= set((fresh + [passage.id for passage in own if passage.id not in known])[:n_each])
    return tuple(passage.id for passage in ranked if passage.id in chosen)
