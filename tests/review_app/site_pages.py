"""The whole page over a scanned workspace, and people of every role on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from people_pages import PASSWORD, use_quick_hashes
from workspaces import copy_workspace

from pipelines.domain.accounts import AccountRole
from pipelines.review_app.access import AccessRules
from pipelines.review_app.app import create_app
from pipelines.review_app.passwords import hash_password
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.accounts import Secret

ORIGIN = "http://localhost"
PEOPLE = {
    "rita": AccountRole.READER,
    "anna": AccountRole.REVIEWER,
    "bram": AccountRole.REVIEWER,
    "eva": AccountRole.EDITOR,
    "ada": AccountRole.ADMIN,
}


@dataclass
class Site:
    """The whole page over a scanned workspace, with people of every role."""

    app: FastAPI

    @property
    def workspace(self) -> Workspace:
        return self.app.state.workspace

    def browser(self) -> TestClient:
        """Somebody's browser, not signed in."""
        return TestClient(
            self.app, base_url=ORIGIN, headers={"Origin": ORIGIN}, client=("127.0.0.1", 50_000), follow_redirects=False
        )

    def signed_in(self, name: str) -> TestClient:
        """The browser of one of the people."""
        browser = self.browser()
        answer = browser.post("/sign-in", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return browser


@contextmanager
def opened_site(source: Path, root: Path, patch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The page over a copy of the workspace ``source`` in ``root``, with accounts; nobody is signed in yet."""
    with served_site(Settings(workspace=copy_workspace(source, root)), patch) as site:
        yield site


@contextmanager
def served_site(settings: Settings, patch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The page over the workspace of ``settings``, with accounts; nobody is signed in yet."""
    use_quick_hashes(patch)
    app = create_app(settings, AccessRules())
    for name, role in PEOPLE.items():
        app.state.workspace.accounts.create(
            name, f"{name.capitalize()} Voorbeeld", role, Secret(hash_password(PASSWORD)), actor="(command)"
        )
    yield Site(app)
    app.state.desk.close()
    app.state.workspace.close()
