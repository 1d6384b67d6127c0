"""Prepares Prefect: no telemetry, no noise, a folder in the workspace."""

from __future__ import annotations

import logging
import logging.handlers
import os
from pathlib import Path

from flows.log_folder import log_folder
from flows.log_lines import LogLines
from pipelines.store.files import as_store_error

_LOG_BYTES = 2_000_000
_QUIET = ("prefect", "uvicorn", "fastapi", "httpx", "asyncio", "alembic")


def current_log() -> Path | None:
    """The file that logging goes to now, if any."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.handlers.RotatingFileHandler):
            return Path(handler.baseFilename)
    return None


def log_to_file(workspace: Path) -> Path:
    """Send all logging to the log of the workspace and none of it to the screen; returns the log.

    Raises
    ------
    StoreError
        The workspace cannot be written.
    """
    try:
        path = log_folder(workspace) / "kennisstand.log"
    except OSError as error:
        raise as_store_error(workspace / "data" / "processed" / "logs", error) from error
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h, logging.handlers.RotatingFileHandler)]:
        root.removeHandler(old)
        old.close()
    handler = logging.handlers.RotatingFileHandler(
        path, maxBytes=_LOG_BYTES, backupCount=3, encoding="utf-8", delay=True
    )
    handler.setFormatter(LogLines())
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a full disk must not fill the screen with tracebacks of the log
    return path


def standing_database(processed_dir: Path) -> str:
    """Address of the data of the server that the service keeps.

    Not those of a scan's own server, which comes and goes with the scan.
    """
    return f"sqlite+aiosqlite:///{processed_dir / 'prefect' / 'standing.db'}"


def prefect_settings(workspace: Path) -> dict[str, str]:
    """Variables that Prefect has to find in the environment; those that the user has set himself are left out."""
    home = workspace / "data" / "processed" / "prefect"
    defaults = {
        "PREFECT_HOME": str(home),
        # Its own handlers would print on the screen; ours (log_to_file) gets the records as well.
        "PREFECT_LOGGING_SETTINGS_PATH": str(Path(__file__).resolve().parent / "logging.yaml"),
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_FLOWS_DEFAULT_RETRIES": "0",
        "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        # Only of use to whoever has settings of his own but no server: Prefect then starts one, and waits 20 s for it.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PREFECT_SERVER_MEMO_STORE_PATH": str(home / "memo_store.toml"),
    }
    return {name: value for name, value in defaults.items() if name not in os.environ}
