"""A PostgreSQL server for one test run: on a socket in a folder of its own, no TCP, gone when the tests are."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

USER = "kennisstand"
_START_SECONDS = 120
_PREFIX = "pg-"
_HELD = "held"
"""File in the folder of a server that its test run holds."""
_SHUT_DOWN_SECONDS = 120
_NOT_DURABLE = ["fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "autovacuum=off"]
#: Where Debian and Fedora keep what they do not put on the path.
_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")


@dataclass
class PostgresServer:
    """A running server; each test asks for a database of its own."""

    folder: Path
    programs: Path
    durable: bool = False
    """Whether it writes as safely as PostgreSQL does by default."""
    n_connections: int = 60
    _process: subprocess.Popen[bytes] | None = None
    _n_databases: int = 0

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The server itself."""
        assert self._process is not None, "the server was never started"
        return self._process

    def address(self, name: str, user: str = USER) -> str:
        """Address of a database as SQLAlchemy writes it."""
        return f"postgresql+psycopg://{user}@/{name}?host={self.folder}"

    def connect(self, name: str = "postgres") -> psycopg.Connection:
        """A connection that sees nothing of the product, in autocommit."""
        return psycopg.connect(host=str(self.folder), user=USER, dbname=name, autocommit=True)

    def new_database(self, options: str = "") -> str:
        """Name of a new and empty database."""
        self._n_databases += 1
        name = f"test_{self._n_databases}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} {options}".encode())
        return name

    def drop(self, name: str) -> None:
        """Remove a database, also while somebody is connected."""
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = [
            f"unix_socket_directories={self.folder}",
            "listen_addresses=",
            f"max_connections={self.n_connections}",
        ]
        # Nothing of a test has to outlive a power cut.
        settings += [] if self.durable else _NOT_DURABLE
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data")]
        for setting in settings:
            command += ["-c", setting]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(_bound_to_us(command), stdout=log, stderr=log, cwd=self.folder)
        latest = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > latest:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        """Shut the server down, whoever is connected."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(_SHUT_DOWN_SECONDS)

    def end(self) -> None:
        """Stop the server for good, without writing what it still has to write."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(_SHUT_DOWN_SECONDS)


#: Names the folder of the programs to use instead of those that the system has, such as ones with pgvector.
PROGRAMS = "KENNISSTAND_TESTS_POSTGRESQL_PROGRAMS"


def find_programs() -> Path | None:
    """Folder with the programs of PostgreSQL, the newest if there are several; ``None`` where it is not installed."""
    if named := os.environ.get(PROGRAMS):
        return Path(named)
    found = [folder for pattern in _FOLDERS for folder in Path("/").glob(pattern[1:]) if (folder / "initdb").exists()]
    if found:
        return max(found, key=lambda folder: [int(part) for part in folder.parent.name.split("-")[-1].split(".")])
    initdb = shutil.which("initdb")
    return None if initdb is None else Path(initdb).resolve().parent


def _account() -> pwd.struct_passwd | None:
    """PostgreSQL does not run as root: the account to run it as, where the tests do."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LookupError("neither an account postgres nor nobody")


def _bound_to_us(command: list[str]) -> list[str]:
    """As the other account, and (where Linux has ``setpriv``) ended by the system when the tests are killed."""
    account, setpriv = _account(), shutil.which("setpriv")
    change = []
    if setpriv is not None:
        change = [setpriv, "--pdeathsig", "INT"]
        if account is not None:
            change += ["--reuid", str(account.pw_uid), "--regid", str(account.pw_gid), "--clear-groups"]
        return [*change, "--", *command]
    if account is not None:
        return ["su", "-s", "/bin/sh", account.pw_name, "-c", 'exec "$0" "$@"', "--", *command]
    return command


def _make_files(programs: Path, folder: Path) -> None:
    initdb = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", USER, "-A", "trust"]
    initdb += ["-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]
    # Servers of organisations sort as a dictionary does, not by the numbers of letters; from version 15 on that is to
    # be had on every computer.
    by_dictionary = ["--locale-provider=icu", "--icu-locale=nl"]
    for how in (by_dictionary, []):
        done = subprocess.run(_bound_to_us([*initdb, *how]), capture_output=True, text=True, cwd=folder, check=False)
        if done.returncode == 0:
            return
    raise OSError(done.stderr)


@contextmanager
def _folder() -> Iterator[Path]:
    """A new folder, held as long as this lasts: that of a test run that was killed is free, and removed by the next."""
    # Not in pytest's folder: that is closed to other accounts, and its name is too long for a socket.
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / "new").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            (folder / "new").rename(folder / _HELD)
            for other in folder.parent.glob(f"{_PREFIX}*/{_HELD}"):
                with suppress(OSError), other.open() as left:
                    fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(other.parent, ignore_errors=True)
            yield folder


@contextmanager
def running_server(programs: Path, *, durable: bool = False, n_connections: int = 60) -> Iterator[PostgresServer]:
    """A new server with nothing in it, in a folder that is removed afterwards."""
    with _folder() as folder:
        account = _account()
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        _make_files(programs, folder)
        server = PostgresServer(folder, programs, durable, n_connections)
        try:
            server.start()
            yield server
        finally:
            server.end()
