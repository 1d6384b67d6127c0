"""Text that every file format accepts: no characters that XML forbids, none that turn the reading direction."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# XML 1.0 (fifth edition), production 2 [Char], turned round; plus C1 controls (no sign on paper), the marks that
# turn the direction of text (they could make a quotation read differently from its source) and non-characters.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff]"
    "|[" + "".join(chr(plane * 0x10000 + last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF)) + "]"
)
_WHITE_SPACE = re.compile(r"[^\S\u00a0\u202f]+")
_BREAKS = re.compile(r"\r\n?|\u2028|\u2029|\v|\f|\x85")


def printable(text: str) -> str:
    r"""Remove what cannot be written in Word, HTML or Excel; every kind of line end becomes ``\n``."""
    if text.isprintable():  # nothing of either is: a quick look, and nearly all texts of a report need no more
        return text
    return _FORBIDDEN.sub("", _BREAKS.sub("\n", text))


def one_line(text: str) -> str:
    """Printable text with each run of white space as one space: for titles, names and labels.

    Spaces that forbid a line break (as in ``p. 12``) stay.
    """
    if text.isprintable() and "  " not in text:  # the only white space is single spaces
        return text.strip()
    return _WHITE_SPACE.sub(" ", printable(text)).strip()


def web_address(url: str | None) -> str | None:
    """The address if a reader can safely follow it (http or https with a host), else ``None``."""
    if not url:
        return None
    clean = printable(url).strip()
    try:
        parts = urlsplit(clean)
    except ValueError:  # for instance an unclosed bracket of an IPv6 host
        return None
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname or re.search(r"[\s<>\"]", clean):
        return None
    return clean
