"""``dossiers`` and ``dossier``: passages on a question, by the part they have in a talk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.cli.session import Session

if TYPE_CHECKING:
    from pipelines.domain.dossiers import Dossier, DossierSection
    from pipelines.domain.evidence_table import EvidenceTable
    from pipelines.strings import Language


def add_commands(app: click.Group, session: Session) -> None:
    """Add the commands to ``app``."""
    t = session.t
    as_json = click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))

    @app.command("dossiers", help=t("cli.dossiers.help"))
    @as_json
    def dossiers(as_json: bool) -> None:
        show_dossiers(session, as_json=as_json)

    @app.command("dossier", help=t("cli.dossier.help"))
    @click.argument("name", nargs=-1, required=True)
    @click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help=t("cli.dossier.output"))
    @click.option(
        "-n", "--number", type=click.IntRange(1, 200), default=12, show_default=True, help=t("cli.dossier.number")
    )
    @click.option("--language", type=click.Choice(["nl", "en"]), help=t("cli.dossier.language"))
    @as_json
    def dossier(name: tuple[str, ...], output: Path | None, number: int, language: str | None, as_json: bool) -> None:
        open_one(session, " ".join(name), output, number, language, as_json=as_json)


def show_dossiers(session: Session, *, as_json: bool) -> None:
    """List the dossiers that there are."""
    from flows.dossiers import known_dossiers
    from flows.workspace import open_settings_workspace

    workspace = open_settings_workspace(session.existing())
    known = known_dossiers(workspace)
    workspace.close()
    if as_json:
        records = [
            {"shipped": one.shipped, "version": one.turn, "by": one.person, **one.question.model_dump(mode="json")}
            for one in known
        ]
        session.result_json({"dossiers": records})
        return
    session.result_table(
        [session.t(f"cli.dossiers.heading_{name}") for name in ("id", "name", "by")],
        [
            [
                one.question.id,
                one.question.name(session.language),
                session.t("cli.dossiers.shipped") if one.shipped else one.person,
            ]
            for one in known
        ],
    )


def open_one(
    session: Session, name: str, output: Path | None, number: int, language: str | None, *, as_json: bool
) -> None:
    """Open a dossier, and write it to a file, as JSON or to the screen."""
    from flows.context import ScanContext
    from flows.dossier_file import dossier_file, dossier_record, form_of
    from flows.dossiers import find_dossier, open_dossier
    from flows.progress import told_to
    from flows.search_choice import open_search
    from flows.workspace import open_settings_workspace
    from pipelines.cli.terminal_progress import TerminalProgress
    from pipelines.domain import moments
    from pipelines.store.files import write_whole

    form = None if output is None else form_of(output)
    settings = session.existing()
    context = ScanContext(settings, open_settings_workspace(settings))
    try:
        known = find_dossier(context.workspace, name)
        tongue: Language = "en" if (language or settings.language) == "en" else "nl"
        search = open_search(context)
        with TerminalProgress(session, session.messages) as bars, told_to(bars):
            search.refresh()
            found = open_dossier(context, known.question, search, shown=number)
        if output is not None and form is not None:
            write_whole(output, dossier_file(context.workspace, found, tongue, moments.now(), form))
            session.say("cli.dossier.written", name=known.question.name(session.language), file=output)
        if as_json:
            session.result_json(dossier_record(found))
        elif output is None:
            _show(session, found, context.table, tongue)
    finally:
        context.workspace.close()


def _show(session: Session, dossier: Dossier, table: EvidenceTable, language: Language) -> None:
    from pipelines.report.dossier import counts_told
    from pipelines.strings import text

    session.result(dossier.question.name(language))
    session.result(dossier.question.question(language))
    session.result(" ".join(counts_told(dossier, language)))
    rows = {row.id: row.title(language) for row in table.rows}
    for section in dossier.sections:
        session.result(f"\n{text(f'dossier.part.{section.part}', language)}")
        _show_section(session, section, rows, language)
    talk = dossier.question.talk(language)
    if talk:
        session.result(f"\n{text('dossier.for_talk', language)}")
        for asked in talk:
            session.result(f"  - {asked}")


def _show_section(session: Session, section: DossierSection, rows: dict[str, str], language: Language) -> None:
    from pipelines.report.dossier import in_shown_order
    from pipelines.report.dossier_wording import reason_words
    from pipelines.report.wording import counted, source_line
    from pipelines.strings import text

    if not section.entries:
        session.result(f"  {text('dossier.none', language)}")
    for entry in in_shown_order(section):
        bearing = f" [{text(f'dossier.bearing.{entry.bearing}', language)}]" if entry.bearing else ""
        session.result(f"  “{' '.join(entry.quotation.split())}”{bearing}")
        session.result(f"    {source_line(entry.item.document, entry.item.passage, language)}")
        session.result(f"    {reason_words(entry, language, rows)}")
    if section.n_left:
        session.result(f"  {counted('dossier.left', section.n_left, language)}")
