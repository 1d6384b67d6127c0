"""``table``: the evidence table and its versions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.session import Session

if TYPE_CHECKING:
    from flows.tables import ImportedTable
    from pipelines.domain.appraisal import Appraisal
    from pipelines.domain.evidence_table import EvidenceTable
    from pipelines.domain.proposals import VersionRecord
    from pipelines.table import StatementChange


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

    _add_versions(table, session, as_json)
    _add_confidence(table, session, as_json)


def _add_versions(table: click.Group, session: Session, as_json: Any) -> None:
    t = session.t

    @table.command("history", help=t("cli.table.history_help"))
    @as_json
    def history(as_json: bool) -> None:
        show_history(session, as_json=as_json)

    @table.command("diff", help=t("cli.table.diff_help"))
    @click.argument("old")
    @click.argument("new")
    @as_json
    def diff(old: str, new: str, as_json: bool) -> None:
        from flows.tables import compare_versions

        changes = compare_versions(session.existing(), old, new)
        if as_json:
            session.result_json({"changes": change_records(changes)})
        else:
            tell_changes(session, changes)

    @table.command("restore", help=t("cli.table.restore_help"))
    @click.argument("version")
    @click.option("--by", required=True, metavar=t("cli.proposals.name"), help=t("cli.proposals.by"))
    @click.option("--why", required=True, help=t("cli.table.restore_why"))
    def restore(version: str, by: str, why: str) -> None:
        from flows.versions import restore_version
        from flows.workspace import open_settings_workspace
        from pipelines.domain import moments

        settings = session.existing()
        workspace = open_settings_workspace(settings)
        try:
            before = workspace.tables.newest_version()
            stored = restore_version(workspace, settings, version, by, why, moments.now())
        finally:
            workspace.close()
        key = "cli.table.restored" if stored.version != before else "cli.table.unchanged"
        session.say(key, version=stored.version, restores=version)


def show_history(session: Session, *, as_json: bool) -> None:
    """Print how every version came to be."""
    from flows.tables import table_history
    from pipelines.domain.moments import on_the_clock

    t = session.t
    records = table_history(session.existing())
    if as_json:
        told = [
            {
                "version": record.version,
                "stored": record.created,
                "origin": record.origin.value,
                "file": record.file,
                "based_on": record.based_on,
                "restores": record.restores,
                "people": list(record.people),
                "entered_by": record.entered_by,
                "changes": len(record.changes),
                "proposals": [change.proposal_id for change in record.changes if change.proposal_id],
                "why": record.why,
            }
            for record in records
        ]
        session.result_json({"versions": told})
        return
    header = [t(f"cli.table.heading_{name}") for name in ("version", "date", "origin", "people", "changes")]
    rows = [
        [
            record.version,
            f"{on_the_clock(record.created):%Y-%m-%d %H:%M %Z}",
            " ".join(
                part
                for part in (t(f"cli.table.origin_{record.origin.value}"), record.file, record.restores or "")
                if part
            ),
            _people_of(session, record),
            str(len(record.changes)) if record.changes else "",
        ]
        for record in records
    ]
    session.result_table(header, rows, right=frozenset({4}))


def _people_of(session: Session, record: VersionRecord) -> str:
    """In whose names a version was made, and who entered it for them."""
    people = ", ".join(record.people)
    if record.entered_by in ("", people):
        return people
    return " ".join(part for part in (people, session.t("cli.table.entered_by", name=record.entered_by)) if part)


def change_records(changes: Sequence[StatementChange]) -> list[dict[str, object]]:
    """Differences as other programs read them."""
    return [{**change.model_dump(mode="json"), "reworded": change.reworded} for change in changes]


def tell_changes(session: Session, changes: Sequence[StatementChange]) -> None:
    """Print differences, or that there are none."""
    if not changes:
        session.say("cli.table.same")
    for change in changes:
        show_change(session, change)


def show_change(session: Session, change: StatementChange) -> None:
    """Print a difference: where it stands and stood, then each text with what came and went."""
    t = session.t
    place = f" ({t(f'column.{change.column.value}')})" if change.column else ""
    if change.kind == "moved" and change.from_column is not None and change.column is not None:
        old = " ".join(part for part in (change.from_row, t(f"column.{change.from_column.value}")) if part)
        place = f" ({old} → {change.row} {t(f'column.{change.column.value}')})"
    session.result(f"{t(f'cli.table.{change.kind}')}: {change.id}{place}")
    if change.narrowed is not None:
        session.result(f"  {t('cli.table.narrowed' if change.narrowed else 'cli.table.not_narrowed')}")
    if change.review_by is not None:
        before, after = (day.isoformat() if day else "–" for day in change.review_by)
        session.result(f"  {t('cli.table.review_by')}: {before} → {after}")
    marks = {"kept": "{}", "deleted": "[−{}−]", "inserted": "{{+{}+}}"}
    for text in change.texts:
        if change.kind in ("added", "removed"):
            session.result(f"  {'+' if change.kind == 'added' else '−'} {text.after or text.before}")
            continue
        words = "".join(marks[how].format(part) for part, how in text.words)
        session.result(f"  {t(f'cli.table.text_{text.field}')}: {words}")


def _add_confidence(table: click.Group, session: Session, as_json: Any) -> None:
    t = session.t

    @table.command("confidence", help=t("cli.table.confidence_help"))
    @as_json
    def confidence(as_json: bool) -> None:
        from flows.proposal_records import confidence_records
        from flows.proposals import current_appraisal
        from flows.workspace import open_settings_workspace
        from pipelines.domain import moments

        settings = session.existing()
        workspace = open_settings_workspace(settings)
        try:
            appraisal = current_appraisal(workspace, settings, moments.now().date())
            newest = workspace.tables.get(workspace.tables.newest_version())
        finally:
            workspace.close()
        if as_json:
            session.result_json(confidence_records(newest, appraisal))
            return
        show_confidence(session, newest, appraisal)


def show_confidence(session: Session, table: EvidenceTable, appraisal: Appraisal) -> None:
    """Print the confidence in each statement on which anything was accepted."""
    t = session.t
    names = ("id", "column", "confidence", "evidence", "agreement", "studies")
    lines: list[list[str]] = []
    for _, statement in table.statements():
        found = appraisal.confidence(statement.id)
        if statement.id in appraisal.statements:
            lines.append(
                [
                    statement.id,
                    t(f"column.{statement.column.value}"),
                    t(f"appraisal.level.{found.level.value}"),
                    t(f"appraisal.evidence.{found.evidence.value}"),
                    t(f"appraisal.agreement.{found.agreement.value}"),
                    str(found.n_studies),
                ]
            )
    if lines:
        session.result_table([t(f"cli.table.confidence.{name}") for name in names], lines, right=frozenset({5}))
    n_all = sum(1 for _ in table.statements())
    session.say("cli.table.confidence.without", n=n_all - len(lines), all=n_all)


def _add_import(table: click.Group, session: Session, as_json: Any) -> None:
    t = session.t

    @table.command("import", help=t("cli.table.import_help"))
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--by", "people", multiple=True, metavar=t("cli.proposals.name"), help=t("cli.table.import_by"))
    @click.option("--dry-run", is_flag=True, help=t("cli.table.dry_run"))
    @as_json
    def import_table(file: Path, people: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
        from flows.tables import ImportedTable, import_file
        from pipelines.domain import moments

        found = import_file(session.existing(), file, people, moments.now(), store=not dry_run)
        if isinstance(found, ImportedTable):
            tell_imported(session, found, dry_run=dry_run, as_json=as_json)
        else:
            from pipelines.cli.edited_note import tell_edited

            tell_edited(session, found, as_json=as_json)


def tell_imported(session: Session, found: ImportedTable, *, dry_run: bool, as_json: bool) -> None:
    """Tell what came of reading an ordinary table."""
    stored = found.stored
    counts = {"rows": len(stored.rows), "statements": sum(len(r.statements) for r in stored.rows)}
    for sentence in found.reading.sentences(session.language):
        session.tell(sentence)
    if as_json and dry_run:
        session.result_json({**table_record(stored), "changes": change_records(found.differences())})
    elif as_json:
        session.result_json(table_record(stored))
    elif dry_run:
        session.say("cli.table.read_only", **counts)
        tell_changes(session, found.differences())
    elif found.is_new:
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
