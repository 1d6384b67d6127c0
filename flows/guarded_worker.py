"""What runs in a worker process: takes orders from its keeper one by one, each within its bounds."""

from __future__ import annotations

import os
import pickle
import queue
import sys
import threading
from typing import Any

from flows.guarded_frames import BrokenFrame, Kind, read_frame, write_frame
from flows.guarded_limits import close_doors, end_with_parent, leave_signals_alone, memory_for_one

_MOST_ORDER_BYTES = 64 * 2**20
_MOST_DETAIL = 300

_told: list[int] = []
"""Descriptor of the pipe to the keeper; empty where this process is no worker."""


def tell_pages(n_pages: int) -> None:
    """Tell the keeper how long the file is; without effect where there is none."""
    for descriptor in _told:
        write_frame(descriptor, Kind.PAGES, str(n_pages).encode("ascii"))


def serve(parent: int, most_bytes: int, programs: bool) -> None:
    """Work until the keeper ends.

    Parameters
    ----------
    parent
        Process id of the keeper.
    most_bytes
        Memory for one order.
    programs
        Whether orders may start other programs.
    """
    orders_from, told_to = _take_pipes()
    end_with_parent(parent)
    leave_signals_alone()
    orders: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_take_orders, args=(orders_from, orders), daemon=True).start()
    prepare = pickle.loads(orders.get())  # noqa: S301 - from the process that started this one
    prepare()
    close_doors(programs=programs)
    _told.append(told_to)
    write_frame(told_to, Kind.READY)
    while True:
        write_frame(told_to, *_answer(orders.get(), most_bytes))


def _take_pipes() -> tuple[int, int]:
    """Keep the pipes for ourselves: what a library reads or prints goes to nowhere."""
    orders_from, told_to = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return orders_from, told_to


def _take_orders(descriptor: int, orders: queue.SimpleQueue[bytes]) -> None:
    """Hand orders on; when the keeper is gone this process ends, also in the middle of one."""
    try:
        while (frame := read_frame(descriptor, _MOST_ORDER_BYTES)) is not None:
            orders.put(frame[1])
    except (BrokenFrame, OSError):
        pass
    os._exit(1)


def _answer(order: bytes, most_bytes: int) -> tuple[Kind, bytes]:
    try:
        work, arguments = pickle.loads(order)  # noqa: S301 - as above
        with memory_for_one(most_bytes):
            result: Any = work(*arguments)
        return Kind.RESULT, result
    except MemoryError:
        return Kind.OUT_OF_MEMORY, b""
    except SystemExit as error:
        os._exit(error.code if isinstance(error.code, int) else 1)
    except Exception as error:  # noqa: BLE001 - whatever a reader raises is told, and costs its own file only
        detail = f"{type(error).__name__}: {error}"[:_MOST_DETAIL]
        return Kind.ERROR, detail.encode("utf-8", "replace")


def command(parent: int, most_bytes: int, programs: bool) -> list[str]:
    """The command that starts a worker. Its path is that of this process; the folder it starts in is not searched."""
    start = (
        f"import sys; sys.path[:] = {sys.path!r}; from flows.guarded_worker import serve; "
        f"serve({parent}, {most_bytes}, {programs})"
    )
    return [sys.executable, "-P", "-c", start]
