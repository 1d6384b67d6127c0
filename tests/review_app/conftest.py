"""A scanned workspace, and people who are signed in on its page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from site_pages import Site, served_site
from workspaces import copy_workspace

from pipelines.settings import Settings


@pytest.fixture
def settings(scanned: Path, tmp_path: Path) -> Settings:
    """Settings of a copy of the scanned workspace."""
    return Settings(workspace=copy_workspace(scanned, tmp_path / "workspace"))


@pytest.fixture
def site(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The page; nobody is signed in yet."""
    with served_site(settings, monkeypatch) as served:
        yield served
