"""Counts in and out agree, or the run fails: every file that was found has one outcome, and none has two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from flows.batches import ReadOutcome
from pipelines.domain.documents import READABLE_STATES
from pipelines.domain.runs import DocumentSummary
from pipelines.errors import KennisstandError
from pipelines.store.documents import DONE


def one_each(wanted: Sequence[str], outcomes: Iterable[ReadOutcome]) -> Iterator[ReadOutcome]:
    """Hand on the outcomes of the documents ``wanted``.

    Raises
    ------
    KennisstandError
        One came that was not asked for, or for the second time (before it is handed on), or one never came.
    """
    waiting = set(wanted)
    n_came = 0
    for outcome in outcomes:
        n_came += 1
        if outcome.reading.document.id not in waiting:
            raise _differ(len(wanted), n_came, outcome.reading.document.id)
        waiting.discard(outcome.reading.document.id)
        yield outcome
    if waiting:
        raise _differ(len(wanted), n_came, min(waiting))


def check_all_done(found: Iterable[str], stored: Iterable[DocumentSummary]) -> None:
    """Check at the end of a scan that each document found has its outcome in the store.

    Raises
    ------
    KennisstandError
        One has none: it was never stored, is still waiting, or was set aside without a reason.
    """
    wanted = set(found)
    done = {
        document.id
        for document in stored
        if document.stage == DONE and (document.state in READABLE_STATES or document.reason is not None)
    }
    if missing := wanted - done:
        raise _differ(len(wanted), len(wanted & done), min(missing))


def _differ(n_wanted: int, n_came: int, document: str) -> KennisstandError:
    return KennisstandError("error.outcomes_differ", wanted=n_wanted, came=n_came, document=document)
