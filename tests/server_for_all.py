"""Runs all tests on a PostgreSQL server: ``KENNISSTAND_TESTS_DATABASE=postgresql pytest`` (``make test-postgresql``).

Each workspace gets a database of its own, copied from one with all tables, and gone with its test.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType

import pytest
from postgres_server import find_programs, running_server

WANTED = "KENNISSTAND_TESTS_DATABASE"
SQLITE_ONLY = "sqlite: about the SQLite file itself; skipped where all tests run on a server"
_FOLDER = Path(__file__).resolve().parent / "on_postgresql"


def _customising() -> ModuleType:
    if str(_FOLDER) not in sys.path:
        sys.path.insert(0, str(_FOLDER))
    # Under the name that Python itself uses in other programs; of this one another may be loaded already.
    sys.modules.pop("sitecustomize", None)
    return importlib.import_module("sitecustomize")


def is_wanted() -> bool:
    """Whether all tests are to run on a server."""
    wanted = os.environ.get(WANTED, "sqlite") or "sqlite"
    if wanted not in ("sqlite", "postgresql"):
        raise pytest.UsageError(f"{WANTED} is sqlite or postgresql")
    return wanted == "postgresql"


def install() -> None:
    """Before anything of the product is imported, which the conftest.py of other folders does."""
    if "pipelines.settings" in sys.modules:
        raise pytest.UsageError("too late: the product is imported already")
    _customising().install()


class ServerForAll:
    """The server, and what each test leaves on it."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._customising = sys.modules["sitecustomize"]
        if self._customising.SERVER not in os.environ:  # else a process of a run that has one
            self._start()

    def _start(self) -> None:
        programs = find_programs()
        if programs is None:
            raise pytest.UsageError("PostgreSQL is not installed (Debian: apt-get install postgresql)")
        server = self._open.enter_context(running_server(programs, n_connections=300))
        (server.folder / "made").mkdir(mode=0o777)
        name = self._customising.TEMPLATE
        with server.connect() as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        from pipelines.store.database import open_engine

        open_engine(server.address(name)).dispose()
        os.environ[self._customising.SERVER] = str(server.folder)
        path = [str(_FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])]
        os.environ["PYTHONPATH"] = os.pathsep.join(path)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what is about SQLite itself."""
        for item in items:
            if item.get_closest_marker("sqlite"):
                item.add_marker(pytest.mark.skip(reason="about the SQLite file itself"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        """Remove the databases of a test."""
        folder = getattr(item, "funcargs", {}).get("tmp_path")
        yield
        if folder is not None:
            self._customising.drop_under(folder)

    def pytest_unconfigure(self) -> None:
        """Stop the server."""
        self._customising.let_go_under(Path("/"))
        self._open.close()


def configure(config: pytest.Config) -> None:
    """Called from conftest.py."""
    config.addinivalue_line("markers", SQLITE_ONLY)
    if is_wanted():
        config.pluginmanager.register(ServerForAll())
