"""One tree of exceptions. Each carries the key of a message, so that it reaches the user in the user's language."""

from __future__ import annotations


class KennisstandError(Exception):
    """Something the user can be told about and act on.

    Parameters
    ----------
    key
        Key of the message in the catalogue of strings (``pipelines/strings``), for instance ``"error.file_missing"``.
    **values
        Values that the message names, as plain strings or numbers.
    """

    def __init__(self, key: str, /, **values: str | int | float) -> None:
        super().__init__(key + (" " + ", ".join(f"{k}={v}" for k, v in values.items()) if values else ""))
        self.key = key
        self.values = values


class SettingsError(KennisstandError):
    """A setting is wrong or a folder cannot be used."""


class DocumentError(KennisstandError):
    """A document cannot be read (wholly).

    Parameters
    ----------
    state
        The :class:`~pipelines.domain.documents.DocumentState` the document gets, as its value.
    """

    def __init__(self, key: str, state: str, /, **values: str | int | float) -> None:
        super().__init__(key, **values)
        self.state = state


class TableError(KennisstandError):
    """An evidence table cannot be read, written or found."""


class ModelError(KennisstandError):
    """A model file is missing, damaged or made for something else."""


class LexiconError(KennisstandError):
    """The concept lexicon breaks its own rules."""


class DictionaryError(KennisstandError):
    """The dictionary of the field breaks its own rules."""


class UnknownError(KennisstandError):
    """Something that is asked for is not there (any more)."""


class StoreError(KennisstandError):
    """The database or an artefact cannot be used."""
