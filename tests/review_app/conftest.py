"""A scanned workspace, and people who are signed in on its page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from people_pages import PASSWORD, use_quick_hashes
from site_pages import PEOPLE, Site
from workspaces import copy_workspace

from pipelines.review_app.access import AccessRules
from pipelines.review_app.app import create_app
from pipelines.review_app.passwords import hash_password
from pipelines.settings import Settings
from pipelines.store.accounts import Secret


@pytest.fixture
def settings(scanned: Path, tmp_path: Path) -> Settings:
    """Settings of a copy of the scanned workspace."""
    return Settings(workspace=copy_workspace(scanned, tmp_path / "workspace"))


@pytest.fixture
def site(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The page; nobody is signed in yet."""
    use_quick_hashes(monkeypatch)
    app = create_app(settings, AccessRules())
    for name, role in PEOPLE.items():
        app.state.workspace.accounts.create(
            name, f"{name.capitalize()} Voorbeeld", role, Secret(hash_password(PASSWORD)), actor="(command)"
        )
    yield Site(app)
    app.state.desk.close()
    app.state.workspace.close()
