"""The shipped models for labels, loaded once for all tests of a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from flows.label import LabelKit, load_label_kit
from pipelines.settings import Settings
from pipelines.table.starting import starting_table


@cache
def kit() -> LabelKit:
    """With the shipped table."""
    return load_label_kit(Settings().shipped_models_dir, Path("absent"), starting_table())
