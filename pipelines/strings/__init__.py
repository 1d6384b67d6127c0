"""The one catalogue of strings, Dutch and English side by side: interface, messages, reasons and reports."""

from pipelines.domain.languages import LANGUAGES, Language
from pipelines.strings.catalogue import error_text, keys, text

__all__ = ["LANGUAGES", "Language", "error_text", "keys", "text"]
