"""How people arrange topics: who may, whether it can be done, and the act that is kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flows.proposal_checks import tidy_name
from flows.topic_standing import standing_topics, topic_items, topic_passages
from pipelines.domain import moments
from pipelines.domain.accounts import AccountRole
from pipelines.domain.ids import content_id
from pipelines.domain.topics import Topic, TopicAct, TopicActKind, TopicModel
from pipelines.errors import KennisstandError, UnknownError
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.acts import ActConflict

if TYPE_CHECKING:
    from pipelines.topics.parting import Parts

LONGEST_NAME = 80
"""Characters: a name has to fit on the map and in a column of the report."""
LONGEST_TERM = 60
"""Characters: more is a sentence."""
MOST_TERMS = 8
"""Pinned terms per language, as many as a topic shows of its own (:attr:`pipelines.topics.config.TopicsConfig.n_terms`)
."""
LONGEST_NOTE = 400


class TopicError(KennisstandError):
    """The topics cannot be arranged so, or not by this person."""


def may_arrange(workspace: Workspace, person: str) -> bool:
    """Whether ``person`` may arrange topics: open accounts of editors and admins, anybody where there are none."""
    if workspace.accounts.count() == 0:
        return bool(person.strip())
    account = workspace.accounts.get(tidy_name(person))
    return account is not None and account.active and account.role.may(AccountRole.EDITOR)


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
        The person may not, or a name is missing, too long, or that of another topic.
    ActConflict
        Somebody else arranged the topic in the meantime.
    """
    draft = _Draft(workspace, topic_id, person)
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
    draft = _Draft(workspace, topic_id, person)
    chosen = tuple(dict.fromkeys(others))
    if not chosen:
        raise TopicError("error.topic_merge_nothing")
    if topic_id in chosen:
        raise TopicError("error.topic_merge_itself")
    for other in chosen:
        find_topic(draft.model, other)
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
    draft = _Draft(workspace, topic_id, person)
    nl, en = draft.tidy_names(name_nl, name_en)
    if not nl and not en:
        raise TopicError("error.topic_name_missing")
    nl, en = nl or en, en or nl
    draft.check_free(nl, en, new=True)
    chosen = tuple(sorted(set(passages)))
    inside = {passage for passage, topic in draft.model.assignments.items() if topic == topic_id}
    strangers = [passage for passage in chosen if passage not in inside]
    if strangers:
        raise TopicError("error.topic_split_stranger", passage=strangers[0], n=len(strangers))
    if not chosen or len(chosen) == len(inside):
        raise TopicError("error.topic_split_empty")
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
    return _Draft(workspace, topic_id, person).make(TopicActKind.HIDE, turn, now, note=note)


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
    return _Draft(workspace, topic_id, person).make(TopicActKind.SHOW, turn, now, note=note)


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
    draft = _Draft(workspace, topic_id, person)
    nl, en = _tidy_terms(terms_nl), _tidy_terms(terms_en)
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


def find_topic(model: TopicModel | None, topic_id: str) -> Topic:
    """A topic by its id.

    Raises
    ------
    UnknownError
        There is none, or it went into another one.
    """
    if model is not None:
        for topic in model.topics:
            if topic.id == topic_id:
                return topic
        for event in reversed(model.events):
            if event.kind == "merged" and topic_id in event.others:
                raise UnknownError("error.topic_merged", topic=topic_id, into=event.topic)
    raise UnknownError("error.topic_unknown", topic=topic_id)


def next_turn(workspace: Workspace, topic_id: str) -> int:
    """The ``turn`` of the next act on a topic, for a form that is filled in now."""
    return topic_turns(workspace).get(topic_id, 0) + 1


def topic_turns(workspace: Workspace) -> Mapping[str, int]:
    """How many acts there are on each topic that has any."""
    return workspace.acts.topic_turns()


class _Draft:
    """An act that is being made: the topics as they stand, and what is checked against them."""

    def __init__(self, workspace: Workspace, topic_id: str, person: str) -> None:
        self._workspace = workspace
        self._person = _check_person(workspace, person)
        # Read before the topics: what comes in between is told as a conflict rather than overlooked.
        made = workspace.acts.topic_acts()
        self._seen = made[-1][0] if made else 0
        self._made = [act for _, act in made if act.topic == topic_id]
        self.n_acts = len(self._made)
        found = standing_topics(workspace)
        self._topic = find_topic(found, topic_id)
        assert found is not None  # the topic is one of it
        self.model = found

    @staticmethod
    def tidy_names(name_nl: str, name_en: str) -> tuple[str, str]:
        """Names with single spaces, as they are kept."""
        nl, en = " ".join(name_nl.split()), " ".join(name_en.split())
        for name in (nl, en):
            if len(name) > LONGEST_NAME:
                raise TopicError("error.topic_name_long", most=LONGEST_NAME, n=len(name))
        return nl, en

    def check_free(self, name_nl: str, name_en: str, *, new: bool = False) -> None:
        """No other topic has one of the names; empty ones are not looked at."""
        for topic in self.model.topics:
            if topic.id == self._topic.id and not new:
                continue
            for given, taken in ((name_nl, topic.name_nl), (name_en, topic.name_en)):
                if given and given.casefold() == taken.casefold():
                    raise TopicError("error.topic_name_taken", name=given, topic=topic.id)

    def make(
        self, kind: TopicActKind, turn: int | None, now: datetime | None, *, note: str = "", **content: Any
    ) -> TopicAct:
        """Keep the act, and return it.

        Raises
        ------
        ActConflict
            Somebody else arranged the topic after the person looked at it.
        """
        decided, content = now or moments.now(), {**content, "note": " ".join(note.split())[:LONGEST_NOTE]}
        if turn is not None and turn != self.n_acts + 1:
            since = self._made[turn - 1 :] if turn >= 1 else []
            if len(since) == 1 and _is_repeated(since[0], kind, self._person, content):
                return since[0]
            raise ActConflict(self._topic.id, "error.topic_conflict")
        number = self.n_acts + 1
        act = TopicAct(
            id=content_id("topic act", self._topic.id, number, self._person, kind, decided.isoformat()),
            kind=kind,
            topic=self._topic.id,
            turn=number,
            person=self._person,
            decided=decided,
            **content,
        )
        self._workspace.acts.arrange([act], seen=self._seen)
        return act


def _is_repeated(made: TopicAct, kind: TopicActKind, person: str, content: Mapping[str, Any]) -> bool:
    """Whether all that was done since is this very act: a form that was sent twice."""
    same = all(getattr(made, name) == value for name, value in content.items() if name != "others")
    return (made.kind, made.person) == (kind, person) and same


def _check_person(workspace: Workspace, person: str) -> str:
    if not person.strip():
        raise TopicError("error.topic_nobody")
    if not may_arrange(workspace, person):
        raise TopicError("error.topic_person", name=person)
    return tidy_name(person)


def _tidy_terms(terms: Sequence[str]) -> tuple[str, ...]:
    """Terms with single spaces, each once however it is written."""
    tidy = [" ".join(term.split()) for term in terms]
    if not all(tidy):
        raise TopicError("error.topic_term_empty")
    for term in tidy:
        if len(term) > LONGEST_TERM:
            raise TopicError("error.topic_term_long", most=LONGEST_TERM, term=term[:LONGEST_TERM])
    found = _once(tidy)
    if len(found) > MOST_TERMS:
        raise TopicError("error.topic_terms_many", most=MOST_TERMS, n=len(found))
    return found


def _once(terms: Sequence[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for term in terms:
        first.setdefault(term.casefold(), term)
    return tuple(first.values())
