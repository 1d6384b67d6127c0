"""What is told at the page of errors and kept reasons: whoever reads there has no command to give again."""

from __future__ import annotations

from pipelines.domain.documents import Reason
from pipelines.errors import KennisstandError
from pipelines.strings import Language, keys, text

_COMMAND, _PAGE = "error.", "page.error."


def error_at_page(error: KennisstandError, language: Language) -> str:
    """What an error says at the page: in words of its own where the usual ones are about commands."""
    return text(_key(error.key), language, **error.values)


def reason_in_words(reason: Reason | None, language: Language) -> str:
    """A reason that was kept; empty where there is none."""
    if reason is None:
        return ""
    try:
        return text(_key(reason.key), language, **reason.values)
    except (KeyError, IndexError):  # written by another version
        return reason.key


def _key(key: str) -> str:
    own = _PAGE + key.removeprefix(_COMMAND)
    return own if own in keys() else key
