"""The whole page over a scanned workspace, and people of every role on it."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.testclient import TestClient
from people_pages import PASSWORD

from pipelines.domain.accounts import AccountRole
from pipelines.store import Workspace

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
