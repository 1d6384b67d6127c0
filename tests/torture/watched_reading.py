"""Reads a folder as a scan does, and prints what came of it and what this process did meanwhile; run as a program.

Usage: python watched_reading.py WORKSPACE FOLDER
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CONNECTING = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request")


def _watch(workspace: Path, written: set[str], spoken: set[str]) -> None:
    allowed = (str(workspace), os.devnull)

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING:
            path = os.fsdecode(arguments[0]) if isinstance(arguments[0], str | bytes) else ""
            if path and not path.startswith(allowed):
                written.add(path)
        elif event in _CONNECTING:
            spoken.add(f"{event} {arguments[1:]}"[:200])

    sys.addaudithook(look)


def main() -> None:
    """Read, and print one JSON object."""
    sys.dont_write_bytecode = True
    workspace, folder = Path(sys.argv[1]), Path(sys.argv[2])
    from flows.context import ScanContext
    from flows.discovery import find_files
    from flows.steps import read_documents
    from flows.workspace import open_settings_workspace
    from pipelines.settings import Settings

    written: set[str] = set()
    spoken: set[str] = set()
    _watch(workspace, written, spoken)
    settings = Settings(workspace=workspace)
    opened = open_settings_workspace(settings)
    context = ScanContext(settings, opened)
    pids: set[int] = set()
    try:
        found = find_files([folder], {}, settings.raw_dir)
        run = opened.runs.new("nl", context.versions())
        opened.documents.register(run, found.files)
        begun = time.monotonic()
        pending = opened.documents.pending()
        for start in range(0, len(pending), 8):
            read_documents(context, run.id, pending[start : start + 8])
            pids.update(context.reader.pids)
        seconds = time.monotonic() - begun
        summaries = opened.documents.summaries()
    finally:
        context.close()
        opened.close()
    outcomes = [
        {
            "paths": [str(Path(p).relative_to(folder)) for p in d.paths],
            "state": d.state.value,
            "stage": d.stage,
            "reason": None if d.reason is None else d.reason.key,
            "values": None if d.reason is None else d.reason.values,
            "parser": d.parser,
            "passages": d.n_passages,
        }
        for d in summaries
    ]
    told = {
        "found": [str(Path(f.path).relative_to(folder)) for f in found.files],
        "unreadable": [u.path for u in found.unreadable],
        "outcomes": outcomes,
        "written": sorted(written),
        "spoken": sorted(spoken),
        "workers": sorted(pids),
        "left": sorted(pid for pid in pids if Path(f"/proc/{pid}").exists()),
        "seconds": round(seconds, 1),
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
