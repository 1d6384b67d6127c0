"""The page over a workspace with proposals of four kinds, made without models and on a day that stands still."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from people_pages import PASSWORD, use_quick_hashes
from proposed_changes import add_proposals
from site_pages import PEOPLE, Site
from workspaces import copy_workspace

from flows.proposals import refresh_proposals
from flows.workspace import open_settings_workspace
from pipelines.domain.evidence_table import EvidenceTable, Statement
from pipelines.domain.proposals import Proposal, ProposalState
from pipelines.review_app import routes_proposals, routes_versions, weighing
from pipelines.review_app.access import AccessRules
from pipelines.review_app.app import create_app
from pipelines.review_app.passwords import hash_password
from pipelines.settings import Settings
from pipelines.store.accounts import Secret
from pipelines.strings import LANGUAGES, keys, text

NOW = datetime(2026, 3, 3, 10)


def make_workspace(root: Path) -> None:
    """A workspace with proposals, and people with accounts."""
    settings = Settings(workspace=root)
    workspace = open_settings_workspace(settings)
    add_proposals(workspace)
    refresh_proposals(workspace, settings, NOW.date())
    secret = Secret(hash_password(PASSWORD))
    for name, role in PEOPLE.items():
        workspace.accounts.create(name, f"{name.capitalize()} Voorbeeld", role, secret, actor="(command)")
    workspace.close()


@pytest.fixture(scope="session")
def proposing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace as :func:`make_workspace` makes it; not to be changed."""
    root = tmp_path_factory.mktemp("proposing")
    with pytest.MonkeyPatch.context() as patch:
        use_quick_hashes(patch)
        make_workspace(root)
    return root


@dataclass
class ProposalSite(Site):
    """The page with what tests of proposals do on it."""

    settings: Settings
    open_browsers: dict[str, TestClient] = field(default_factory=dict)

    def of(self, name: str) -> TestClient:
        """The browser of somebody, signed in once."""
        if name not in self.open_browsers:
            self.open_browsers[name] = self.signed_in(name)
        return self.open_browsers[name]

    def get(self, name: str, address: str, **parameters: str) -> str:
        """A page that is there."""
        answer = self.of(name).get(address, params=parameters or None)
        assert answer.status_code == 200, answer.text
        return answer.text

    def proposals(self) -> dict[str, Proposal]:
        """Proposals of now, by rule and place."""
        known = self.workspace.proposals.all()
        now = self.workspace.proposals.now()
        assert now is not None
        found = [known[one] for one in now.proposal_ids]
        return {f"{one.rule} {one.statement_id or one.row_id}": one for one in found}

    def state(self, proposal: Proposal) -> ProposalState:
        """Where it stands, as the page says."""
        weighed, fresh = self.app.state.desk.weighing.latest()
        assert fresh
        return weighed.by_id[proposal.id][1].state

    def turn(self, proposal: Proposal) -> int:
        """How many decisions were made on it."""
        return len(self.workspace.acts.decisions(proposal.id))

    def decide(self, name: str, proposal: Proposal, verdict: str = "approve", **values: Any) -> Any:
        """Send the form of a proposal as it stands on the page, with other values where given; returns the answer."""
        words = self.words(proposal)
        data = {"seen": str(self.turn(proposal)), "verdict": verdict, **words, **values}
        return self.of(name).post(f"/proposals/{proposal.id}", data=data)

    def words(self, proposal: Proposal) -> dict[str, str]:
        """The text in the form."""
        decisions = [one for one in self.workspace.acts.decisions(proposal.id) if one.wording is not None]
        text = decisions[-1].wording if decisions and decisions[-1].wording else proposal.suggestion
        return {"nl": text.nl, "en": text.en}

    @property
    def table(self) -> EvidenceTable:
        """The newest version."""
        return self.workspace.tables.get(self.workspace.tables.newest_version())

    def statement(self, statement_id: str) -> Statement:
        """A statement of the newest version."""
        return next(one for _, one in self.table.statements() if one.id == statement_id)

    def again(self) -> ProposalSite:
        """The page of the same workspace as the program would serve it after a new start."""
        return ProposalSite(create_app(self.settings, AccessRules()), self.settings)


@contextmanager
def serve_proposals(root: Path, folder: Path, patch: pytest.MonkeyPatch, **values: Any) -> Iterator[ProposalSite]:
    """The page over a copy of the workspace in ``root``, on the day of ``NOW``."""
    use_quick_hashes(patch)
    patch.setattr(weighing, "now", lambda: NOW)
    for module in (routes_proposals, routes_versions):
        patch.setattr(module, "now", lambda: NOW)
    # However busy the computer is, pages wait for what is worked out; tests of waiting say so themselves.
    patch.setattr(weighing.WeighingBook.latest, "__defaults__", (120.0,))
    settings = Settings(workspace=copy_workspace(root, folder), **values)
    app = create_app(settings, AccessRules())
    yield ProposalSite(app, settings)
    app.state.desk.close()
    app.state.workspace.close()


@pytest.fixture
def page(proposing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProposalSite]:
    """The page with proposals; nobody is signed in yet."""
    with serve_proposals(proposing, tmp_path / "work", monkeypatch) as made:
        yield made


def seen(page: str) -> str:
    """What is read on a page, without tags and in one line."""
    body = re.search(r"<main.*</main>", page, re.DOTALL)
    assert body is not None
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body.group())).split())


def fixed_words(*parts: str) -> list[dict[str, str]]:
    """Texts of these parts of the catalogue, by language, without places to fill and not the same in both."""
    found = []
    for key in sorted(keys()):
        if key.split(".")[0] in parts:
            try:
                both = {language: text(key, language) for language in LANGUAGES}
            except KeyError:
                continue  # it has a place to fill
            if both["nl"] != both["en"] and min(map(len, both.values())) > 8:
                found.append(both)
    return found


def used_words(contents: dict[str, list[str]], told: list[dict[str, str]]) -> int:
    """How many of ``told`` are on pages of both languages, by language in ``contents``; none may be on the other's."""
    used: dict[str, set[int]] = {}
    for language, other in (("nl", "en"), ("en", "nl")):
        shown = " ".join(seen(content) for content in contents[language])
        used[language] = {place for place, both in enumerate(told) if both[language] in shown}
        for both in told:
            own = [one[language] for one in told if both[other] in one[language]]
            assert own or both[other] not in shown, (language, both[other])
    return len(used["nl"] & used["en"])
