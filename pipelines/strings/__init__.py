"""The one catalogue of strings, Dutch and English side by side: interface, messages, reasons and reports."""

from pipelines.strings.catalogue import LANGUAGES, Language, error_text, keys, text

__all__ = ["LANGUAGES", "Language", "error_text", "keys", "text"]
