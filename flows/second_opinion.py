"""Second opinions, where the settings switch them on: a language model reads what the models find doubtful."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from flows.progress import progress
from pipelines.domain.evidence import Labels
from pipelines.domain.passages import Passage
from pipelines.domain.runs import LabelledPassage
from pipelines.domain.second_opinions import SecondOpinion, SecondOpinionAccount
from pipelines.errors import SettingsError
from pipelines.settings import Settings

if TYPE_CHECKING:  # models, and the client, which nobody needs who has not switched this on
    from flows.context import ScanContext
    from flows.label import LabelKit
    from pipelines.domain.evidence_table import EvidenceTable
    from pipelines.second_opinion.client import Endpoint
    from pipelines.second_opinion.reading import KeptAnswers

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Candidate:
    """A labelled passage that may be doubtful."""

    passage: Passage
    title: str | None
    labels: Labels
    group: str
    """Its group of near-duplicates, or else its own id."""


def chosen_endpoint(settings: Settings) -> Endpoint | None:
    """The endpoint that the settings name; ``None`` where second opinions are off.

    Raises
    ------
    SettingsError
        The address cannot be used, is of another computer while that is not allowed, or no model is named.
    """
    url = (settings.second_opinion_url or "").strip()
    if not url:
        return None
    from pipelines.second_opinion.address import check_address
    from pipelines.second_opinion.client import Endpoint

    address = check_address(url, outside_allowed=settings.second_opinion_outside)
    if not settings.second_opinion_model.strip():
        raise SettingsError("error.second_opinion_model")
    key = settings.second_opinion_key
    return Endpoint(
        address,
        settings.second_opinion_model.strip(),
        None if key is None else key.get_secret_value().strip() or None,
        settings.second_opinion_answer_tokens,
    )


class Step(NamedTuple):
    """What came of one candidate, and the account after it."""

    opinion: SecondOpinion | None
    account: SecondOpinionAccount


def read_again(
    endpoint: Endpoint,
    settings: Settings,
    kit: LabelKit,
    table: EvidenceTable,
    kept: KeptAnswers,
    candidates: Sequence[Candidate],
    account: SecondOpinionAccount,
) -> Iterator[Step]:
    """Put candidates to the endpoint, in their order."""
    from pipelines.second_opinion.prompt import make_question
    from pipelines.second_opinion.reading import Bounds, Reader

    bounds = Bounds(
        passages=settings.second_opinion_passages,
        request_seconds=settings.second_opinion_request_seconds,
        total_seconds=settings.second_opinion_total_seconds,
        total_tokens=settings.second_opinion_total_tokens,
    )
    most = settings.second_opinion_request_characters
    questions = (
        (c.passage.id, make_question(c.passage, c.title, table, _nearest(kit, c.passage.text), most))
        for c in candidates
    )
    reader = Reader(endpoint, kept, bounds, account)
    for _, opinion in reader.read(questions):
        yield Step(opinion, reader.account)


def _nearest(kit: LabelKit, text: str) -> list[str]:
    """All statements, the nearest by vectors first: not by the models' own scores, which would show their choice."""
    likeness = kit.index.vectors @ kit.encoder.encode([text])[0]
    return [kit.index.statement_ids[place] for place in (-likeness).argsort(kind="stable")]


def rank_candidates(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The doubtful ones, the most doubtful first."""
    from pipelines.second_opinion.doubt import rank_doubtful

    return [candidates[place] for place in rank_doubtful([c.labels for c in candidates], [c.group for c in candidates])]


def new_account(endpoint: Endpoint) -> SecondOpinionAccount:
    """The account of a run that begins."""
    from pipelines.second_opinion.prompt import PROMPT_VERSION

    return SecondOpinionAccount(
        model=endpoint.model,
        prompt_version=PROMPT_VERSION,
        address=str(endpoint.address),
        outside=endpoint.address.outside,
    )


def ask_second_opinions(context: ScanContext, run_id: str) -> SecondOpinionAccount | None:
    """Ask about the doubtful passages that have no second opinion yet, those of this run first.

    Every answer is stored as it comes, and so is the account of the run.
    """
    endpoint = context.endpoint
    if endpoint is None:
        return None
    store = context.workspace.second_opinions
    account = new_account(endpoint)
    before = store.account(run_id)
    if before is not None and (before.model, before.address) == (account.model, account.address):
        # The run was interrupted: its bounds go on counting, what was left or failed is asked again.
        account = before.model_copy(update={"stopped": None, "n_doubtful": before.n_doubtful - before.n_left})
    wanted = _without_opinion(context, endpoint, run_id)
    progress().begin("second_opinion", len(wanted))
    store.save(run_id, account)
    for step in read_again(
        endpoint, context.settings, context.kit, context.table, context.workspace.answers, wanted, account
    ):
        if step.opinion is not None or step.account.stopped is None:  # what is only left over is stored at the end
            store.save(run_id, step.account, step.opinion)
        account = step.account
        progress().advance("second_opinion")
    store.save(run_id, account)
    progress().end("second_opinion")
    logger.info("second opinions: %s", account.model_dump_json(exclude={"address"}))
    return account


def _without_opinion(context: ScanContext, endpoint: Endpoint, run_id: str | None) -> list[Candidate]:
    items = list(_labelled(context))
    of_run = {item.passage.id for item in items if item.document.run_id == run_id}
    candidates = [
        Candidate(item.passage, item.document.metadata.title, item.labels, item.group or item.passage.id)
        for item in items
        if item.labels is not None
    ]
    current = {item.passage.id for item in items if _is_current(item.second_opinion, endpoint)}
    wanted = [c for c in rank_candidates(candidates) if c.passage.id not in current]
    return sorted(wanted, key=lambda c: c.passage.id not in of_run)


def _labelled(context: ScanContext) -> Iterator[LabelledPassage]:
    from pipelines.store.passages import PassageFilter  # with the libraries of the store

    documents = {d.id: d for d in context.workspace.documents.summaries()}
    return context.workspace.passages.find(documents, PassageFilter(labelled_only=True))


def _is_current(opinion: SecondOpinion | None, endpoint: Endpoint) -> bool:
    from pipelines.second_opinion.prompt import PROMPT_VERSION

    return opinion is not None and (opinion.model, opinion.prompt_version) == (endpoint.model, PROMPT_VERSION)


def has_work(context: ScanContext) -> bool:
    """Whether a scan that finds nothing new has passages to ask about: left by the last run, or never asked at all."""
    endpoint = context.endpoint
    if endpoint is None:
        return False
    last = context.workspace.second_opinions.latest_account()
    fresh = new_account(endpoint)
    if last is not None and (last.model, last.prompt_version) == (fresh.model, fresh.prompt_version):
        return last.n_left > 0
    return bool(_without_opinion(context, endpoint, None))
