"""Where logs lie: in a folder that only its owner can open."""

from __future__ import annotations

import contextlib
from pathlib import Path

_OWNER_ALONE = 0o700


def log_folder(workspace: Path) -> Path:
    """The folder of the logs of a workspace, made where it is not there.

    Logs tell who signed in and what was read, so others on the computer may neither read nor change them.

    Raises
    ------
    OSError
        It cannot be made.
    """
    folder = workspace / "data" / "processed" / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):  # a folder of somebody else, or on a disk without rights
        folder.chmod(_OWNER_ALONE)
    return folder
