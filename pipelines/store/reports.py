"""The folder of reports: what lies there, and nothing else."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

SUFFIXES = (".docx", ".html", ".pdf", ".xlsx", ".pptx", ".json", ".md", ".ris", ".bib")
_NAME = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)-(?:(?P<run>scan-\d{4,})|period[e]?(?:-(?P<since>\d{4}-\d\d-\d\d))?)\b.*")


_KINDS = {"note": ("updatenotitie", "update-note"), "bibliography": ("bibliografie", "bibliography")}
"""Words in the names of files, Dutch and English."""


@dataclass(frozen=True)
class ReportFile:
    """One file of a report."""

    name: str
    n_bytes: int

    @property
    def format(self) -> str:
        """Its suffix, without the point."""
        return self.name.rpartition(".")[2]

    @property
    def stem(self) -> str:
        """Its name without the suffix."""
        return self.name.rpartition(".")[0]


@dataclass(frozen=True)
class ReportFolder:
    """A report in its formats."""

    name: str
    made: datetime
    """When its latest file was written, in UTC without time zone."""
    run: str | None
    """The scan that it is about; ``None`` for a period."""
    since: date | None
    """The day from which on it reports; ``None`` for all that there was, or a scan."""
    files: tuple[ReportFile, ...]

    @property
    def kind(self) -> str:
        """``note``, ``bibliography`` or ``findings``, by the names of its files."""
        names = " ".join(sorted(self.stems))
        return next((kind for kind, words in _KINDS.items() if any(word in names for word in words)), "findings")

    @property
    def stems(self) -> frozenset[str]:
        """Names without suffix: more than one where the folder holds the report in two languages."""
        return frozenset(file.stem for file in self.files)


def list_reports(reports_dir: Path) -> list[ReportFolder]:
    """Reports that hold at least one file, newest first. Links are passed over: they could lead anywhere."""
    found: list[ReportFolder] = []
    try:
        with os.scandir(reports_dir) as entries:
            folders = [Path(e.path) for e in entries if e.is_dir(follow_symlinks=False) and not e.name.startswith(".")]
    except OSError:
        return []
    for folder in folders:
        report = _read_folder(folder)
        if report is not None:
            found.append(report)
    return sorted(found, key=lambda report: (report.made, report.name), reverse=True)


def find_file(reports_dir: Path, folder: str, name: str) -> Path | None:
    """A file of a report; only names that :func:`list_reports` gives lead anywhere."""
    for report in list_reports(reports_dir):
        if report.name == folder and any(file.name == name for file in report.files):
            return reports_dir / report.name / name
    return None


def _read_folder(folder: Path) -> ReportFolder | None:
    files: list[ReportFile] = []
    latest = 0.0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False) and not entry.name.startswith((".", "~$")):
                    status = entry.stat(follow_symlinks=False)
                    if Path(entry.name).suffix in SUFFIXES:
                        files.append(ReportFile(entry.name, status.st_size))
                        latest = max(latest, status.st_mtime)
    except OSError:
        return None
    if not files:
        return None
    named = _NAME.fullmatch(folder.name)
    return ReportFolder(
        name=folder.name,
        made=datetime.fromtimestamp(latest, UTC).replace(tzinfo=None),
        run=named["run"] if named else None,
        since=_day(named["since"]) if named else None,
        files=tuple(sorted(files, key=lambda file: (file.stem, file.format))),
    )


def _day(written: str | None) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        return None
