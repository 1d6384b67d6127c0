"""Bytes to text, whatever they were written in: UTF-8, UTF-16 and UTF-32 with or without a mark, Windows-1252.

The order of the attempts is that of how much each one proves: a byte order mark, then the pattern of zero bytes, then
valid UTF-8 (other encodings hardly ever look like it), then what the file declares, then Windows-1252 where its letters
are those of Dutch and English. What is left is a guess, and the document says so.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

from charset_normalizer import from_bytes

from pipelines.domain.documents import Reason

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_SAMPLE_BYTES = 65_536
"""What is looked at to recognise zero bytes and letters; a guess does not get better beyond."""

# Latin-1 as declared on the web means Windows-1252 (WHATWG Encoding Standard, section 4.2).
_MEANT = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030"}

# What Dutch and English texts in Windows-1252 hold beyond ASCII: letters with accents and printers' marks.
_WESTERN_LETTERS = frozenset("äëïöüéèêçáóíúàñôîûâåøæœßÉËÏÖÜÄÈÇÁÓÅØÆŸÿìòùãõžš")
_WESTERN_MARKS = frozenset("€‘’“”–—…•™©®°±§·½¼¾«»£²³×´µ¹ºª\u00a0\u00ad†‡‰")

# A text is taken for Windows-1252 when nearly all characters beyond ASCII are of these kinds and such letters are at
# most a fifth of all letters. In the sample set, KOI8-R, Hebrew and Greek files have 60-100 %, Dutch, German and
# French ones below 5 % (2026-11); the margin is wide on both sides.
_LEAST_WESTERN = 0.95
_MOST_ACCENTED = 0.20

_DECLARED = re.compile(
    rb"""(?:charset\s*=\s*["']?\s*|<\?xml[^>]{0,100}encoding\s*=\s*["'])([A-Za-z0-9_.:-]{2,40})""", re.I
)

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")

# Three bytes that spell half of a surrogate pair: never valid in UTF-8, and one unknown character, not three.
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")


def declared_charset(content: bytes) -> str | None:
    """Encoding that an HTML or XML file names in its first 4,096 bytes, as Python knows it; ``None`` if none."""
    match = _DECLARED.search(content[:4096])
    return _known(match[1].decode("ascii")) if match else None


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, and the encoding it was taken for where that is a guess."""

    text: str
    guessed: str | None = None

    def notes(self) -> tuple[Reason, ...]:
        """What people should know of it."""
        if self.guessed is None:
            return ()
        return (Reason(key="reading_note.guessed_letters", values={"charset": self.guessed}),)


def decode_text(content: bytes, declared: str | None = None) -> str:
    """Text of ``content`` alone; see :func:`decode_marked`."""
    return decode_marked(content, declared).text


def decode_marked(content: bytes, declared: str | None = None) -> Decoded:
    """Text of ``content``; never raises, bytes that mean nothing become U+FFFD.

    Parameters
    ----------
    content
        The whole file.
    declared
        Encoding the file or its container names; believed only where the bytes agree with it.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return Decoded(content.decode(encoding, "replace").removeprefix("\ufeff"))
    wide = _wide_encoding(content)
    if wide:
        return Decoded(content.decode(wide, "replace"))
    try:
        return Decoded(content.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    if _mostly_utf8(content):
        return Decoded(_SURROGATE.sub(b"\xef\xbf\xbd", content).decode("utf-8", _REPAIR))
    declared = _known(declared)
    if declared and declared not in ("utf-8", "utf-16", "utf-32"):
        try:
            return Decoded(content.decode(_MEANT.get(declared, declared)))
        except (UnicodeError, LookupError, ValueError):
            pass  # Also names of codecs that are no text encoding, such as "hex".
    if _is_western(content):
        return Decoded(content.decode("cp1252", "replace"))
    best = from_bytes(content[:_SAMPLE_BYTES]).best()
    guessed = best.encoding if best is not None else "cp1252"
    return Decoded(content.decode(guessed, "replace"), guessed)


def _known(name: str | None) -> str | None:
    try:
        return codecs.lookup(name).name if name else None
    except LookupError:
        return None


def _wide_encoding(content: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, by where the zero bytes stand; ``None`` for one-byte encodings."""
    sample = content[: _SAMPLE_BYTES & ~3]
    if len(sample) < 4 or b"\0" not in sample:
        return None
    quarter = len(sample) / 4
    zeros = [sample[i::4].count(0) / quarter for i in range(4)]
    # Western text is nearly all zeros at the high bytes; 0.7 leaves room for other signs among it.
    if len(content) % 4 == 0:
        if min(zeros[1:]) > 0.7 and zeros[0] < 0.1 and zeros[3] > 0.99:
            return "utf-32-le"
        if min(zeros[:3]) > 0.7 and zeros[3] < 0.1 and zeros[0] > 0.99:
            return "utf-32-be"
    even, odd = (zeros[0] + zeros[2]) / 2, (zeros[1] + zeros[3]) / 2
    for encoding, high, low in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        # Other scripts have zeros only under their spaces and line ends: then the decoded text decides.
        if low < 0.02 and (high > 0.7 or (high > 0.03 and _reads_well(sample, encoding))):
            return encoding
    return None


def _reads_well(sample: bytes, encoding: str) -> bool:
    """Whether nearly all characters are letters, digits, marks and spaces of at most a few scripts."""
    text = sample.decode(encoding, "replace")
    good = sum(unicodedata.category(char)[0] in "LNPZM" or char in "\r\n\t" for char in text)
    return good >= 0.97 * len(text) and len({unicodedata.name(c, "?").split()[0] for c in text if c.isalpha()}) <= 4


def _mostly_utf8(content: bytes) -> bool:
    """Whether most byte sequences beyond ASCII are valid UTF-8: a text in UTF-8 with some damage."""
    bad = content.decode("utf-8", "replace").count("\ufffd") - content.count(b"\xef\xbf\xbd")
    good = len(_BEYOND_ASCII.findall(content.decode("utf-8", "ignore")))
    return good > bad or (bad <= 3 and _SURROGATE.search(content) is not None)


def _repair_bytes(error: UnicodeError) -> tuple[str, int]:
    """A stray byte in UTF-8 text is usually Windows-1252 that was pasted in."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


_REPAIR = "kennisstand.cp1252"
codecs.register_error(_REPAIR, _repair_bytes)


def _is_western(content: bytes) -> bool:
    """Whether text that is neither Unicode nor declared reads as Dutch or English in Windows-1252."""
    text = content[:_SAMPLE_BYTES].decode("cp1252", "replace")
    beyond = _BEYOND_ASCII.findall(text)
    western = sum(char in _WESTERN_LETTERS or char in _WESTERN_MARKS for char in beyond)
    accented = sum(map(str.isalpha, beyond))
    letters = sum(map(str.isalpha, text))
    return western >= _LEAST_WESTERN * len(beyond) and accented <= max(_MOST_ACCENTED * letters, 3)
