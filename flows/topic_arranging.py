"""How people arrange topics: who may, whether it can be done, and the act that is kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from flows.topic_checks import (
    LONGEST_NAME,
    LONGEST_TERM,
    MOST_TERMS,
    ActDraft,
    NothingChanged,
    TopicError,
    find_topic,
    may_arrange,
    past_events,
    tidy_terms,
)
from flows.topic_standing import standing_topics, topic_items, topic_passages
from pipelines.domain.ids import content_id
from pipelines.domain.topics import TopicAct, TopicActKind
from pipelines.settings import Settings
from pipelines.store import Workspace

if TYPE_CHECKING:
    from pipelines.topics.parting import Parts

__all__ = [
    "LONGEST_NAME", "LONGEST_TERM", "MOST_TERMS", "NothingChanged", "TopicError", "find_topic", "hide_topic",
    "may_arrange", "merge_topics", "next_turn", "past_events", "pin_terms", "rename_topic", "show_topic",
    "split_topic", "suggest_split", "topic_turns",
]  # fmt: skip

_SHOWN_STRANGERS = 10
"""Ids in a message: enough to find them in a file, and still to be read."""


def rename_topic(
    workspace: Workspace,
    topic_id: str,
    person: str,
    *,
    name_nl: str = "",
    name_en: str = "",
    note: str = "",
    turn: int | None = None,
    now: datetime | None = None,
) -> TopicAct:
    """Give a topic other names from now on; a name that is left empty stays as it is.

    Parameters
    ----------
    workspace, topic_id, person
        ``person`` is the name of an account of an editor.
    name_nl, name_en
        At least one of them, of at most :data:`LONGEST_NAME` characters.
    note
        Why, for those who read the history.
    turn
        One more than the acts on the topic that the person saw (:func:`next_turn`); ``None`` takes what stands now as
        seen.
    now
        Moment in UTC, without time zone; the present one where ``None``.

    Raises
    ------
    UnknownError
        There is no such topic (any more).
    TopicError
        The person may not, or a name is missing, too long, or that of another topic; :class:`NothingChanged` where all
        is so already.
    ActConflict
        Somebody else arranged the topic in the meantime.
    """
    draft = ActDraft(workspace, topic_id, person)
    nl, en = draft.tidy_names(name_nl, name_en)
    if not nl and not en:
        raise TopicError("error.topic_name_missing")
    draft.check_free(nl, en)
    return draft.make(TopicActKind.RENAME, turn, now, name_nl=nl, name_en=en, note=note)


def merge_topics(
    workspace: Workspace,
    topic_id: str,
    others: Sequence[str],
    person: str,
    *,
    note: str = "",
    turn: int | None = None,
    now: datetime | None = None,
) -> TopicAct:
    """Let other topics go into a topic, which keeps its id and names. Parameters and errors as :func:`rename_topic`."""
    draft = ActDraft(workspace, topic_id, person)
    chosen = tuple(dict.fromkeys(others))
    if not chosen:
        raise TopicError("error.topic_merge_nothing")
    if topic_id in chosen:
        raise TopicError("error.topic_merge_itself")
    for other in chosen:
        find_topic(draft.model, other, lambda: past_events(workspace))
    return draft.make(TopicActKind.MERGE, turn, now, others=chosen, note=note)


def split_topic(
    workspace: Workspace,
    topic_id: str,
    passages: Sequence[str],
    person: str,
    *,
    name_nl: str = "",
    name_en: str = "",
    note: str = "",
    turn: int | None = None,
    now: datetime | None = None,
) -> TopicAct:
    """Let passages of a topic become a topic of their own, whose id is ``others[0]`` of the act.

    A name in one language does for both. Other parameters and errors as :func:`rename_topic`; all ``passages`` lie in
    the topic, and some of its passages are not among them.
    """
    draft = ActDraft(workspace, topic_id, person, members=True)
    chosen = tuple(sorted(set(passages)))
    inside = {passage for passage, topic in draft.model.assignments.items() if topic == topic_id}
    strangers = [passage for passage in chosen if passage not in inside]
    if strangers:
        shown = ", ".join(strangers[:_SHOWN_STRANGERS]) + (", …" if len(strangers) > _SHOWN_STRANGERS else "")
        raise TopicError("error.topic_split_stranger", passages=shown, n=len(strangers))
    if not chosen or len(chosen) == len(inside):
        raise TopicError("error.topic_split_empty")
    nl, en = draft.tidy_names(name_nl, name_en)
    if not nl and not en:
        raise TopicError("error.topic_name_missing")
    nl, en = nl or en, en or nl
    draft.check_free(nl, en, new=True)
    # With the turn: who undoes a division and makes it again gets another topic, not one with the history of the first.
    new = content_id("topic", "split", topic_id, draft.n_acts, *chosen)
    return draft.make(TopicActKind.SPLIT, turn, now, others=(new,), passages=chosen, name_nl=nl, name_en=en, note=note)


def hide_topic(
    workspace: Workspace,
    topic_id: str,
    person: str,
    *,
    note: str = "",
    turn: int | None = None,
    now: datetime | None = None,
) -> TopicAct:
    """Leave a topic out of lists, maps and reports. Parameters and errors as :func:`rename_topic`."""
    return ActDraft(workspace, topic_id, person).make(TopicActKind.HIDE, turn, now, note=note)


def show_topic(
    workspace: Workspace,
    topic_id: str,
    person: str,
    *,
    note: str = "",
    turn: int | None = None,
    now: datetime | None = None,
) -> TopicAct:
    """Show a topic again that was hidden. Parameters and errors as :func:`rename_topic`."""
    return ActDraft(workspace, topic_id, person).make(TopicActKind.SHOW, turn, now, note=note)


def pin_terms(
    workspace: Workspace,
    topic_id: str,
    person: str,
    *,
    terms_nl: Sequence[str] = (),
    terms_en: Sequence[str] = (),
    note: str = "",
    turn: int | None = None,
    now: datetime | None = None,
) -> TopicAct:
    """Let these terms stand first from now on, in this order, in place of those pinned before; none undoes it.

    At most :data:`MOST_TERMS` of at most :data:`LONGEST_TERM` characters per language. Other parameters and errors as
    :func:`rename_topic`.
    """
    draft = ActDraft(workspace, topic_id, person)
    nl, en = tidy_terms(terms_nl), tidy_terms(terms_en)
    return draft.make(TopicActKind.PIN, turn, now, terms_nl=nl, terms_en=en, note=note)


def suggest_split(workspace: Workspace, settings: Settings, topic_id: str) -> Parts | None:
    """Two parts of a topic that differ most in subject; ``None`` where it has no sensible division.

    Takes a second or so for the first topic of a process.

    Raises
    ------
    UnknownError
        There is no such topic (any more).
    """
    from flows.context import ScanContext
    from flows.vectors import passage_vectors
    from pipelines.topics.parting import suggest_parts

    model = standing_topics(workspace)
    topic = find_topic(model, topic_id)
    assert model is not None  # the topic is one of it
    chosen = [passage for passage, where in model.assignments.items() if where == topic.id]
    items = topic_items(workspace, chosen)
    context = ScanContext(settings, workspace)
    return suggest_parts(topic_passages(workspace, items), passage_vectors(context, items))


def next_turn(workspace: Workspace, topic_id: str) -> int:
    """The ``turn`` of the next act on a topic, for a form that is filled in now."""
    return topic_turns(workspace).get(topic_id, 0) + 1


def topic_turns(workspace: Workspace) -> Mapping[str, int]:
    """How many acts there are on each topic that has any."""
    return workspace.acts.topic_turns()
