"""A program that plays Tesseract: it says of itself what Tesseract says, and finds the words that it is given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines.ingest.tesseract import Tesseract, find_tesseract

LINES = [
    "In 2024 gebruikte een derde van de bedrijven generatieve kunstmatige",
    "intelligentie, blijkt uit een enquete onder 1.200 ondernemers in het land.",
]


def table(*lines: str, confidence: float = 95.0) -> str:
    """The words of lines as Tesseract writes them, at 300 dots an inch."""
    head = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
    rows = [head, "1\t1\t0\t0\t0\t0\t0\t0\t2480\t3508\t-1\t"]
    for number, line in enumerate(lines, 1):
        left = 250
        for place, word in enumerate(line.split(), 1):
            width = 22 * len(word)
            rows.append(
                f"5\t1\t1\t1\t{number}\t{place}\t{left}\t{200 + 52 * number}\t{width}\t40\t{confidence}\t{word}"
            )
            left += width + 14
    return "\n".join(rows) + "\n"


def program(
    folder: Path, monkeypatch: pytest.MonkeyPatch, reads: str, *, languages: str = "nld\neng\nosd"
) -> Tesseract:
    """An executable that says what Tesseract says; ``reads`` is what its shell does with a picture."""
    folder.mkdir(exist_ok=True)
    file = folder / "tesseract"
    file.write_text(
        "#!/bin/sh\n"
        'case "$1" in\n'
        "--version) echo 'tesseract 5.9.9'; exit;;\n"
        f"--list-langs) printf '%s\\n' 'List of available languages (3):' '{languages}'; exit;;\n"
        f"esac\n{reads}\n"
    )
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    found = find_tesseract()
    assert found is not None and found.path == str(file)
    return found


def printing(folder: Path, text: str) -> str:
    """Shell that takes the picture and prints a text."""
    folder.mkdir(exist_ok=True)
    (folder / "table").write_text(text)
    return f"cat > /dev/null; cat {folder / 'table'}"
