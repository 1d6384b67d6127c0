"""What all commands share: language, workspace, and how to speak."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.strings import Language, text

if TYPE_CHECKING:  # imported where they are used: an explanation on the screen must not wait for them
    from rich.console import Console

    from pipelines.domain.documents import Reason
    from pipelines.settings import Settings

#: Control characters (escape sequences begin with one) and halves of characters, as in names that are not UTF-8.
_STEERING = frozenset({"Cc", "Cs"})
_WIDTH_OF_A_FILE = 160
"""Columns of a table that goes to a file or another program."""


@dataclass(frozen=True)
class Session:
    """One call of the command."""

    language: Language
    workspace: Path | None
    """As given on the command line; ``None`` leaves it to the environment."""

    def t(self, key: str, /, **values: object) -> str:
        """A string of the catalogue in the language of the user."""
        return text(key, self.language, **values)

    def existing(self) -> Settings:
        """Settings of this call for a command that looks into a workspace.

        Raises
        ------
        SettingsError
            There is no such folder (a mistyped name must not make a new workspace), or a variable is wrong.
        """
        from pipelines.errors import SettingsError

        settings = self.settings()
        if not settings.workspace.exists():
            raise SettingsError("error.workspace_missing", workspace=str(settings.workspace))
        return settings

    def settings(self, **changes: Any) -> Settings:
        """Settings of this call.

        Raises
        ------
        SettingsError
            A ``KENNISSTAND_*`` variable has a value that cannot be.
        """
        from pydantic import ValidationError

        from pipelines.errors import SettingsError
        from pipelines.settings import Settings

        if self.workspace is not None:
            changes["workspace"] = self.workspace
        try:
            settings = Settings(**changes)
            return settings.model_copy(update={"workspace": settings.workspace.expanduser().resolve()})
        except ValidationError as error:
            first = error.errors()[0]
            name = "KENNISSTAND_" + "_".join(str(part) for part in first["loc"]).upper()
            raise SettingsError(
                "error.setting", name=name, value=str(first["input"]), detail=self._why(first)
            ) from error
        except PermissionError as error:  # of a file of settings: nothing in the folder may be looked at
            raise SettingsError("error.workspace_closed", path=str(error.filename)) from error
        except (RuntimeError, OSError) as error:  # no home folder behind "~", or the current folder is gone
            raise SettingsError("error.workspace_unknown", detail=str(error)) from error

    def _why(self, problem: Any) -> str:
        """What is wrong with a setting, in the language of the user."""
        bounds: dict[str, Any] = problem.get("ctx", {})
        kind = str(problem["type"])
        if kind == "greater_than_equal":
            return self.t("error.setting_least", least=bounds["ge"])
        if kind == "literal_error":
            return self.t(
                "error.setting_choice", choices=str(bounds["expected"]).replace("'", "").replace(" or ", ", ")
            )
        if kind.startswith("bool"):
            return self.t("error.setting_yes_no")
        return self.t("error.setting_number") if kind.startswith("int") else str(problem["msg"])

    def reason(self, reason: Reason) -> str:
        """A reason in the language of the user."""
        return self.t(reason.key, **reason.values)

    @property
    def messages(self) -> Console:
        """Where messages go."""
        from rich.console import Console

        return Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)

    def say(self, key: str, /, **values: object) -> None:
        """Tell the user something."""
        self.tell(self.t(key, **values))

    def tell(self, line: str) -> None:
        """Tell the user something that is already in words."""
        self.messages.print(printable(line), markup=False)

    @staticmethod
    def result(line: str) -> None:
        """Print a line of the result."""
        sys.stdout.write(printable(line) + "\n")

    @staticmethod
    def result_record(value: Any) -> None:
        """Print one record of the result as a line of JSON."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")

    @staticmethod
    def result_json(value: Any) -> None:
        """Print the result as one JSON object."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n")

    @staticmethod
    def result_table(header: Sequence[str], rows: Iterable[Sequence[str]], right: frozenset[int] = frozenset()) -> None:
        """Print the result as a table; columns in ``right`` are aligned to the right."""
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, header_style="bold", pad_edge=False)
        for index, name in enumerate(header):
            table.add_column(name, justify="right" if index in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        console = Console(file=sys.stdout, highlight=False, emoji=False)
        if not console.is_terminal:
            console.width = _WIDTH_OF_A_FILE
        console.print(table)


def printable(line: str) -> str:
    """``line`` without characters that would steer a terminal: names of files and titles come from anybody."""
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in _STEERING else "\N{REPLACEMENT CHARACTER}" for c in line
    )
