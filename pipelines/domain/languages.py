"""The languages that the program speaks, and in which the table is written."""

from __future__ import annotations

from typing import Literal, get_args

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
