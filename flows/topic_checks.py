"""What is checked before people arrange topics, and the act that is made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flows.proposal_checks import tidy_name
from flows.topic_standing import standing_topics
from pipelines.domain import moments
from pipelines.domain.accounts import AccountRole
from pipelines.domain.ids import content_id
from pipelines.domain.topics import Topic, TopicAct, TopicActKind, TopicEvent, TopicEventKind, TopicModel
from pipelines.errors import KennisstandError, UnknownError
from pipelines.store import Workspace
from pipelines.store.acts import ActConflict

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


class NothingChanged(TopicError):
    """It is so already: no act is kept."""


def may_arrange(workspace: Workspace, person: str) -> bool:
    """Whether ``person`` may arrange topics: open accounts of editors and admins, anybody where there are none."""
    if workspace.accounts.count() == 0:
        return bool(person.strip())
    account = workspace.accounts.get(tidy_name(person))
    return account is not None and account.active and account.role.may(AccountRole.EDITOR)


def find_topic(model: TopicModel | None, topic_id: str, earlier: Callable[[], Iterable[TopicEvent]] = tuple) -> Topic:
    """A topic by its id; ``earlier`` tells what happened in all scans, for one that is gone.

    Raises
    ------
    UnknownError
        There is none, or it went into another one.
    """
    for topic in model.topics if model is not None else ():
        if topic.id == topic_id:
            return topic
    for event in reversed((*earlier(), *(model.events if model is not None else ()))):
        if event.kind is TopicEventKind.MERGED and topic_id in event.others:
            names = {"nl": event.names_nl[0], "en": event.names_en[0]} if event.names_nl and event.names_en else {}
            into = {"nl": event.topic, "en": event.topic} | names
            raise UnknownError(
                "error.topic_merged", topic=topic_id, into=event.topic, day=event.day.isoformat(), **into
            )
    raise UnknownError("error.topic_unknown", topic=topic_id)


def past_events(workspace: Workspace) -> list[TopicEvent]:
    """What happened to topics in all scans, in order of time."""
    return [event for _, event in workspace.topics.events()]


class ActDraft:
    """An act that is being made: the topics as they stand, and what is checked against them.

    With ``members`` also which passages lie in them: of 500,000 that takes seconds, and few acts need it.
    """

    def __init__(self, workspace: Workspace, topic_id: str, person: str, *, members: bool = False) -> None:
        self._workspace = workspace
        self._person = _check_person(workspace, person)
        # Read before the topics: what comes in between is told as a conflict rather than overlooked.
        made = workspace.acts.topic_acts()
        self._seen = made[-1][0] if made else 0
        self._made = [act for _, act in made if act.topic == topic_id]
        self.n_acts = len(self._made)
        found = standing_topics(workspace, members=members)
        self._topic = find_topic(found, topic_id, lambda: past_events(workspace))
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
        if self._changes_nothing(kind, content):
            raise NothingChanged("error.topic_same")
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

    def _changes_nothing(self, kind: TopicActKind, content: Mapping[str, Any]) -> bool:
        topic = self._topic
        if kind in (TopicActKind.HIDE, TopicActKind.SHOW):
            return topic.hidden is (kind is TopicActKind.HIDE)
        if kind is TopicActKind.PIN:
            return (topic.pinned_nl, topic.pinned_en) == (content["terms_nl"], content["terms_en"])
        if kind is TopicActKind.RENAME:
            given = (content["name_nl"] or topic.name_nl, content["name_en"] or topic.name_en)
            return given == (topic.name_nl, topic.name_en)
        return False


def _is_repeated(made: TopicAct, kind: TopicActKind, person: str, content: Mapping[str, Any]) -> bool:
    """Whether all that was done since is this very act: a form that was sent twice."""
    same = all(getattr(made, name) == value for name, value in content.items() if name != "others")
    return (made.kind, made.person) == (kind, person) and same


def _check_person(workspace: Workspace, person: str) -> str:
    if not person.strip():
        raise TopicError("error.topic_nobody")
    if workspace.accounts.count() and workspace.accounts.get(tidy_name(person)) is None:
        raise TopicError("error.topic_account", name=person.strip())
    if not may_arrange(workspace, person):
        raise TopicError("error.topic_person", name=person)
    return tidy_name(person)


def tidy_terms(terms: Sequence[str]) -> tuple[str, ...]:
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
