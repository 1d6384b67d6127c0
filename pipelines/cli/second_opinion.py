"""Tells what a language model was asked, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.cli.session import Session

if TYPE_CHECKING:
    from pipelines.domain.second_opinions import SecondOpinionAccount


def tell_second_opinion(session: Session, account: SecondOpinionAccount | None) -> None:
    """Say how many passages were asked about, what went wrong, and why the rest was left; nothing where it is off."""
    if account is None or not account.n_doubtful:
        return
    session.say(
        "cli.second_opinion.summary",
        model=account.model,
        address=account.address,
        asked=account.n_asked,
        answered=account.n_answered,
        kept=account.n_kept,
        left=account.n_left,
    )
    if account.faults:
        faults = "; ".join(session.t(f"second_opinion.fault.{f.value}", n=n) for f, n in account.faults.items())
        session.say("cli.second_opinion.faults", faults=faults)
    if account.n_too_long:
        session.say("cli.second_opinion.too_long", count=account.n_too_long)
    if account.stopped is not None:
        session.say(f"second_opinion.stopped.{account.stopped}")
