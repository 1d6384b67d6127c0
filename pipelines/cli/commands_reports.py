"""``report`` and ``bibliography``."""

from __future__ import annotations

from datetime import datetime

import click

from pipelines.cli.dates import Day
from pipelines.cli.session import Session

_FINDINGS = ("docx", "html", "xlsx")
_NOTE = ("docx", "html", "pdf", "xlsx", "pptx", "json", "md")
_NOTE_USUAL = ("docx", "html", "pdf", "xlsx", "pptx")
_BIBLIOGRAPHY = ("docx", "html", "pdf", "md", "ris", "bib", "csl")
_BIBLIOGRAPHY_USUAL = ("docx", "html", "ris")


def add_commands(app: click.Group, session: Session) -> None:
    """Add the commands to ``app``."""
    t = session.t
    since = click.option("--since", type=Day(session), help=t("cli.report.since"))
    language = click.option("--language", type=click.Choice(["nl", "en"]), help=t("cli.option.language"))
    as_json = click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))

    @app.command("report", help=t("cli.report.help"))
    @since
    @click.option("--format", "formats", help=t("cli.report.format"))
    @click.option("--findings", is_flag=True, help=t("cli.report.findings"))
    @language
    @as_json
    def report(since: datetime | None, formats: str | None, findings: bool, language: str | None, as_json: bool) -> int:
        if findings:
            from flows.reporting import period_report

            wanted = _formats(session, formats, _FINDINGS, _FINDINGS)
            return _tell(session, period_report(session.existing(), since, wanted, language), as_json=as_json)
        from flows.note import write_update_note
        from pipelines.domain import moments

        wanted = _formats(session, formats, _NOTE, _NOTE_USUAL)
        paths = write_update_note(session.existing(), since, wanted, language, moments.now())
        return _tell(session, paths, as_json=as_json)

    @app.command("bibliography", help=t("cli.bibliography.help"))
    @since
    @click.option("--format", "formats", help=t("cli.bibliography.format"))
    @language
    @as_json
    def bibliography(since: datetime | None, formats: str | None, language: str | None, as_json: bool) -> int:
        from flows.bibliography import write_bibliography
        from pipelines.domain import moments

        wanted = _formats(session, formats, _BIBLIOGRAPHY, _BIBLIOGRAPHY_USUAL)
        paths = write_bibliography(session.existing(), since, wanted, language, moments.now())
        return _tell(session, paths, as_json=as_json)


def _formats(session: Session, given: str | None, known: tuple[str, ...], usual: tuple[str, ...]) -> list[str]:
    if given is None:
        return list(usual)
    wanted = [name.strip().lower() for name in given.split(",") if name.strip()]
    for name in wanted or [given]:
        if name not in known:
            raise click.UsageError(session.t("cli.report.bad_format", format=name, choices=", ".join(known)))
    return list(dict.fromkeys(wanted))


def _tell(session: Session, paths: dict[str, str], *, as_json: bool) -> int:
    if not paths:
        session.say("cli.report.nothing")
        return 1
    if as_json:
        session.result_json({"reports": paths})
        return 0
    session.say("cli.scan.report")
    for path in paths.values():
        session.result(path)
    return 0
