"""Recognises tables that are set with tabs, in plain text and in Markdown that other programs made."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BETWEEN_WORDS = re.compile(r"\S\s*\t\s*\S")


def is_tab_table(lines: Sequence[str]) -> bool:
    """Whether lines are the rows of one table: two or more, with the same number of tabs.

    Cells may be empty, but the first row is full or half of the rows have a tab between words: else the tabs indent.
    """
    n_tabs = lines[0].count("\t") if lines else 0
    if len(lines) < 2 or not n_tabs or any(line.count("\t") != n_tabs for line in lines):
        return False
    between = sum(_BETWEEN_WORDS.search(line) is not None for line in lines)
    return all(cell.strip() for cell in lines[0].split("\t")) or 2 * between >= len(lines)
