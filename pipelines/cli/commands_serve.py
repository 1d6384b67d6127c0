"""``serve``: the review page, and everything that runs by itself."""

from __future__ import annotations

import webbrowser
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.session import Session
from pipelines.errors import SettingsError

if TYPE_CHECKING:
    from pipelines.settings import Settings


def add_commands(app: click.Group, session: Session) -> None:
    """Add the command to ``app``."""
    t = session.t

    @app.command("serve", help=t("cli.serve.help"))
    @click.option("--host", help=t("cli.serve.host"))
    @click.option("--port", type=click.IntRange(1, 65535), help=t("cli.serve.port"))
    @click.option("--open", "open_", is_flag=True, help=t("cli.serve.open"))
    @click.option("--page-only", is_flag=True, help=t("cli.serve.page_only"))
    def serve(host: str | None, port: int | None, open_: bool, page_only: bool) -> None:
        from flows.orchestrator import log_to_file
        from pipelines.review_app.serving import serve as serve_page  # seconds

        changes: dict[str, Any] = {"page_host": host, "page_port": port}
        settings = session.settings(**{name: value for name, value in changes.items() if value is not None})
        log_to_file(settings.workspace)

        with ExitStack() as running:

            def tell(address: str) -> None:
                # After the page has its address: what is wrong with that is told before anything is started.
                if not page_only:
                    running.enter_context(_service(session, settings))
                session.say("cli.serve.ready", address=address)
                if open_:
                    webbrowser.open(address)

            try:
                serve_page(settings, tell)
            except SettingsError as error:
                raise _explained(error, settings) from error


def _explained(error: SettingsError, settings: Settings) -> SettingsError:
    """Where the port is taken by the very service of this workspace, that is what people need to know."""
    from flows.service_file import read_service

    if error.key != "error.page_address" or read_service(settings.processed_dir) is None:
        return error
    return SettingsError(
        "error.service_has_port",
        workspace=str(settings.workspace),
        host=settings.page_host,
        port=settings.page_port,
    )


def _service(session: Session, settings: Settings) -> AbstractContextManager[object]:
    """What keeps the schedules; nothing where another process does so for this workspace."""
    from flows.service import Service
    from flows.service_file import read_service

    if read_service(settings.processed_dir) is not None:
        session.say("cli.serve.busy")
        return nullcontext()
    return Service(settings)
