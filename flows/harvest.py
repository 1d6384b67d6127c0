"""The harvest: read all sources, judge what they offer, fetch what is wanted. Goes on where one was broken off."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.harvest_context import HarvestContext, context_of
from flows.harvest_round import fetch_now, go_round, judge_now, read_now
from flows.harvesting import mark_broken
from flows.progress_file import reason_of
from pipelines.domain.sources import Source
from pipelines.errors import KennisstandError

logger = logging.getLogger(__name__)


@task(name="list-source", cache_policy=NO_CACHE, persist_result=False)
def list_items(token: str, source_id: str) -> None:
    """Read what a source offers and store it page by page."""
    context = context_of(token)
    read_now(context, context.source(source_id))


@task(name="judge-source", cache_policy=NO_CACHE, persist_result=False)
def judge_items(token: str, source_id: str) -> None:
    """Find out which of its items are wanted."""
    context = context_of(token)
    judge_now(context, context.source(source_id))


@task(name="fetch-source", cache_policy=NO_CACHE, persist_result=False)
def fetch_items(token: str, source_id: str) -> None:
    """Fetch the files of what is wanted."""
    context = context_of(token)
    fetch_now(context, context.source(source_id))


@flow(name="harvest", persist_result=False, validate_parameters=False)
def harvest(token: str) -> None:
    """Harvest all sources of a context.

    Parameters
    ----------
    token
        Under which it is shared (:func:`flows.harvest_context.shared`).
    """

    def step(task_of: Any) -> Callable[[HarvestContext, Source], bool]:
        return lambda context, source: _ended_well(context, source, task_of(token, source.id, return_state=True))

    go_round(context_of(token), step(list_items), step(judge_items), step(fetch_items))


def _ended_well(context: HarvestContext, source: Source, state: Any) -> bool:
    """Whether a task ended well. What nobody foresaw stops that source and no other.

    Raises
    ------
    KennisstandError
        What would stop all others as well, such as a full disk.
    """
    if not (state.is_failed() or state.is_crashed()):
        return True
    error = state.result(raise_on_failure=False)
    if isinstance(error, KennisstandError):
        raise error
    logger.error("source %s ended unexpectedly", source.id, exc_info=error)
    mark_broken(context, source, reason_of(error))
    return False
