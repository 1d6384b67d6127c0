"""``learn``: the models learn from decisions, or go back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipelines.cli.session import Session

if TYPE_CHECKING:
    from flows.learn_records import Comparison, LearningRecord


def add_commands(app: click.Group, session: Session) -> None:
    """Add the command to ``app``."""
    t = session.t

    @app.command("learn", help=t("cli.learn.help"))
    @click.option("--dry-run", is_flag=True, help=t("cli.learn.dry_run"))
    @click.option("--back", is_flag=True, help=t("cli.learn.back"))
    @click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))
    def learn_command(dry_run: bool, back: bool, as_json: bool) -> int:
        if back and dry_run:
            raise click.UsageError(t("cli.learn.both"))
        from flows.learn import NothingToLearn, go_back, learn

        settings = session.existing()
        if not back:
            session.say("cli.learn.busy")
        try:
            record = go_back(settings) if back else learn(settings, dry_run=dry_run)
        except NothingToLearn as error:
            session.say(error.key, **error.values)
            if as_json:
                session.result_json({"learned": None, "reason": error.key, "values": error.values})
            return 0
        if as_json:
            session.result_json({"learned": record.model_dump(mode="json")})
        else:
            _tell(session, record)
        return 0


def _tell(session: Session, record: LearningRecord) -> None:
    from flows.learn_records import Outcome

    t = session.t
    if record.outcome != Outcome.WENT_BACK:
        session.say(
            "cli.learn.learned",
            lessons=record.n_lessons,
            documents=record.n_documents,
            findings=record.n_findings,
            decisions=record.n_decisions,
            seconds=record.seconds,
        )
    for name, found in (("held_out", record.held_out), ("decisions", record.decisions)):
        if found is not None:
            session.result(t(f"learn.measured_on.{name}", passages=found.n_passages, documents=found.n_documents))
            _tell_figures(session, found)
    session.result(f"{t(f'learn.outcome.{record.outcome.value}')}: {t(record.reason, **record.values)}")
    if record.outcome == Outcome.TRIED:
        session.say("cli.learn.would" if record.reason == "learn.better_on_decisions" else "cli.learn.would_not")
    elif record.outcome != Outcome.KEPT_ASIDE:
        session.say("cli.learn.next_scan")


def _tell_figures(session: Session, found: Comparison) -> None:
    def line(name: str) -> list[str]:
        by = found.difference[name]
        values = f"{found.before[name]:.3f}", f"{found.after[name]:.3f}"
        return [session.t(f"learn.figure.{name}"), *values, f"{by.mean:+.3f} ({by.low:+.3f}, {by.high:+.3f})"]

    session.result_table(
        [session.t(f"learn.heading.{name}") for name in ("figure", "before", "after", "difference")],
        [line(name) for name in found.before],
        right=frozenset({1, 2, 3}),
    )
