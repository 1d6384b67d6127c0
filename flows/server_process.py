"""A Prefect server as a process of its own: tells its port on stdout, and ends when its stdin ends.

usage: python -m flows.server_process [PORT]
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from typing import Any

_GRACE_SECONDS = 3.0
"""Ending took about a second on two cores; what it is still doing after this is of no use to anybody."""


def main() -> None:
    """Serve on the given port, else a free one, of this machine alone."""
    import uvicorn

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # elsewhere this would let two programs have one port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(make_app, factory=True, log_level="error", lifespan="on")
    server = uvicorn.Server(config)
    # stdin is a pipe from the scan: it ends when the scan does, also when that is killed.
    threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
    server.run(sockets=[listener])


def make_app() -> Any:
    """The server of Prefect, so that it can write down what it schedules.

    Prefect 3.8 adds scheduled runs in bulk with the state of each along, which SQLAlchemy 2.1 refuses ("supply a
    bulk_dml decorated function") where 2.0 passed over it. It writes the states itself right after, so passing over is
    enough. Without this no schedule ever rings.
    """
    from prefect.server.api.server import create_app
    from prefect.server.database.orm_models import FlowRun
    from sqlalchemy import inspect

    state: Any = inspect(FlowRun).all_orm_descriptors["state"]
    if getattr(state, "bulk_dml_setter", _pass_over) is None:
        state.bulk_dml_setter = _pass_over
    return create_app()


def _pass_over(_class: object, _mapping: object, _value: object) -> None:
    """Leave a value out of what is added."""


def _end_with_parent(server) -> None:
    # Not by the buffer of sys.stdin, whose lock Python wants when it ends by itself, and gives up for lack of.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    server.should_exit = True
    threading.Event().wait(_GRACE_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    main()
