"""What starting a scan loads: a scan that finds nothing new must not pay for what it does not do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import flows

_ROOT = Path(flows.__file__).resolve().parent.parent
_HEAVY = "numpy scipy sklearn matplotlib docx lxml xlsxwriter pandas spacy onnxruntime tokenizers prefect pypdfium2"


def test_a_scan_that_finds_nothing_loads_neither_models_nor_writers(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from flows.start import start_scan; "
        "from pipelines.settings import Settings; "
        "settings = Settings(workspace=Path(sys.argv[2])); "
        "assert start_scan(settings, []).nothing_new; "
        "print(sorted(set(sys.argv[1].split()) & set(sys.modules)))"
    )
    path = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    for _ in range(2):  # the first makes the workspace with the table that is shipped
        command = [sys.executable, "-c", code, _HEAVY, str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
