"""What tests of several rooms share; pytest puts this folder on the path because of this file."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that was scanned; not to be changed."""
    from workspaces import scan_examples  # loads models, which most tests do without

    root = tmp_path_factory.mktemp("scanned")
    scan_examples(root)
    return root
