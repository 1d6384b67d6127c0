"""The order of a harvest: all sources are read before anything is fetched, so that doubles are seen."""

from __future__ import annotations

from collections.abc import Callable

from flows import harvest_fetching, harvesting
from flows.harvest_context import HarvestContext
from flows.progress import progress
from pipelines.domain.sources import Source

Step = Callable[[HarvestContext, Source], bool]
"""Takes one step for one source; whether it may go on with the next one."""


def go_round(context: HarvestContext, read: Step, judge: Step, fetch: Step) -> None:
    """Read, judge and fetch all sources of a harvest, and note what came of each."""
    progress().begin("harvest_list", len(context.sources))
    asked: list[Source] = []
    for source in context.sources:
        if source.id in context.only_asked:
            continue
        read(context, source)  # what a source gave before it failed counts
        if not context.tally(source.id).skipped:
            asked.append(source)
        progress().advance("harvest_list")
    progress().end("harvest_list")
    progress().begin("harvest_judge", sum(len(harvesting.unjudged(context, source)) for source in asked))
    judged = [source for source in asked if judge(context, source)]
    progress().end("harvest_judge")
    only_asked = [source for source in context.sources if source.id in context.only_asked]
    judged += only_asked
    progress().begin("harvest_fetch", sum(len(harvest_fetching.to_fetch(context, source)) for source in judged))
    for source in judged:
        fetch(context, source)
    progress().end("harvest_fetch")
    for source in (*asked, *only_asked):
        harvesting.close_source(context, source)


def read_now(context: HarvestContext, source: Source) -> bool:
    """Read what a source offers, in this process and right away."""
    harvesting.list_source(context, source)
    return True


def judge_now(context: HarvestContext, source: Source) -> bool:
    """Judge what it offers."""
    harvesting.judge_source(context, source)
    return True


def fetch_now(context: HarvestContext, source: Source) -> bool:
    """Fetch what is wanted of it."""
    harvest_fetching.fetch_source(context, source)
    return True
