"""Does one duty in a process of its own, which ends when the worker that started it does.

usage: python -m flows.duty_process   (which run is in the environment, as the orchestrator has it)
"""

from __future__ import annotations

import os
import runpy
import signal
import threading
import time

_STEP_SECONDS = 0.5
_GRACE_SECONDS = 20.0
"""A batch of documents is stored within seconds; what is not stored by then is read again at the next attempt."""


def main() -> None:
    """Keep an eye on the worker, and hand over to the engine of the orchestrator."""
    threading.Thread(target=_end_with, args=(os.getppid(),), name="worker-watch", daemon=True).start()
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)


def _end_with(worker: int) -> None:
    # Whoever loses its parent gets another one: the number of that is another.
    while os.getppid() == worker:
        time.sleep(_STEP_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_SECONDS)
    if os.name == "posix":
        os.killpg(os.getpgrp(), signal.SIGKILL)  # the readers of a scan too
    os._exit(1)


if __name__ == "__main__":
    main()
