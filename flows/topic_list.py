"""Topics of a workspace as a list, with when they were seen."""

from __future__ import annotations

from typing import Any

from flows.encoders import chosen_version
from flows.workspace import open_settings_workspace
from pipelines.domain.topics import TopicModel
from pipelines.errors import ModelError
from pipelines.settings import Settings


def list_topics(settings: Settings) -> tuple[TopicModel | None, list[dict[str, Any]]]:
    """The topics of the latest scan, as a model (``None`` before the first scan) and as records for other programs.

    ``first_seen`` and ``last_seen`` are the dates of the first and last scan that found a topic with the same id;
    ``growth`` is its size now less its size when it was last found before, ``None`` where it is new.
    """
    workspace = open_settings_workspace(settings)
    try:
        runs = [(run, workspace.runs.topics(run.id)) for run in workspace.runs.all()]
    finally:
        workspace.close()
    modelled = [(run, model) for run, model in runs if model is not None]
    if not modelled:
        return None, []
    seen: dict[str, list[tuple[str, int]]] = {}
    for run, model in modelled:
        for topic in model.topics:
            seen.setdefault(topic.id, []).append((run.started.date().isoformat(), topic.size))
    latest = modelled[-1][1]
    records: list[dict[str, Any]] = []
    for topic in latest.topics:
        history = seen[topic.id]
        records.append(
            {
                "id": topic.id,
                "name_nl": topic.name_nl,
                "name_en": topic.name_en,
                "terms_nl": list(topic.terms_nl),
                "terms_en": list(topic.terms_en),
                "size": topic.size,
                "documents": topic.n_documents,
                "first_seen": history[0][0],
                "last_seen": history[-1][0],
                "growth": history[-1][1] - history[-2][1] if len(history) > 1 else None,
                "rows": list(topic.rows),
                "novel": topic.novel,
            }
        )
    return latest, records


def encoder_now(settings: Settings) -> str | None:
    """Version of the encoder that the settings choose; ``None`` where it cannot be used, as ``doctor`` explains."""
    try:
        return chosen_version(settings)
    except ModelError:
        return None
