"""Who read what, where two readers differ, how far they agree, and what was decided last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pipelines.domain.accounts import AccountRole
from pipelines.domain.decisions import Decision, Standing, Verdict
from pipelines.report.wording import number, percentage
from pipelines.review.agreement import LEAST_PAIRS, Agreement, Estimate, Problem
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.rendering import render
from pipelines.store.evidence import Place
from pipelines.strings import Language, text

router = APIRouter()
HISTORY = 100
"""Decisions in the list of the latest."""
PAGE_ITEMS = 50
_LEAD_CHARACTERS = 120
_COUNTED: Mapping[str, tuple[Verdict, ...]] = {
    "decided": (Verdict.ACCEPT, Verdict.CORRECT, Verdict.REJECT, Verdict.LATER),
    "accepted": (Verdict.ACCEPT,),
    "corrected": (Verdict.CORRECT,),
    "rejected": (Verdict.REJECT,),
    "later": (Verdict.LATER,),
}


@dataclass(frozen=True)
class ShownItem:
    """An item that two people read, or are to read."""

    standing: Standing
    passage_id: str
    lead: str
    place: Place | None
    differs: str = ""
    """On what the readers differ, in words."""


@dataclass(frozen=True)
class ShownAgreement:
    """Agreement on one label in words."""

    label: str
    n_pairs: int
    share: str
    kappa: str
    strength: str
    """The word for kappa, with the word for its lower bound; or why there is none."""
    ac1: str


def lead_of(decision: Decision) -> str:
    """The beginning of a passage as it was shown."""
    line = " ".join(decision.passage_text.split())
    return line if len(line) <= _LEAD_CHARACTERS else line[:_LEAD_CHARACTERS].rsplit(" ", 1)[0] + "…"


def label_name(label: str, language: Language) -> str:
    """Name of a label of :func:`~pipelines.review.agreement.agreement_per_label`."""
    if label.startswith("theme."):
        return text("readers_page.theme", language, theme=text(label, language))
    return text(f"page.decide.label.{label}", language)


def show_agreement(label: str, found: Agreement, language: Language) -> ShownAgreement:
    """One line of the table of agreement."""

    def told(estimate: Estimate | None, decimals: int = 2) -> str:
        if estimate is None:
            return "–"
        low, high = (number(bound, language, decimals) for bound in (estimate.low, estimate.high))
        value = number(estimate.value, language, decimals)
        return text("readers_page.estimate", language, value=value, low=low, high=high)

    if found.problem is not None:
        few = found.problem is Problem.TOO_FEW
        problem = "readers_page.too_few" if few else f"priority.agreement.problem.{found.problem.value}"
        words = text(problem, language, n=number(found.n_pairs, language), least=LEAST_PAIRS)
    elif found.strength is not None and found.least_strength is not None:
        strength, least = (
            text(f"priority.agreement.strength.{one.value}", language) for one in (found.strength, found.least_strength)
        )
        key = "strength_sure" if strength == least else "strength"
        words = text(f"readers_page.{key}", language, strength=strength, least=least)
    else:
        words = "–"
    share = found.share
    return ShownAgreement(
        label=label_name(label, language),
        n_pairs=found.n_pairs,
        share="–" if share is None else percentage(share.value, language),
        kappa=told(found.kappa),
        strength=words,
        ac1=told(found.ac1),
    )


def _shown(found: list[tuple[str, Standing]], places: Mapping[str, Place], language: Language) -> list[ShownItem]:
    items: list[ShownItem] = []
    for _, standing in found:
        last = standing.first or standing.second or standing.asked
        if last is not None:
            differs = ", ".join(text(f"page.decide.label.{label}", language) for label in standing.differs)
            place = places.get(last.passage_id)
            items.append(ShownItem(standing, last.passage_id, lead_of(last), place, differs))
    return items


def _passage_of(standing: Standing) -> list[str]:
    last = standing.first or standing.second or standing.asked
    return [] if last is None else [last.passage_id]


@router.get("/readers")
def readers_page(request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)]) -> Response:
    """All of it on one page; what the visitor is to read blind is left out of it."""
    desk: Desk = request.app.state.desk
    language = visitor.language
    readings = desk.readings.readings()
    hidden = desk.readings.blind_for(visitor.account)
    differing = [one for one in readings.disagreements if one[0] not in hidden][:PAGE_ITEMS]
    asked = list(readings.asked[:PAGE_ITEMS])
    store = desk.workspace.evidence
    history, undone = store.latest(HISTORY)
    wanted = [passage_id for _, standing in (*differing, *asked) for passage_id in _passage_of(standing)]
    places = store.places({*wanted, *(decision.passage_id for decision in history)})
    agreement = readings.agreement
    return render(
        request,
        "readers.html",
        visitor,
        disagreements=_shown(differing, places, language),
        n_disagreements=sum(one[0] not in hidden for one in readings.disagreements),
        may_settle=visitor.account.role.may(AccountRole.EDITOR),
        asked=_shown(asked, places, language),
        n_asked=len(readings.asked),
        readers=[
            (one, {name: one.n(*verdicts) for name, verdicts in _COUNTED.items()})
            for one in readings.readers
            if one.n(*_COUNTED["decided"]) or one.n(Verdict.ASK)
        ],
        counted_names=[*_COUNTED, "second"],
        agreement=[show_agreement(label, found, language) for label, found in agreement.items() if found.n_pairs],
        n_pairs=readings.n_pairs,
        any_ac1=any(found.ac1 is not None for found in agreement.values()),
        history=[(one, lead_of(one), one.passage_id in places) for one in history],
        blind_items=hidden,
        undone=undone,
        names=desk.names(),
    )
