"""That tests run on a server, where they are asked to: in this program and in those that they start."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import server_for_all

from flows.workspace import open_settings_workspace
from pipelines.settings import Settings

pytestmark = pytest.mark.skipif(not server_for_all.is_wanted(), reason="tests run on SQLite (make test-postgresql)")

_SHOW = """
import sys
from pathlib import Path
from flows.workspace import open_settings_workspace
from pipelines.settings import Settings
workspace = open_settings_workspace(Settings(workspace=Path(sys.argv[1])))
print(workspace.engine.dialect.name, len(workspace.runs.all()))
workspace.close()
"""


def _shown(folder: Path) -> str:
    done = subprocess.run([sys.executable, "-c", _SHOW, str(folder)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_each_workspace_has_a_database_of_its_own_and_copies_a_copy(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    workspace = open_settings_workspace(Settings(workspace=one))
    assert workspace.engine.dialect.name == "postgresql"
    workspace.documents.register(workspace.runs.new("nl", {}), [])
    assert _shown(one) == "postgresql 1" and _shown(other) == "postgresql 0"
    shutil.copytree(one, tmp_path / "copy")
    assert _shown(tmp_path / "copy") == "postgresql 1"
    workspace.documents.register(workspace.runs.new("nl", {}), [])
    assert (_shown(one), _shown(tmp_path / "copy")) == ("postgresql 2", "postgresql 1")
    workspace.close()
