"""Dates on the command line."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from pipelines.cli.session import Session


class Day(click.ParamType):
    """A day as 2025-01-31; an error says so in the language of the user."""

    name = "JJJJ-MM-DD"

    def __init__(self, session: Session) -> None:
        self._session = session
        self.name = "JJJJ-MM-DD" if session.language == "nl" else "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment at which the day begins."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.strptime(str(value), "%Y-%m-%d")
        except ValueError:
            self.fail(self._session.t("cli.date.wrong", value=value), param, ctx)
