"""Options of a source, each with what holds where the file of sources does not say."""

from __future__ import annotations

from pipelines.domain.sources import Source


def flag(source: Source, name: str, otherwise: bool) -> bool:
    """The option ``name``, true or false."""
    value = source.options.get(name, otherwise)
    return value if isinstance(value, bool) else otherwise


def number(source: Source, name: str, otherwise: int) -> int:
    """The option ``name``, a whole number."""
    value = source.options.get(name, otherwise)
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def word(source: Source, name: str, otherwise: str = "") -> str:
    """The option ``name``, text."""
    value = source.options.get(name, otherwise)
    return value if isinstance(value, str) else otherwise


def words(source: Source, name: str, otherwise: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The option ``name``, a list of texts; one text alone is a list of one."""
    value = source.options.get(name, otherwise)
    if isinstance(value, str):
        return (value,)
    return value if isinstance(value, tuple) else otherwise
