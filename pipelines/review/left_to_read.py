"""Verdicts as they are counted, and what :func:`~pipelines.review.remaining.estimate_remaining` says of the unread."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """How an item came before its reader."""

    INBOX = "inbox"
    SAMPLE = "sample"
    """Drawn at random, all alike, from what was not flagged."""
    NEXT = "next"
    """Not flagged, and the most probable of those unread when it was put before the reader."""
    ELSEWHERE = "elsewhere"
    """Not flagged and opened for another reason, as by search: counts as found, proves nothing of the rest."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One verdict of a person; near-duplicates count as one item and are read once.

    Attributes
    ----------
    probability
        What the model gave before the verdict, between 0 and 1.
    relevant
        Whether the person found it relevant.
    source
        How it came before the reader.
    """

    probability: float
    relevant: bool
    source: Source = Source.INBOX


class Basis(StrEnum):
    """What an estimate rests on."""

    ALL_READ = "all_read"
    VERDICTS = "verdicts"
    """The probabilities of the model, put right by verdicts."""
    SAMPLE = "sample"
    """A random sample: exact bounds, whatever the model is worth."""
    PROBABILITIES = "probabilities"
    """The probabilities of the model alone: no verdict yet."""


class Reason(StrEnum):
    """Why reading may stop or not."""

    ALL_READ = "all_read"
    TARGET_REACHED = "target_reached"
    NOTHING_READ = "nothing_read"
    NO_SAMPLE = "no_sample"
    """Nothing is known of what was not flagged but what the model says."""
    TOO_MUCH_UNREAD = "too_much_unread"
    """The inbox may still hold more than the target allows."""
    OTHERS_UNCERTAIN = "others_uncertain"
    """What was not flagged may hold more than the target allows: enlarge the sample, or read on there."""


@dataclass(frozen=True)
class Left:
    """Relevant items among the unread ones of a part.

    Attributes
    ----------
    n_unread
        Items nobody has read.
    expected
        Relevant ones among them: as likely too many as too few (the median); between ``low`` and ``high``.
    low, high
        Interval at the confidence asked for, both ends included.
    basis
        What this rests on.
    """

    n_unread: int
    expected: int
    low: int
    high: int
    basis: Basis


@dataclass(frozen=True)
class Recall:
    """Share of the relevant items that has been found, and whether that suffices.

    Attributes
    ----------
    expected
        Relevant ones found over all expected; None where neither were found nor are expected.
    at_least
        Lower bound, one-sided, at the confidence asked for.
    basis
        What ``at_least`` rests on as to its weakest part: for the whole scan the sample or, where that says more, the
        probabilities put right by verdicts.
    stop
        Whether ``at_least`` reaches the target, or all has been read.
    reason
        Why, for a message.
    """

    expected: float | None
    at_least: float
    basis: Basis
    stop: bool
    reason: Reason


@dataclass(frozen=True)
class Remaining:
    """Where reading stands.

    Attributes
    ----------
    found
        Relevant items read, wherever they came from.
    inbox, others
        What is left in the inbox, and among what was not flagged.
    inbox_recall
        Of the relevant items in the inbox.
    recall
        Of the relevant items of the whole scan.
    sample_needed
        How many items more of the sample would do to reach the target for the whole scan, by the sample alone and once
        the inbox is read, if none of those is relevant; 0 when no more is needed.
    """

    found: int
    inbox: Left
    others: Left
    inbox_recall: Recall
    recall: Recall
    sample_needed: int
