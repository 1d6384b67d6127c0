"""A small workspace that was scanned, made without the orchestrator, for tests of the page."""

from __future__ import annotations

import shutil
from pathlib import Path

from flows.context import ScanContext
from flows.discovery import find_files
from flows.inbox import refresh_inbox
from flows.steps import group_passages, read_documents
from flows.vectors import documents_without_vectors, encode_documents
from flows.workspace import open_settings_workspace
from pipelines.examples import copy_examples
from pipelines.settings import Settings

#: A Dutch and an English PDF, a Word file, a press release and its reprint, one that cannot be read.
CHOSEN = ("algoritmisch-management", "skills-mismatch", "mkb", "press-release", "workplace-news", "memo_OR")


def scan_examples(root: Path) -> None:
    """Make a workspace in ``root`` with some of the bundled examples, read, labelled, grouped and ordered."""
    raw = root / "data" / "raw"
    for path in copy_examples(raw):
        if not any(part in path.name for part in CHOSEN):
            path.unlink()
    settings = Settings(workspace=root)
    workspace = open_settings_workspace(settings)
    context = ScanContext(settings, workspace)
    try:
        run = workspace.runs.new("nl", context.versions())
        workspace.documents.register(run, find_files([raw], {}, raw).files)
        read_documents(context, run.id, workspace.documents.pending())
        encode_documents(context, list(documents_without_vectors(context)))
        group_passages(context, run.id)
        n_flagged = refresh_inbox(context)
        workspace.runs.finish(run.id, {"documents": len(CHOSEN), "flagged": n_flagged, "seconds": 1})
    finally:
        context.close()
        workspace.close()


def copy_workspace(source: Path, target: Path) -> Path:
    """A copy of a workspace, to be changed."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    return target
