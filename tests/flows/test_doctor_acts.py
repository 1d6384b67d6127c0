"""The doctor looks at rules and at what people decided."""

from __future__ import annotations

from pathlib import Path

import pytest
from proposal_records import build_decision, build_proposal

from flows import doctor
from flows.doctor import Finding, examine
from flows.proposals import RULES_FILE
from flows.workspace import open_settings_workspace
from pipelines.settings import Settings


def _findings(settings: Settings) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine(settings)}


def test_changed_decisions_and_faulty_rules_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for slow in ("_check_models", "_check_vectors"):  # they load models, and have tests of their own
        monkeypatch.setattr(doctor, slow, lambda settings: Finding("x", True, "doctor.runs"))
    settings = Settings(workspace=tmp_path)
    workspace = open_settings_workspace(settings)
    workspace.acts.decide([build_decision(build_proposal())])
    found = _findings(settings)
    assert found["rules"].key == "doctor.rules" and found["acts"].key == "doctor.acts"
    (tmp_path / RULES_FILE).write_text("rules: []", encoding="utf-8")
    with workspace.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE acts SET person = 'x'")
    workspace.close()
    found = _findings(settings)
    assert not found["rules"].good and not found["acts"].good
