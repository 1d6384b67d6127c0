"""Goes through doubtful passages within bounds of number, time and tokens, and keeps account."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import ValidationError

from pipelines.domain.moments import now
from pipelines.domain.record import Record
from pipelines.domain.second_opinions import Fault, SecondOpinion, SecondOpinionAccount
from pipelines.second_opinion.client import Endpoint
from pipelines.second_opinion.faults import EndpointError
from pipelines.second_opinion.prompt import PROMPT_VERSION, Question
from pipelines.second_opinion.schema import Answer, read_answer

logger = logging.getLogger(__name__)

_WAIT_SECONDS = (2.0, 6.0, 18.0, 0.0)
"""Before a question is put again to a server that is busy or fails, where it does not ask for longer: a model server
that still loads its model says so (503) for about half a minute."""
MOST_TRIES = len(_WAIT_SECONDS)
MOST_FAULTS_IN_A_ROW = 5
"""After so many passages without an answer the rest is left for a later run: it is not these passages."""
_AGAIN = frozenset({Fault.BUSY, Fault.SERVER})
"""What may pass: the question is put again."""
_WITHOUT_COST = frozenset(
    {Fault.UNREACHABLE, Fault.BUSY, Fault.NOT_ALLOWED, Fault.NOT_FOUND, Fault.REJECTED, Fault.REDIRECT}
)
"""After these no model has read anything; after all others it may have, and the question is counted."""
_HOPELESS = frozenset({Fault.NOT_ALLOWED, Fault.NOT_FOUND, Fault.REDIRECT, Fault.BUSY})
"""What holds for all passages alike: the rest is left at once. ``busy`` is one of them, since a server that stays busy
as long as it asked to wait (or asks longer than there is) wants to be left alone."""


class KeptAnswers(Protocol):
    """Answers of before by key of their question."""

    def get(self, key: str) -> str | None:
        """What was kept; ``None`` where nothing was."""
        ...

    def keep(self, key: str, content: str) -> None:
        """Keep an answer."""
        ...


@dataclass(frozen=True)
class Bounds:
    """How much one run may cost."""

    passages: int
    """Sent at most."""
    request_seconds: float
    total_seconds: float
    total_tokens: int


class _Kept(Record):
    """An answer as it is kept."""

    answer: Answer
    answered: datetime


@dataclass
class Reader:
    """Asks for second opinions in one run; ``account`` grows as it goes.

    Parameters
    ----------
    endpoint
        Whom to ask.
    kept
        Answers of before; those to the very same question are not asked again.
    bounds
        What the run may cost.
    account
        That of the run so far.
    clock, sleep
        Seconds that only go on, and waiting.
    """

    endpoint: Endpoint
    kept: KeptAnswers
    bounds: Bounds
    account: SecondOpinionAccount
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def read(self, questions: Iterable[tuple[str, Question | None]]) -> Iterator[tuple[str, SecondOpinion | None]]:
        """Ask the questions in their order.

        Parameters
        ----------
        questions
            Passage id and question; ``None`` where the passage is too long to be asked about.

        Yields
        ------
        tuple
            Passage id, and the opinion where there is one. After a bound is reached or the endpoint is given up, the
            answers that were kept from before still come; all others come without an opinion.
        """
        self._begun = self.clock() - self.account.seconds
        self._in_a_row = 0
        self._dearest = 0
        for passage_id, question in questions:
            self._count(n_doubtful=1)
            if question is None:
                self._count(n_too_long=1)
                yield passage_id, None
                continue
            opinion = self._from_before(question)
            if opinion is None:
                opinion = self._asked(question)
            yield passage_id, opinion

    def _from_before(self, question: Question) -> SecondOpinion | None:
        content = self.kept.get(question.key(self.endpoint.model))
        if content is None:
            return None
        try:
            kept = _Kept.model_validate_json(content)
            answer = read_answer(kept.answer.model_dump_json(), question.row_ids, question.statement_ids)
        except (ValidationError, EndpointError):
            return None  # damaged, or of a version with other rules: it is asked again
        self._count(n_kept=1)
        return self._opinion(question, answer, kept.answered)

    def _asked(self, question: Question) -> SecondOpinion | None:
        if self.account.stopped is None:
            self._note(stopped=self._bound_reached(question))
        if self.account.stopped is not None:
            return None
        self._count(n_asked=1)
        try:
            answer = self._ask(question)
        except EndpointError as error:
            self._fault(error.fault)
            return None
        finally:
            self._note(seconds=round(self.clock() - self._begun, 3))
        self._in_a_row = 0
        self._count(n_answered=1)
        answered = now()
        kept = _Kept(answer=answer, answered=answered)
        self.kept.keep(question.key(self.endpoint.model), kept.model_dump_json(indent=1))
        return self._opinion(question, answer, answered)

    def _bound_reached(self, question: Question) -> str | None:
        bounds, account = self.bounds, self.account
        if account.n_asked >= bounds.passages:
            return "passages"
        if self._seconds_left() <= 0:
            return "seconds"
        expected = max(question.n_tokens + self.endpoint.answer_tokens, self._dearest)
        return "tokens" if account.tokens + expected > bounds.total_tokens else None

    def _seconds_left(self) -> float:
        return self.bounds.total_seconds - (self.clock() - self._begun)

    def _ask(self, question: Question) -> Answer:
        """The answer; a busy or failing server is asked again as long as time allows."""
        for attempt in range(MOST_TRIES):
            try:
                reply = self.endpoint.ask(question, max(min(self.bounds.request_seconds, self._seconds_left()), 0.05))
            except EndpointError as error:
                if error.fault not in _WITHOUT_COST:
                    self._count(tokens=error.tokens or question.n_tokens)
                wait = max(error.wait_seconds or 0.0, _WAIT_SECONDS[attempt])
                last = attempt == MOST_TRIES - 1
                if error.fault not in _AGAIN or last or wait >= self._seconds_left():
                    raise
                logger.info("second opinion: %s, asked again after %.0f seconds", error.fault.value, wait)
                self.sleep(wait)
            else:
                self._count(tokens=reply.tokens)
                self._dearest = max(self._dearest, reply.tokens)
                return read_answer(reply.content, question.row_ids, question.statement_ids)
        raise AssertionError("the last attempt returns or raises")

    def _fault(self, fault: Fault) -> None:
        faults = {**self.account.faults, fault: self.account.faults.get(fault, 0) + 1}
        self._in_a_row += 1
        hopeless = fault in _HOPELESS or self._in_a_row >= MOST_FAULTS_IN_A_ROW
        self._note(faults=faults, stopped=fault.value if hopeless else None)
        logger.info("second opinion: no answer (%s)", fault.value)

    def _opinion(self, question: Question, answer: Answer, answered: datetime) -> SecondOpinion:
        return SecondOpinion(
            passage_id=question.passage_id,
            model=self.endpoint.model,
            outside=self.endpoint.address.outside,
            prompt_version=PROMPT_VERSION,
            table_version=question.table_version,
            answered=answered,
            kind=answer.evidence,
            **answer.model_dump(exclude={"evidence"}),
        )

    def _count(self, **more: int) -> None:
        self._note(**{name: getattr(self.account, name) + n for name, n in more.items()})

    def _note(self, **changes: object) -> None:
        self.account = self.account.model_copy(update=changes)
