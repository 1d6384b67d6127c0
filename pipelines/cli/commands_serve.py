"""``serve``: the review page."""

from __future__ import annotations

import webbrowser
from typing import Any

import click

from pipelines.cli.session import Session


def add_commands(app: click.Group, session: Session) -> None:
    """Add the command to ``app``."""
    t = session.t

    @app.command("serve", help=t("cli.serve.help"))
    @click.option("--host", help=t("cli.serve.host"))
    @click.option("--port", type=click.IntRange(1, 65535), help=t("cli.serve.port"))
    @click.option("--open", "open_", is_flag=True, help=t("cli.serve.open"))
    def serve(host: str | None, port: int | None, open_: bool) -> None:
        from flows.orchestrator import log_to_file
        from pipelines.review_app.serving import serve as serve_page  # seconds

        changes: dict[str, Any] = {"page_host": host, "page_port": port}
        settings = session.settings(**{name: value for name, value in changes.items() if value is not None})
        log_to_file(settings.workspace)

        def tell(address: str) -> None:
            session.say("cli.serve.ready", address=address)
            if open_:
                webbrowser.open(address)

        serve_page(settings, tell)
