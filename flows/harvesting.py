"""The first two steps of a harvest: read what a source offers, judge what of it is wanted. No orchestrator here."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flows.harvest_context import HarvestContext
from flows.harvest_pauses import pause_after, tomorrow
from flows.progress import progress
from pipelines.domain.documents import Reason
from pipelines.domain.sources import (
    FoundItem,
    HarvestItem,
    ItemState,
    Source,
    SourceKind,
    SourceStatus,
    Wanted,
    is_due,
)
from pipelines.harvest.doubles import Sameness, find_same, stands_for
from pipelines.harvest.fetching import HarvestError, HarvestLimits, Trouble
from pipelines.harvest.relevance import is_left_out, language_of
from pipelines.harvest.source_file import fingerprint
from pipelines.language.detection import READ_LANGUAGES

logger = logging.getLogger(__name__)

_JUDGED_AT_ONCE = 64
"""Items judged and stored at a time: so many are judged twice at most when a harvest is broken off."""
_MOST_PROBLEMS = 20
"""Entries that could not be read are logged up to so many a source."""
_OPEN = frozenset({ItemState.WAITING, ItemState.FAILED})
_ENDED = frozenset({ItemState.LEFT_OUT, ItemState.ABSTRACT, ItemState.NOTHING, ItemState.GIVEN_UP})


# ---------------------------------------------------------------- reading


def list_source(context: HarvestContext, source: Source) -> bool:
    """Read what a source offers and store it page by page; whether it was asked.

    A source that cannot be read (to the end) is marked as such; what it gave before is kept.
    """
    store, moment, tally = context.workspace.harvest, context.now(), context.tally(source.id)
    status = store.status(source.id)
    changed = status.fingerprint != fingerprint(source)
    if not context.by_hand and not changed and not is_due(status.next_try, moment):
        tally.skipped = True
        return False
    if changed:
        status = SourceStatus(
            source_id=source.id, fingerprint=fingerprint(source), n_new=status.n_new, last_success=status.last_success
        )
    store.save_status(status.model_copy(update={"last_tried": moment}))
    try:
        moved_to = _take_pages(context, source, status)
    except HarvestError as error:
        tally.reason = error.reason
        _mark_failed(context, source, error)
    else:
        _settle(
            context,
            source,
            last_success=context.now(),
            n_new=tally.n_new,
            n_failures=0,
            reason=None,
            next_try=None,
            moved_to=moved_to or status.moved_to,
        )
    logger.info("source %s: %s found, %s new", source.id, tally.n_found, tally.n_new)
    return True


def _take_pages(context: HarvestContext, source: Source, status: SourceStatus) -> str | None:
    """Store the pages of a source; returns the address to which it has moved for good, if any."""
    tally, moved_to = context.tally(source.id), None
    asked = source.model_copy(update={"address": status.moved_to}) if status.moved_to else source
    read = context.readers[source.kind]
    for page in read(asked, status.bookmark, context.fetch, HarvestLimits(most_items=source.most_items)):
        items = [_completed(found, source) for found in page.items]
        taken = context.workspace.harvest.take(source.id, items, page.bookmark, context.now())
        tally.n_found += taken.n_found
        tally.n_new += taken.n_new
        for problem in page.problems[: max(_MOST_PROBLEMS - len(tally.problems), 0)]:
            logger.warning("source %s: %s", source.id, problem.key)
        tally.problems += page.problems
        moved_to = page.moved_to or moved_to
    return moved_to


def _completed(found: FoundItem, source: Source) -> FoundItem:
    """With publisher and language of the source where it names none itself."""
    told = {"publisher": found.publisher or source.publisher, "language": found.language or source.language}
    return found.model_copy(update=told)


def _mark_failed(context: HarvestContext, source: Source, error: HarvestError) -> None:
    status = context.workspace.harvest.status(source.id)
    n_failures = status.n_failures + 1
    _settle(
        context,
        source,
        n_failures=n_failures,
        reason=error.reason,
        next_try=next_try(context, error, n_failures),
        # An address that it is said to have moved to, and where it is not, is not asked again.
        moved_to=status.moved_to if error.trouble in {Trouble.PASSING, Trouble.SPENT} else None,
    )
    logger.warning("source %s could not be read: %s (%s)", source.id, error.key, error.trouble)


def mark_broken(context: HarvestContext, source: Source, reason: Reason | None) -> None:
    """Mark a source of which reading ended in a way that nobody foresaw."""
    context.tally(source.id).reason = reason
    n_failures = context.workspace.harvest.status(source.id).n_failures + 1
    due = context.now() + timedelta(seconds=pause_after(n_failures, context.draw()))
    _settle(context, source, n_failures=n_failures, reason=reason, next_try=due)


def next_try(context: HarvestContext, error: HarvestError, n_failures: int) -> datetime:
    """When something is asked again after so many failures in a row."""
    moment = context.now()
    least = timedelta(seconds=error.retry_after or 0)
    if error.trouble is Trouble.SPENT:
        return max(tomorrow(moment, context.draw()), moment + least)
    return moment + max(least, timedelta(seconds=pause_after(n_failures, context.draw())))


def _settle(context: HarvestContext, source: Source, **changes: Any) -> None:
    store = context.workspace.harvest
    store.save_status(store.status(source.id).model_copy(update=changes))


def end_until_tomorrow(context: HarvestContext, source: Source, error: HarvestError) -> None:
    """Leave a source in peace whose budget of the day is used up."""
    _settle(context, source, reason=error.reason, next_try=next_try(context, error, 0))


# ---------------------------------------------------------------- judging


def judge_source(context: HarvestContext, source: Source) -> None:
    """Find out which of the waiting items of a source are wanted: the others are doubles or left out.

    What people asked for is wanted. A broken-off harvest goes on with what is not judged yet.
    """
    _reopen_abandoned(context, source)
    items = unjudged(context, source)
    for start in range(0, len(items), _JUDGED_AT_ONCE):
        batch = items[start : start + _JUDGED_AT_ONCE]
        _settle_items(context, [_judged(item, score) for item, score in _scored(context, batch)])
        progress().advance("harvest_judge", len(batch))
    _mark_doubles(context, source)


def unjudged(context: HarvestContext, source: Source) -> list[HarvestItem]:
    """Items of a source that have yet to be judged."""
    waiting = context.workspace.harvest.waiting(source.id, context.now())
    return [item for item in waiting if item.state is ItemState.WAITING and not is_wanted(source, item)]


def is_wanted(source: Source, item: HarvestItem) -> bool:
    """Whether a waiting item is fetched as it stands; ``False`` where it has yet to be judged."""
    return source.wanted is Wanted.ALL or item.asked_by is not None or item.relevance is not None


def _scored(context: HarvestContext, items: Sequence[HarvestItem]) -> list[tuple[HarvestItem, float | None]]:
    """Items with their relevance, ``None`` for those in languages that are not read."""
    read = [item for item in items if (language_of(item.found) or READ_LANGUAGES[0]) in READ_LANGUAGES]
    given = context.judge([item.found for item in read]) if read else ()
    scores = {item.id: score for item, score in zip(read, given, strict=True)}
    return [(item, scores.get(item.id)) for item in items]


def _judged(item: HarvestItem, score: float | None) -> HarvestItem:
    if score is None:
        language = language_of(item.found) or ""
        reason = Reason(key="harvest.reason.language", values={"language": language})
        return item.model_copy(update={"state": ItemState.LEFT_OUT, "reason": reason})
    bounded = min(max(score, 0.0), 1.0)
    if is_left_out(item.found, bounded):
        reason = Reason(key="harvest.reason.not_relevant", values={"score": f"{bounded:.0%}"})
        return item.model_copy(update={"state": ItemState.LEFT_OUT, "relevance": bounded, "reason": reason})
    return item.model_copy(update={"relevance": bounded, "reason": None})


def _settle_items(context: HarvestContext, items: Sequence[HarvestItem]) -> None:
    context.workspace.harvest.update(*items)
    for item in items:
        if item.state is ItemState.LEFT_OUT:
            context.tally(item.source_id).n_left_out += 1
    reopen_doubles(context, [item for item in items if item.state is ItemState.LEFT_OUT])


def _mark_doubles(context: HarvestContext, source: Source) -> None:
    """Mark waiting items that are the same publication as another one, save those that people asked for."""
    if source.kind is SourceKind.FOLDER:  # a file that changed has the same name, and is another file
        return
    store = context.workspace.harvest
    waiting = [
        item
        for item in store.waiting(source.id, context.now())
        if item.state is ItemState.WAITING and item.asked_by is None and item.fetch is None
    ]
    for start in range(0, len(waiting), _JUDGED_AT_ONCE):
        batch = waiting[start : start + _JUDGED_AT_ONCE]
        others = [one for one in store.look_alikes(batch) if not _is_abandoned(context, one)]
        found = {item.id: same for item in batch if (same := find_same(item, others)) is not None}
        doubles = [as_double(item, *found[item.id]) for item in batch if item.id in found]
        store.update(*doubles)
        context.tally(source.id).n_doubles += len(doubles)


def as_double(item: HarvestItem, known: HarvestItem, sameness: Sameness) -> HarvestItem:
    """``item`` as the same publication as ``known``."""
    values: dict[str, str | int | float] = {"title": known.found.title[:200], "source": known.source_id}
    reason = Reason(key=f"harvest.reason.same_{sameness.value}", values=values)
    return item.model_copy(update={"state": ItemState.DOUBLE, "same_as": known.id, "reason": reason, "next_try": None})


def reopen_doubles(context: HarvestContext, ended: Sequence[HarvestItem]) -> None:
    """Let doubles wait again that bring more than what came of the item they are doubles of."""
    if not ended:
        return
    by_id = {item.id: item for item in ended}
    again = [
        double.model_copy(update={"state": ItemState.WAITING, "same_as": None, "reason": None})
        for double in context.workspace.harvest.look_alikes(ended)
        if double.state is ItemState.DOUBLE
        and double.fetch is None
        and (known := by_id.get(double.same_as or "")) is not None
        and not stands_for(known, double)
    ]
    if again:
        context.workspace.harvest.update(*again)


def _reopen_abandoned(context: HarvestContext, source: Source) -> None:
    """Let doubles wait again of what will not come: its source took it back, or is not harvested any more."""
    again = [
        double.model_copy(update={"state": ItemState.WAITING, "same_as": None, "reason": None})
        for double, known in context.workspace.harvest.doubles(source.id)
        if _is_abandoned(context, known) or (known.state in _ENDED and not stands_for(known, double))
    ]
    if again:
        context.workspace.harvest.update(*again)


def _is_abandoned(context: HarvestContext, item: HarvestItem) -> bool:
    """Whether an item waits in a source that this harvest does not read, perhaps since it was turned off."""
    if item.state not in _OPEN:
        return False
    is_read = item.source_id not in context.only_asked and any(s.id == item.source_id for s in context.sources)
    return not (is_read or (item.asked_by is not None and item.source_id in context.only_asked))


# ---------------------------------------------------------------- the end


def close_source(context: HarvestContext, source: Source) -> None:
    """Note that a source was harvested, and what came of it."""
    context.workspace.harvest.add_harvest(context.tally(source.id).as_harvest(context.now()))
