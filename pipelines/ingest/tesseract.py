"""The program Tesseract, where it is installed: finds it, asks what it can do, and has it read one picture.

By itself and not by way of OCRmyPDF, which needs Ghostscript, a program under the AGPL.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass

NAME = "tesseract"
LANGUAGES = ("nld", "eng")
_ANSWER_SECONDS = 20.0
_MOST_OUTPUT = 20 * 2**20
"""Of one page as a table: a word takes some 60 bytes."""


class RecognitionError(Exception):
    """Tesseract cannot be started, or ended without a result."""


@dataclass(frozen=True, slots=True)
class Tesseract:
    """The program as it is installed here."""

    path: str
    version: str
    languages: tuple[str, ...]
    """Those of :data:`LANGUAGES` that it can read."""

    @property
    def name(self) -> str:
        """Name and version, as documents carry it."""
        return f"{NAME} {self.version}"

    @property
    def missing(self) -> tuple[str, ...]:
        """Those of :data:`LANGUAGES` that it cannot read."""
        return tuple(code for code in LANGUAGES if code not in self.languages)


def find_tesseract() -> Tesseract | None:
    """The program on the search path; ``None`` where it is not there or does not answer.

    One that reads neither Dutch nor English is found all the same: people are told what it lacks.
    """
    path = shutil.which(NAME)
    if path is None:
        return None
    try:
        told = _ask(path, "--version")
        listed = _ask(path, "--list-langs")
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(rf"{NAME}\s+v?(\d[\w.-]{{0,20}})", told)
    if found is None:
        return None
    known = set(listed.split())
    return Tesseract(path, found[1], tuple(code for code in LANGUAGES if code in known))


def _ask(path: str, option: str) -> str:
    done = subprocess.run(
        [path, option], capture_output=True, timeout=_ANSWER_SECONDS, check=False, stdin=subprocess.DEVNULL
    )
    return (done.stdout + b"\n" + done.stderr)[:100_000].decode("utf-8", "replace")


def read_picture(program: Tesseract, picture: bytes, seconds: float) -> str:
    """The words of a picture as a table: a line for each, fields with tabs between.

    Parameters
    ----------
    program
        As it was found.
    picture
        In a format that Tesseract reads, for instance PNM.
    seconds
        After so long it is killed.

    Raises
    ------
    RecognitionError
        It took too long, failed, or gave more than any page holds.
    """
    command = [program.path, "stdin", "stdout", "-l", "+".join(program.languages), "tsv"]
    # One thread: pages are read side by side, and its own threads gain little.
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        done = subprocess.run(
            command, input=picture, capture_output=True, timeout=seconds, check=False, env=environment
        )
    except subprocess.TimeoutExpired as error:
        raise RecognitionError("time") from error
    except OSError as error:
        raise RecognitionError(error.strerror or type(error).__name__) from error
    if done.returncode != 0:
        raise RecognitionError(f"exit {done.returncode}: {done.stderr[-200:].decode('utf-8', 'replace').strip()}")
    if len(done.stdout) > _MOST_OUTPUT:
        raise RecognitionError("output")
    return done.stdout.decode("utf-8", "replace")
