"""Workers and scheduler of a cluster as programs of their own, listening no wider than they must."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from flows.machines import check_address, within_own_network
from pipelines.errors import KennisstandError, SettingsError

logger = logging.getLogger(__name__)

_PRELOAD = "flows.cluster_worker"
_LOOPBACK = "127.0.0.1"
_CONNECT_SECONDS = 30
_OWN_PAGES = "127.0.0.1:0"
"""Where Dask serves its own pages: nobody needs them, and they know no users."""


def run_workers(address: str, processes: int, tell: Callable[[], None]) -> None:
    """Serve the scheduler at ``address`` until a signal comes.

    Each worker is a process with one thread, our models loaded; one that dies is started again.

    Parameters
    ----------
    address
        Such as ``tcp://name:8786``.
    processes
        How many.
    tell
        Called when all are ready.

    Raises
    ------
    KennisstandError
        The address cannot be used, the scheduler does not answer, or Dask is not installed.
    """
    check_address(address)
    _import_dask()
    asyncio.run(_until_signal(lambda stop: _serve_workers(address, processes, tell, stop)))


def run_scheduler(host: str, port: int, tell: Callable[[str], None]) -> None:
    """Hand out work at ``host`` until a signal comes.

    Parameters
    ----------
    host, port
        Where it listens; outside the own network, or at all addresses at once, only with certificates in Dask's
        settings.
    tell
        Called with its address when it listens.

    Raises
    ------
    KennisstandError
        It must not or cannot listen there, or Dask is not installed.
    """
    _import_dask()
    encrypted = _has_certificates()
    if not encrypted and not within_own_network(host):
        raise SettingsError("error.cluster_public", host=host)
    asyncio.run(_until_signal(lambda stop: _serve_scheduler(host, port, encrypted, tell, stop)))


def _import_dask() -> None:
    # Before the import, and where the workers' own processes find it: Dask tells of every step otherwise.
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "warning")
    try:
        import distributed
    except ImportError as error:
        raise SettingsError("error.cluster_library", detail=str(error)[:200]) from error
    del distributed


def _has_certificates() -> bool:
    """Whether Dask's own settings name certificates for a scheduler, as docs/cluster.md says."""
    from distributed import Security

    return Security().get_listen_args("scheduler")["ssl_context"] is not None


async def _until_signal(serve: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows, where Ctrl-C ends the loop itself
            loop.add_signal_handler(number, stop.set)
    await serve(stop)


async def _serve_scheduler(
    host: str, port: int, encrypted: bool, tell: Callable[[str], None], stop: asyncio.Event
) -> None:
    from distributed import Scheduler

    protocol = "tls" if encrypted else "tcp"
    try:
        scheduler = await Scheduler(
            host=host, port=port, protocol=protocol, dashboard=False, dashboard_address=_OWN_PAGES
        )
    except OSError as error:
        detail = error.strerror or str(error)
        raise KennisstandError("error.cluster_port", host=host, port=port, detail=detail) from error
    try:
        tell(scheduler.address)
        await stop.wait()
    finally:
        await scheduler.close()


async def _serve_workers(address: str, processes: int, tell: Callable[[], None], stop: asyncio.Event) -> None:
    from dask import config
    from distributed import Nanny

    # A name of its own for each command: machines may be copies of one another, or serve by two commands.
    own, host = f"{socket.gethostname()}-{uuid4().hex[:4]}", _own_address(address)
    await _reach(address)
    async with AsyncExitStack() as stack:
        # For the user alone: a worker with little memory left writes what it made, which holds text, to the disk.
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kennisstand-worker-"))
        # Files are read in processes of the worker, which a daemon may not have.
        stack.enter_context(config.set({"distributed.worker.daemon": False}))
        nannies = [
            Nanny(
                address,
                nthreads=1,
                name=f"{own}-{number}",
                host=host,
                local_directory=folder,
                preload=[_PRELOAD],
                dashboard=False,
                dashboard_address=_OWN_PAGES,
            )
            for number in range(1, processes + 1)
        ]
        try:
            await asyncio.gather(*(stack.enter_async_context(nanny) for nanny in nannies))
        except (OSError, RuntimeError) as error:  # the scheduler has just gone, or the models cannot be loaded
            raise KennisstandError("error.cluster_start", detail=_first_cause(error)) from error
        tell()
        ended = [asyncio.ensure_future(nanny.finished()) for nanny in nannies]
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait([*ended, stopping], return_when=asyncio.FIRST_COMPLETED)
        lost = not stop.is_set()
        for one in (*ended, stopping):
            one.cancel()
    if lost:
        raise KennisstandError("error.cluster_workers_ended", address=address)


def _first_cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {error}"[:200]


async def _reach(address: str) -> None:
    """See that the scheduler answers: processes that cannot find it say little."""
    from distributed import Security
    from distributed.comm.core import connect

    try:
        comm = await connect(address, timeout=_CONNECT_SECONDS, **Security().get_connection_args("worker"))
    except (OSError, RuntimeError) as error:  # RuntimeError: Dask's settings ask for encryption, and this has none
        raise KennisstandError("error.cluster_unreachable", address=address) from error
    comm.abort()


def _own_address(scheduler: str) -> str:
    """The address of this machine from which the scheduler is reached: workers listen there alone."""
    host = urlsplit(scheduler).hostname or _LOOPBACK
    try:
        family, _, _, _, target = socket.getaddrinfo(host, 9, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(target)  # sends nothing
            return str(probe.getsockname()[0])
    except OSError as error:
        raise KennisstandError("error.cluster_unreachable", address=scheduler) from error
