"""What is tried to break the program: a short round in ``make test``, the whole of it by ``make torture``.

A test asks :data:`~torture_rounds.WHOLE` how much to do, and tells what it measured to the fixture ``tell``; the whole
round keeps that in ``benchmarks/results/torture_*.json``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torture_rounds

_RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"


def _file(name: str) -> Path:
    return _RESULTS / f"torture_{name}.json"


@pytest.fixture
def told() -> Callable[[str], dict[str, Any]]:
    """What whole rounds told before under a name, for those that are done in parts; nothing in a short round."""

    def read(name: str) -> dict[str, Any]:
        kept = torture_rounds.WHOLE and _file(name).exists()
        return json.loads(_file(name).read_text(encoding="utf-8")) if kept else {}

    return read


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Keep figures under a name; printed with ``-s``, written only by the whole round."""

    def write(name: str, **figures: Any) -> None:
        text = json.dumps(figures, indent=1, ensure_ascii=False, sort_keys=True, default=str) + "\n"
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            if torture_rounds.WHOLE:
                _RESULTS.mkdir(parents=True, exist_ok=True)
                _file(name).write_text(text, encoding="utf-8")
                print(f"\n{name}: {text}", end="")  # noqa: T201 (who asks for the whole round waits for its figures)

    return write
