"""``move``: the database of a workspace to a server, or back to a file."""

from __future__ import annotations

import click

from pipelines.cli.session import Session


def add_commands(app: click.Group, session: Session) -> None:
    """Add the command to ``app``."""
    t = session.t

    @app.command("move", help=t("cli.move.help"))
    @click.argument("target_url")
    @click.option("--yes", is_flag=True, help=t("cli.move.anyway"))
    @click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))
    def move(target_url: str, yes: bool, as_json: bool) -> int:
        return move_workspace(session, target_url, yes=yes, as_json=as_json)


def move_workspace(session: Session, target: str, *, yes: bool, as_json: bool) -> int:
    """Move the database and say what to do next; returns the exit status."""
    from flows.move import check_elsewhere, is_own_file, move_database, n_at_work, without_password
    from flows.progress import told_to
    from flows.workspace import open_settings_workspace
    from pipelines.cli.terminal_progress import TerminalProgress

    settings = session.existing()
    check_elsewhere(settings, target)
    workspace = open_settings_workspace(settings)
    at_work = n_at_work(workspace)
    workspace.close()
    if at_work and not yes:
        session.say("cli.move.people", count=at_work)
        return 1
    shown = without_password(target)
    session.say("cli.move.begins", source=without_password(settings.database), target=shown)
    with TerminalProgress(session, session.messages) as bars, told_to(bars):
        outcome = move_database(settings, target)
    session.say("cli.move.done", rows=outcome.n_rows, tables=len(outcome.counts))
    if outcome.n_faults:
        session.say("cli.move.faults", count=outcome.n_faults)
    if outcome.n_later:
        session.say("cli.move.later", count=outcome.n_later)
    own = is_own_file(settings, target)
    session.say("cli.move.set_own" if own else "cli.move.set", target=shown)
    if as_json:
        session.result_json({"rows": outcome.counts, "faults": outcome.n_faults, "later": outcome.n_later})
    return 0
