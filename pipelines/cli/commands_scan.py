"""``demo`` and ``scan``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.cli.second_opinion import tell_second_opinion
from pipelines.cli.session import Session

if TYPE_CHECKING:
    from flows.outcome import ScanOutcome

_SHOWN_SET_ASIDE = 20


def add_commands(app: click.Group, session: Session) -> None:
    """Add the commands to ``app``."""
    t = session.t
    language = click.option("--language", type=click.Choice(["nl", "en"]), help=t("cli.option.language"))
    as_json = click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))

    @app.command("demo", help=t("cli.demo.help"))
    @click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
    @click.option("--update", is_flag=True, help=t("cli.demo.update"))
    @language
    @as_json
    def demo(folder: Path | None, update: bool, language: str | None, as_json: bool) -> int:
        from pipelines.examples import copy_examples

        target = _demo_folder(session, folder)
        if update:
            return _demo_update(session, target, language or session.language, as_json=as_json)
        copied = copy_examples(target / "data" / "raw")
        session.say("cli.demo.ready", count=len(copied), folder=target)
        return run_scan(Session(session.language, target), [], language or session.language, as_json)

    @app.command("scan", help=t("cli.scan.help"))
    @click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
    @language
    @as_json
    def scan(paths: tuple[Path, ...], language: str | None, as_json: bool) -> int:
        return run_scan(session, paths, language, as_json)


def _demo_update(session: Session, target: Path, language: str, *, as_json: bool) -> int:
    """Two scans a month apart, what example readers and editors decide, and the update note of the second month."""
    from flows.example_round import run_example_round, write_example_note

    session.say("cli.demo.update_begins", folder=target)
    settings = Session(session.language, target).settings()
    months = run_example_round(settings)
    paths = write_example_note(settings, language=language)
    if as_json:
        told = [
            {
                "day": one.day,
                "run": one.run_id,
                "decisions": one.n_decisions,
                "proposals": [{"rule": p.rule, "statement": p.statement_id, "row": p.row_id} for p in one.proposals],
                "version": one.table.version,
            }
            for one in months
        ]
        session.result_json({"months": told, "reports": paths})
        return 0
    for one in months:
        session.say(
            "cli.demo.month", day=one.day, n=one.n_decisions, proposals=len(one.proposals), version=one.table.version
        )
    for path in paths.values():
        session.result(path)
    session.say("cli.demo.update_next", folder=target)
    return 0


def _demo_folder(session: Session, folder: Path | None) -> Path:
    base = session.workspace or Path.cwd()
    if folder is not None:
        target = folder.expanduser().resolve()
        if target.exists() and any(target.iterdir()):
            raise click.UsageError(session.t("cli.demo.exists", folder=target))
        return target
    names = ("kennisstand-demo", *(f"kennisstand-demo-{n}" for n in range(2, 1000)))
    return next(base.resolve() / name for name in names if not (base.resolve() / name).exists())


def _tell_what_was_made_anew(session: Session, outcome: ScanOutcome) -> None:
    if outcome.relabelled:
        session.say("cli.scan.relabelled", documents=outcome.relabelled)
    if outcome.reencoded:
        session.say("cli.vectors.anew", passages=outcome.reencoded, encoder=outcome.encoder)
    elif outcome.encoder_changed:
        session.say("cli.vectors.topics_anew", encoder=outcome.encoder)


def run_scan(
    session: Session,
    paths: Sequence[Path],
    language: str | None,
    as_json: bool,
    retry: Sequence[str] | None = None,
) -> int:
    """Scan and tell what came of it; 1 where a file could not be opened at all."""
    from flows.progress import told_to
    from flows.start import start_scan, was_interrupted
    from pipelines.cli.terminal_progress import TerminalProgress

    settings = session.settings()
    console = session.messages
    if was_interrupted(settings):
        session.say("cli.scan.continued")
    with TerminalProgress(session, console) as bars, told_to(bars):
        outcome = start_scan(settings, paths, retry, language=language)
    missing = [s for s in outcome.failed if s.document is None]
    if as_json:
        failed = [{**s.model_dump(exclude={"reason"}), "reason": session.reason(s.reason)} for s in outcome.failed]
        session.result_json({**outcome.model_dump(exclude={"failed"}), "failed": failed})
        return 1 if missing else 0
    if outcome.files == 0 and retry is None and outcome.nothing_new:
        session.say("cli.scan.no_files", folder=settings.raw_dir)
        return 1
    if outcome.nothing_new:
        session.say("cli.scan.nothing_new", documents=outcome.documents)
    else:
        session.say(
            "cli.scan.summary",
            documents=outcome.documents,
            new=outcome.new_documents,
            passages=outcome.passages,
            flagged=outcome.flagged,
            topics=outcome.topics,
            seconds=f"{outcome.seconds:.0f}",
        )
    _tell_what_was_made_anew(session, outcome)
    if not outcome.nothing_new:
        tell_second_opinion(session, outcome.second_opinion)
    if outcome.failed:
        session.say("cli.scan.set_aside", count=len(outcome.failed))
        for item in outcome.failed[:_SHOWN_SET_ASIDE]:
            session.tell(f"  {Path(item.path).name}: {session.reason(item.reason)}")
        if len(outcome.failed) > _SHOWN_SET_ASIDE:
            session.tell(f"  … +{len(outcome.failed) - _SHOWN_SET_ASIDE}: kennisstand documents --failed")
    if outcome.reports:
        session.say("cli.scan.report")
        for path in outcome.reports.values():
            session.result(path)
    return 1 if missing else 0
