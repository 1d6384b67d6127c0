"""Numbers of chapters, tables and figures: the same in every rendering."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.domain.reports import Plot, RevisedTable, Section, Table, UpdateReport


def walk(sections: tuple[Section, ...], depth: int = 1) -> Iterator[tuple[int, Section]]:
    """All sections in reading order with their depth, 1 for chapters."""
    for section in sections:
        yield depth, section
        yield from walk(section.sections, depth + 1)


def chapter_numbers(report: UpdateReport) -> dict[str, str]:
    """Anchor -> number for chapters (``2``) and their sections (``2.1``); deeper ones carry the id of their row."""
    numbers: dict[str, str] = {}
    for n, chapter in enumerate(report.sections, start=1):
        numbers[chapter.anchor] = str(n)
        for m, section in enumerate(chapter.sections, start=1):
            numbers[section.anchor] = f"{n}.{m}"
    return numbers


def caption_numbers(report: UpdateReport) -> dict[str, int]:
    """Anchor -> number of tables and of figures, each counted from 1 in reading order."""
    numbers: dict[str, int] = {}
    n_tables = n_figures = 0
    for _, section in walk(report.sections):
        for item in section.items:
            if isinstance(item, Table | RevisedTable):
                n_tables += 1
                numbers[item.anchor] = n_tables
            elif isinstance(item, Plot):
                n_figures += 1
                numbers[item.anchor] = n_figures
    return numbers
