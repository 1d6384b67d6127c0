"""A Prefect server as a process of its own: tells its port on stdout, and ends when its stdin ends.

usage: python -m flows.server_process [PORT]
"""

from __future__ import annotations

import os
import socket
import sys
import threading

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
    config = uvicorn.Config("prefect.server.api.server:create_app", factory=True, log_level="error", lifespan="on")
    server = uvicorn.Server(config)
    # stdin is a pipe from the scan: it ends when the scan does, also when that is killed.
    threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
    server.run(sockets=[listener])


def _end_with_parent(server) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True
    threading.Event().wait(_GRACE_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    main()
