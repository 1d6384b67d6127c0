"""What is offered once more: which of it is taken over, and what it changes."""

from __future__ import annotations

import re
from typing import Any

from pipelines.domain.documents import Reason
from pipelines.domain.sources import FoundItem, HarvestItem, ItemState

WITHDRAWN = "harvest.reason.withdrawn"
"""Key of the reason of an item that its source took back before it was fetched."""

#: Neither database can look into text that holds these (see ``column_types``); answers of servers may.
_NOT_KEPT = re.compile("[\\x00\ud800-\udfff]")
_OPEN = frozenset({ItemState.WAITING, ItemState.FAILED})
_ENDED = frozenset({ItemState.NOTHING, ItemState.GIVEN_UP})


def as_kept(found: FoundItem) -> FoundItem:
    """An item without characters that databases cannot look into."""
    given = {name: getattr(found, name) for name in FoundItem.model_fields}
    kept = {name: _cleaned(value) for name, value in given.items()}
    return found if kept == given else found.model_copy(update=kept)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return _NOT_KEPT.sub("\ufffd", value)
    return tuple(map(_cleaned, value)) if isinstance(value, tuple) else value


def offered_again(item: HarvestItem, found: FoundItem) -> HarvestItem:
    """A known item after its source offered it once more.

    What is told of an item that still has to be fetched, or was left out, replaces what was told before; what was
    left out by another title or abstract is judged anew. Other addresses give one that could not be had another
    chance. Of an item that lies in ``data/raw`` only is noted whether its source has withdrawn it.
    """
    if found.withdrawn:
        return _withdrawn(item)
    if item.found == found:
        return item
    if item.found.withdrawn and item.reason is not None and item.reason.key == WITHDRAWN:
        return _anew(item, found)
    told_else = (item.found.title, item.found.abstract) != (found.title, found.abstract)
    if item.state is ItemState.LEFT_OUT:
        changed = item.model_copy(update={"found": found})
        return changed.model_copy(update=_JUDGED_ANEW) if told_else else changed
    new_addresses = bool(set(found.file_urls) - set(item.found.file_urls))
    if item.state is ItemState.WAITING:
        changed = item.model_copy(update={"found": found})
        return changed.model_copy(update={"relevance": None}) if told_else else changed
    if item.state is ItemState.FAILED:
        return _anew(item, found) if new_addresses else item.model_copy(update={"found": found})
    if item.state in _ENDED and (new_addresses or (told_else and not item.found.abstract)):
        return _anew(item, found)
    if item.found.withdrawn:  # there again
        return item.model_copy(update={"found": item.found.model_copy(update={"withdrawn": False})})
    return item


_JUDGED_ANEW: dict[str, Any] = {"state": ItemState.WAITING, "relevance": None, "reason": None}


def _anew(item: HarvestItem, found: FoundItem) -> HarvestItem:
    return item.model_copy(update={**_JUDGED_ANEW, "found": found, "n_tries": 0, "next_try": None})


def _withdrawn(item: HarvestItem) -> HarvestItem:
    """Marked; what is told with it is often empty, so that what was known stays."""
    marked = item.model_copy(update={"found": item.found.model_copy(update={"withdrawn": True})})
    if item.state not in _OPEN:
        return marked
    return marked.model_copy(update={"state": ItemState.GIVEN_UP, "reason": Reason(key=WITHDRAWN), "next_try": None})
