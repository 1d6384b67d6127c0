"""A workspace with the starting table and nothing else, for tests of what people decide in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from accepted_evidence import Desk

from flows.workspace import open_settings_workspace
from pipelines.settings import Settings
from pipelines.store import Workspace


@pytest.fixture(scope="session")
def new_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be changed: copied by ``settings``."""
    root = tmp_path_factory.mktemp("new")
    open_settings_workspace(Settings(workspace=root)).close()
    return root


@pytest.fixture
def settings(new_workspace: Path, tmp_path: Path) -> Settings:
    shutil.copytree(new_workspace, tmp_path, dirs_exist_ok=True)
    return Settings(workspace=tmp_path)


@pytest.fixture
def workspace(settings: Settings) -> Iterator[Workspace]:
    opened = open_settings_workspace(settings)
    yield opened
    opened.close()


@pytest.fixture
def desk(workspace: Workspace) -> Desk:
    return Desk(workspace)
