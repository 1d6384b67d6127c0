"""Databases to test with: an SQLite file, and a PostgreSQL server where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import PostgresServer, find_programs, running_server

from pipelines.store import Workspace, open_workspace
from pipelines.store.database import open_engine


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server of this test run alone."""
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with running_server(programs) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """A database with all tables in it, to be copied: that is faster than making them anew for each test."""
    name = postgres.new_database()
    open_engine(postgres.address(name)).dispose()
    return name


@pytest.fixture
def postgres_address(postgres: PostgresServer, postgres_template: str) -> Iterator[str]:
    """Address of a new database with tables and nothing in them."""
    name = postgres.new_database(f"TEMPLATE {postgres_template}")
    yield postgres.address(name)
    postgres.drop(name)


@pytest.fixture
def sqlite_address(tmp_path: Path) -> str:
    """Address of an SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path}/data/processed/kennisstand.db"


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
