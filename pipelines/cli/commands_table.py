"""``table``: the evidence table and its versions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.cli.session import Session

if TYPE_CHECKING:
    from pipelines.domain.evidence_table import EvidenceTable


def add_commands(app: click.Group, session: Session) -> None:
    """Add the commands to ``app``."""
    t = session.t
    table = click.Group("table", help=t("cli.table.help"), no_args_is_help=True)
    app.add_command(table)
    as_json = click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))
    version = click.option("--version", "version", help=t("cli.table.version"))
    _add_import(table, session, as_json)

    @table.command("export", help=t("cli.table.export_help"))
    @click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
    @version
    @click.option("--language", type=click.Choice(["nl", "en"]), help=t("cli.option.language"))
    def export_table(file: Path, version: str | None, language: str | None) -> None:
        from flows.tables import export_table as export

        stored = export(session.existing(), file, version, language or session.language)
        session.say("cli.table.exported", version=stored.version, path=file)

    @table.command("show", help=t("cli.table.show_help"))
    @version
    @as_json
    def show(version: str | None, as_json: bool) -> None:
        from flows.tables import stored_table

        stored = stored_table(session.existing(), version)
        if as_json:
            session.result_json(table_record(stored))
        else:
            show_table(session, stored)

    @table.command("history", help=t("cli.table.history_help"))
    @as_json
    def history(as_json: bool) -> None:
        from flows.tables import table_history

        lines = table_history(session.existing())
        named = [(v, when, t(o) if o == "cli.table.origin_shipped" else o) for v, when, o in lines]
        if as_json:
            session.result_json({"versions": [{"version": v, "stored": w, "origin": o} for v, w, o in named]})
            return
        header = [t(f"cli.table.heading_{name}") for name in ("version", "date", "origin")]
        session.result_table(header, [[v, f"{w:%Y-%m-%d %H:%M}", o] for v, w, o in named])

    @table.command("diff", help=t("cli.table.diff_help"))
    @click.argument("old")
    @click.argument("new")
    @as_json
    def diff(old: str, new: str, as_json: bool) -> None:
        from flows.tables import compare_versions

        changes = compare_versions(session.existing(), old, new)
        if as_json:
            session.result_json({"changes": [c.model_dump(mode="json") for c in changes]})
            return
        if not changes:
            session.say("cli.table.same")
        for change in changes:
            place = f" ({t(f'column.{change.column.value}')})" if change.column else ""
            session.result(f"{t(f'cli.table.{change.kind}')}: {change.id}{place}")
            for mark, value in (("−", change.before), ("+", change.after)):
                if value:
                    session.result(f"  {mark} {value}")


def _add_import(table: click.Group, session: Session, as_json: object) -> None:
    t = session.t

    @table.command("import", help=t("cli.table.import_help"))
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--dry-run", is_flag=True, help=t("cli.table.dry_run"))
    @as_json  # type: ignore[operator]
    def import_table(file: Path, dry_run: bool, as_json: bool) -> None:
        from flows.tables import import_table as read
        from flows.tables import moment

        stored, is_new = read(session.existing(), file, store=not dry_run, now=moment())
        counts = {"rows": len(stored.rows), "statements": sum(len(r.statements) for r in stored.rows)}
        if as_json:
            session.result_json(table_record(stored))
        elif dry_run:
            session.say("cli.table.read_only", **counts)
            show_table(session, stored)
        elif is_new:
            session.say("cli.table.imported", version=stored.version, **counts)
        else:
            session.say("cli.table.unchanged", version=stored.version)


def table_record(table: EvidenceTable) -> dict[str, object]:
    """The table as other programs read it."""
    return table.model_dump(mode="json", exclude={"schema_version"})


def show_table(session: Session, table: EvidenceTable) -> None:
    """Print the table, chapter by chapter."""
    from pipelines.domain.evidence_table import Column

    t = session.t
    session.result(t("cli.table.title", version=table.version))
    chapter = None
    for row in table.rows:
        if row.chapter != chapter:
            chapter = row.chapter
            session.result(f"\n== {t(f'theme.{chapter.value}')} ==")
        session.result(f"\n{row.id} {row.title(session.language)}")
        for column in Column:
            statements = row.column(column)
            if statements:
                session.result(f"  {t(f'column_question.{column.value}')}")
            for statement in statements:
                source = f" ({statement.source})" if statement.source else ""
                session.result(f"    {statement.id}  {statement.text(session.language)}{source}")
