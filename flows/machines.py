"""The machines of a cluster, as the coordinator sees them: send a batch, wait, take what came of it."""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

from pipelines.errors import KennisstandError, SettingsError
from pipelines.settings import Settings
from pipelines.store.shared_files import SharedFiles

if TYPE_CHECKING:
    from distributed import Client, Future

logger = logging.getLogger(__name__)

_CONNECT_SECONDS = 30
"""A scheduler that does not answer within this time is told as unreachable."""
_FETCH_SECONDS = 60
"""After so long is looked whether what is fetched is still there: some MB come in a second."""


class WorkerDiedError(Exception):
    """Every worker that took a batch died over it.

    Parameters
    ----------
    tries
        So many workers.
    """

    def __init__(self, tries: int) -> None:
        super().__init__(f"{tries} workers died")
        self.tries = tries


class Machines(Protocol):
    """What sends batches to workers."""

    def send(self, function: str, *arguments: Any, only: str | None = None) -> Any:
        """Have a function of :mod:`flows.cluster_worker` called (by the worker at ``only``); gives a ticket."""
        ...

    def wait(self, ticket: Any, seconds: float) -> bool:
        """Wait at most so long; whether it is done."""
        ...

    def take(self, ticket: Any) -> bytes | None:
        """What a ticket that is done came to; it is forgotten on the machines.

        ``None`` where it is not done any more, since the worker that held it is gone: then somebody makes it again.

        Raises
        ------
        WorkerDiedError
            All workers that tried it died.
        KennisstandError
            The scheduler is gone, a worker lacks the program, or its program failed.
        """
        ...

    def drop(self, tickets: Iterable[Any]) -> None:
        """Give up what was sent."""
        ...

    def workers(self) -> list[str]:
        """Addresses of the workers that are there now.

        Raises
        ------
        KennisstandError
            The scheduler is gone.
        """
        ...


class DaskMachines:
    """Workers of Dask behind a client, such as that of Prefect's ``DaskTaskRunner``."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def send(self, function: str, *arguments: Any, only: str | None = None) -> Future:
        """See :class:`Machines`."""
        from distributed.client import ClosedClientError

        name = f"kennisstand-{function}-{uuid4().hex}"
        try:
            return self._client.submit(_by_name(), function, *arguments, key=name, pure=False, workers=only)
        except (ClosedClientError, OSError) as error:
            raise KennisstandError("error.cluster_lost") from error

    def wait(self, ticket: Future, seconds: float) -> bool:
        """See :class:`Machines`."""
        import distributed

        try:
            with self._client.as_current():
                distributed.wait([ticket], timeout=seconds)
        except (TimeoutError, distributed.TimeoutError):
            return False
        except distributed.CancelledError:
            return True  # and told by take
        return True

    def take(self, ticket: Future) -> bytes | None:
        """See :class:`Machines`."""
        import distributed
        from distributed.scheduler import KilledWorker

        try:
            content = ticket.result(timeout=_FETCH_SECONDS)
        except (TimeoutError, distributed.TimeoutError):
            return None
        except KilledWorker as error:
            raise WorkerDiedError(error.allowed_failures + 1) from error
        except ImportError as error:
            raise SettingsError("error.cluster_no_program", detail=str(error)[:200]) from error
        except (distributed.CancelledError, OSError) as error:  # also a lost connection
            raise KennisstandError("error.cluster_lost") from error
        except Exception as error:
            logger.error("a worker failed: %s", type(error).__name__)
            raise KennisstandError("error.cluster_failed", detail=type(error).__name__) from error
        ticket.release()
        return content

    def drop(self, tickets: Iterable[Future]) -> None:
        """See :class:`Machines`."""
        left = list(tickets)
        if left and self._client.status == "running":
            try:
                self._client.cancel(left, force=True)
            except OSError as error:
                logger.warning("batches could not be cancelled: %s", type(error).__name__)

    def workers(self) -> list[str]:
        """See :class:`Machines`."""
        client: Any = self._client
        if client.status != "running":  # it looks for the scheduler, or gave up; what was on its way is lost
            raise KennisstandError("error.cluster_lost")
        try:
            # Asked anew: what the client itself tells is what it last heard.
            told = client.sync(client.scheduler.identity, n_workers=-1, callback_timeout=_CONNECT_SECONDS)
        except (OSError, ValueError, RuntimeError) as error:  # the last two: the client has just been closed
            raise KennisstandError("error.cluster_lost") from error
        return sorted(told["workers"])


def _by_name() -> Callable[..., bytes]:
    """A function that travels as it is, since it has no name of its own: so the scheduler needs no program of ours."""

    def call(name: str, *arguments: Any) -> bytes:
        import importlib

        return getattr(importlib.import_module("flows.cluster_worker"), name)(*arguments)

    return call


def check_cluster(settings: Settings) -> None:
    """What can be told of the settings for many machines before anything is sent there.

    Raises
    ------
    SettingsError
        An address cannot be used, or what it needs is not installed.
    """
    assert settings.cluster
    check_address(settings.cluster)
    if find_spec("prefect_dask") is None:
        raise SettingsError("error.cluster_library", detail="prefect-dask")
    if settings.shared_files:
        SharedFiles(settings.shared_files)


def task_runner(address: str) -> Any:
    """Prefect's runner for the workers of a Dask scheduler.

    Raises
    ------
    SettingsError
        What it needs is not installed, or the address is no address or one that must not be used.
    """
    check_address(address)
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError as error:
        raise SettingsError("error.cluster_library", detail=str(error)[:200]) from error
    return DaskTaskRunner(address=address, client_kwargs={"timeout": _CONNECT_SECONDS})


@contextmanager
def connected(address: str) -> Iterator[DaskMachines]:
    """The machines behind a scheduler, outside a flow.

    Raises
    ------
    KennisstandError
        As :func:`task_runner`, or the scheduler does not answer.
    """
    runner = task_runner(address)
    with runner:
        yield DaskMachines(client_of(runner, address))


def client_of(runner: Any, address: str) -> Client:
    """The client of a runner, connected.

    Raises
    ------
    KennisstandError
        The scheduler does not answer.
    """
    try:
        return runner.client
    except (OSError, RuntimeError) as error:  # RuntimeError: Dask's settings ask for encryption, and this has none
        raise KennisstandError("error.cluster_unreachable", address=address) from error
    except ValueError as error:
        raise SettingsError("error.cluster_address", address=address) from error


def check_address(address: str) -> None:
    """Refuse an address that is none, or lies outside the own network without encryption.

    Text of documents goes there, and whoever answers can run programs.

    Raises
    ------
    SettingsError
        It is such an address.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError("error.cluster_address", address=address) from error
    if parts.scheme not in {"tcp", "tls"} or not host or port is None or parts.password:
        raise SettingsError("error.cluster_address", address=address)
    if parts.scheme == "tcp" and not within_own_network(host):
        raise SettingsError("error.cluster_outside", host=host)


def within_own_network(host: str) -> bool:
    """Whether a name or address is this computer's or one of a private network; an unknown name is not."""
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    addresses = [ipaddress.ip_address(str(one).partition("%")[0]) for one in found]
    return bool(addresses) and all(a.is_private and not a.is_unspecified for a in addresses)
