"""The page of a workspace, served by a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

_START_SECONDS = 300
_END_SECONDS = 90

# Port 0 takes whichever is free; the setting itself asks for a certain one.
_SERVE = """
import sys
from pathlib import Path
from pipelines.review_app import serving
from pipelines.settings import Settings

if __name__ == "__main__":
    settings = Settings(workspace=Path(sys.argv[1])).model_copy(update={"page_port": 0})
    serving.serve(settings, lambda address: print(address, flush=True))
"""


@dataclass(frozen=True)
class ServedPage:
    """A page that is served."""

    root: Path
    address: str
    process: subprocess.Popen[str]


@contextmanager
def served_page(root: Path, environment: dict[str, str] | None = None) -> Iterator[ServedPage]:
    """Serve the page of the workspace ``root`` on a free port, and wait until it answers."""
    with (root / "served_page.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(root)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, "KENNISSTAND_WORKSPACE": str(root), **(environment or {})},
        )
        assert process.stdout is not None
        try:
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None, (root / "served_page.log").read_text(encoding="utf-8")
            address = found.group().rstrip("/")
            connection = HTTPConnection(address.removeprefix("http://"), timeout=_START_SECONDS)
            connection.request("GET", "/health")
            connection.getresponse().read()
            connection.close()
            yield ServedPage(root, address, process)
        finally:
            process.terminate()
            try:
                process.wait(timeout=_END_SECONDS)
            finally:
                process.kill()
                process.wait()
                process.stdout.close()
