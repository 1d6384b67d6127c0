"""``worker``: lets a machine take part in scans."""

from __future__ import annotations

import click

from pipelines.cli.session import Session


def add_commands(app: click.Group, session: Session) -> None:
    """Add the command to ``app``."""
    t = session.t

    @app.command("worker", help=t("cli.worker.help"))
    @click.argument("address", required=False)
    @click.option("--processes", type=click.IntRange(1), default=1, show_default=True, help=t("cli.worker.processes"))
    @click.option("--scheduler", is_flag=True, help=t("cli.worker.scheduler"))
    @click.option("--host", default="127.0.0.1", show_default=True, help=t("cli.worker.host"))
    @click.option("--port", type=click.IntRange(0, 65535), default=8786, show_default=True, help=t("cli.worker.port"))
    def worker(address: str | None, processes: int, scheduler: bool, host: str, port: int) -> None:
        if scheduler == (address is not None):
            raise click.UsageError(t("cli.worker.one_of"))
        from flows.cluster_service import run_scheduler, run_workers

        if address is not None:
            run_workers(address, processes, lambda: session.say("cli.worker.ready", count=processes, address=address))
            session.say("cli.worker.ended")
            return

        def tell(listening: str) -> None:
            session.say("cli.worker.scheduler_ready", address=listening)
            session.say("cli.worker.open")

        run_scheduler(host, port, tell)
