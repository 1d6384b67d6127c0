"""A period that has not begun yet has no note."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from flows.note import write_update_note
from pipelines.errors import KennisstandError
from pipelines.settings import Settings
from pipelines.strings import LANGUAGES, text


def test_a_period_that_begins_in_the_future_is_refused_in_words(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path)
    with pytest.raises(KennisstandError, match="since_future"):
        write_update_note(settings, datetime(2026, 7, 1), ("md",), "nl", datetime(2026, 6, 9))
    assert all("2026-07-01" in text("error.since_future", code, since="2026-07-01") for code in LANGUAGES)
