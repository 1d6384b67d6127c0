"""What the service and the rest of the program tell one another, in files of ``data/processed/service``.

Whoever runs the service holds ``service.lock`` there: the system lets go of it however that process ends, so that a
file without a holder was left behind. A process that does a duty holds a lock of its own in the same way.
"""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError

from pipelines.domain.record import Record
from pipelines.domain.schedules import Duty
from pipelines.errors import StoreError
from pipelines.store.files import write_whole

logger = logging.getLogger(__name__)

LOCK_SECONDS = 5.0
"""Whoever looks whether a lock is held holds it for less than a millisecond."""


class PartState(StrEnum):
    """How a process of the service is doing."""

    STARTING = "starting"
    RUNNING = "running"
    AGAIN = "again"
    """Ended before it should; is started again after a pause."""


class ServiceState(Record):
    """The service as it tells of itself."""

    process: int
    started: datetime
    """UTC."""
    address: str = ""
    """Of the orchestrator, for this machine alone."""
    server: PartState = PartState.STARTING
    worker: PartState = PartState.STARTING
    n_failures: int = 0
    """How often server or worker were started again since the service began."""

    @property
    def is_failing(self) -> bool:
        """Whether a part of it ended before it should and does not run again yet: nothing begins until it does."""
        return PartState.AGAIN in (self.server, self.worker)


class Asked(Record):
    """Somebody asks for a duty now, whatever the schedule says."""

    id: str
    """Id that its run gets in the ledger."""
    duty: Duty
    person: str
    moment: datetime
    """UTC."""


def service_folder(processed_dir: Path) -> Path:
    """Where these files lie."""
    return processed_dir / "service"


def service_lock(processed_dir: Path, timeout: float = 0) -> FileLock:
    """The lock of who runs the service."""
    return FileLock(_made(service_folder(processed_dir)) / "service.lock", timeout=timeout)


def duty_lock(processed_dir: Path, run_id: str) -> FileLock:
    """The lock of who does a duty."""
    return FileLock(_made(service_folder(processed_dir)) / f"duty-{run_id}.lock", timeout=LOCK_SECONDS)


def forget_duty_lock(processed_dir: Path, run_id: str) -> None:
    """Take the file of a lock away once its run is over for good; of one that is done again somebody may hold it."""
    with suppress(OSError):
        (service_folder(processed_dir) / f"duty-{run_id}.lock").unlink(missing_ok=True)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock ``path``; one that is not there is held by nobody."""
    if not path.exists():
        return True
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return False
    except OSError:  # a folder that cannot be written: nothing could run there
        return True
    lock.release()
    return True


def read_service(processed_dir: Path) -> ServiceState | None:
    """How the service of this workspace is doing; ``None`` where none runs."""
    folder = service_folder(processed_dir)
    if is_free(folder / "service.lock"):
        return None
    try:
        return ServiceState.model_validate_json((folder / "service.json").read_bytes())
    except (OSError, ValidationError):
        return None


def write_service(processed_dir: Path, state: ServiceState) -> None:
    """Tell how the service is doing. What cannot be written is left: the service goes on."""
    try:
        write_whole(service_folder(processed_dir) / "service.json", state.model_dump_json().encode("utf-8"))
    except StoreError as error:
        logger.warning("the state of the service could not be written: %s", error)


def ask(processed_dir: Path, duty: Duty, person: str, moment: datetime) -> Asked:
    """Put a request down for the service."""
    asked = Asked(id=secrets.token_hex(10), duty=duty, person=person, moment=moment)
    write_whole(_asked_path(processed_dir, asked.id), asked.model_dump_json().encode("utf-8"))
    return asked


def asked_for(processed_dir: Path) -> list[Asked]:
    """Requests that nobody has begun with, oldest first; what cannot be read is taken away."""
    found: list[Asked] = []
    for path in service_folder(processed_dir).glob("asked-*.json"):
        try:
            found.append(Asked.model_validate_json(path.read_bytes()))
        except FileNotFoundError:  # begun with just now
            continue
        except (OSError, ValidationError):
            logger.warning("the request %s cannot be read", path.name)
            path.unlink(missing_ok=True)
    return sorted(found, key=lambda asked: (asked.moment, asked.id))


def forget_asked(processed_dir: Path, run_id: str) -> None:
    """Take a request away once the ledger knows of it."""
    _asked_path(processed_dir, run_id).unlink(missing_ok=True)


def _asked_path(processed_dir: Path, run_id: str) -> Path:
    return service_folder(processed_dir) / f"asked-{run_id}.json"
