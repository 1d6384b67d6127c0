"""The commands, gathered."""

from __future__ import annotations

import re

import click

from pipelines import __version__
from pipelines.cli import (
    commands_backup,
    commands_cluster,
    commands_dossiers,
    commands_learn,
    commands_library,
    commands_models,
    commands_move,
    commands_notices,
    commands_people,
    commands_proposals,
    commands_reports,
    commands_scan,
    commands_schedules,
    commands_serve,
    commands_sources,
    commands_table,
    commands_topics,
)
from pipelines.cli.session import Session


def build_app(session: Session) -> click.Group:
    """All commands, with their explanations in the language of ``session``."""
    t = session.t
    app = click.Group(
        name="kennisstand",
        help=t("cli.about"),
        epilog=t("cli.epilog"),
        no_args_is_help=True,
        context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 110},
        params=[
            # Taken out of the arguments before (pipelines.cli.main), so that they may stand anywhere; here to be shown.
            click.Option(["--workspace"], metavar="DIR", expose_value=False, help=t("cli.option.workspace")),
            click.Option(["--lang"], metavar="nl|en", expose_value=False, help=t("cli.option.lang")),
        ],
    )
    app = click.version_option(__version__, prog_name="kennisstand")(app)
    for module in (
        commands_scan,
        commands_sources,
        commands_library,
        commands_table,
        commands_proposals,
        commands_topics,
        commands_reports,
        commands_dossiers,
        commands_models,
        commands_learn,
        commands_people,
        commands_notices,
        commands_backup,
        commands_serve,
        commands_schedules,
        commands_move,
        commands_cluster,
    ):
        module.add_commands(app, session)
    _name_parts(app, session)
    return app


def _name_parts(command: click.Command, session: Session) -> None:
    """Name what the library names in English only (``[OPTIONS]``, ``COMMAND``); shorten the lists of commands."""
    command.options_metavar = session.t("cli.part.options")
    if command.help:
        command.short_help = re.split(r"[;:,.(] ?", command.help, maxsplit=1)[0]
    if isinstance(command, click.Group):
        command.subcommand_metavar = session.t("cli.part.command")
        for part in command.commands.values():
            _name_parts(part, session)
