"""The update note and the bibliography of a period: what they are gathered from, and which files they become."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from accepted_evidence import BEGIN, MEETINGS, Desk, add_accounts

from flows.bibliography import write_bibliography
from flows.note import gather_note, write_update_note
from flows.proposal_decisions import decide_proposal
from flows.proposals import refresh_proposals
from flows.versions import apply_approved
from flows.workspace import open_settings_workspace
from pipelines.domain.decisions import Verdict
from pipelines.domain.evidence import Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.proposals import ProposalState, ProposalVerdict
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.files import write_whole

_NOW = datetime(2026, 3, 3, 10)
_NEW = MEETINGS[:2]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(workspace=tmp_path_factory.mktemp("period"))


@pytest.fixture(scope="module")
def workspace(settings: Settings) -> Iterator[Workspace]:
    """One proposal is in the table since the day before, another is open; one passage was rejected."""
    opened = open_settings_workspace(settings)
    desk = Desk(opened)
    desk.accept_experiments()
    add_accounts(opened, anna="editor", bram="editor")
    (move,) = refresh_proposals(opened, settings, BEGIN.date())
    for person in ("anna", "bram"):
        decide_proposal(opened, settings, move.id, ProposalVerdict.APPROVE, person, now=_NOW - timedelta(days=1))
    assert apply_approved(opened, settings, _NOW - timedelta(days=1)) is not None
    for title, text in _NEW:
        desk.decide(desk.add(title, text), statement=None, relation=Relation.NEW, column=Column.TREND)
    desk.decide(desk.add("Mening", "AI is geweldig."), verdict=Verdict.REJECT, reason="no_finding")
    yield opened
    opened.close()


def test_a_period_holds_what_happened_in_it(workspace: Workspace, settings: Settings) -> None:
    material = gather_note(workspace, settings, None, _NOW, "nl")
    shipped, newest = workspace.tables.records()
    assert (material.before.version, material.after.version) == (shipped.version, newest.version)
    assert [record.version for record in material.versions] == [newest.version]
    states = {proposal.rule: standing.state for proposal, standing in material.proposals}
    assert states == {"trend_known": ProposalState.APPLIED, "new_statement": ProposalState.OPEN}
    (open_one,) = [proposal for proposal, _ in material.open_proposals()]
    assert material.new_ids[open_one.id] == ("B1", "B1.t4")
    assert material.as_approved[open_one.id].wording == open_one.suggestion
    assert all(material.reasons[proposal.id] for proposal, _ in material.proposals)
    assert (len(material.pieces), material.reading.n_accepted, material.reading.n_rejected) == (6, 6, 1)
    assert sum(judgement is None for judgement in material.judgements.values()) == 1
    assert material.people == {"anna": "Anna", "bram": "Bram"}

    later = gather_note(workspace, settings, _NOW - timedelta(hours=1), _NOW, "nl")
    assert later.before == later.after and later.versions == ()
    assert [proposal.id for proposal, _ in later.proposals] == [open_one.id]
    assert later.reading.n_read == 0


def test_a_note_is_written_in_the_forms_asked_for(workspace: Workspace, settings: Settings, tmp_path: Path) -> None:
    paths = write_update_note(settings, None, ["md", "json"], "en", _NOW, folder=tmp_path)
    assert [Path(path).name for path in paths.values()] == [
        "kennisstand-update-note.md",
        "kennisstand-update-note.json",
    ]
    words = Path(paths["md"]).read_text(encoding="utf-8")
    assert "B1.t1" in words and "novices using generative AI" in words
    assert json.loads(Path(paths["json"]).read_text(encoding="utf-8"))
    usual = Path(write_update_note(settings, _NOW, ["md"], None, _NOW)["md"])
    assert usual.parent == settings.reports_dir / "2026-03-03-periode-2026-03-03-100000"
    assert usual.name == "kennisstand-updatenotitie.md"


def test_a_bibliography_is_written_as_document_and_as_references(
    workspace: Workspace, settings: Settings, tmp_path: Path
) -> None:
    paths = write_bibliography(settings, None, ["csl", "md", "ris", "bib"], "nl", _NOW, folder=tmp_path)
    assert list(paths) == ["csl", "md", "ris", "bib"]
    entries = json.loads(Path(paths["csl"]).read_text(encoding="utf-8"))
    assert paths["csl"].endswith("kennisstand-bibliografie.csl.json") and len(entries) == 7
    words = Path(paths["md"]).read_text(encoding="utf-8")
    assert all(title in words for title, _ in _NEW)
    assert Path(paths["ris"]).read_text(encoding="utf-8").count("ER  -") == 7
    assert write_bibliography(settings, None, ["md"], "nl", _NOW, folder=tmp_path / "again") != {}


def test_without_documents_there_is_nothing_to_write(tmp_path: Path) -> None:
    empty = Settings(workspace=tmp_path)
    assert write_update_note(empty, None, ["md"], None, _NOW) == {}
    assert write_bibliography(empty, None, ["ris"], None, _NOW) == {}


@pytest.mark.parametrize("write", [write_update_note, write_bibliography])
def test_nobody_sees_half_of_what_is_written(
    write: Any, workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def written(path: Path, content: bytes) -> None:
        if path.suffix == ".html":
            raise Killed
        write_whole(path, content)

    monkeypatch.setattr("flows.note.write_whole", written)
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)  # who is killed clears nothing up
    before = set(settings.reports_dir.glob("[!.]*"))
    with pytest.raises(Killed):
        write(settings, None, ["md", "html"], "nl", _NOW)
    assert set(settings.reports_dir.glob("[!.]*")) == before
    monkeypatch.undo()
    paths = write(settings, None, ["md", "html"], "nl", _NOW)
    (folder,) = {Path(path).parent for path in paths.values()}
    assert sorted(path.suffix for path in folder.iterdir()) == [".html", ".md"]
    assert not list(settings.reports_dir.glob(".*"))
