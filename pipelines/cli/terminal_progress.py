"""Progress bars on a terminal; nothing where there is none."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from pipelines.cli.session import Session


class TerminalProgress:
    """Shows every stage of a scan as a line with a bar, counts and the time left."""

    def __init__(self, session: Session, console: Console) -> None:
        self._session = session
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> TerminalProgress:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def begin(self, stage: str, total: int | None) -> None:
        """Show a new line; whatever was starting up has started."""
        if stage != "start" and "start" in self._tasks:
            self.end("start")
        self._tasks[stage] = self._bars.add_task(self._session.t(f"cli.stage.{stage}"), total=total)

    def advance(self, stage: str, steps: int = 1) -> None:
        """Move the bar."""
        self._bars.advance(self._tasks[stage], steps)

    def end(self, stage: str) -> None:
        """Fill the bar."""
        task = self._tasks.pop(stage)
        total = self._bars.tasks[self._bars.task_ids.index(task)].total or 1
        self._bars.update(task, total=total, completed=total)
        self._bars.stop_task(task)
