"""What tests of several rooms share; pytest puts this folder on the path because of this file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import server_for_all

if TYPE_CHECKING:
    from postgres_server import PostgresServer


# Whether Tesseract is installed must not change what a test sees; tests of recognition ask for it.
os.environ.setdefault("KENNISSTAND_RECOGNITION_MINUTES", "0")

if server_for_all.is_wanted():
    server_for_all.install()


def pytest_configure(config: pytest.Config) -> None:
    server_for_all.configure(config)


@pytest.fixture(scope="session")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that was scanned; not to be changed."""
    from workspaces import scan_examples  # loads models, which most tests do without

    root = tmp_path_factory.mktemp("scanned")
    scan_examples(root)
    return root


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server of this test run alone."""
    from postgres_server import find_programs, running_server

    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with running_server(programs) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """A database with all tables in it, to be copied: that is faster than making them anew for each test."""
    from pipelines.store.database import open_engine  # a second, which most tests do without

    name = postgres.new_database()
    open_engine(postgres.address(name)).dispose()
    return name


@pytest.fixture
def postgres_address(postgres: PostgresServer, postgres_template: str) -> Iterator[str]:
    """Address of a new database with tables and nothing in them."""
    name = postgres.new_database(f"TEMPLATE {postgres_template}")
    yield postgres.address(name)
    postgres.drop(name)


def _prefect_settings() -> set[str]:
    return {name for name in os.environ if name.startswith("PREFECT_")}


#: What the person who runs the tests has, and what the product sets for good where it is imported.
_NOT_LEFT = _prefect_settings() | {"PREFECT_SERVER_ANALYTICS_ENABLED"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """Fail the test that leaves settings of Prefect behind: programs of later tests would take them for a user's own.

    Such a program starts no server itself, and on a busy machine Prefect's own comes too late for it.
    """
    yield
    left = _prefect_settings() - _NOT_LEFT
    for name in left:
        del os.environ[name]
    assert not left, f"left in the environment: {sorted(left)}"


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are named by their parameter: packed ones hold the time at which they were made, and differ by process."""
    return argname if isinstance(val, bytes) else None
