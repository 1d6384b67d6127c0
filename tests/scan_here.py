"""A whole scan in this process: without a server of the orchestrator, and without processes that read files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Put = Callable[[Any, str, Any], None]
"""Sets an attribute: ``setattr``, or that of a ``MonkeyPatch``."""


def go_without_orchestrator(put: Put) -> None:
    """Have scans call each step as the function that it is."""
    import flows.scan
    import flows.start
    from flows.context import ScanContext

    put(flows.start, "PrefectServer", _NoServer)
    put(flows.start, "_run", _run_here)
    for name in dir(flows.scan):
        made = getattr(flows.scan, name)
        if type(made).__name__ == "Task":
            put(flows.scan, name, made.fn)
    put(ScanContext, "reader", property(_ReaderHere))


class _NoServer:
    def __init__(self, workspace: Path) -> None:
        pass

    def begin(self) -> None:
        pass

    wait = end = close = begin


class _ReaderHere:
    """Reads files in this process."""

    def __init__(self, context: Any) -> None:
        pass

    def begin(self) -> None:
        pass

    close = expect_last = expect_no_more = begin

    def expect(self, requests: Any) -> None:
        """They are read when they are asked for."""

    def read(self, requests: Any) -> Any:
        from flows import reading
        from pipelines.ingest.parser import IngestLimits
        from pipelines.passages.rules import PassageRules

        for request in requests:
            yield reading.read_file(request, IngestLimits(), PassageRules())


def _run_here(context: Any, server: Any, run_id: str) -> dict[str, float]:
    import flows.scan
    from flows.context import shared

    with shared(run_id, context):
        return flows.scan.scan.fn(str(context.settings.workspace), run_id)
