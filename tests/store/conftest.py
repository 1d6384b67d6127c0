"""Databases to test with: an SQLite file, and a PostgreSQL server where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import PostgresServer

from pipelines.store import Workspace, open_workspace


@pytest.fixture
def sqlite_address(tmp_path: Path) -> str:
    """Address of an SQLite file that is not there yet."""
    # Not the name that a workspace gives to its own file: that is another database where all tests run on a server.
    return f"sqlite:///{tmp_path}/data/processed/store.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Address of an empty database, of each kind in turn."""
    return request.getfixturevalue("sqlite_address" if request.param == "sqlite" else "postgres_address")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a database without tables, of each kind in turn."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_address")
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.new_database()
    yield server.address(name)
    server.drop(name)


@pytest.fixture
def workspace(tmp_path: Path, database: str) -> Iterator[Workspace]:
    """An empty workspace on each kind of database in turn."""
    opened = open_workspace(tmp_path, database)
    yield opened
    opened.close()
