"""What all commands share: language, workspace, and how to speak."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pipelines.domain.documents import Reason
from pipelines.settings import Settings
from pipelines.strings import Language, text


@dataclass(frozen=True)
class Session:
    """One call of the command."""

    language: Language
    workspace: Path | None
    """As given on the command line; ``None`` leaves it to the environment."""

    def t(self, key: str, /, **values: object) -> str:
        """A string of the catalogue in the language of the user."""
        return text(key, self.language, **values)

    def settings(self, **changes: Any) -> Settings:
        """Settings of this call."""
        if self.workspace is not None:
            changes["workspace"] = self.workspace.expanduser().resolve()
        settings = Settings(**changes)
        return settings.model_copy(update={"workspace": settings.workspace.expanduser().resolve()})

    def reason(self, reason: Reason) -> str:
        """A reason in the language of the user."""
        return self.t(reason.key, **reason.values)

    @property
    def messages(self) -> Console:
        """Where messages go."""
        return Console(stderr=True, highlight=False, soft_wrap=True)

    def say(self, key: str, /, **values: object) -> None:
        """Tell the user something."""
        self.messages.print(self.t(key, **values), markup=False)

    @staticmethod
    def result(line: str) -> None:
        """Print a line of the result."""
        sys.stdout.write(line + "\n")

    @staticmethod
    def result_json(value: Any) -> None:
        """Print the result as one JSON object."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")

    @staticmethod
    def result_table(header: Sequence[str], rows: Iterable[Sequence[str]], right: frozenset[int] = frozenset()) -> None:
        """Print the result as a table; columns in ``right`` are aligned to the right."""
        table = Table(box=None, header_style="bold", pad_edge=False)
        for index, name in enumerate(header):
            table.add_column(name, justify="right" if index in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(cell.replace("[", "\\[") for cell in row))
        console = Console(file=sys.stdout, highlight=False)
        if not console.is_terminal:
            console.width = 160
        console.print(table)
