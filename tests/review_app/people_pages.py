"""A small app with the pages of people and one route for each role, on a clock that tests move."""

# Annotations are read while a route is made: those of the sample routes name a variable, so they cannot be postponed.
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
import server_for_all
from argon2 import PasswordHasher
from fastapi import Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse
from starlette.testclient import TestClient

from pipelines.domain.accounts import AccountRole
from pipelines.review_app import passwords, routes_people
from pipelines.review_app.access import PUBLIC, AccessRules, Visitor, check_routes, needs, protect
from pipelines.review_app.passwords import hash_password
from pipelines.store import Workspace, open_workspace
from pipelines.store.accounts import AccountStore, Secret

HOST = "localhost:8000"
ORIGIN = {"Origin": f"http://{HOST}"}
PASSWORD = "fietsbel op een dak"


def use_quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords with the least work there is: for tests that are not about the work."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_NOBODY", quick.hash("nobody"))
    monkeypatch.setattr(passwords, "_HASHER", quick)


class Clock:
    """A moment that only moves when told."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 2, 9, 0, 0)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **amount: float) -> None:
        self.moment += timedelta(**amount)


@dataclass
class Pages:
    """The app, its store and its clock."""

    app: FastAPI
    workspace: Workspace
    clock: Clock

    @property
    def accounts(self) -> AccountStore:
        return self.workspace.accounts

    @property
    def cookie(self) -> str:
        return self.app.state.access.cookie

    def add(self, name: str, role: AccountRole = AccountRole.READER, *, password: bool = True) -> None:
        """An account with PASSWORD."""
        secret = Secret(hash_password(PASSWORD)) if password else None
        self.accounts.create(name, f"{name.capitalize()} Achternaam", role, secret, actor="(command)")

    def browser(self, address: str = "127.0.0.1", **headers: str) -> TestClient:
        """Somebody's browser, not signed in."""
        scheme = "https" if self.app.state.access.secure else "http"
        given = {"Origin": f"{scheme}://{HOST}", **headers}
        base = f"{scheme}://{HOST}"
        return TestClient(
            self.app,
            base_url=base,
            headers=given,
            client=(address, 50_000),
            follow_redirects=False,
            raise_server_exceptions=False,
        )

    def signed_in(self, name: str, password: str = PASSWORD) -> TestClient:
        """The browser of somebody who is signed in."""
        browser = self.browser()
        answer = browser.post("/sign-in", data={"name": name, "password": password})
        assert answer.status_code == 303, answer.text
        return browser


@cache
def _empty_database() -> bytes:
    # Made once: its migrations take longer than most tests.
    folder = Path(tempfile.mkdtemp())
    open_workspace(folder, f"sqlite:///{folder}/empty.db").close()
    content = (folder / "empty.db").read_bytes()
    shutil.rmtree(folder)
    return content


@contextmanager
def open_pages(folder: Path, rules: AccessRules | None = None) -> Iterator[Pages]:
    """The pages over a new workspace in ``folder``."""
    clock = Clock()
    database = folder / "data" / "processed" / "kennisstand.db"
    database.parent.mkdir(parents=True)
    if not server_for_all.is_wanted():  # there every database is a copy of one with tables
        database.write_bytes(_empty_database())
    opened = open_workspace(folder, f"sqlite:///{database}")
    workspace = replace(opened, accounts=AccountStore(opened.engine, clock))
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.settings = SimpleNamespace(max_file_megabytes=2)
    app.state.workspace, app.state.access = workspace, rules or AccessRules()
    app.include_router(routes_people.router)
    _add_samples(app)
    check_routes(app)
    protect(app)
    yield Pages(app, workspace, clock)
    workspace.close()


def _add_samples(app: FastAPI) -> None:
    for role in AccountRole:

        def show(visitor: Annotated[Visitor, needs(role)]) -> dict[str, Any]:
            return {"name": visitor.account.name, "language": visitor.language}

        app.get(f"/for/{role.value}")(show)
        app.post(f"/for/{role.value}")(show)

    async def take(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    def fail() -> None:
        raise RuntimeError("a mistake of ours")

    app.get("/", dependencies=[Depends(needs(AccountRole.READER).dependency)])(lambda: "home")
    app.post("/take", dependencies=[PUBLIC])(take)
    app.post("/documents/upload", dependencies=[PUBLIC])(take)
    app.get("/fail", dependencies=[PUBLIC])(fail)
