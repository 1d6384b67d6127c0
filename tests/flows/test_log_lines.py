"""The log: moments that can be told apart, and lines that nobody else can write."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.log_lines import LogLines
from flows.orchestrator import log_to_file

_FIRST = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d [A-Z]+ ")
_FORGED = "2026-03-02 09:00:00.000+01:00 INFO pipelines signed in: baas"


@pytest.fixture
def amsterdam(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("this system takes its time zone from elsewhere")
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def _written(message: str, *values: object, error: Exception | None = None, moment: float = 0.0) -> list[str]:
    told = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord("pipelines", logging.WARNING, __file__, 1, message, values, told)
    record.created = moment
    return LogLines().format(record).split("\n")


def test_the_hour_that_comes_twice_is_told_apart(amsterdam: None) -> None:
    # 25 October 2026, 00:30 and 01:30 UTC: both half past two on Dutch clocks.
    times = [_written("x", moment=moment)[0].split(" WARNING ")[0] for moment in (1792888200.0, 1792891800.0)]
    assert times == ["2026-10-25 02:30:00.000+02:00", "2026-10-25 02:30:00.000+01:00"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_no_name_or_path_begins_an_entry(line_end: str) -> None:
    lines = _written("refused: %s", f"x{line_end}{_FORGED}")
    assert lines[1:] == [f"    {_FORGED}"]
    assert [bool(_FIRST.match(line)) for line in lines] == [True, False]


def test_nor_does_the_message_of_an_error() -> None:
    lines = _written("unexpected", error=ValueError(f"bad\n{_FORGED}"))
    assert len(lines) > 2 and [line for line in lines if _FIRST.match(line)] == lines[:1]


def test_signs_that_steer_a_screen_are_written_out() -> None:
    lines = _written("file %s", "a\x1b[2J\u202eb\ud800é")
    assert lines[0].endswith(r"file a\x1b[2J\u202eb\ud800é")


def test_the_log_of_a_workspace_is_written_so(tmp_path: Path) -> None:
    root = logging.getLogger()
    before, level, raises = root.handlers[:], root.level, logging.raiseExceptions
    try:
        path = log_to_file(tmp_path)
        logging.getLogger("pipelines").warning("asked for %s", f"x\n{_FORGED}\x1b[2J")
        first, second = path.read_text(encoding="utf-8").splitlines()
    finally:
        for handler in [handler for handler in root.handlers if handler not in before]:
            root.removeHandler(handler)
            handler.close()
        root.setLevel(level)
        logging.raiseExceptions = raises
        logging.captureWarnings(False)
    assert _FIRST.match(first) and second == f"    {_FORGED}\\x1b[2J"
