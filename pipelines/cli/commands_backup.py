"""``backup``, ``backups`` and ``restore``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.cli.session import Session

if TYPE_CHECKING:
    from flows.backup import BackupListed

_SHOWN = 20
_MEGABYTE = 1_000_000


def add_commands(app: click.Group, session: Session) -> None:
    """Add the commands to ``app``."""
    t = session.t
    as_json = click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))

    @app.command("backup", help=t("cli.backup.help"))
    @as_json
    def backup(as_json: bool) -> int:
        return run_backup(session, as_json=as_json)

    @app.command("backups", help=t("cli.backups.help"))
    @click.option("--check", is_flag=True, help=t("cli.backups.check"))
    @as_json
    def backups(check: bool, as_json: bool) -> int:
        return run_backups(session, check=check, as_json=as_json)

    @app.command("restore", help=t("cli.restore.help"))
    @click.argument("backup")
    @click.option(
        "--to", "target", required=True, type=click.Path(path_type=Path, file_okay=False), help=t("cli.restore.to")
    )
    @click.option("--database-url", help=t("cli.restore.database_url"))
    @as_json
    def restore(backup: str, target: Path, database_url: str | None, as_json: bool) -> int:
        return run_restore(session, backup, target, database_url, as_json=as_json)


def run_backup(session: Session, *, as_json: bool) -> int:
    """Make a backup and tell what came of it; 1 where a file is not in it."""
    from flows.backup import make_backup
    from flows.progress import told_to
    from pipelines.cli.terminal_progress import TerminalProgress

    settings = session.existing()
    with TerminalProgress(session, session.messages) as bars, told_to(bars):
        made = make_backup(settings)
    if as_json:
        session.result_json({"backup": made.model_dump(mode="json")})
        return 1 if made.unreadable else 0
    new, whole = (f"{n / _MEGABYTE:.1f}" for n in (made.n_new_bytes, made.n_bytes))
    session.say("cli.backup.made", name=made.name, files=made.n_files, rows=made.n_rows, whole=whole, new=new)
    session.say("cli.backup.where", folder=made.folder)
    if made.removed:
        session.say("cli.backup.removed", count=len(made.removed))
    if made.n_mended:
        session.say("cli.backup.mended", count=made.n_mended)
    if made.n_faults:
        session.say("cli.backup.faults", count=made.n_faults)
    _name_files(session, "cli.backup.unreadable", made.unreadable)
    if settings.backup_folder is None:
        session.say("cli.backup.same_disk")
    return 1 if made.unreadable else 0


def run_backups(session: Session, *, check: bool, as_json: bool) -> int:
    """List backups; 1 where one cannot be used."""
    from flows.backup import list_backups

    found = list_backups(session.settings(), read_all=check)
    status = 1 if any(one.problem is not None for one in found) else 0
    if as_json:
        session.result_json({"backups": [one.model_dump(mode="json") for one in found]})
        return status
    if not found:
        session.say("cli.backups.none")
        return status
    columns = ("name", "made", "files", "megabytes", "workspace", "state")
    session.result_table(
        [session.t(f"cli.backups.heading.{name}") for name in columns],
        [_row(session, one, check) for one in found],
        frozenset({2, 3}),
    )
    for one in found:
        _name_files(session, "cli.backups.damaged", one.damaged, name=one.name)
    return status


def _row(session: Session, one: BackupListed, check: bool) -> list[str]:
    from pipelines.domain.moments import on_the_clock

    state = session.t("cli.backups.whole" if check else "cli.backups.there")
    return [
        one.name,
        "" if one.made is None else f"{on_the_clock(one.made):%Y-%m-%d %H:%M}",
        str(one.n_files),
        f"{one.n_bytes / _MEGABYTE:.1f}",
        one.workspace,
        state if one.problem is None else session.reason(one.problem),
    ]


def run_restore(session: Session, backup: str, target: Path, database_url: str | None, *, as_json: bool) -> int:
    """Put a backup back and tell what came of it; 1 where a file in it was damaged."""
    from flows.progress import told_to
    from flows.restore import restore_backup
    from pipelines.cli.terminal_progress import TerminalProgress

    with TerminalProgress(session, session.messages) as bars, told_to(bars):
        restored = restore_backup(session.settings(), backup, target, database_url=database_url)
    if as_json:
        session.result_json({"restored": restored.model_dump(mode="json")})
        return 1 if restored.missing else 0
    counts = {"files": restored.n_files, "rows": restored.n_rows}
    session.say("cli.restore.done", name=restored.name, folder=restored.folder, **counts)
    if restored.n_faults:
        session.say("cli.backup.faults", count=restored.n_faults)
    _name_files(session, "cli.restore.missing", restored.missing)
    _name_files(session, "cli.restore.unreadable", restored.unreadable)
    if restored.vectors is not None:
        session.say("cli.restore.vectors", why=session.reason(restored.vectors))
    if database_url is not None:
        session.say("cli.restore.name_database")
    elif os.environ.get("KENNISSTAND_DATABASE_URL"):
        session.say("cli.restore.other_database")
    session.say("cli.restore.next", folder=restored.folder)
    return 1 if restored.missing else 0


def _name_files(session: Session, key: str, files: tuple[str, ...], **values: object) -> None:
    if not files:
        return
    session.say(key, count=len(files), **values)
    for file in files[:_SHOWN]:
        session.tell(f"  {file}")
    if len(files) > _SHOWN:
        session.tell(f"  … +{len(files) - _SHOWN}")
